"""Whole looks, built and built again: "a look for a beach wedding under 250", "three of them", "one for my boyfriend"."""

import re
from dataclasses import replace

from assistant.understanding import cues
from assistant.understanding.amounts import Budget
from assistant.understanding.anchoring import anchors_of
from assistant.understanding.reading import Reading
from assistant.understanding.references import look_named
from assistant.understanding.refining import filters_in, overlaid, slots_of, wishes_of
from assistant.understanding.told import Told
from assistant.understanding.understood import Intent, Understood
from catalog.taxonomy import vocabulary
from retrieval.filters import Filters

_A_LOOK = re.compile(
    r"\b(?:outfit|ensemble|(?:head|top) to toe|dress me|looks?)\b(?! (?:good|nice|ok|okay|great|at|like))", re.I
)


_FOR_A_LOOK = re.compile(
    r"\b(?:go|goes|going|match|matches|suit|suits|fit|fits|work|works) (?:well )?(?:with )?(?:the|my|this|that) (?:[\w-]+ ){0,2}(?:look|outfit)\b|"
    r"\b(?:complete|finish|round off|top off|finish off) (?:off )?(?:an?|the|my|this|that) (?:[\w-]+ ){0,2}(?:look|outfit)\b|\bfor (?:an?|the|my|this) (?:[\w-]+ ){0,3}(?:look|outfit)\b",
    re.I,
)


# "an outfit for a weekend in London, for a woman, 300"
_SUM_ALONE = re.compile(r"[,.;!?]\s*[€$£]?(?!(?:19|20)\d\d)(\d{3,4})\W*$")
MOST_LOOKS = 3


_MANY = {"two": 2, "2": 2, "couple of": 2, "three": 3, "3": 3, "few": 3, "several": 3, "some": 3, "four": 3, "4": 3}


def whole_look(told: Told) -> Understood | None:
    """ "a look for a beach wedding under 250", "three outfits around this coat", "what should I wear to a wedding?"."""
    shown_look = told.before is not None and look_named(told.text, told.before) is not None
    from_head_to_toe = _from_head_to_toe(told)
    if shown_look or not (cues.BUILD.search(told.text) or _likely_a_look(told) or from_head_to_toe):
        return None
    if _about_a_piece(told) and told.likely != "build":
        return None
    before, reading = told.before, told.reading
    if before and before.task == "build" and reading.gender and cues.ONE_FOR.search(told.text):
        anew = before.but(
            anchors=(), wishes={}, without=(), slots=(), filters=before.filters.without("kinds", "colours", "sizes", "gender")
        )
        return rebuilt(told, anew, "build", exclude=())
    if before and before.task == "build" and (_more_of_it(told) or cues.SAME.search(told.text)):
        return once_more(told, before)
    anchors = anchors_of(told)
    if not anchors and before and before.anchors and (before.mended or cues.POINTS_BACK.search(told.text)):
        anchors = before.anchors
    alone = _SUM_ALONE.search(reading.text) if reading.budget == Budget() else None
    budget = Budget(total=float(alone[1])) if alone else reading.budget
    bare = tuple(anchor.slot for anchor in anchors if anchor.slot == anchor.caption)  # "I have shoes": which, we do not know
    named = slots_of(reading.of_role("target"))
    return told.anew(
        "build",
        task="build",
        anchors=tuple(anchor for anchor in anchors if anchor.slot != anchor.caption),
        slots=clothed(named, reading.gender) if len(named) > 1 else (),
        filters=_with_the_extra(
            _of_a_look(_with_the_budget(filters_in(replace(reading, budget=budget), told.person()), before)), named
        ),
        wishes=wishes_of(reading.of_role("target"), reading.budget),
        without=(*slots_left_out(reading), *bare),
        words=_without_bystanders(reading.text) if reading.gender is None else reading.text,
        looks_wanted=_wanted(told.text),
    )


def clothed(named: tuple[str, ...], gender: str | None) -> tuple[str, ...]:
    """The named slots, and what nobody goes without: "an outfit with jeans and sneakers" has a top."""
    missing = {"bottoms": "tops", "tops": "bottoms"}
    if not {"all-body", *missing}.intersection(named):
        return (*(("all-body",) if gender == "women" else ("tops", "bottoms")), *named)
    more = () if "all-body" in named else (missing[slot] for slot in named if slot in missing and missing[slot] not in named)
    shoes = () if "shoes" in named or not {"tops", "bottoms", "all-body"}.issuperset(named) else ("shoes",)
    return (*more, *named, *shoes)


def _without_bystanders(text: str) -> str:
    """The words without people whom the look is not for: "three kids, one husband, and I want to look decent"."""
    for mention in reversed(vocabulary().mentions(text, "gender")):
        text = text[: mention.start] + text[mention.end :]
    return text


def _from_head_to_toe(told: Told) -> bool:
    """Whether so much is named for one sum that it makes a look: "a red gown, shoes and a bag, 350 all in"."""
    slots = set(slots_of(told.reading.of_role("target")))
    whole = "all-body" in slots or {"tops", "bottoms"} <= slots
    return told.reading.budget.total is not None and whole and "shoes" in slots and len(slots) > 2


def _with_the_extra(filters: Filters, named: tuple[str, ...]) -> Filters:
    """The filters with the one thing that a look shall have besides, where it is named by its slot: "sunglasses too"."""
    extra = [slot for slot in named if len(named) == 1 and slot not in ("tops", "bottoms", "all-body", "shoes")]
    return filters if filters.kinds or not extra else filters.model_copy(update={"kinds": tuple(extra)})


def _likely_a_look(told: Told) -> bool:
    """Whether a look is most likely asked for, where none was shown whose change it could be."""
    return told.likely == "build" and not (told.before and told.before.pieces())


def _with_the_budget(filters: Filters, before: Understood | None) -> Filters:
    """The filters of a new look; the budget that was stated for looks before still holds."""
    if filters.total_max is not None or filters.max_price is not None or not before:
        return filters
    return filters.model_copy(update={"total_max": before.filters.total_max})


def _about_a_piece(told: Told) -> bool:
    """Whether it is one thing that is looked for: "what shoes should I wear to a wedding?", "a dress for an elegant look"."""
    targets = told.reading.of_role("target")
    if _A_LOOK.search(told.text) and not _FOR_A_LOOK.search(told.text):
        return False
    return len(targets) == 1 and not re.search(
        r"\b(?:outfits?|looks?|ensemble|head to toe)\b.*\b(?:with|including|around|based on)\b", told.text, re.I
    )


def _more_of_it(told: Told) -> bool:
    """Whether a message wants the same look again, otherwise: no occasion, thing or person of its own."""
    reading = told.reading
    named = [phrase for phrase in reading.of_role("anchor") if phrase.words.lower() != phrase.noun]
    return not (named or reading.occasions or reading.gender or told.photos)


def once_more(told: Told, before: Understood) -> Understood:
    """The look again, with what the message changes: more of them, others, another budget."""
    wanted = _wanted(told.text)
    bare = [phrase.slot for phrase in told.reading.of_role("anchor") if phrase.kind == phrase.slot]
    before = before.but(without=tuple(dict.fromkeys([*before.without, *slots_left_out(told.reading), *bare])))
    other = bool(cues.SWAP.search(told.text)) and not (wanted > 1 and before.looks_wanted == 1)
    return rebuilt(
        told, before, "swap" if other else "build", exclude=before.seen if other else before.rejected, looks_wanted=wanted
    )


def _wanted(text: str) -> int:
    match = cues.LOOKS_WANTED.search(text) or cues.MORE_LOOKS.search(text)
    return min(MOST_LOOKS, _MANY[match[1].lower()]) if match else 1


def _of_a_look(filters: Filters) -> Filters:
    """A price limit said of a look is the limit of its sum."""
    limits = [limit for limit in (filters.total_max, filters.max_price) if limit is not None]
    return filters.model_copy(update={"max_price": None, "total_max": min(limits, default=None)})


def slots_left_out(reading: Reading) -> tuple[str, ...]:
    """Slots that a look shall not have: "without a bag", "no jewellery"."""
    bar = cues.ALL_BUT.search(reading.text)  # "everything bar the boots"
    return tuple(dict.fromkeys(phrase.slot for phrase in reading.of_role("unwanted") if bar or phrase.kind == phrase.slot))


def rebuilt(told: Told, before: Understood, intent: Intent, **changes: object) -> Understood:
    """The same look built anew under what the message adds."""
    reading = told.reading
    of_a_piece = (
        ("kinds", "colours", "max_price", "min_price", "cheaper_than", "sizes", "brands") if len(before.slots) == 1 else ()
    )  # a swap's
    filters = overlaid(before.filters.without("currency", *of_a_piece), _of_a_look(filters_in(reading)))
    meant = leaning(told.text)
    occasion = tuple(cues.OCCASION_OF_LEANING[word] for word in meant.split() if word in cues.OCCASION_OF_LEANING)
    if occasion:
        filters = filters.model_copy(update={"occasions": occasion})
    words = " ".join(part for part in (before.words, meant, *reading.descriptive) if part)
    return before.aside(
        intent,
        filters=filters,
        words=words,
        slots=_slots_asked(before),
        taken=reading.taken,
        **({"exclude": before.rejected} | changes),
    )


def _slots_asked(before: Understood) -> tuple[str, ...]:
    """The slots that the shopper asked the look to have; after a swap of one piece, the template's again."""
    return before.slots if len(before.slots) > 1 else ()


def leaning(text: str) -> str:
    """What "warmer", "less formal" or "more colourful" look for, in words."""
    return " ".join(meaning for words, meaning in cues.LEANINGS.items() if re.search(rf"\b(?:{words})\b", text, re.I))

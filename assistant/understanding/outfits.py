"""Whole outfits: judging one that is there, building a look, and changing a look that was shown."""

import re
from dataclasses import replace

from assistant.understanding import cues
from assistant.understanding.anchoring import anchor_of, anchors_of, from_before, with_photos
from assistant.understanding.narrowing import narrower
from assistant.understanding.reading import Reading, read
from assistant.understanding.references import look_named
from assistant.understanding.refining import filters_in, overlaid, slots_of, wishes_of
from assistant.understanding.told import Told
from assistant.understanding.understood import Anchor, Intent, Shown, Understood, Wish
from catalog.taxonomy import vocabulary
from retrieval.filters import Filters

_A_LOOK = re.compile(
    r"\b(?:outfit|ensemble|(?:head|top) to toe|dress me|looks?)\b(?! (?:good|nice|ok|okay|great|at|like))", re.I
)
_FOR_A_LOOK = re.compile(r"\bfor (?:an?|the|my|this) (?:[\w-]+ ){0,3}(?:look|outfit)\b", re.I)
MOST_LOOKS = 3
_MANY = {"two": 2, "2": 2, "couple of": 2, "three": 3, "3": 3, "few": 3, "several": 3, "some": 3, "four": 3, "4": 3}


def judgement(told: Told) -> Understood | None:
    """Whether things go together: "does this coat go with brown boots?", "do these work together?"."""
    before = told.before
    if before and cues.WEAKEST.search(told.text) and not told.reading.of_role("target"):
        if before.task == "judge":
            return before.aside("judge")
        if before.pieces():
            return before.aside("judge", judged=_with_what_is_there((), before))
    if _asks(told.text) and cues.ETIQUETTE.search(told.text) and not told.pointed.items and not told.photos:
        return told.aside(topic="etiquette", about=" and ".join(phrase.noun for phrase in told.reading.phrases))
    named = [phrase for phrase in told.reading.phrases if phrase.role != "unwanted"]
    again = before is not None and before.intent == "judge" and bool(named) and bool(cues.VERDICT_AGAIN.match(told.text))
    again = again and not (told.reading.goes_with and told.reading.of_role("target"))
    asked = (told.likely == "judge" or cues.JUDGE.search(told.text)) and (
        not (cues.ASKS_WHICH.search(told.text) or _asks_others(told.text) or cues.MAY_GO.search(told.text))
    )
    if not (asked or again):
        return None
    if not named and not told.pointed.items and not told.photos and told.reading.descriptive:  # "is cotton good for sport?"
        return told.aside(topic="etiquette", about=" and ".join(told.reading.descriptive))
    words = [anchor_of(phrase) for phrase in named if not any(_same_thing(item, phrase.words) for item in told.pointed.items)]
    things = (*(item.as_anchor() for item in told.pointed.items), *with_photos(told.photos, words))
    if len(things) < 2 and before and not told.photos:
        things = _with_what_is_there(things, before)
    if before:
        things = from_before(things, before.anchors) if things else things
    if before and {piece.id for piece in before.pieces()} & {thing.id for thing in things}:
        return before.aside("judge", judged=things)  # the look stays what the talk is about
    of_those = before and before.slots and (told.pointed.items or {thing.slot for thing in things} & set(before.slots))
    if before and of_those and before.shown and before.task in ("complement", "search"):
        return before.aside("judge", judged=things)  # so does what was looked for
    return told.anew("judge", task="judge", anchors=things, filters=told.person())


def _asks(text: str) -> bool:
    """Whether a message is a question, as far as one sees: "leather is not necessary" is none."""
    return "?" in text or bool(re.match(r"\W*(?:is|are|do|does|should|must|can|what|why|so|and|but|hm+|ok)\b", text, re.I))


def _asks_others(text: str) -> bool:
    """Whether others are asked for; "or is that too much?" asks for none."""
    return bool(cues.SWAP.search(text)) and not cues.CHEAPER.search(text)


def _same_thing(item: Shown, words: str) -> bool:
    """Whether words of a message are the item that they point at: "the second bag"."""
    kind = vocabulary().kind_in(words)
    return kind is not None and (kind.name == item.slot or vocabulary().covers(kind.name, item.kind))


def _with_what_is_there(things: tuple[Anchor, ...], before: Understood) -> tuple[Anchor, ...]:
    """What a message leaves out: the look that was shown, else what the shopper has."""
    known = before.judged if before.intent == "judge" and before.judged else before.anchors
    there = (*known, *(piece.as_anchor() for piece in before.pieces()))
    if not there:
        spoken_of = tuple(item.as_anchor() for item in before.shown if item.id in before.spoken_of)
        there = spoken_of[:1] or (() if things else tuple(item.as_anchor() for item in before.shown[:1]))
    new = [thing for thing in things if thing.slot not in {old.slot for old in there} or " " in thing.caption]
    replaced = {thing.slot for thing in new} if "judge" in (before.task, before.intent) else set()
    return tuple(dict.fromkeys([*(old for old in there if old.slot not in replaced), *new]))


def whole_look(told: Told) -> Understood | None:
    """ "a look for a beach wedding under 250", "three outfits around this coat", "what should I wear to a wedding?"."""
    shown_look = told.before is not None and look_named(told.text, told.before) is not None
    if shown_look or not (cues.BUILD.search(told.text) or _likely_a_look(told)):
        return None
    if _about_a_piece(told) and told.likely != "build":
        return None
    before, reading = told.before, told.reading
    if before and before.task == "build" and reading.gender and cues.ONE_FOR.search(told.text):
        anew = before.but(
            anchors=(), wishes={}, without=(), slots=(), filters=before.filters.without("kinds", "colours", "sizes", "gender")
        )
        return _rebuilt(told, anew, "build", exclude=())
    if before and before.task == "build" and (_more_of_it(told) or cues.SAME.search(told.text)):
        return _again(told, before)
    anchors = anchors_of(told)
    if not anchors and before and before.anchors and cues.POINTS_BACK.search(told.text):
        anchors = before.anchors
    bare = tuple(anchor.slot for anchor in anchors if anchor.slot == anchor.caption)  # "I have shoes": which, we do not know
    named = slots_of(reading.of_role("target"))
    return told.anew(
        "build",
        task="build",
        anchors=tuple(anchor for anchor in anchors if anchor.slot != anchor.caption),
        slots=_dressed(named, reading.gender) if len(named) > 1 else (),
        filters=_of_a_look(_with_the_budget(filters_in(reading, told.person()), before)),
        wishes=wishes_of(reading.of_role("target"), reading.budget),
        without=(*_left_out(reading), *bare),
        words=reading.text,
        looks_wanted=_wanted(told.text),
    )


def _dressed(named: tuple[str, ...], gender: str | None) -> tuple[str, ...]:
    """The named slots, and what nobody goes without: "an outfit with jeans and sneakers" has a top."""
    missing = {"bottoms": "tops", "tops": "bottoms"}
    if not {"all-body", *missing}.intersection(named):
        return (*(("all-body",) if gender == "women" else ("tops", "bottoms")), *named)
    more = () if "all-body" in named else (missing[slot] for slot in named if slot in missing and missing[slot] not in named)
    shoes = () if "shoes" in named or not {"tops", "bottoms", "all-body"}.issuperset(named) else ("shoes",)
    return (*more, *named, *shoes)


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


def _again(told: Told, before: Understood) -> Understood:
    """The look again, with what the message changes: more of them, others, another budget."""
    wanted = _wanted(told.text)
    bare = [phrase.slot for phrase in told.reading.of_role("anchor") if phrase.kind == phrase.slot]
    before = before.but(without=tuple(dict.fromkeys([*before.without, *_left_out(told.reading), *bare])))
    other = bool(cues.SWAP.search(told.text)) and not (wanted > 1 and before.looks_wanted == 1)
    return _rebuilt(
        told, before, "swap" if other else "build", exclude=before.seen if other else before.rejected, looks_wanted=wanted
    )


def _wanted(text: str) -> int:
    match = cues.LOOKS_WANTED.search(text) or cues.MORE_LOOKS.search(text)
    return min(MOST_LOOKS, _MANY[match[1].lower()]) if match else 1


def _of_a_look(filters: Filters) -> Filters:
    """A price limit said of a look is the limit of its sum."""
    limits = [limit for limit in (filters.total_max, filters.max_price) if limit is not None]
    return filters.model_copy(update={"max_price": None, "total_max": min(limits, default=None)})


def _left_out(reading: Reading) -> tuple[str, ...]:
    """Slots that a look shall not have: "without a bag", "no jewellery"."""
    bar = cues.ALL_BUT.search(reading.text)  # "everything bar the boots"
    return tuple(dict.fromkeys(phrase.slot for phrase in reading.of_role("unwanted") if bar or phrase.kind == phrase.slot))


def changed_look(told: Told) -> Understood | None:
    """A look that was shown, changed: "other shoes", "without a bag", "cheaper", "under 200", "less formal"."""
    before, reading = told.before, told.reading
    if told.photos or not before or before.task != "build":
        return None
    if not before.pieces():  # none could be built yet
        return _rebuilt(told, before, "build") if filters_in(reading).stated() and not reading.phrases else None
    named = look_named(told.text, before)
    if named and named != before.look:
        before = before.but(look=named)
        told = replace(told, before=before)
    if cues.MORE_LOOKS.search(told.text) and not (reading.phrases or told.pointed.items):
        return _again(told, before)
    slot = _piece_meant(told, before)
    left_out = _left_out(reading)
    if owned := _owned_already(told, before):
        return owned
    has = [phrase.slot for phrase in reading.of_role("anchor") if phrase.kind == phrase.slot]
    if has and cues.LEAVE_OUT.search(told.text):  # "shoes I have already, take them away"
        return _rebuilt(told, before, "build", without=(*before.without, *has))
    if left_out and (not slot or (slot in left_out and cues.LEAVE_OUT.search(told.text))):
        return _rebuilt(told, before, "build", without=(*before.without, *left_out))
    if instead := _in_its_place(told, before):
        return instead
    changed = (
        cues.SWAP.search(told.text) or cues.REJECTED.search(told.text) or cues.SWAP_ONE.search(told.text) or _otherwise(told)
    )
    if slot and (changed or told.likely == "swap" or _shall_be(told) or cues.SHALL_BE.search(told.text)):
        return _one_changed(told, before, slot)
    added = slots_of(reading.of_role("target"))
    if added and (reading.budget.total is not None or cues.THROW_IN.search(told.text)):  # "add a sun hat, still 220 in total"
        slots = tuple(dict.fromkeys([*(piece.slot for piece in before.pieces()), *added]))
        return _rebuilt(told, before.but(slots=slots), "build")
    if added or reading.of_role("anchor") or told.pointed.items:
        return None
    other = cues.SWAP.search(told.text) or (cues.REJECTED.search(told.text) and not filters_in(reading).stated())
    if other:
        return _as_a_whole(told, before)
    if named and len(told.text.split()) <= 6:
        return before.aside("show", items=tuple(piece.id for piece in before.pieces()), topic="look")
    stated = filters_in(reading).stated()
    return _rebuilt(told, before, "build") if stated else None


_THAT_PIECE = re.compile(r"\b(?:replace|swap|change|exchange) (?:it|that|that one|that piece)\b", re.I)
_REPLACED_BY = {"all-body": frozenset(["tops", "bottoms"]), "tops": frozenset(["all-body"]), "bottoms": frozenset(["all-body"])}


def _owned_already(told: Told, before: Understood) -> Understood | None:
    """A piece that the shopper has: "I already have gold sandals"; the look is built around it. None where none is named."""
    mine = [
        anchor_of(phrase) for phrase in told.reading.of_role("anchor") if phrase.kind != phrase.slot and not phrase.pointing
    ]
    there = {piece.slot for piece in before.pieces()}
    if not mine or told.reading.of_role("target") or not {thing.slot for thing in mine} & there:
        return None
    if cues.SWAP.search(told.text) or cues.SWAP_ONE.search(told.text) or told.reading.goes_with or told.pointed.items:
        return None
    return _rebuilt(told, before.but(anchors=tuple(dict.fromkeys([*before.anchors, *mine]))), "build")


def _in_its_place(told: Told, before: Understood) -> Understood | None:
    """A piece given up for one of another slot: "no dress, do it with a skirt instead"; None where nothing is."""
    there = {piece.slot for piece in before.pieces()}
    given_up = {phrase.slot for phrase in told.reading.of_role("unwanted")} & there
    wanted = [phrase for phrase in told.reading.of_role("target") if phrase.slot not in given_up]
    if re.search(r"\b(?:instead|rather)\b", told.text, re.I):
        for phrase in wanted:
            given_up |= _REPLACED_BY.get(phrase.slot, frozenset()) & there
    if not given_up or not wanted or {phrase.slot for phrase in wanted} <= there:
        return None
    wishes = {slot: wish for slot, wish in before.wishes.items() if slot not in given_up}
    return _rebuilt(
        told,
        before.but(
            slots=(), filters=before.filters.without("kinds", "colours"), wishes=wishes | wishes_of(wanted, told.reading.budget)
        ),
        "swap",
        without=tuple(dict.fromkeys([*before.without, *given_up])),
    )


def _shall_be(told: Told) -> bool:
    """Whether a piece that is pointed at shall be of a colour, type or price: "about the shoes, I want black ones"."""
    return bool(told.pointed.items and filters_in(told.reading).stated()) and not told.text.rstrip().endswith("?")


def _piece_meant(told: Told, before: Understood) -> str | None:
    """The slot of the look's piece that is to be exchanged."""
    match = cues.SWAP_ONE.search(told.text)
    garments = read(match[1]).phrases if match else ()
    turned_down = [
        phrase
        for phrase in told.reading.of_role("unwanted")
        if _points_at(told.text, phrase.noun) or cues.SWAP.search(told.text)
    ]
    phrases = (
        garments
        or told.reading.of_role("target")
        or turned_down
        or (*told.reading.of_role("detail"), *told.reading.of_role("anchor"))
    )
    slots = {piece.slot for piece in before.pieces()}
    named = [phrase.slot for phrase in phrases if phrase.slot in slots]
    at_place = [item.slot for item in told.pointed.items if item.look == before.look]
    last = [before.swapped] if before.swapped in slots and not phrases and cues.ANOTHER_ONE.search(told.text) else []
    it = [piece.slot for piece in before.pieces() if piece.id in before.spoken_of and _THAT_PIECE.search(told.text)]
    return next(iter([*named, *at_place, *last, *it]), None)


def _points_at(text: str, noun: str) -> bool:
    """Whether a thing turned down is the one that was shown ("I don't like those shoes"), and no sort of things ("no skirts")."""
    return bool(re.search(rf"\b(?:the|that|those|this|these)\s+(?:[\w-]+\s+){{0,2}}?{re.escape(noun)}\b", text, re.I))


def _otherwise(told: Told) -> bool:
    """Whether a thing of the look is named as it should be: "black shoes", "make the shoes black", "boots"."""
    return bool(told.reading.of_role("target")) and not cues.LOOKS_FOR.search(told.text)


def _one_changed(told: Told, before: Understood, slot: str) -> Understood:
    reading = told.reading
    match = cues.SWAP_ONE.search(told.text)
    wanted = [
        phrase for phrase in (read(match[2] or "").phrases if match else reading.of_role("target")) if phrase.slot == slot
    ]
    wanted = wanted or [phrase for phrase in reading.of_role("target") if phrase.slot == slot and phrase.kind != slot]
    piece = next(piece for piece in before.pieces() if piece.slot == slot)
    turned_down = bool(cues.REJECTED.search(told.text))
    changes = filters_in(reading)
    pointed = told.pointed.items or any(_points_at(told.text, phrase.noun) for phrase in reading.phrases)
    if turned_down and pointed:  # "I don't like the black boots" is about that piece, not about black boots
        changes = changes.without("colours", "kinds", "exclude_kinds", "exclude_colours")
    filters = overlaid(before.filters.without("kinds", "colours", "max_price"), changes)
    cheaper = bool(cues.CHEAPER.search(told.text)) and changes.max_price is None
    kinds = tuple(phrase.kind for phrase in wanted if phrase.kind not in vocabulary().slots)
    kinds = kinds or tuple(dict.fromkeys(narrower(told.text, [slot])[0]))
    if cues.ANOTHER_ONE.search(told.text):  # of the same type still
        given_up = [phrase.kind for phrase in read(match[1]).phrases if phrase.slot == slot != phrase.kind] if match else []
        kinds = kinds or tuple(given_up) or (before.filters.for_slot(slot).kinds if before.swapped == slot else ())
    seen = tuple(item.id for item in before.shown if item.slot == slot)
    return before.aside(
        "swap",
        slots=(slot,),
        swapped=slot,
        filters=filters.model_copy(
            update={
                "kinds": kinds,
                "max_price": changes.max_price,
                "cheaper_than": piece.price if cheaper else None,
                "min_price": changes.min_price,
                "exclude_kinds": tuple(kind for kind in filters.exclude_kinds if kind != slot),  # "instead of those shoes"
            }
        ),
        wishes=before.wishes | _wish_of(slot, wishes_of(wanted, reading.budget).get(slot), told),
        exclude=tuple(dict.fromkeys([*seen, *before.seen, *before.rejected])),
        rejected=(*before.rejected, piece.id) if turned_down else before.rejected,
        taken=reading.taken,
    )


def _wish_of(slot: str, wish: Wish | None, told: Told) -> dict[str, Wish]:
    """What the new piece shall be, in words."""
    words = (wish.words if wish else "", leaning(told.text), *told.reading.descriptive)
    return {slot: (wish or Wish()).model_copy(update={"words": " ".join(word for word in words if word)})}


def _as_a_whole(told: Told, before: Understood) -> Understood:
    """Another look altogether; cheaper than the one shown, or of another kind."""
    total = round(sum(piece.price or 0.0 for piece in before.pieces()), 2)
    if cues.CHEAPER.search(told.text) and told.reading.budget.highest is None:
        cheaper = before.filters.model_copy(update={"total_max": max(0.0, round(total - 0.01, 2))})
        return _rebuilt(told, before.but(filters=cheaper), "swap", cheaper=True)
    turned_down = tuple(piece.id for piece in before.pieces())
    return _rebuilt(told, before, "swap", exclude=tuple(dict.fromkeys([*before.seen, *turned_down])))


def _rebuilt(told: Told, before: Understood, intent: Intent, **changes: object) -> Understood:
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

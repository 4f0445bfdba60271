"""What is looked for: what goes with a thing, a search of its own, others than those shown, and wishes laid over earlier ones."""

import re

from assistant.profile import slots_of_size
from assistant.understanding import cues
from assistant.understanding.completing import WORN_ALONE, completing, sized, things_there
from assistant.understanding.narrowing import narrower
from assistant.understanding.reading import read
from assistant.understanding.refining import filters_in, refined, revised, slots_of, wishes_of
from assistant.understanding.roles import Phrase
from assistant.understanding.told import Told
from assistant.understanding.understood import Understood, Wish
from catalog.taxonomy import vocabulary
from retrieval.filters import Filters


def hunt(told: Told) -> Understood | None:
    """A search of its own, or the next wish of the same talk: "and a bag?"."""
    reading, before = told.reading, told.before
    targets = reading.of_role("target")
    if not targets:
        return None
    if before and before.task == "build" and before.pieces() and _goes_on(told) and not _afresh(told):
        return completing(told, things_there(told, before))
    if before and (not _afresh(told) or cues.NEXT.match(told.text) or cues.WHAT_ABOUT.search(told.text)):
        same_thing = set(slots_of(targets)) <= set(before.slots) and before.task in ("complement", "search")
        goes_on = {"complement": True, "search": False}.get(told.likely or "", _goes_on(told))
        next_thing = before.anchors and goes_on and not _leaves(told)
        also = before.task == "search" and (cues.ALSO.search(told.text) or cues.WHAT_ABOUT.search(told.text))
        if before.topic == "what thing" or same_thing or next_thing or also:
            cheapest = bool(cues.CHEAPEST.search(told.text)) and not told.pointed.items
            return _not_instead(refined(reading, before, told.person()), bool(cues.INSTEAD.search(told.text))).but(
                count=reading.count, cheapest=cheapest
            )
    return told.anew(
        "search",
        task="search",
        slots=slots_of(targets),
        filters=sized(told, filters_in(reading, told.person()), slots_of(targets)),
        wishes=wishes_of(targets, reading.budget),
        words=" ".join(reading.descriptive),
        cheapest=bool(cues.CHEAPEST.search(told.text)),
        count=reading.count,
    )


_STARTS_ANEW = re.compile(
    r"^\W*(?:(?:hi|hey|hello|ok|now|and)\W+)?(?:(?:have you |do you have |you )?(?:got )?any|do you|have you|i need|i want|i'm after|looking)\b",
    re.I,
)


_A_SEARCH = re.compile(r"\b(?:looking for|search|new|instead|show me|find me)\b", re.I)


def _afresh(told: Told) -> bool:
    """Whether the sentence that names what is wanted begins a search: "a beret! show me what you have" goes on."""
    first = told.reading.of_role("target")[0]
    before = told.before
    if before and first.slot in before.slots and _narrows(told, before, first):
        return False  # "show me rings", of the jewellery for a black dress
    if (
        before
        and first.slot in before.slots
        and not _A_SEARCH.search(told.text)
        and (before.anchors or not _STARTS_ANEW.match(told.text))
    ):
        return False  # "any ankle boots under 100" for the coat still
    if before and first.slot in before.slots and _THE_SAME.search(told.text):
        return False  # "show me the shoes in silver"
    place = told.text.lower().find(first.noun)
    ends = [match.end() for match in re.finditer(r"[.!?;]+\s", told.text)]
    start = max((end for end in ends if end <= place), default=0)
    return bool(cues.FRESH.search(told.text[start : min((end for end in ends if end > place), default=len(told.text))]))


_THE_SAME = re.compile(
    r"\bshow me (?:the|those|these|some of the)\b|\b(?:is|are|would be|will) (?:fine|ok|okay|good|do)\b|\b(?:will|would) do\b",
    re.I,
)


def _narrows(told: Told, before: Understood, phrase: Phrase) -> bool:
    """Whether a narrower type of what was looked for is named, and nothing else of its own is said."""
    reading, kinds = told.reading, before.filters.kinds
    general = not kinds or any(kind != phrase.kind and vocabulary().covers(kind, phrase.kind) for kind in kinds)
    own = reading.gender or reading.occasions or reading.seasons or cues.NEW_TOPIC.search(told.text)
    return general and not own and phrase.kind not in vocabulary().slots


def _not_instead(wish: Understood, instead: bool = False) -> Understood:
    """The wish without a thing that what is looked for would replace: shoes are not chosen to go with shoes."""
    alone = set(wish.slots) & (WORN_ALONE if not instead else {*wish.slots})
    return wish.but(anchors=tuple(thing for thing in wish.anchors if thing.slot not in alone))


def _leaves(told: Told) -> bool:
    """Whether a message turns to something else in so many words, or to the shopper after somebody else's things."""
    turns = cues.FOR_ME.search(told.text) and told.before and told.before.filters.gender
    return bool(turns or cues.NEW_TOPIC.search(told.text))


def _goes_on(told: Told) -> bool:
    """Whether a message reads as the next wish of the same talk; a person or an occasion of its own begins another."""
    reading = told.reading
    if re.search(r"\b(?:give|get|find|show|make) (?:him|her)\b", told.text, re.I) and not (
        reading.occasions or reading.seasons
    ):
        return True  # of whom we speak already
    return bool(cues.NEXT.match(told.text)) or not (reading.gender or reading.occasions or reading.seasons)


def refinement(told: Told) -> Understood | None:
    """Filters alone refine what was asked before: "under 80 please", "in black", "for men"; before it, they are kept."""
    reading, before = told.reading, told.before
    stated = filters_in(reading)
    described = bool(reading.descriptive or reading.adjectives)
    if before and before.task == "search" and before.slots and _BY_PRICE.search(told.text):
        return before.aside("search", cheapest=True)
    if before and before.intent == "judge" and _SEE_SOME.search(told.text) and (some := _some_of_the_judged(told, before)):
        return some
    if before and (narrowed := narrowed_filters(told, before)):
        named = Wish(words=" ".join(narrowed.kinds)) if narrowed.kinds != before.filters.kinds else None
        wish = refined(reading, before, told.person()).but(filters=narrowed)
        return wish.but(wishes=wish.wishes | dict.fromkeys(wish.slots, named)) if named else wish
    vague = not before and bool(cues.SOMETHING.search(told.text)) and (described or bool(cues.GOOD_FOR.search(told.text)))
    if told.photos or not (stated.stated() or vague or (described and before and before.slots)):
        return None
    when = bool(reading.seasons or reading.occasions)
    only_when = when and set(stated.stated()) <= {"seasons", "occasions"} and not described
    if only_when and not cues.WANTS.search(told.text):
        return None  # "who wins the footy this weekend"
    if before and before.slots and before.task in ("complement", "search"):
        return refined(reading, before, told.person())
    if before and before.intent == "judge" and (some := _some_of_the_judged(told, before)):
        return some
    about = reading.descriptive or reading.colours or reading.adjectives
    if vague or when or (about and cues.SOMETHING.search(told.text)):
        return told.anew("search", task="search", filters=filters_in(reading, told.person()), words=told.text)
    if before and before.task:
        return told.aside(topic="not understood" if not stated.stated() else "what thing")
    earlier = before.filters if before and before.topic == "what thing" else Filters()
    return told.anew("chat", topic="what thing", filters=revised(earlier, **stated.model_dump(exclude_defaults=True)))


_BY_PRICE = re.compile(
    r"\b(?:sort(?:ed)?|order(?:ed)?|rank(?:ed)?) (?:them |these |it )?by price\b|\b(?:cheapest|lowest price) first\b", re.I
)


_SEE_SOME = re.compile(r"\b(?:show me|see|got|have) (?:some|any|a few)\b(?:\W*(?:please|then|pls)?\W*$)", re.I)


def _some_of_the_judged(told: Told, before: Understood) -> Understood | None:
    """ "Can I see some in a 42?" of brown shoes that were judged to go with a suit; None where nothing is meant."""
    if not re.search(r"\b(?:some|any|ones?)\b", told.text, re.I):
        return None
    size = told.reading.sizes[:1]
    judged = before.judged or before.anchors
    things = [
        thing
        for thing in judged
        if thing.source == "text" and thing.kind and (not size or thing.slot in slots_of_size(size[0]))
    ]
    if not things:
        return None
    meant = things[0]
    named = read(meant.caption)
    rest = tuple(thing for thing in judged if thing != meant)
    wish = filters_in(named, filters_in(told.reading, told.person()))
    kinds = () if meant.kind in vocabulary().slots else (meant.kind or "",)
    colours = told.reading.colours or tuple(m.name for m in vocabulary().mentions(meant.caption, "colour"))
    return told.anew(
        "complement" if rest else "search",
        task="complement" if rest else "search",
        anchors=rest,
        slots=(meant.slot,),
        filters=wish.model_copy(update={"kinds": kinds, "colours": colours}),
    )


def narrowed_filters(told: Told, before: Understood) -> Filters | None:
    """The filters for a narrower type of what was looked for: "only round ones", "not skinny"; None where none is named."""
    parents = [vocabulary().kinds[kind].parent for kind in before.filters.kinds if kind in vocabulary().kinds]
    bases = dict.fromkeys(
        [*before.filters.kinds, *(parent for parent in parents if parent), *(() if parents else before.slots)]
    )
    wanted, never = narrower(told.text, bases)
    turned_down = {phrase.kind for phrase in told.reading.of_role("unwanted")}
    wanted = [kind for kind in wanted if kind not in turned_down]
    if before.task not in ("complement", "search") or not (wanted or never) or told.reading.of_role("target"):
        return None
    merged = refined(told.reading, before, told.person()).filters
    kinds = tuple(dict.fromkeys(wanted)) or merged.kinds
    return merged.model_copy(update={"kinds": kinds, "exclude_kinds": tuple(dict.fromkeys([*merged.exclude_kinds, *never]))})

"""Choosing among what a shopper has: whether a thing on a photo does for an occasion, which of several is better."""

import re
from collections.abc import Sequence
from itertools import pairwise

from assistant.understanding.anchoring import anchor_of, things_named
from assistant.understanding.refining import filters_in, overlaid
from assistant.understanding.roles import Phrase
from assistant.understanding.told import Told
from assistant.understanding.understood import Anchor, Understood
from retrieval.filters import Filters

FIT_FOR = "fit for"  # the topic of a turn that asks whether a thing does for an occasion
WHICH = "which"  # which of several

_DOES_IT = re.compile(
    r"^\W*(?:(?!how\b|what\b|which\b|where\b|why\b|when\b)\w+\W+){0,5}?(?:is|are|would|can|could|may|should|will|does|do|am) (?!you\b(?! wear))",
    re.I,
)
_WARM = re.compile(r"\bwarm enough\b|\bkeep (?:me|him|her|us|them) warm\b", re.I)
_WITH = re.compile(r"\b(?:with|under|over) (?:(?:an?|the|my|some) )?$", re.I)
_WHICH = re.compile(
    r"\b(?:which|what|the one|what of)\b.*\b(?:better|best|nicer|rather|prefer|pick|choose|go with|goes with|suits?|match)\b|"
    r"\b(?:which|should i) .*\bor\b|\b(?:this|these|that|those)(?: ones?)? or (?:this|that|these|those|the other)\b|"
    r"\bwhich (?:ones?|of (?:these|those|them)|pair)\b(?= (?:for|to|at|in|with)\b|\W*$)",
    re.I,
)
_CHOICE = re.compile(r"\b(?:which|should (?:i|we|he|she|they)|better|rather|nicer|best|prefer)\b", re.I)
_OR = re.compile(r"\s+(?:or|vs\.?|versus)\s+(?:(?:the|my|an?|some|these|those) )?", re.I)
_YES_OR_NO = re.compile(
    r"(?:(?:so|ok|well|and|but|is (?:it|that)|a)\W+)*(?:yes|yeah) or (?:a )?no(?: then| please| now)?\W*", re.I
)
_AND_FOR = re.compile(r"\W*(?:(?:and|or|but|ok|what about|how about|which(?: ones?)?|then) )*(?:for|to|with|in) ", re.I)


def does_it(text: str) -> bool:
    """Whether a message asks if something does: "can I wear it to …", "is it ok for …"."""
    return bool(_DOES_IT.match(text))


def fit_for(told: Told) -> Understood | None:
    """ "Is this formal enough for work?", "warm enough for winter?": the shop's own such things tell, and what else is made for it."""
    when = when_of(told)
    if len(told.photos) != 1 or not when.stated() or not does_it(told.text):
        return None
    (thing,) = told.photos
    others = [phrase for phrase in told.reading.phrases if phrase.slot != thing.slot]
    if others or told.reading.goes_with or thing.slot is None:
        return None
    filters = overlaid(filters_in(told.reading, told.person()).without("kinds", "colours"), when)
    return told.anew(
        "search",
        task="search",
        anchors=told.photos,
        slots=(thing.slot,),
        filters=filters,
        words=thing.caption,
        topic=FIT_FOR,
    )


def which_of(told: Told) -> Understood | None:
    """ "Which of these two is better with a navy suit?", "should I wear heels or flats with this skirt?": things of one sort, each
    held against what is worn with them; photos also against an occasion."""
    pair = () if told.photos or told.pointed.items else _this_or_that(told)
    again = () if told.photos or told.pointed.items or pair else _those_of_before(told)
    things = told.photos or tuple(map(anchor_of, pair)) or again
    slots = {thing.slot for thing in things}
    if len(things) < 2 or len(slots) != 1 or not (pair or again or _WHICH.search(told.text)):
        return None
    targets = [phrase for phrase in told.reading.of_role("target") if phrase.slot not in slots]
    # "These or those with a red dress?"
    worn = [phrase for phrase in targets if _WITH.search(told.reading.unpriced[: phrase.start])]
    if len(worn) < len(targets):
        return None  # "which bag goes with these?"
    named = (*(thing for thing in things_named(told) if thing.slot not in slots), *map(anchor_of, worn))
    when = when_of(told)
    known = told.before.anchors if told.before and not when.stated() else ()
    rest = named or tuple(thing for thing in known if thing.slot not in slots)
    if pair and not rest:
        return None  # "heels or sneakers for a date?" looks for both
    return told.anew("judge", task="judge", anchors=(*things, *rest), topic=WHICH, filters=overlaid(told.person(), when))


def yes_or_no(told: Told) -> Understood | None:
    """ "So yes or no?": the verdict again."""
    before = told.before
    if before is None or told.photos or not (before.topic == FIT_FOR or before.intent == "judge"):
        return None
    again = _YES_OR_NO.fullmatch(told.text.strip())
    return before.but(answered=False, noted=None, notes=(), taken=()) if again else None


def sides(anchors: Sequence[Anchor]) -> tuple[list[Anchor], list[Anchor]]:
    """Of the things of a turn that asks which: those to choose from, which are all of one slot, and what they are worn with."""
    of_first = [thing for thing in anchors if thing.slot == anchors[0].slot]
    return of_first, [thing for thing in anchors if thing.slot != anchors[0].slot]


def _those_of_before(told: Told) -> tuple[Anchor, ...]:
    """What was chosen among last, where a message only says for what else: "and for work?", "and with jeans?"."""
    if told.before is None or told.before.topic != WHICH or not _AND_FOR.match(told.text):
        return ()
    return tuple(sides(told.before.judged or told.before.anchors)[0])


def _this_or_that(told: Told) -> tuple[Phrase, ...]:
    """The two things of one sort that a message holds against each other: "heels or flats"; none where it names others of the sort."""
    named = [phrase for phrase in told.reading.phrases if phrase.role != "unwanted"]
    for first, second in pairwise(named):
        alone = [phrase for phrase in named if phrase.slot == first.slot] == [first, second]
        if alone and _OR.fullmatch(told.reading.unpriced[first.end : second.start]) and _CHOICE.search(told.text):
            return first, second
    return ()


def when_of(told: Told) -> Filters:
    """The occasion and the season that are spoken of."""
    said = filters_in(told.reading)
    event = tuple(name for name in said.occasions if name != "formal") or said.occasions  # "formal enough for work" is of work
    warm = ("winter",) if _WARM.search(told.text) else ()
    return Filters(occasions=event, seasons=said.seasons or warm)

"""Whether things go together: "does this coat go with brown boots?", "and with black ones?", "which piece is the weakest?"."""

import re
from dataclasses import replace

from assistant.understanding import cues
from assistant.understanding.anchoring import anchor_of, from_before, others_named, with_photos
from assistant.understanding.choosing import when_of
from assistant.understanding.reading import read
from assistant.understanding.refining import overlaid
from assistant.understanding.told import Told
from assistant.understanding.understood import Anchor, Shown, Understood
from catalog.taxonomy import vocabulary


def judgement(told: Told) -> Understood | None:
    """Whether things go together: "does this coat go with brown boots?", "do these work together?"."""
    before = told.before
    if before and cues.WEAKEST.search(told.text) and (before.task == "judge" or not told.reading.of_role("target")):
        if before.task == "judge":
            return before.aside("judge")
        if before.pieces():
            return before.aside("judge", judged=_with_what_is_there((), before))
    needed = re.search(r"\b(?:necessary|required|needed|compulsory)\b", told.text, re.I)  # "is the tie necessary?"
    if _asks(told.text) and cues.ETIQUETTE.search(told.text) and (needed or not told.pointed.items) and not told.photos:
        return told.aside(topic="etiquette", about=" and ".join(phrase.noun for phrase in told.reading.phrases))
    if before and cues.BETTER_THAN.search(told.text):
        return None  # something else is asked for
    told = _one_named(told)
    named = [phrase for phrase in told.reading.phrases if phrase.role != "unwanted"]
    again = before is not None and before.intent == "judge" and bool(named) and bool(cues.VERDICT_AGAIN.match(told.text))
    again = again and not (told.reading.goes_with and told.reading.of_role("target"))
    asked = (told.likely == "judge" or cues.JUDGE.search(told.text) or cues.HOW_IT_LOOKS.search(told.text)) and (
        not (cues.ASKS_WHICH.search(told.text) or _asks_others(told.text) or cues.MAY_GO.search(told.text))
    )
    if not (asked or again):
        return None
    if before and before.shown and told.pointed.missing and not told.pointed.items:
        return told.aside("show", topic="no such place", about=str(max(item.place for item in before.shown)))
    if not named and not told.pointed.items and not told.photos and _OF_WHAT.search(told.text):
        return told.aside(topic="etiquette")
    if not named and not told.pointed.items and not told.photos and told.reading.descriptive:  # "is cotton good for sport?"
        return told.aside(topic="etiquette", about=" and ".join(told.reading.descriptive))
    words = [anchor_of(phrase) for phrase in named if not any(_same_thing(item, phrase.words) for item in told.pointed.items)]
    things = (*(item.as_anchor() for item in told.pointed.items), *with_photos(told.photos, words, others_named(told)))
    if len(things) < 2 and before and not told.photos:
        things = _with_what_is_there(things, before)
    if before:
        things = from_before(things, before.anchors) if things else things
    if before and {piece.id for piece in before.pieces()} & {thing.id for thing in things}:
        return before.aside("judge", judged=things)  # the look stays what the talk is about
    of_those = before and before.slots and (told.pointed.items or {thing.slot for thing in things} & set(before.slots))
    if before and of_those and before.shown and before.task in ("complement", "search"):
        return before.aside("judge", judged=things)  # so does what was looked for
    return told.anew("judge", task="judge", anchors=things, filters=overlaid(told.person(), when_of(told)))


def _one_named(told: Told) -> Told:
    """The turn with "a green one" as what is looked for: "would a forest green one go with brown?" is of a sweater."""
    before, match = told.before, _A_ONE.search(told.text)
    if not match or not before or len(before.slots) != 1 or told.reading.phrases or told.pointed.items:
        return told
    wish = before.wishes.get(before.slots[0])
    called = (
        next(iter(before.filters.for_slot(before.slots[0]).kinds), None) or (wish.called if wish else None) or before.slots[0]
    )
    named = f"{told.text[: match.start(1)]}{vocabulary().kinds[called].one if called in vocabulary().kinds else called}{told.text[match.end(1) :]}"
    return replace(told, reading=read(named))


# "is red lipstick too much?": of what no shop of clothes sells.
_OF_WHAT = re.compile(
    r"\b(?:is|are) (?!(?:it|this|that|these|those|they|the|my|all|everything)\b)(?:[a-z'-]+ ){1,3}(?:too much|overkill|a bit much)\b",
    re.I,
)
_A_ONE = re.compile(r"\ban? (?:[\w-]+ ){1,3}(one)\b", re.I)


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

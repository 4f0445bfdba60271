"""Going back to what was looked for before: "back to the dresses, show me midi instead"."""

import re
from dataclasses import dataclass

from assistant.understanding.told import Told
from assistant.understanding.understood import Quest, Understood, Wish
from catalog.taxonomy import vocabulary
from retrieval.filters import Filters

_BACK_TO = re.compile(
    r"\b(?:(?:let's|let us|can we|shall we|could we|i want to|i'd like to|now) )?(?:go(?:ing)? |come |get |jump(?:ing)? )?back (?:to|at|on)\s+"
    r"(?:the|those|that|my|your|these)?\s*(?P<thing>(?:[\w-]+\s+){0,2}[\w-]+)\b",
    re.I,
)
_AGAIN = re.compile(
    r"\b(?:show|see|have|look at) (?:me )?(?:those|the|these|that) (?P<thing>(?:[\w-]+\s+){0,2}?[\w-]+) (?:again|from before|you showed(?: me)?(?: before| earlier)?|once more)\b|"
    r"\b(?:a|the|those|some) (?P<later>[\w-]+) after all\b",
    re.I,
)
_A_MOMENT = re.compile(r"\b(?:again|for a|a) (?:sec|second|moment|minute|bit|mo)\b", re.I)
_OTHERS = re.compile(r"\b(?:other|different|another|more)\s+(?P<thing>(?:[\w-]+\s+)?[\w-]+)", re.I)


@dataclass(frozen=True)
class GoneBack:
    """The conversation as it was when a thing was looked for, and what else the message says."""

    before: Understood
    rest: str
    changed: bool = True


def quests(before: Understood | None) -> dict[str, Quest]:
    """What has been looked for by now, by slot; the newest of each."""
    if before is None:
        return {}
    if before.task not in ("complement", "search") or before.proposed:
        return before.earlier
    now = {
        slot: Quest(
            task=before.task,
            anchors=before.anchors,
            filters=before.filters,
            wish=before.wishes.get(slot, Wish()),
            words=before.words,
            shown=before.shown if any(item.slot == slot for item in before.shown) else (),
        )
        for slot in before.slots
    }
    kinds = {kind: now[slot] for slot in before.slots for kind in before.filters.kinds if vocabulary().kinds[kind].slot == slot}
    return before.earlier | now | kinds


def _others(told: Told) -> str | None:
    """What others are asked of, if that is not what the talk is at: "other beanies" when it has come to scarves."""
    assert told.before
    for match in _OTHERS.finditer(told.text):
        garment = next(iter(vocabulary().mentions(match["thing"], "garment")), None)
        slot = vocabulary().kinds[garment.name].slot if garment else ""
        if garment and slot not in told.before.slots and slot in quests(told.before):
            return garment.name
    return None


def _thing(match: re.Match[str]) -> str:
    return next(word for name, word in match.groupdict().items() if word)


def _now(before: Understood) -> tuple[Wish, Filters]:
    return before.wishes.get(before.slots[0] if before.slots else "", Wish()), before.filters


def gone_back(told: Told) -> GoneBack | None:
    """Where a message goes back to what was looked for before; None where it does not, or where that is what the talk is about."""
    before = told.before
    if before is None or told.photos:
        return None
    match = _BACK_TO.search(told.text) or _AGAIN.search(told.text)
    named = next((m.name for m in vocabulary().mentions(_thing(match), "garment")), None) if match else _others(told)
    quest = quests(before).get(named or "") or quests(before).get(vocabulary().kinds[named].slot if named else "")
    if named is None or quest is None or (quest.wish, quest.filters) == _now(before):
        return None
    slot = vocabulary().kinds[named].slot
    if slot in {piece.slot for piece in before.pieces()}:
        return None
    there = before.but(
        task=quest.task,
        anchors=quest.anchors,
        slots=(slot,),
        filters=quest.filters,
        wishes={slot: quest.wish},
        words=quest.words,
        proposed=False,
        shown=quest.shown or before.shown,
    )
    rest = told.text
    if match:
        mention = next(m for m in vocabulary().mentions(_thing(match), "garment") if m.name == named)
        start = match.start("thing" if "thing" in match.groupdict() and match["thing"] else "later")
        rest = _A_MOMENT.sub(" ", f"{rest[: match.start()]} {rest[start + mention.end :]}").strip()
    return GoneBack(there, re.sub(r"^\W*(?:(?:and|then|but|so)\b\W*)?", "", rest))

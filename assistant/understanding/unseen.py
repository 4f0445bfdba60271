"""Photos that show no garment: the shopper is asked what it is, and the next words are taken for it."""

import re
from dataclasses import replace

from assistant.understanding import cues
from assistant.understanding.anchoring import anchor_of, proposal, things_named
from assistant.understanding.references import speaks_of_it
from assistant.understanding.refining import filters_in, slots_of, wishes_of
from assistant.understanding.told import Told
from assistant.understanding.understood import Understood

ASKED_WHAT = "no garment"  # the topic of a turn that asked what a photo shows
_THIS = re.compile(r"\b(?:this|that|these|those|photo|picture|image)\b", re.I)


def what_is_it(told: Told) -> Understood | None:
    """The question what a photo shows in which no garment was seen, where the message is about it and does not name it."""
    if not told.empty or told.photos or told.pointed.items or things_named(told):
        return None
    targets = told.reading.of_role("target")
    if targets and not (told.reading.goes_with or speaks_of_it(told.text) or _THIS.search(told.text)):
        return None  # "a red dress under 80": whatever the photo was for
    return told.anew(
        "complement",
        task="complement",
        slots=slots_of(targets),
        filters=filters_in(told.reading, told.person()),
        wishes=wishes_of(targets, told.reading.budget),
        topic=ASKED_WHAT,
    )


def it_is(told: Told) -> Understood | None:
    """What the shopper says that it is: "a navy wool coat"."""
    before = told.before
    if before is None or before.topic != ASKED_WHAT or told.photos or "?" in told.text or told.reading.goes_with:
        return None
    if cues.FRESH.search(told.text) or cues.LOOKS_FOR.search(told.text) or told.reading.budget.highest is not None:
        return None  # "show me red dresses under 80"
    named = [phrase for phrase in told.reading.phrases if phrase.role != "unwanted" and phrase.slot not in before.slots]
    if not named:
        return None
    things = tuple(anchor_of(replace(phrase, role="anchor")) for phrase in named)
    slots = before.slots or proposal(things)
    return before.aside("complement", anchors=things, slots=slots, proposed=not before.slots)


def words_count(empty: int, others: bool) -> str:
    """That words count where a photo shows nothing."""
    if others:
        return f"In {'one of the photos' if empty == 1 else f'{empty} of the photos'} I see no garment."
    return "I see no garment in the photo, so I go by your words."

"""What the planner says, in a shop assistant's words, from what the tools returned and nothing else."""

import re
from collections.abc import Sequence
from typing import Any

from assistant.floor.results import Result
from assistant.saying.choosing import fit, preferred, which
from assistant.saying.findings import findings, line, no_look
from assistant.saying.looks_in_words import exchanged, looks
from assistant.saying.photographed import sight
from assistant.saying.phrasing import a, slots_in_words
from assistant.saying.small_talk import WHAT_I_DO, colour_advice, small_talk
from assistant.saying.verdicts import details, judgement
from assistant.understanding.choosing import FIT_FOR, WHICH
from assistant.understanding.of_photos import SEEN
from assistant.understanding.understood import Anchor, Understood
from assistant.understanding.unseen import ASKED_WHAT
from catalog.taxonomy import vocabulary


def reply(
    understood: Understood,
    results: Sequence[Result],
    currency: str | None,
    *,
    seen: Sequence[Anchor] = (),
    said: str = "",
    before: Understood | None = None,
) -> str:
    """The answer to a turn, from what was understood and what the tools returned.

    seen: what is on the photos that came with it; said: the shopper's words; before: what was understood before, for what was exchanged.
    """
    if understood.topic == "no such place":
        most = int(understood.about)
        return f"I showed you {'only one thing' if most == 1 else f'numbers 1 to {most}'}. Which do you mean?"
    if understood.topic == SEEN:
        return f"{opening(understood, seen, said)} Ask me what goes with it, or for more like it."
    if understood.intent == "chat" or understood.topic in ("contradiction", "below zero"):
        shown = opening(understood, seen, said) if understood.topic == "colours" else ""
        return "\n\n".join(part for part in (noted(understood), shown, small_talk(understood, currency)) if part)
    if not results:
        return " ".join([*understood.notes, question(understood)])
    parts = [noted(understood), spelling(understood), opening(understood, seen, said), advised(understood, results, said)]
    parts.append(body(understood, results, before))
    parts += [hint(understood), currency_note(understood, currency)]
    return "\n\n".join(part for part in parts if part)


def advised(understood: Understood, results: Sequence[Result], said: str) -> str:
    """The answer in a sentence to what was asked beside the things themselves: which of two, what colours."""
    if understood.intent != "complement":
        return ""
    coloured = [thing for thing in understood.anchors if vocabulary().mentions(thing.caption, "colour")]
    if coloured and _COLOUR.search(said):
        return colour_advice(coloured[0].caption)
    return preferred(understood, results, said)


_COLOUR = re.compile(r"\b(?:what|which) colou?rs?\b", re.I)


def body(understood: Understood, results: Sequence[Result], before: Understood | None) -> str:
    """What was found, judged, shown or built."""
    if understood.topic == WHICH:
        return which(understood, results)
    if understood.topic == FIT_FOR:
        return "\n".join(
            [fit(understood, results[0]), *(line(item, number) for number, item in enumerate(results[0].items, 1))]
        )
    if understood.intent in ("judge", "show"):
        return {"judge": judgement, "show": details}[understood.intent](understood, results)
    if not any(result.items for result in results) and (understood.swapped or understood.task == "build"):
        return no_look(understood, results[0])
    if understood.swapped and before:
        return exchanged(understood.but(shown=before.shown), results)
    if understood.task == "build":
        return looks(understood, results)
    return findings(understood, results)


def noted(understood: Understood) -> str:
    """What the message says of the shopper for good, taken down."""
    if not understood.noted:
        return ""
    told = understood.noted.model_copy(update={"add": understood.noted.add.model_copy(update={"gender": None})})
    return told.in_words()  # for whom it is needs no remark


def spelling(understood: Understood) -> str:
    """What misspelt words were taken for."""
    return " ".join([*(f"I take “{written}” as {meant}." for written, meant in understood.taken), *understood.notes])


def hint(understood: Understood) -> str:
    """What would help to choose better."""
    if understood.intent != "complement" or any(
        vocabulary().mentions(anchor.caption, "colour") for anchor in understood.anchors
    ):
        return ""
    return "Tell me its colour or send me a photo, and I choose better."


def question(understood: Understood) -> str:
    """What we must know before we can look."""
    if understood.topic == WHICH:
        return "With what? Tell me what it is to go with, and I say which I would take."
    if understood.intent == "judge":
        have = f"I have the {understood.anchors[0].caption}. " if understood.anchors else ""
        return f"{have}Tell me what else it should go with, in words or as a photo, and I say how they work together."
    if understood.intent == "show":
        return "I have not shown you anything yet. " + WHAT_I_DO
    if understood.topic == ASKED_WHAT:
        return "I see no garment in this photo. What is it?"
    wanted = slots_in_words(understood.slots) or "things"
    return f"Gladly, but what should the {wanted} go with? Describe the piece (“a navy wool coat”) or send me a photo of it."


def opening(understood: Understood, seen: Sequence[Anchor], said: str) -> str:
    """What was seen on the photos that came, so that the shopper can correct it; or the correction, taken up."""
    if understood.topic == "corrected" or understood.mended:
        return f"Thank you, {a(understood.mended or understood.anchors[-1].caption)}, then."
    meant = [anchor for anchor in understood.judged or understood.anchors if anchor.source == "photo"]
    return sight(seen, meant, said) if seen and meant else ""


def currency_note(understood: Understood, currency: str | None) -> str:
    """That an amount in another currency was read as the shop's."""
    named = understood.filters.currency
    if not named or not currency or named == currency:
        return ""
    return f"You spoke of {named}; this shop's prices are in {currency}, so I took the amount as {currency}."


def as_results(artifacts: Sequence[dict[str, Any]]) -> list[Result]:
    """Tool artifacts as results."""
    return [Result.model_validate(artifact) for artifact in artifacts]

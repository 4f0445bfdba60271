"""What was seen on photos, in words: for the shopper, who can put it right, and for a model that reads only text."""

import re
from collections.abc import Sequence

from assistant.floor.reasons import OCCASION_WORDS
from assistant.floor.results import Result
from assistant.saying.phrasing import a, listed, sentences, the
from assistant.understanding.understood import Anchor, Understood
from catalog.taxonomy import vocabulary

LITTLE = 0.03  # difference of two scores that is not worth a word
_SEVERAL = re.compile(r"\b(?:these|those|both|all of|everything)\b|\bthis (?:[\w-]+ ){1,3}and (?:this |these )?[\w-]+", re.I)


def sight(seen: Sequence[Anchor], meant: Sequence[Anchor], said: str) -> str:
    """What is on the photos of a message, and which of it the answer goes by.

    seen: all that was seen; meant: what the talk is about; said: the shopper's words.
    """
    if any(thing.beside for thing in seen):
        shown = f"In {'this photo' if all(thing.beside for thing in seen) else 'your photos'} I see {_things(seen)}."
        if len(meant) < len(seen):
            return f"{shown} I go by {listed([the(thing.caption) for thing in meant])}."
    else:
        one = "one garment, " if len(seen) == 1 and _SEVERAL.search(said) and not _in_pairs(seen[0]) else ""
        shown = f"I see {one}{_things(meant)}."
    return f"{shown} {doubt(meant) or 'If I got that wrong, just tell me.'}"


def fit(understood: Understood, result: Result) -> str:
    """Whether a thing does for an occasion, by whether the shop has such things among what comes nearest to it and is made for it."""
    (thing,) = understood.anchors
    occasion = listed([OCCASION_WORDS.get(name, name) for name in understood.filters.occasions])
    if result.relaxed or not result.items:
        return f"I have nothing like {the(thing.caption)} that is made for {occasion}, so I can't tell. These come nearest:"
    if any(thing.kind and vocabulary().covers(thing.kind, item.get("kind")) for item in result.items):
        return f"I think so: such things can do for {occasion}. Of mine that are made for it these come nearest:"
    return f"Rather not. Instead of {the(thing.caption)} I would take one of these, made for {occasion}:"


def which(understood: Understood, results: Sequence[Result]) -> str:
    """Which of several goes better with the rest, by the stylist's scores."""
    photos = [thing for thing in understood.anchors if thing.source == "photo"]
    rest = listed([the(thing.caption) for thing in understood.anchors if thing.source != "photo"])
    rated = sorted(zip(photos, results, strict=True), key=lambda pair: -(pair[1].score or 0.0))
    (best, first), *others = rated
    scores = listed([f"{the(thing.caption)} {result.score or 0.0:.0%}" for thing, result in others])
    why = f" {sentences(first.facts)}" if first.facts else ""
    if (first.score or 0.0) - (others[0][1].score or 0.0) < LITTLE:
        return f"With {rest} there is little between them: take the one you like better.{why}"
    return f"I would take {the(best.caption)}: with {rest} I rate the set {first.score or 0.0:.0%}, with {scores}.{why}"


def doubt(seen: Sequence[Anchor]) -> str:
    """The question that settles what a photo shows, where the captioner was unsure."""
    unsure = next((anchor for anchor in seen if anchor.unsure and anchor.alternatives), None)
    if unsure is None:
        return ""
    kinds = [vocabulary().kinds[kind].one for kind in (unsure.kind, *unsure.alternatives) if kind]
    which = f" about the {unsure.caption}" if len(seen) > 1 else ""
    return f"I am not sure{which}, though: is it {listed([a(kind) for kind in kinds[:2]], 'or')}?"


def photo_notes(photos: Sequence[Anchor], empty: int = 0) -> str:
    """What was seen, for a conversation model that reads only text; `empty` photos show no garment."""
    notes = [f"[Photo {number} shows: {photo.caption} (slot {photo.slot})]" for number, photo in enumerate(photos, 1)]
    return "\n".join([*notes, *["[Photo without a garment: ask what it is, unless the words say it]"] * min(empty, 1)])


def _things(things: Sequence[Anchor]) -> str:
    return listed([a(thing.caption) for thing in things])


def _in_pairs(thing: Anchor) -> bool:
    """Whether one speaks of a single such thing as "these": boots, jeans."""
    return thing.kind is not None and vocabulary().kinds[thing.kind].one.startswith("pair of")

"""What was seen on photos, in words: for the shopper, who can put it right, and for a model that reads only text."""

import re
from collections.abc import Sequence

from assistant.saying.phrasing import a, in_pairs, listed, the
from assistant.understanding.understood import Anchor
from catalog.taxonomy import vocabulary

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
        one = "one garment, " if len(seen) == 1 and _SEVERAL.search(said) and not in_pairs(seen[0].kind) else ""
        shown = f"I see {one}{_things(meant)}."
    return f"{shown} {doubt(meant) or 'If I got that wrong, just tell me.'}"


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

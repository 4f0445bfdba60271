"""What a stylist's judgement is made of: parts that each say, in numbers of their own, how well things go together."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from catalog.taxonomy import vocabulary
from retrieval.complement import Wearable as Wearable  # stylist and search read the same of an item


class Worn(NamedTuple):
    """An item as parts read it: words in lower case on one line, and its slot, where nobody said it the words' own."""

    words: str
    slot: str | None


class Part(Protocol):
    """One way to judge. A stylist asks it in one canonical order, so that no answer depends on the order of things."""

    def completing(self, outfit: Sequence[Worn], options: Sequence[Worn]) -> Sequence[float]:
        """How well each option completes the outfit: higher is better, and only differences count."""
        ...

    def together(self, outfits: Sequence[Sequence[Worn]]) -> Sequence[float]:
        """How well the two items or more of each outfit go together."""
        ...


def worn(item: Wearable) -> Worn:
    """An item as parts read it."""
    return Worn(" ".join(item.words.lower().split()), item.slot or vocabulary().slot_of(item.words))


def ordered(outfit: Sequence[Wearable]) -> list[Worn]:
    """An outfit in its canonical order: by the vocabulary's order of slots, then by alphabet."""
    slots = vocabulary().slots

    def place(item: Worn) -> tuple[int, str, str]:
        return slots.index(item.slot) if item.slot in slots else len(slots), item.words, item.slot or ""

    return sorted(map(worn, outfit), key=place)

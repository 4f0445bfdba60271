"""What the student of complementary search is asked: outfits with a piece missing, or with another slot or a wish put in.

No question has a right answer, for the teacher judges any. Each is drawn by its number alone, so that an interrupted run
goes on with the questions of one that was not.
"""

import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from catalog.taxonomy import Field, vocabulary
from finetune.encoding import words_of
from finetune.prompts import Example

OTHER_SLOT = 0.25  # share of questions that ask for a random slot instead of the missing piece's
WISHING = 0.25  # share with a wish
DROPPED = (0.2, 0.2, 0.2, 0.7)  # share of the other pieces left out; the last, for shoppers come with one thing or two
UNSAID = 0.03  # share of pieces whose slot nobody says
WISHES = 400  # for each slot
FIELDS: tuple[Field, ...] = ("garment", "colour", "pattern", "material", "season", "occasion")  # that a wish may name
WAYS = 2  # to name slots: ours, and Polyvore-T's

PHRASES = tuple(
    f"{how} {what}".strip()
    for how in ("something", "")
    for what in (
        *("warmer", "warm", "lighter", "elegant", "casual", "comfortable", "colourful", "dark", "light", "simple"),
        *("more formal", "more casual", "sporty", "playful", "classic", "bold", "dressy", "cosy", "vintage", "minimalist"),
    )
)


class Group(NamedTuple):
    """A slot by one way of naming: its number, the captions of its things, and the wishes for it, all by number."""

    slot: int
    captions: list[int]
    wishes: list[int]


class Asked(NamedTuple):
    """One question; everything by number."""

    items: list[int]
    slots: list[int]
    group: int
    wish: int | None
    number: int


class Contexts:
    """Questions about outfits, `rounds` of each, as a data set. `slots`: the names by number; one beyond them is no slot.

    `strange`: the share of pieces that another of their slot stands in for. `texts`: the captions, `captions` many, and
    after them the wishes.
    """

    def __init__(self, examples: Sequence[Example], slots: Sequence[str], rounds: int, seed: int, strange: float = 0.0) -> None:
        captions = sorted({caption for example in examples for caption in example["captions"]})
        number, place = ({name: at for at, name in enumerate(names)} for names in (captions, slots))
        self.captions, self._unsaid, self._rounds, self._seed = len(captions), len(slots), rounds, seed
        self._strange = strange
        self._items = [[number[caption] for caption in example["captions"]] for example in examples]
        self._slots = [[[place[ways[way]] for ways in example["slots"]] for way in range(WAYS)] for example in examples]
        self.texts = captions
        self.groups, self._group = self._grouped(slots)

    def __len__(self) -> int:
        return len(self._items) * self._rounds

    def __getitem__(self, number: int) -> Asked:
        rng = random.Random(f"{self._seed} question {number}")
        outfit, way = number % len(self._items), rng.randrange(WAYS)
        items, slots = self._items[outfit], self._slots[outfit][way]
        missing = rng.randrange(len(items))
        group = self._group[way][slots[missing]]
        if rng.random() < OTHER_SLOT:
            group = rng.choice([*self._group[way].values()])
        kept = _some([place for place in range(len(items)) if place != missing], rng)
        said = [self._unsaid if rng.random() < UNSAID else slots[place] for place in kept]
        wish = rng.choice(self.groups[group].wishes) if rng.random() < WISHING else None
        worn = [self._worn(items[place], self._group[way][slots[place]], rng) for place in kept]
        return Asked(worn, said, group, wish, number)

    def _worn(self, item: int, group: int, rng: random.Random) -> int:
        """The piece, or a stranger of its slot."""
        return rng.choice(self.groups[group].captions) if rng.random() < self._strange else item

    def _grouped(self, slots: Sequence[str]) -> tuple[list[Group], list[dict[int, int]]]:
        """All groups, and by way and slot their places among them."""
        found: list[dict[int, set[int]]] = [{} for _ in range(WAYS)]
        for items, ways in zip(self._items, self._slots, strict=True):
            for groups, named in zip(found, ways, strict=True):
                for item, slot in zip(items, named, strict=True):
                    groups.setdefault(slot, set()).add(item)
        made: list[Group] = []
        places: list[dict[int, int]] = [{} for _ in range(WAYS)]
        for way, groups in enumerate(found):
            for slot, captions in sorted(groups.items()):
                places[way][slot] = len(made)
                made.append(
                    Group(slot, sorted(captions), self._wishes(sorted(captions), random.Random(f"{way} {slots[slot]}")))
                )
        return made, places

    def _wishes(self, captions: list[int], rng: random.Random) -> list[int]:
        """Numbers of new texts."""
        texts = [_wish(self.texts[rng.choice(captions)], rng) for _ in range(WISHES)]
        wishes = sorted({text for text in texts if text})
        self.texts = [*self.texts, *wishes]
        return list(range(len(self.texts) - len(wishes), len(self.texts)))


def _some(places: list[int], rng: random.Random) -> list[int]:
    dropped = rng.choice(DROPPED)
    return [place for place in places if rng.random() >= dropped] or [rng.choice(places)]


def _wish(caption: str, rng: random.Random) -> str:
    """What somebody might say who wants the thing of this caption, or anything at all."""
    drawn = rng.random()
    if drawn < 0.15:
        return rng.choice(PHRASES)
    if drawn < 0.25:
        return rng.choice(["", "for ", "for the "]) + rng.choice([*vocabulary().seasons, *vocabulary().occasions])
    words = [*_described(caption)] if drawn < 0.8 else [word for word in words_of(caption) if len(word) > 2]
    return " ".join(rng.sample(words, min(len(words), rng.choice((1, 2)))))


def _described(caption: str) -> Iterator[str]:
    yield from dict.fromkeys(mention.name for mention in vocabulary().mentions(caption, *FIELDS))

"""Outfit data sets: what every reader of one returns, words for its items, and the readers of the two plain layouts.

What a reader leaves out is counted, by reason, and said. `reading.py` finds the reader for a file.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from catalog.taxonomy import vocabulary
from finetune.files import Row, checked, mapping_in, read_jsonl
from finetune.tasks import Outfit, Piece, TaskError

# Polyvore-T (Wang et al. 2019) has five slots of its own; dresses stand among its bottoms.
POLYVORE_T_SLOTS = {"upper": "tops", "bottom": "bottoms", "shoe": "shoes", "bag": "bags", "accessory": "accessories"}
# Where Polyvore-T puts our slots. In its valid split that holds for all 183 outerwear (upper), 341 of 386 dresses and
# jumpsuits (bottom; gowns, bikinis and rompers stand in upper), all 816 pieces of jewellery, sunglasses and scarves
# (accessory), and 52 of 78 accessories (26 wallets are bags). It has no hats.
POLYVORE_T_SLOT = {
    "outerwear": "tops",
    "all-body": "bottoms",
    **dict.fromkeys(("jewellery", "hats", "sunglasses", "scarves"), "accessories"),
}
FEWEST = 3  # items of an outfit that is kept

Captions = Mapping[str, str]  # an item's key, or its picture's file name -> the words that go before its title


@dataclass(frozen=True)
class Dataset:
    """One split of a data set: its outfits, and what was left out of it, reason -> count."""

    name: str
    split: str
    outfits: tuple[Outfit, ...]
    left_out: Counter[str] = field(default_factory=Counter)

    def report(self) -> str:
        """One line: how many outfits there are, and what was left out and why."""
        return f"{self.name} {self.split}: {len(self.outfits)} outfits; left out: {in_words(self.left_out)}"


def in_words(left: Counter[str]) -> str:
    """What was left out, on one line."""
    return "; ".join(f"{count} {reason}" for reason, count in sorted(left.items()) if count) or "nothing"


def words_of(title: str | None, captions: Captions | None, *keys: str) -> str:
    """An item's words on one line: the caption by the first of its keys that has one, else its title."""
    said = (captions[key] for key in keys if captions and captions.get(key))
    return " ".join((next(said, title) or "").split())


def as_polyvore_t(outfit: Outfit) -> Outfit:
    """The outfit with its slots put into Polyvore-T's five, as training for that data set's questions."""
    return outfit._replace(
        pieces=tuple(piece._replace(slot=POLYVORE_T_SLOT.get(piece.slot or "", piece.slot)) for piece in outfit.pieces)
    )


# The two plain layouts


class _Named(Row):
    index: int
    name: str


class _Titled(Row):
    index: int
    title: str | None = None
    category: str | None = None
    price: float | None = None


class _TitledOutfit(Row):
    outfit_id: str
    items: tuple[_Titled, ...]


def read_polyvore_t(path: Path, captions: Captions | None = None) -> Dataset:
    """Polyvore-T's test.json or valid.json: {outfit: {slot: {"index", "name"}}}.

    Items without a name are left out, then outfits of fewer than three items. Captions are looked up by "<outfit>_<index>".
    Raises TaskError with the file and the outfit that is none.
    """
    raw = mapping_in(path, "Polyvore-T's outfits")
    return collect(
        "polyvore-t",
        path.stem,
        {name: _by_slot(name, items, f"{path}, outfit {name}", captions) for name, items in raw.items()},
    )


def _by_slot(outfit: str, items: object, where: str, captions: Captions | None) -> list[Piece]:
    if not isinstance(items, dict) or not items.keys() <= POLYVORE_T_SLOTS.keys():
        raise TaskError(f"{where}: expected items by slot, the slots being {', '.join(POLYVORE_T_SLOTS)}.")
    named = {slot: checked(_Named, item, f"{where}, {slot}") for slot, item in sorted(items.items())}
    keys = {slot: f"{outfit}_{item.index}" for slot, item in named.items()}
    return [
        Piece(keys[slot], words_of(item.name, captions, keys[slot]), POLYVORE_T_SLOTS[slot]) for slot, item in named.items()
    ]


def read_titled(path: Path, captions: Captions | None = None) -> Dataset:
    """Our JSONL of outfits with titles: {"outfit_id", "items": [{"index", "title"?, "category"?, "price"?}]} a line.

    An item's slot is read from its category's name; what no slot knows (lipstick, furniture) is no garment, and left out.
    Captions are looked up by "<outfit_id>_<index>". Raises TaskError with the file and line that is none.
    """
    left: Counter[str] = Counter()
    outfits: dict[str, list[Piece]] = {}
    for where, row in read_jsonl(path, _TitledOutfit):
        pieces = [_titled(f"{row.outfit_id}_{item.index}", item, captions) for item in row.items]
        add(outfits, row.outfit_id, garments_of(pieces, left), where)
    return collect("polyvore-text", path.stem, outfits, left)


def _titled(key: str, item: _Titled, captions: Captions | None) -> Piece:
    words = words_of(item.title, captions, key)
    price = item.price if item.price and item.price > 0 else None
    return Piece(key, words, vocabulary().slot_of(item.category or words), item.category, price)


# What readers build a data set with


def garments_of(pieces: list[Piece], left: Counter[str]) -> list[Piece]:
    """The pieces that have a slot; the others are counted in `left`."""
    garments = [piece for piece in pieces if piece.slot]
    left["items of no slot"] += len(pieces) - len(garments)
    return garments


def add(outfits: dict[str, list[Piece]], outfit: str, pieces: list[Piece], where: str) -> None:
    """Put an outfit to the others. Raises TaskError for an id that stands there already."""
    if outfit in outfits:
        raise TaskError(f"{where}: the outfit {outfit} stands in the file twice.")
    outfits[outfit] = pieces


def collect(
    name: str, split: str, outfits: Mapping[str, list[Piece]], left: Counter[str] | None = None, fewest: int = FEWEST
) -> Dataset:
    """A data set of these outfits without their wordless items, and then without those of fewer than `fewest` items.

    Raises TaskError if none is left.
    """
    left = Counter(left)
    kept = []
    for outfit, pieces in outfits.items():
        worded = tuple(piece for piece in pieces if piece.words)
        left["items without words"] += len(pieces) - len(worded)
        if len(worded) >= fewest:
            kept.append(Outfit(outfit, worded))
        else:
            left[f"outfits of fewer than {fewest} such items"] += 1
    if not kept:
        raise TaskError(
            f"{name} {split}: there is no outfit of at least {fewest} items with words. Left out: {in_words(left)}."
        )
    return Dataset(name, split, tuple(kept), +left)

"""Mango: a retailer's catalogue, and the outfits that its stylists put together. It has no titles and no split of its own."""

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

from catalog.taxonomy import vocabulary
from finetune.datasets import Captions, Dataset, add, collect, garments_of, words_of
from finetune.files import Row, checked, must_exist, read_jsonl, read_text
from finetune.tasks import CpQuestion, FitbQuestion, Outfit, Piece, TaskError

PRODUCTS = "products.csv"
SPLITS = {"train": range(8), "valid": range(8, 9), "test": range(9, 10)}  # tenths of the outfits, by the hash of their ids
NO_GARMENT = "none"  # in the column slot
# The retailer's fabric groups that a customer would name; the others are plain weave, and things not of cloth.
FABRICS = {
    "T-TRICOT": "knit",
    "K-CIRCULAR": "jersey",
    "J-JEANS": "denim",
    "L-PIEL": "leather",
    "O-POLIPIEL": "faux leather",
}


class _Product(Row):
    product_id: str
    image: Path
    slot: str
    colours: str
    fabric: str
    type: str


class _Styled(Row):
    outfit_id: str
    items: tuple[str, ...]


def read_mango(path: Path, split: str, captions: Captions | None = None) -> Dataset:
    """The outfits of one split of outfits.jsonl, a line {"outfit_id", "items": [product id...]}, with products.csv beside it.

    An outfit belongs to train, valid or test (80, 10 and 10 %) by the hash of its id, for ever. An item's words are its
    caption, by product id or by its picture's file name, else its attributes: "black knit sweater". Raises TaskError.
    """
    if split not in SPLITS:
        raise TaskError(f"{path} has no split of its own: say train, valid or test, not {split!r}.")
    products = read_products(path.with_name(PRODUCTS), captions)
    left: Counter[str] = Counter()
    outfits: dict[str, list[Piece]] = {}
    for where, row in read_jsonl(path, _Styled):
        unknown = next((item for item in row.items if item not in products), None)
        if unknown:
            raise TaskError(f"{where}: the item {unknown!r} is not in {PRODUCTS}.")
        if tenth_of(row.outfit_id) in SPLITS[split]:
            add(outfits, row.outfit_id, garments_of([products[item] for item in row.items], left), where)
    return collect("mango", split, outfits, left)


def tenth_of(outfit: str) -> int:
    """Which tenth of all outfits an id falls into, 0 to 9."""
    return int(hashlib.sha256(outfit.encode()).hexdigest(), 16) % 10


def read_products(path: Path, captions: Captions | None = None) -> dict[str, Piece]:
    """The products of products.csv, by id, in words as `read_mango` puts them; one that is no garment has no slot.

    Raises TaskError.
    """
    must_exist(path, "the products whose ids stand in the outfits", "Keep the two files together.")
    pieces: dict[str, Piece] = {}
    for where, row in _rows(path):
        if row.product_id in pieces:
            raise TaskError(f"{where}: the product {row.product_id} stands in the file twice.")
        if row.slot not in (*vocabulary().slots, NO_GARMENT):
            raise TaskError(f"{where}: {row.slot!r} is no slot; expected {NO_GARMENT} or {', '.join(vocabulary().slots)}.")
        said = _said(row, captions) or attributes(row.colours, row.fabric, row.type)
        pieces[row.product_id] = Piece(row.product_id, said, None if row.slot == NO_GARMENT else row.slot)
    return pieces


def captions_of(path: Path, captions: Captions) -> dict[str, str]:
    """Product id -> its caption, of those products of products.csv that have one. Raises TaskError."""
    return {row.product_id: said for _, row in _rows(path) if (said := _said(row, captions))}


def _said(row: _Product, captions: Captions | None) -> str:
    return words_of(None, captions, row.product_id, row.image.name, row.image.stem)


def _rows(path: Path) -> Iterator[tuple[str, _Product]]:
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""), restkey="more cells than columns")
    try:
        for row in reader:
            where = f"{path}, line {reader.line_num}"
            yield where, checked(_Product, row, where)
    except csv.Error as error:
        raise TaskError(f"{path}, line {reader.line_num}: not a CSV row: {error}.") from error


def attributes(colours: str, fabric: str, kind: str) -> str:
    """A product's attributes as a caption. Of the colours that a person may rightly use ("blue|black") the first is taken."""
    kind = re.sub(r"\(.*?\)", "", kind).lower()  # "Jacket (Cazadora)"
    return " ".join(f"{colours.split('|')[0]} {FABRICS.get(fabric, '')} {kind}".split())


def unseen_answers(questions: Sequence[FitbQuestion] | Sequence[CpQuestion], train_outfits: Sequence[Outfit]) -> list[bool]:
    """For each question whether what it asks could not be remembered from the training outfits: the second column.

    A split by outfit leaves most items in training. FITB: the right answer is in no training outfit. CP: no two of the items
    stand together in a training outfit, so that who only remembers pairs scores all such questions alike; outfits without
    any item of training hardly occur (none of 382 in Mango). Raises TaskError for questions without keys.
    """
    items = {piece.key for outfit in train_outfits for piece in outfit.pieces}
    pairs = {pair for outfit in train_outfits for pair in _pairs([piece.key for piece in outfit.pieces])}
    return [
        pairs.isdisjoint(_pairs(_keys(question.keys, question)))
        if isinstance(question, CpQuestion)
        else _keys(question.option_keys, question)[question.answer] not in items
        for question in questions
    ]


def _pairs(keys: Sequence[str]) -> set[frozenset[str]]:
    return {frozenset(pair) for pair in combinations(keys, 2)}


def _keys(keys: tuple[str, ...], question: FitbQuestion | CpQuestion) -> tuple[str, ...]:
    if not keys:
        raise TaskError(f"The question about the outfit {question.outfit!r} has no keys: nobody can say what was in training.")
    return keys

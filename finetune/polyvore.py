"""Polyvore Outfits (Vasileva et al. 2018), as it is downloaded: disjoint/ and nondisjoint/ beside the items' titles.

An item's own id is its key, for it is the same in all outfits and names its picture (images/<item_id>.jpg).
"""

from collections import Counter
from pathlib import Path
from typing import Any

from catalog.taxonomy import vocabulary
from finetune.datasets import Captions, Dataset, collect, words_of
from finetune.files import Row, checked, list_in, mapping_in, must_exist
from finetune.official import Blank, cp_questions, fitb_questions, set_of
from finetune.tasks import CpQuestion, FitbQuestion, Piece, TaskError

METADATA = "polyvore_item_metadata.json"
CATEGORIES = "item_categories.json"  # of a copy without titles
SOURCE = (
    'It belongs to the project "Polyvore Outfits": download the Hugging Face data set mvasil/polyvore-outfits and keep its '
    f"layout, disjoint/ and nondisjoint/ beside {METADATA}."
)
FEWEST = 2  # items: the official questions are about outfits of two, too


class _Worn(Row):
    item_id: str
    index: int


class _Set(Row):
    set_id: str
    items: tuple[_Worn, ...]


class _About(Row):
    title: str | None = None
    url_name: str | None = None
    semantic_category: str | None = None


def read_polyvore_outfits(path: Path, captions: Captions | None = None) -> Dataset:
    """The outfits of disjoint/ or nondisjoint/{train,valid,test}.json.

    Titles and slots come from polyvore_item_metadata.json one folder up. Captions, by item id or by "<item_id>.jpg", go
    before titles and can do without that file. Raises TaskError with the file that is missing, or with the file and row.
    """
    outfits = {outfit: list(pieces.values()) for outfit, pieces in _sets(path, captions).items()}
    return collect(f"polyvore-outfits-{path.absolute().parent.name}", path.stem, outfits, fewest=FEWEST)


def official_fitb(path: Path, captions: Captions | None = None, seed: int = 0) -> tuple[list[FitbQuestion], Counter[str]]:
    """The questions of fill_in_blank_{split}.json, options shuffled by `seed`, and what was left out, reason -> count.

    The right answer is the one of the question's own set. Raises TaskError, also with the question that has no such one.
    """
    must_exist(path, "the official FITB questions", SOURCE)
    return fitb_questions(path, _by_key(path, captions), _own, seed)


def official_cp(path: Path, captions: Captions | None = None) -> tuple[list[CpQuestion], Counter[str]]:
    """The questions of compatibility_{split}.txt, and what was left out, reason -> count. Raises TaskError."""
    must_exist(path, "the official CP questions", SOURCE)
    return cp_questions(path, _by_key(path, captions))


def _own(blank: Blank) -> str | None:
    own = [key for key in blank.answers if set_of(key) == set_of(blank.question[0])]
    return own[0] if len(own) == 1 else None


def _by_key(questions: Path, captions: Captions | None) -> dict[str, Piece]:
    """The pieces of the split that a question file is about, by "<set_id>_<index>"."""
    sets = _sets(questions.with_name(f"{questions.stem.rpartition('_')[2]}.json"), captions)
    return {key: piece for pieces in sets.values() for key, piece in pieces.items()}


def _sets(path: Path, captions: Captions | None) -> dict[str, dict[str, Piece]]:
    """Set id -> key -> piece."""
    must_exist(path, "the outfits of this split", SOURCE)
    about = _metadata(path.absolute().parent.parent, captions)
    sets: dict[str, dict[str, Piece]] = {}
    for number, row in enumerate(list_in(path, "the outfits of a split"), 1):
        where = f"{path}, outfit {number}"
        worn = checked(_Set, row, where)
        if worn.set_id in sets:
            raise TaskError(f"{where}: the set {worn.set_id} stands in the file twice.")
        sets[worn.set_id] = {f"{worn.set_id}_{item.index}": _piece(item.item_id, about, captions) for item in worn.items}
    return sets


def _piece(item: str, about: dict[str, Any], captions: Captions | None) -> Piece:
    known = checked(_About, about.get(item, {}), f"What is known of the item {item}")
    words = words_of(known.title or known.url_name, captions, item, f"{item}.jpg")
    slot = known.semantic_category
    return Piece(item, words, slot if slot in vocabulary().slots else vocabulary().slot_of(words))


def _metadata(folder: Path, captions: Captions | None) -> dict[str, Any]:
    """Item id -> what is known of it; nothing where captions must do for words and slots."""
    if captions is None or (folder / METADATA).exists():
        must_exist(folder / METADATA, "the items' titles (captions would do instead)", SOURCE)
        return mapping_in(folder / METADATA, "the items' titles and categories")
    return mapping_in(folder / CATEGORIES, "the items' categories") if (folder / CATEGORIES).exists() else {}

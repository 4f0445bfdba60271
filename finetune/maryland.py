"""Maryland Polyvore (Han et al. 2017), as it is downloaded: {split}_no_dup.json, the questions, and category_id.txt."""

from collections import Counter
from pathlib import Path

from catalog.taxonomy import vocabulary
from finetune.datasets import Captions, Dataset, add, collect, garments_of, words_of
from finetune.files import Row, checked, list_in, must_exist, read_text
from finetune.official import Blank, cp_questions, fitb_questions
from finetune.tasks import CpQuestion, FitbQuestion, Piece, TaskError

CATEGORIES = "category_id.txt"
ENDING = "_no_dup"
TEST = f"test{ENDING}.json"
SOURCE = "It belongs to Maryland Polyvore: download github.com/xthan/polyvore-dataset and keep its files in one folder."


class _Worn(Row):
    index: int
    name: str | None = None
    categoryid: int


class _Set(Row):
    set_id: str
    items: tuple[_Worn, ...]


def read_maryland(path: Path, captions: Captions | None = None) -> Dataset:
    """The outfits of {train,valid,test}_no_dup.json, without what no slot knows (lipstick, furniture).

    Captions are looked up by "<set_id>_<index>". Raises TaskError with the file that is missing, or with the file and row.
    """
    left: Counter[str] = Counter()
    outfits = {outfit: garments_of(pieces, left) for outfit, pieces in _sets(path, captions).items()}
    return collect("maryland", path.stem.removesuffix(ENDING), outfits, left)


def maryland_fitb(path: Path, captions: Captions | None = None, seed: int = 0) -> tuple[list[FitbQuestion], Counter[str]]:
    """The questions of fill_in_blank_test.json, options shuffled by `seed`, and what was left out, reason -> count.

    The right answer stands first in the file. Items of no slot stay, as in the published figures. Raises TaskError.
    """
    must_exist(path, "the FITB questions", SOURCE)
    return fitb_questions(path, _by_key(path, captions), _first, seed)


def maryland_cp(path: Path, captions: Captions | None = None) -> tuple[list[CpQuestion], Counter[str]]:
    """The questions of fashion_compatibility_prediction.txt, and what was left out, reason -> count. Raises TaskError."""
    must_exist(path, "the CP questions", SOURCE)
    return cp_questions(path, _by_key(path, captions))


def _first(blank: Blank) -> str:
    return blank.answers[0]


def _by_key(questions: Path, captions: Captions | None) -> dict[str, Piece]:
    sets = _sets(questions.with_name(TEST), captions)
    return {piece.key: piece for pieces in sets.values() for piece in pieces}


def _sets(path: Path, captions: Captions | None) -> dict[str, list[Piece]]:
    """Set id -> all its pieces, of a slot or not."""
    must_exist(path, "the outfits of this split", SOURCE)
    slots = _slots(path.with_name(CATEGORIES))
    sets: dict[str, list[Piece]] = {}
    for number, row in enumerate(list_in(path, "the outfits of a split"), 1):
        where = f"{path}, outfit {number}"
        worn = checked(_Set, row, where)
        pieces = [_piece(f"{worn.set_id}_{item.index}", item, slots, captions) for item in worn.items]
        add(sets, worn.set_id, pieces, where)
    return sets


def _piece(key: str, item: _Worn, slots: dict[int, str | None], captions: Captions | None) -> Piece:
    return Piece(key, words_of(item.name, captions, key), slots.get(item.categoryid))


def _slots(path: Path) -> dict[int, str | None]:
    """Category id -> slot, by the category's name."""
    must_exist(path, "the categories' names", SOURCE)
    slots = {}
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if line.strip():
            identity, _, name = line.strip().partition(" ")
            if not identity.isdecimal() or not name:
                raise TaskError(f"{path}, line {number}: expected a category's number and name, not {line[:60]!r}.")
            slots[int(identity)] = vocabulary().slot_of(name)
    return slots

"""The questions that Polyvore's data sets ship, made into questions in words that do not give their answers away.

Both releases write them alike: a JSON list of {"question": [key...], "answers": [key...]} for FITB, and a line
"label key key..." for CP. A key is "<set id>_<index>": it tells the right answer, and so may the answers' order.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pydantic import Field

from finetune.datasets import in_words
from finetune.files import Row, checked, list_in, read_text
from finetune.tasks import CpQuestion, FitbQuestion, Piece, Question, TaskError, cp_question, fitb_question, plain


class Blank(Row):
    """A FITB question as it is released, by keys."""

    question: tuple[str, ...] = Field(min_length=1)
    answers: tuple[str, ...] = Field(min_length=2)


Right = Callable[[Blank], str | None]  # the key of a question's right answer; None where there is not just one


def set_of(key: str) -> str:
    """The set that an item's key names."""
    return key.rpartition("_")[0]


def fitb_questions(
    path: Path, pieces: Mapping[str, Piece], right: Right, seed: int = 0
) -> tuple[list[FitbQuestion], Counter[str]]:
    """The FITB questions of a file that can be asked in words, their options shuffled by `seed`, and what was left out.

    `pieces`: by key. A question is left out where an option has no words, two have the same, or the context has none.
    Raises TaskError with the file and the question that is none, and where no question is left.
    """
    rng, left = random.Random(seed), Counter[str]()
    asked = []
    for number, row in enumerate(list_in(path, "FITB questions"), 1):
        where = f"{path}, question {number}"
        blank = checked(Blank, row, where)
        answer = right(blank)
        if answer is None:
            raise TaskError(f"{where}: expected one answer of the question's own set {set_of(blank.question[0])}.")
        shown = rng.sample(blank.answers, len(blank.answers))  # also for what is left out, which so moves no other question
        question = _fitb(blank.question, shown, answer, pieces, left)
        if question:
            asked.append(question)
    return _some(path, asked, left)


def _fitb(
    context: Sequence[str], shown: Sequence[str], right: str, pieces: Mapping[str, Piece], left: Counter[str]
) -> FitbQuestion | None:
    options, around = _worded(shown, pieces), _worded(context, pieces)
    if len(options) < len(shown):
        left["questions with an option without words"] += 1
    elif len({plain(option.words) for option in options}) < len(options):
        left["questions with options of equal text"] += 1
    elif not around:
        left["questions with no words in the context"] += 1
    else:
        left["context items without words"] += len(context) - len(around)
        question = fitb_question(set_of(context[0]), around, options, pieces[right])
        of_one_slot = len({option.slot for option in options}) == 1
        return question if of_one_slot else question.model_copy(update={"slot": None})  # it would tell the answer
    return None


def cp_questions(path: Path, pieces: Mapping[str, Piece]) -> tuple[list[CpQuestion], Counter[str]]:
    """The CP questions of a file that can be asked in words, and what was left out. `pieces`: by key.

    Where there are as many negatives as outfits, the first was drawn against the first outfit and so on (their categories
    agree): it belongs to that outfit, so that a bootstrap takes both or none. Raises TaskError with the file and line that
    is no question, and where none is left.
    """
    lines = [_labelled(line, f"{path}, line {n}") for n, line in enumerate(read_text(path).split("\n"), 1) if line.strip()]
    outfits = [set_of(keys[0]) for label, keys in lines if label]
    if len(lines) != 2 * len(outfits):
        outfits = [f"negative {number}" for number in range(1, len(lines) + 1)]
    against = iter(outfits)
    left = Counter[str]()
    asked = []
    for label, keys in lines:
        question = _cp(set_of(keys[0]) if label else next(against), label, keys, pieces, left)
        if question:
            asked.append(question)
    return _some(path, asked, left)


def _labelled(line: str, where: str) -> tuple[int, list[str]]:
    label, *keys = line.split()
    if label not in ("0", "1") or not keys:
        raise TaskError(f"{where}: expected a label, 0 or 1, and an outfit's item keys after it, not {line[:60]!r}.")
    return int(label), keys


def _cp(outfit: str, label: int, keys: Sequence[str], pieces: Mapping[str, Piece], left: Counter[str]) -> CpQuestion | None:
    worded = _worded(keys, pieces)
    if len(worded) < 2:
        left["outfits of fewer than 2 items with words"] += 1
        return None
    left["items without words"] += len(keys) - len(worded)
    return cp_question(outfit, worded, label)


def _worded(keys: Sequence[str], pieces: Mapping[str, Piece]) -> list[Piece]:
    """The pieces that have words; a key that stands in no outfit has none."""
    return [pieces[key] for key in keys if key in pieces and pieces[key].words]


def _some(path: Path, asked: list[Question], left: Counter[str]) -> tuple[list[Question], Counter[str]]:
    if not asked:
        raise TaskError(f"{path} holds no question that can be asked in words. Left out: {in_words(left)}.")
    return asked, +left

"""`python -m finetune.questions fitb|cp --data FILE --into FOLDER`: the questions of a benchmark, read or drawn by seed.

Question files hold the data set's words and stay with the data; what the project keeps is this command and their sha256.
"""

import random
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetune.cir import draw_cir
from finetune.datasets import in_words
from finetune.examples import passed_over
from finetune.mango import SPLITS
from finetune.maryland import maryland_cp, maryland_fitb
from finetune.polyvore import official_cp, official_fitb
from finetune.reading import read_captions, read_dataset
from finetune.tasks import (
    OPTIONS,
    CpQuestion,
    FitbQuestion,
    Outfit,
    TaskError,
    draw_cp,
    draw_fitb,
    read_questions,
    write_questions,
)

MARYLAND_CP = "fashion_compatibility_prediction.txt"  # all of its test split


@dataclass(frozen=True)
class Questions:
    """Questions with where they come from. `seeds`: how often they were drawn; None where they stand in a file.

    `outfits`: what they were drawn from, if they were.
    """

    data: str
    split: str
    asked: list[Any]
    seeds: int | None
    report: str
    outfits: tuple[Outfit, ...] = ()


def positive(text: str) -> int:
    """A count on a command line: a whole number above 0."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def options_into(parser: ArgumentParser, tasks: Sequence[str] = ("fitb", "cp")) -> None:
    """What says which questions are asked, on this and the benchmark's command line."""
    parser.add_argument("task", choices=tasks)
    parser.add_argument(
        "--data", type=Path, required=True, help="questions (.jsonl, an official file), or outfits to draw them from"
    )
    parser.add_argument("--split", choices=SPLITS, help="which part of a data set that has no files for its splits")
    parser.add_argument(
        "--captions", type=Path, help="captions that stand in for titles, as `python -m catalog caption` writes them"
    )
    parser.add_argument("--seeds", type=positive, default=1, help="how often questions are drawn from outfits (default 1)")
    parser.add_argument("--options", type=positive, default=OPTIONS, help="of a drawn FITB question (default 4)")
    parser.add_argument("--negatives", choices=("slot", "random"), default="slot", help="of drawn questions (default slot)")
    parser.add_argument("--limit", type=positive, help="a random sample of so many outfits' questions in each draw")


def questions(options: Namespace) -> Questions:
    """What the command line asks for. Raises TaskError."""
    captions = read_captions(options.captions) if options.captions else None
    path: Path = options.data
    official = _official(options.task, path, captions)
    if official:
        asked, left = official
        report = f"{len(asked)} questions; left out: {in_words(left)}"
        split = "test" if path.name == MARYLAND_CP else path.stem.rpartition("_")[2]
        return Questions(path.parent.name, split, _sampled(asked, options.limit, 0), None, report)
    if path.suffix == ".jsonl" and _holds_questions(path):
        if options.task == "cir":
            raise TaskError(f"{path} holds questions: cir hides items of whole outfits itself, so give it those.")
        kind: Any = FitbQuestion if options.task == "fitb" else CpQuestion
        return Questions(path.stem, "file", _sampled(read_questions(path, kind), options.limit, 0), None, "")
    read = read_dataset(path, options.split, captions)
    known = _known(path, options, captions)
    draws = [list(draw(read.outfits, seed, options, known)) for seed in range(options.seeds)]
    asked = [question for seed, drawn in enumerate(draws) for question in _sampled(drawn, options.limit, seed)]
    why = "which have no item to hide" if options.task == "cir" else "whose slots have too few other items"
    report = read.report() + passed_over(read.outfits, [question for drawn in draws for question in drawn], why)
    return Questions(read.name, read.split, asked, options.seeds, report, read.outfits)


def draw(outfits: Sequence[Outfit], seed: int, options: Namespace, known: Sequence[Outfit] = ()) -> Any:
    """One draw of questions from outfits."""
    if options.task == "cir":
        return draw_cir(outfits, seed)
    if options.task == "fitb":
        return draw_fitb(outfits, seed, options.negatives, options.options, known)
    return draw_cp(outfits, seed, options.negatives, known)


def _known(path: Path, options: Namespace, captions: Any) -> list[Outfit]:
    """A shop's other outfits: where items stand in many of them, a negative must have been worn with the context in none."""
    if not options.split or options.task == "cir":
        return []
    return [outfit for split in SPLITS for outfit in read_dataset(path, split, captions).outfits]


def _official(task: str, path: Path, captions: Any) -> tuple[list[Any], Counter[str]] | None:
    """The questions of an official file, by its name; None for any other file."""
    if task == "fitb" and path.name.startswith("fill_in_blank_") and path.suffix == ".json":
        maryland = (path.parent / "test_no_dup.json").is_file()
        return maryland_fitb(path, captions) if maryland else official_fitb(path, captions)
    if task == "cp" and path.name == MARYLAND_CP:
        return maryland_cp(path, captions)
    if task == "cp" and path.name.startswith("compatibility_") and path.suffix == ".txt":
        return official_cp(path, captions)
    return None


def _holds_questions(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8") as file:
            first = file.readline(100_000)
            return any(f'"{name}"' in first for name in ("context", "label"))
    except (OSError, ValueError) as error:
        raise TaskError(f"{path} cannot be read: {error}.") from error


def _sampled(asked: list[Any], limit: int | None, seed: int) -> list[Any]:
    """The questions of `limit` outfits, chosen by the seed; all of them where nothing is said."""
    outfits = sorted({question.outfit for question in asked})
    if limit is None or limit >= len(outfits):
        return asked
    chosen = set(random.Random(seed).sample(outfits, limit))
    return [question for question in asked if question.outfit in chosen]


def main(given: Sequence[str] | None = None) -> int:
    """Write question files, and print their sha256; errors are one sentence on stderr, and exit status 2."""
    parser = ArgumentParser(prog="python -m finetune.questions", description="Write a benchmark's questions as JSONL.")
    options_into(parser)
    parser.add_argument("--into", type=Path, required=True, help="the folder that the files go to")
    options = parser.parse_args(given)
    try:
        found = questions(options)
    except TaskError as error:
        print(error, file=sys.stderr)
        return 2
    if found.report:
        print(found.report, file=sys.stderr)
    path = options.into / f"{found.data}-{found.split}-{options.task}.jsonl"
    print(f"{path}: {len(found.asked)} questions, sha256 {write_questions(found.asked, path)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

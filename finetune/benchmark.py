"""`python -m finetune.benchmark fitb|cp|cir`: how well a scorer answers questions, with an interval, as result rows.

CIR asks finders instead of scorers: which of a slot's whole gallery is the missing item? Its protocol stands in `cir.py`.
"""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads are up to 38 times slower on busy cores

import numpy as np

from catalog.backbone import WeightsError
from catalog.images import PictureError
from finetune import answerers, cir
from finetune.endpoint import EndpointError
from finetune.finders import Finder
from finetune.likelihood import LikelihoodError
from finetune.mango import unseen_answers
from finetune.model import ModelError
from finetune.prompts import PromptError
from finetune.provenance import commit, digest
from finetune.questions import Questions, options_into, positive, questions
from finetune.reading import read_dataset
from finetune.results import FOLDER, Result, log_test, write
from finetune.scorers import Scorer
from finetune.scoring import answer, measured, noted, rotated
from finetune.tasks import TaskError
from retrieval.complement import ComplementError
from retrieval.embeddings import EmbedderError

TASKS = ("fitb", "cp", "cir")
UNUSABLE = (
    TaskError,
    ModelError,
    LikelihoodError,
    PromptError,
    EmbedderError,
    ComplementError,
    EndpointError,
    PictureError,
    WeightsError,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a benchmark; errors that a person can mend are one sentence on stderr, and exit status 2."""
    options = _parser().parse_args(arguments)
    try:
        results = run(options)
    except UNUSABLE as error:
        print(error, file=sys.stderr)
        return 2
    for result in results:
        print(result.line(), flush=True)
    if options.out:
        print(options.out)
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m finetune.benchmark", description="Measure a scorer on outfit questions.")
    options_into(parser, TASKS)
    answerers.options_into(parser)
    parser.add_argument("--rotations", type=positive, help="measure order consistency on so many FITB questions")
    parser.add_argument("--note", help="a remark that stands beside the row")
    parser.add_argument(
        "--results", type=Path, default=FOLDER, help="where looks at a test split are logged (default: the package's own)"
    )
    parser.add_argument("--out", type=Path, help="where the result rows go, as JSON; an interrupted run is resumed there")
    return parser


def run(options: Namespace) -> list[Result]:
    """The result rows: one for each scoring or stage, or one for a control; two each where items stand in many outfits."""
    if options.out and options.out.is_dir():
        raise TaskError(f"{options.out} is a folder: name the file that the rows go to, such as {options.out / 'row.json'}.")
    found = questions(options)
    if found.report:
        print(found.report, file=sys.stderr)
    notes: list[Path | None] = []
    results = list((_found if options.task == "cir" else _answered)(found, options, notes))
    log_test(results, options.results)
    if options.out:
        write(results, options.out)
    for path in notes:
        if path:
            path.unlink()
    return results


def _notes(options: Namespace, name: str) -> Path | None:
    """Where answers are kept until all are there."""
    return options.out.with_suffix(f".{name}.partial") if options.out else None


def _answered(found: Questions, options: Namespace, notes: list[Path | None]) -> Iterator[Result]:
    for scorer, about in answerers.answerers(options, found):
        notes.append(_notes(options, about.get("scoring", "control")))
        yield from _results(scorer, about, found, options, notes[-1])


def _results(
    scorer: Scorer, about: dict[str, Any], found: Questions, options: Namespace, notes: Path | None
) -> Iterator[Result]:
    answered = answer(scorer, found.asked, notes, _identity(about, options))
    consistency = rotated(scorer, found.asked[: options.rotations]) if options.rotations and options.task == "fitb" else None
    for data, places in _columns(found, options):
        asked = [found.asked[place] for place in places]
        yield Result(
            **about | measured(asked, [answered.scores[place] for place in places], about.get("scoring")),
            **_about(found, options, data, answered.seconds),
            order_consistency=consistency,
        )


def _about(found: Questions, options: Namespace, data: str, seconds: float) -> dict[str, Any]:
    """What every row says of its run."""
    captions = digest(options.captions) if options.captions else None
    said = {"task": options.task, "data": data, "split": found.split, "captions": captions, "seeds": found.seeds}
    return said | {"note": options.note, "commit": commit(), "seconds": round(seconds, 1)}


def _found(found: Questions, options: Namespace, notes: list[Path | None]) -> Iterator[Result]:
    """Rows of CIR: of each column for each finder; a second stage's says what it adds to the first's."""
    asking = list(answerers.of_cir(options, found))
    for data, asked in _galleries(found, options):
        first: tuple[str, Any] | None = None
        for finder, about in asking:
            notes.append(_notes(options, f"{data}-{about['stage']}"))
            answered = noted(_ranking(finder), asked, cir.fingerprint(asked), notes[-1], _identity(about, options))
            ranked = np.concatenate(answered.scores)
            yield Result(**about | cir.measured(asked, ranked, first), **_about(found, options, data, answered.seconds))
            first = (about["name"], ranked)


def _ranking(finder: Finder) -> Callable[[cir.Batch], list[list[int]]]:
    return lambda batch: [[int(count) for count in row] for row in cir.places(finder(batch), batch)]


def _identity(about: dict[str, Any], options: Namespace) -> str:
    """All that an answer depends on besides its question: notes of any other run are not gone on with."""
    given = ("endpoint", "tokenizer", "train", "train_outfits", "captions", "pictures", "part")
    depends = about | {name: getattr(options, name) for name in given}
    return " ".join(f"{name}={value}" for name, value in depends.items() if value)


def _columns(found: Questions, options: Namespace) -> Iterator[tuple[str, list[int]]]:
    """All questions; and by themselves those whose answer no training outfit shows, where a shop's items recur."""
    yield found.data, list(range(len(found.asked)))
    if options.split and options.split != "train":
        unseen = unseen_answers(found.asked, read_dataset(options.data, "train").outfits)
        places = [place for place, new in enumerate(unseen) if new]
        if places:  # a small sample may have none
            yield f"{found.data}-unseen", places


def _galleries(found: Questions, options: Namespace) -> Iterator[tuple[str, list[cir.Batch]]]:
    """All questions; and by themselves those whose answer is in no training outfit, where a shop's items recur."""
    shown = cir.galleries(found.outfits)
    yield found.data, cir.batches(found.asked, shown)
    if options.split and options.split != "train":
        train = read_dataset(options.data, "train").outfits
        known = {piece.key for outfit in train for piece in outfit.pieces}
        unseen = [question for question in found.asked if question.hidden.key not in known]
        if unseen:  # a small sample may have none
            yield f"{found.data}-unseen", cir.batches(unseen, shown)


if __name__ == "__main__":
    sys.exit(main())

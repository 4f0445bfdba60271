"""`python -m finetune.weigh --data VALID --into FOLDER --adapter A --matcher M`: fit the weights of a stylist's parts.

Two regressions on questions that no part was trained on: a conditional logit for picks (McFadden 1974), and a logistic one
for scores, which calibrates them as well (Platt 1999).
"""

import os
import random
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads are up to 38 times slower on busy cores

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from scipy.optimize import minimize
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression

from finetune.blend import Blend, Member, open_parts, write_blend
from finetune.likelihood import LikelihoodError
from finetune.mango import SPLITS
from finetune.model import ModelError
from finetune.parts import Part, ordered, worn
from finetune.provenance import commit
from finetune.questions import positive
from finetune.reading import read_captions, read_dataset
from finetune.tasks import CpQuestion, FitbQuestion, TaskError, draw_cp, draw_fitb

Numbers = NDArray[np.float64]
LARGEST = 5  # outfits of so many items and more are calibrated together


def main(given: Sequence[str] | None = None) -> int:
    """Fit and write; errors are one sentence on stderr, and exit status 2."""
    options = _parser().parse_args(given)
    try:
        blend = weigh(options)
    except (TaskError, ModelError, LikelihoodError) as error:
        print(error, file=sys.stderr)
        return 2
    for member in blend.members:
        scoring = ", ".join(f"{weight:.3f}" for weight in member.scoring)
        print(f"{member.kind} {member.folder}: picking {member.picking:.3f}, scoring {scoring}")
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m finetune.weigh", description="Fit the weights of a stylist's parts.")
    parser.add_argument("--data", type=Path, required=True, help="outfits that no part was trained on, not those of a test")
    parser.add_argument("--split", choices=SPLITS, help="which part of a data set that has no files for its splits")
    parser.add_argument("--captions", type=Path, help="captions that stand in for titles")
    parser.add_argument("--into", type=Path, required=True, help="the folder that holds the parts; blend.json goes there")
    parser.add_argument("--adapter", action="append", default=[], help="a folder in it with an adapter for the embedded base")
    parser.add_argument("--matcher", action="append", default=[], help="a folder in it with a matcher")
    parser.add_argument("--seeds", type=positive, default=1, help="how often questions are drawn (default 1)")
    return parser


def weigh(options: Namespace) -> Blend:
    """The blend of the parts named, written to its folder. Raises TaskError, ModelError or LikelihoodError."""
    folders = [("adapter", folder) for folder in options.adapter] + [("matcher", folder) for folder in options.matcher]
    if not folders:
        raise TaskError("Name the parts to weigh: --adapter or --matcher.")
    members = [Member.model_validate({"kind": kind, "folder": folder}) for kind, folder in folders]
    parts = list(open_parts(members, options.into))
    read = read_dataset(options.data, options.split, read_captions(options.captions) if options.captions else None)
    outfits = read.outfits
    fitb = [question for seed in range(options.seeds) for question in draw_fitb(outfits, seed)]
    cp = [question for seed in range(options.seeds) for question in draw_cp(outfits, seed)]
    picking = picking_weights(_followed(fitb, parts), [question.answer for question in fitb])
    scoring, intercepts = scoring_weights(cp, parts)
    weighted = [
        member.model_copy(update={"picking": round(float(pick), 4), "scoring": tuple(np.round(weights, 4).tolist())})
        for member, pick, weights in zip(members, picking, scoring.T, strict=True)
    ]
    fitted = {
        "data": read.name,
        "split": read.split,
        "fitb": len(fitb),
        "cp": len(cp),
        "commit": commit(),
    }
    blend = Blend(members=tuple(weighted), intercepts=tuple(np.round(intercepts, 4).tolist()), fitted=fitted)
    write_blend(blend, options.into)
    return blend


def _followed(questions: Sequence[FitbQuestion], parts: Sequence[Part]) -> list[Numbers]:
    return [completing(question, parts) for question in track(questions, "fitb", console=Console(stderr=True))]


def completing(question: FitbQuestion, parts: Sequence[Part]) -> Numbers:
    """What each part says of each option, shape (options, parts)."""
    context, options = question.garments()
    said = [part.completing(ordered(context), [worn(option) for option in options]) for part in parts]
    return np.array(said, dtype=np.float64).T


def picking_weights(said: Sequence[Numbers], answers: Sequence[int]) -> Numbers:
    """The conditional logit: weights by which the softmax over a question's options makes the right ones likeliest."""

    def loss(weights: Numbers) -> float:
        return -float(np.mean([log_softmax(rows @ weights)[answer] for rows, answer in zip(said, answers, strict=True)]))

    return np.asarray(minimize(loss, np.ones(said[0].shape[1])).x)


def scoring_weights(questions: Sequence[CpQuestion], parts: Sequence[Part]) -> tuple[Numbers, Numbers]:
    """Weights, shape (sizes, parts), and intercepts, shape (sizes,), of scores for outfits of two items, of three, and so on.

    What is asked of a size are random items of each outfit that is larger, for shoppers ask about two things more often
    than about five; of the last size whole outfits.
    """
    rng = random.Random(0)
    sizes = range(2, min(LARGEST, max(len(question.items) for question in questions)) + 1)
    fitted = []
    for size in track(sizes, "cp", console=Console(stderr=True)):
        asked = [question for question in questions if len(question.items) >= size]
        outfits = [question.garments() for question in asked]
        if size < sizes[-1]:
            outfits = [rng.sample(outfit, size) for outfit in outfits]
        told = [ordered(outfit) for outfit in outfits]
        said = np.array([part.together(told) for part in parts], dtype=np.float64).T
        fitted.append(logistic(said, np.array([question.label for question in asked])))
    return np.array([weights for weights, _ in fitted]), np.array([intercept for _, intercept in fitted])


def logistic(said: Numbers, labels: NDArray[np.int64]) -> tuple[Numbers, float]:
    """The logistic regression of what is real on what the parts say, shape (questions, parts): weights, and the intercept."""
    fitted = LogisticRegression(C=np.inf).fit(said, labels)
    return np.asarray(fitted.coef_[0]), float(fitted.intercept_[0])


if __name__ == "__main__":
    sys.exit(main())

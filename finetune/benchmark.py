"""`python -m finetune.benchmark fitb|cp`: how well a scorer answers questions, with an interval, as one result row."""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads are up to 38 times slower on busy cores

import numpy as np
from rich.console import Console
from rich.progress import track

from catalog.items import Garment
from finetune.datasets import read_polyvore_t
from finetune.model import EMBEDDED, ModelError, load
from finetune.stylist import Stylist, StylistError
from finetune.tasks import CpQuestion, FitbQuestion, TaskError, auc, bootstrap, draw_cp, draw_fitb, fitb_hits, read_questions
from retrieval.embeddings import EmbedderError, SentenceEmbedder

Options = Callable[[Sequence[Garment], Sequence[Garment]], Sequence[float]]  # context, options -> a score each
Whole = Callable[[Sequence[Garment]], float]  # outfit -> score


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a benchmark; errors that a person can mend are one sentence on stderr, and exit status 2."""
    options = _parser().parse_args(arguments)
    try:
        row = run(options)
    except (TaskError, ModelError, StylistError, EmbedderError) as error:
        print(error, file=sys.stderr)
        return 2
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(row, indent=2) + "\n", encoding="utf-8")
    low, high = row["ci95"]
    print(f"{row['name']}: {row['metric']} {row['value']:.3f} [{low:.3f}, {high:.3f}] on {row['n']} questions", flush=True)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m finetune.benchmark", description="Measure a scorer on outfit questions.")
    parser.add_argument("task", choices=("fitb", "cp"))
    parser.add_argument(
        "--data", type=Path, required=True, help="a question file (.jsonl), or Polyvore-T's valid.json or test.json"
    )
    parser.add_argument("--scorer", choices=("stylist", "cosine-mean"), default="stylist")
    parser.add_argument("--model", default=EMBEDDED, help="the stylist's base: embedded, a hub id or a folder")
    parser.add_argument("--adapter", type=Path, help="a PEFT adapter for it")
    parser.add_argument("--seeds", type=int, default=1, help="how often questions are drawn from outfits (default 1)")
    parser.add_argument("--limit", type=int, help="only the first so many questions of each draw")
    parser.add_argument("--out", type=Path, help="where the result row goes, as JSON")
    return parser


def run(options: argparse.Namespace) -> dict[str, Any]:
    """One result row: {"task", "data", "split", "name", "metric", "value", "ci95", "n", …}."""
    start = time.perf_counter()
    options_scorer, whole_scorer, about = _scorer(options)
    questions: Sequence[Any] = _questions(options)
    shown = track(questions, description=options.task, console=Console(stderr=True))
    if options.task == "fitb":
        scores = [options_scorer(*question.garments()) for question in shown]
        hits = fitb_hits(scores, [question.answer for question in questions])
        value, measure = float(hits.mean()), lambda places: float(hits[places].mean())
    else:
        marks = np.array([whole_scorer(question.garments()) for question in shown])
        labels = np.array([question.label for question in questions])
        value, measure = auc(marks, labels), lambda places: auc(marks[places], labels[places])
    groups = [question.outfit or str(place) for place, question in enumerate(questions)]
    return about | {
        "task": options.task,
        "data": options.data.parent.name if options.data.suffix == ".json" else options.data.name,
        "split": options.data.stem,
        "metric": "accuracy" if options.task == "fitb" else "auc",
        "value": round(value, 4),
        "ci95": [round(end, 4) for end in bootstrap(groups, measure)],
        "n": len(questions),
        "seeds": options.seeds if options.data.suffix == ".json" else None,
        "commit": _commit(),
        "seconds": round(time.perf_counter() - start, 1),
    }


def _questions(options: argparse.Namespace) -> list[Any]:
    kind: Any = FitbQuestion if options.task == "fitb" else CpQuestion
    if options.data.suffix != ".json":
        return read_questions(options.data, kind)[: options.limit]
    read = read_polyvore_t(options.data)
    print(
        f"{len(read.outfits)} outfits; left out: {read.nameless_items} items without a name, {read.short_outfits} outfits under three items",
        file=sys.stderr,
    )
    draw: Any = draw_fitb if options.task == "fitb" else draw_cp
    return [question for seed in range(options.seeds) for question in list(draw(read.outfits, seed))[: options.limit]]


def _scorer(options: argparse.Namespace) -> tuple[Options, Whole, dict[str, Any]]:
    if options.scorer == "cosine-mean":
        embedder = SentenceEmbedder()
        return (
            _cosine_options(embedder),
            _cosine_whole(embedder),
            {"name": "cosine-mean", "stage": "control", "model": embedder.name},
        )
    language_model = load(options.model, options.adapter)
    stylist = Stylist(language_model)
    about: dict[str, Any] = {
        "name": "adapter" if options.adapter else "plain",
        "stage": "sft" if options.adapter else "plain",
        "model": language_model.name,
        "fingerprint": language_model.fingerprint,
        "adapter": language_model.adapter,
        "scoring": "ours",
    }
    return (lambda context, choices: stylist.pick(context, choices).lifts), stylist.score, about


def _cosine_options(embedder: SentenceEmbedder) -> Options:
    def score(context: Sequence[Garment], choices: Sequence[Garment]) -> Sequence[float]:
        vectors = embedder.embed([thing.words for thing in (*context, *choices)])
        return [float(value) for value in vectors[len(context) :] @ vectors[: len(context)].mean(axis=0)]

    return score


def _cosine_whole(embedder: SentenceEmbedder) -> Whole:
    """The mean cosine of all pairs."""

    def score(outfit: Sequence[Garment]) -> float:
        vectors = embedder.embed([thing.words for thing in outfit])
        return float((np.sum(vectors @ vectors.T) - len(outfit)) / (len(outfit) * (len(outfit) - 1)))

    return score


def _commit() -> str | None:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=Path(__file__).parent)
    return done.stdout.strip() or None


if __name__ == "__main__":
    sys.exit(main())

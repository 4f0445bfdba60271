"""Letting a scorer answer questions, each noted as it is answered, so that an interrupted benchmark goes on."""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from scipy.special import expit

from finetune.metrics import auc, bootstrap, calibration_error, fitb_hits, order_consistency
from finetune.results import OrderConsistency, Scoring
from finetune.scorers import Scorer
from finetune.tasks import CpQuestion, FitbQuestion, question_lines


class Answered(NamedTuple):
    """The scores of all questions (FITB: a row each; CP: a number each), and the seconds that they took."""

    scores: list[Any]
    seconds: float


def answer(scorer: Scorer, asked: Sequence[Any], notes: Path | None = None, about: str = "") -> Answered:
    """All questions answered. `notes`: where each answer is kept at once, and where answers by the same are found again."""

    def score(question: FitbQuestion | CpQuestion) -> Any:
        return list(scorer.fitb(question)) if isinstance(question, FitbQuestion) else scorer.cp(question)

    return noted(score, asked, hashlib.sha256(question_lines(asked).encode()).hexdigest(), notes, about)


def noted(
    score: Callable[[Any], Any], asked: Sequence[Any], fingerprint: str, notes: Path | None = None, about: str = ""
) -> Answered:
    """What `score` says of each thing that is asked, as JSON can keep it; notes of the same questions are gone on with."""
    head = {"about": about, "questions": fingerprint}
    known = _known(notes, head) if notes else []
    file = None
    if notes:
        notes.parent.mkdir(parents=True, exist_ok=True)
        file = notes.open("a" if known else "w", encoding="utf-8")
        if not known:
            file.write(json.dumps(head) + "\n")
    answers = list(known)
    left = asked[len(known) :]
    for question in track(left, description=about or "questions", console=Console(stderr=True), disable=not left):
        start = time.perf_counter()
        said = score(question)
        answers.append({"score": said, "seconds": time.perf_counter() - start})
        if file:
            file.write(json.dumps(answers[-1]) + "\n")
            file.flush()
    if file:
        file.close()
    return Answered([row["score"] for row in answers], sum(row["seconds"] for row in answers))


def _known(notes: Path, head: dict[str, str]) -> list[dict[str, Any]]:
    """Answers that an interrupted run noted; none if it was another run. A line that was cut off ends them."""
    rows: list[dict[str, Any]] = []
    if notes.is_file():
        first, *lines = notes.read_text(encoding="utf-8").split("\n")
        if first == json.dumps(head):
            for line in lines:
                try:
                    rows.append(json.loads(line))
                except ValueError:
                    break
    if rows:  # without what was cut off
        notes.write_text("".join(json.dumps(row) + "\n" for row in [head, *rows]), encoding="utf-8")
    return rows


def measured(asked: Sequence[Any], scores: Sequence[Any], scoring: Scoring | None) -> dict[str, Any]:
    """The metric of the questions' task, with its interval.

    For a language model's CP scores also the calibration error: a generated one is a probability, the others log-odds.
    Only a generated answer may be none: FITB counts it as wrong, CP as 0.5, which says nothing. Anything else that is no
    number raises TaskError.
    """
    groups = [question.outfit or str(place) for place, question in enumerate(asked)]
    if isinstance(asked[0], FitbQuestion):
        found, measure = _fitb(asked, scores)
    else:
        found, measure = _cp(asked, scores, scoring)
    if scoring != "generate":
        found.pop("unanswered")
    interval = tuple(round(end, 4) for end in bootstrap(groups, measure))
    return found | {"value": round(measure(np.arange(len(asked))), 4), "ci95": interval, "n": len(asked)}


Measure = Callable[[NDArray[np.int64]], float]  # of the questions at these places


def _fitb(asked: Sequence[FitbQuestion], scores: Sequence[Sequence[float]]) -> tuple[dict[str, Any], Measure]:
    hits = fitb_hits(scores, [question.answer for question in asked])
    found = {"metric": "accuracy", "options": len(asked[0].options), "unanswered": sum(not row for row in scores)}
    return found, lambda places: float(hits[places].mean())


def _cp(asked: Sequence[CpQuestion], scores: Sequence[float], scoring: Scoring | None) -> tuple[dict[str, Any], Measure]:
    marks, labels = np.array(scores, dtype=float), np.array([question.label for question in asked])
    found: dict[str, Any] = {"metric": "auc", "unanswered": int(np.isnan(marks).sum())}
    if scoring == "generate":
        marks[np.isnan(marks)] = 0.5
    if scoring:
        probabilities = marks if scoring == "generate" else expit(marks)
        found["calibration_error"] = round(calibration_error(probabilities, labels), 4)
    return found, lambda places: auc(marks[places], labels[places])


def rotated(scorer: Scorer, asked: Sequence[FitbQuestion]) -> OrderConsistency:
    """How often the pick survives that the options are rotated, asked of every rotation."""
    picks = []
    for question in track(asked, description="rotations", console=Console(stderr=True)):
        row = []
        for turn in range(len(question.options)):
            options, keys = (line[turn:] + line[:turn] for line in (question.options, question.option_keys))
            place = (question.answer - turn) % len(options)
            scores = scorer.fitb(question.model_copy(update={"options": options, "answer": place, "option_keys": keys}))
            row.append(options[int(np.argmax(scores))] if len(scores) else f"no answer {turn}")  # which survives nothing
        picks.append(row)
    return OrderConsistency(value=round(order_consistency(picks), 4), n=len(picks))

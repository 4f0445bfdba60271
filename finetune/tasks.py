"""The two tasks, fill in the blank (FITB) and compatibility prediction (CP): their questions and metrics, without torch."""

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sklearn.metrics import roc_auc_score

from catalog.items import Garment

Question = TypeVar("Question", bound=BaseModel)

OPTIONS = 4  # the right one and three negatives, as in Han et al. 2017
RESAMPLES = 2000  # of the bootstrap


class TaskError(ValueError):
    """Questions that cannot be read or asked; the message names the file and line."""


class FitbQuestion(BaseModel):
    """An outfit without one item, and the options for it, by caption. `answer` is the right option's index."""

    model_config = ConfigDict(frozen=True)

    context: tuple[str, ...] = Field(min_length=1)
    options: tuple[str, ...] = Field(min_length=2)
    answer: int = Field(ge=0)
    context_slots: tuple[str | None, ...] = ()
    slot: str | None = None
    outfit: str = ""  # which outfit it was drawn from, for the bootstrap; never shown to a model

    @model_validator(mode="after")
    def _answer_among_options(self) -> "FitbQuestion":
        if self.answer >= len(self.options):
            raise ValueError(f"the answer {self.answer} is not among the {len(self.options)} options")
        return self

    def garments(self) -> tuple[list[Garment], list[Garment]]:
        """The context and the options as the stylist reads them."""
        slots = self.context_slots or (None,) * len(self.context)
        context = [Garment(caption=words, slot=slot) for words, slot in zip(self.context, slots, strict=True)]
        return context, [Garment(caption=words, slot=self.slot) for words in self.options]


class CpQuestion(BaseModel):
    """An outfit by its captions, and whether somebody put it together (1) or chance did (0)."""

    model_config = ConfigDict(frozen=True)

    items: tuple[str, ...] = Field(min_length=2)
    label: int = Field(ge=0, le=1)
    slots: tuple[str | None, ...] = ()
    outfit: str = ""

    def garments(self) -> list[Garment]:
        """The items as the stylist reads them."""
        slots = self.slots or (None,) * len(self.items)
        return [Garment(caption=words, slot=slot) for words, slot in zip(self.items, slots, strict=True)]


def read_questions(path: Path, question: type[Question]) -> list[Question]:
    """Questions from a JSONL file, one a line. Raises TaskError with the line that is none."""
    read: list[Question] = []
    number = 0
    try:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):  # noqa: B007 - the message needs it
            if line.strip():
                read.append(question.model_validate(json.loads(line)))
    except (ValidationError, json.JSONDecodeError) as error:
        raise TaskError(f"{path}, line {number}: not a question: {error}") from error
    except OSError as error:
        raise TaskError(f"{path} cannot be read: {error.strerror}.") from error
    if not read:
        raise TaskError(f"{path} holds no question.")
    return read


Outfits = Mapping[str, Mapping[str, str]]  # outfit id -> slot -> caption


def draw_fitb(outfits: Outfits, seed: int) -> Iterator[FitbQuestion]:
    """One question an outfit: a random item hidden, among three of its slot from other outfits that differ in text."""
    rng, pools = random.Random(seed), _pools(outfits)
    for outfit, items in sorted(outfits.items()):
        slot = rng.choice(sorted(items))
        right = items[slot]
        options = [right, *rng.sample([words for words in pools[slot] if words != right], OPTIONS - 1)]
        rng.shuffle(options)
        context = {other: words for other, words in items.items() if other != slot}
        yield FitbQuestion(
            context=tuple(context.values()),
            context_slots=tuple(context),
            slot=slot,
            options=tuple(options),
            answer=options.index(right),
            outfit=outfit,
        )


def draw_cp(outfits: Outfits, seed: int) -> Iterator[CpQuestion]:
    """Each outfit, and beside it one whose every item is replaced by a random one of its slot."""
    rng, pools = random.Random(seed), _pools(outfits)
    for outfit, items in sorted(outfits.items()):
        yield CpQuestion(items=tuple(items.values()), slots=tuple(items), label=1, outfit=outfit)
        drawn = tuple(rng.choice([other for other in pools[slot] if other != words]) for slot, words in items.items())
        yield CpQuestion(items=drawn, slots=tuple(items), label=0, outfit=outfit)


def _pools(outfits: Outfits) -> dict[str, list[str]]:
    pools: dict[str, set[str]] = {}
    for items in outfits.values():
        for slot, words in items.items():
            pools.setdefault(slot, set()).add(words)
    return {slot: sorted(words) for slot, words in pools.items()}


def fitb_hits(scores: Sequence[Sequence[float]], answers: Sequence[int]) -> NDArray[np.float64]:
    """For each question 1 if the right option scores highest, 1/n if it ties with n - 1 others, else 0."""
    hits = []
    for row, answer in zip(scores, answers, strict=True):
        best = np.flatnonzero(np.asarray(row) == max(row))
        hits.append(1 / len(best) if answer in best else 0.0)
    return np.array(hits)


def auc(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Area under the ROC curve. Raises TaskError where all labels are equal."""
    if len(np.unique(labels)) < 2:
        raise TaskError("CP needs questions of both labels.")
    return float(roc_auc_score(labels, scores))


def bootstrap(groups: Sequence[str], measure: Callable[[NDArray[np.int64]], float], seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of `measure`, a function of question indices, over resampled outfits with all their questions."""
    members: dict[str, list[int]] = {}
    for place, group in enumerate(groups):
        members.setdefault(group, []).append(place)
    rows = [np.array(places) for places in members.values()]
    rng = np.random.default_rng(seed)
    values: list[Any] = [
        measure(np.concatenate([rows[i] for i in rng.integers(0, len(rows), len(rows))])) for _ in range(RESAMPLES)
    ]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)

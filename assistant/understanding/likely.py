"""What a message most likely asks, learned from conversations: it settles which of the rules that would answer does.

A logistic regression over the message's meaning (MiniLM, garments and colours made one) and what the rules read in it, taught
by `assistant/understanding/teaching.py`. Rules know what to do; this knows, better than their order, which of them is meant.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from assistant.understanding import cues
from assistant.understanding.intents import masked
from assistant.understanding.nearest import Embed
from assistant.understanding.reading import Reading
from assistant.understanding.understood import Intent, Understood

WEIGHTS = "likely.npz"
SURE = 0.55  # from which probability on it is listened to
INTENTS: tuple[Intent, ...] = get_args(Intent)
TASKS = ("complement", "search", "judge", "build")
_CUES = (
    "SWAP", "SHOW", "WHY", "JUDGE", "BUILD", "THANKS", "REJECTED", "SWAP_ONE", "COMPLETE", "ADVISE", "PLACED", "QUESTION", "CHEAPER",
    "CHEAPEST", "COMPARE", "FRESH", "NEXT", "ETIQUETTE", "OF_THESE", "TOTAL", "LEAVE_OUT", "THROW_IN", "SHALL_BE",
)  # fmt: skip
_MEANING = 3.0  # how much the meaning weighs against the yes and no of what was read


@dataclass(frozen=True)
class Weights:
    """A linear layer: `weight` (intents, features), `bias` (intents), for `INTENTS` in their order."""

    weight: NDArray[np.float64]
    bias: NDArray[np.float64]


@lru_cache(maxsize=1)
def shipped() -> Weights:
    """The weights that come with this package."""
    with as_file(files("assistant.understanding").joinpath(WEIGHTS)) as path, np.load(path) as kept:
        return Weights(kept["weight"].astype(np.float64), kept["bias"].astype(np.float64))


def features(
    vectors: NDArray[Any], readings: Sequence[Reading], before: Sequence[tuple[str | None, str | None]]
) -> NDArray[np.float64]:
    """What the layer sees, shape (messages, features).

    vectors: (messages, size), the messages' meanings; before: each one's intent and task before, None at the beginning.
    """
    read = np.array(
        [[*_said(reading), *_stood(*last)] for reading, last in zip(readings, before, strict=True)], dtype=np.float64
    )
    meaning = _MEANING * vectors.astype(np.float64)
    at_a_look = np.array([[task == "build"] for _, task in before], dtype=np.float64)
    return np.hstack([meaning, read, meaning * at_a_look])


def _said(reading: Reading) -> list[bool]:
    text = reading.text
    return [
        bool(reading.of_role("target")),
        len(reading.of_role("target")) > 1,
        bool(reading.of_role("anchor")),
        bool(reading.of_role("unwanted")),
        bool(reading.of_role("detail")),
        reading.goes_with,
        bool(reading.budget.highest or reading.budget.lowest),
        bool(reading.budget.total),
        bool(reading.colours),
        bool(reading.exclude_colours),
        bool(reading.sizes),
        "?" in text,
        len(text) < 25,
        len(text) > 90,
        *(bool(getattr(cues, name).search(text)) for name in _CUES),
    ]


def _stood(intent: str | None, task: str | None) -> list[bool]:
    return [intent is None, *(intent == each for each in INTENTS), *(task == each for each in TASKS)]


@dataclass
class Likely:
    """What a message most likely asks, by an embedder."""

    embed: Embed

    def __call__(self, reading: Reading, before: Understood | None) -> Intent | None:
        """The intent, where it is sure enough; None elsewhere."""
        if not re.search(r"[a-z]{3}", reading.text, re.I):
            return None  # "hm" asks nothing
        stood = (before.intent, before.task) if before else (None, None)
        seen = features(self.embed([masked(reading.text)]), [reading], [stood])
        layer = shipped()
        odds = (seen @ layer.weight.T + layer.bias)[0]
        chances = np.exp(odds - odds.max())
        chances /= chances.sum()
        best = int(np.argmax(chances))
        return INTENTS[best] if chances[best] >= SURE else None

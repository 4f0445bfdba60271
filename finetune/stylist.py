"""The stylist: it picks what goes with an outfit and scores how well things go together.

What its parts say is weighed and added up. Options and items are put into one canonical order first, so that no answer
depends on the order they came in.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from finetune.lifts import Lifts
from finetune.likelihood import LikelihoodError, Likelihoods
from finetune.parts import Part, Wearable, Worn, ordered, worn

ScoreKind = Literal["uncalibrated", "calibrated"]


class StylistError(LikelihoodError):
    """A question that cannot be answered; the message says why."""


@dataclass(frozen=True)
class Weighted:
    """A part, and what one unit of it adds to the log-odds of a pick, and of a score: of two items, of three, and so on."""

    part: Part
    picking: float = 1.0
    scoring: tuple[float, ...] = (1.0,)


@dataclass(frozen=True)
class Pick:
    """The best option's index, and for each option its log-odds, but for what all share, and its probability among them."""

    index: int
    log_odds: tuple[float, ...]
    probabilities: tuple[float, ...]


class Stylist:
    """Picks and scores. Safe for one thread at a time.

    `intercepts`: the log-odds of a score before any part adds to them: of two items, of three, and so on; the last, and a
    part's last weight, count for larger outfits too. For what is said of two items is worth less than the same of five.
    `score_kind` says whether the weights were fitted, so that of outfits scored 0.8, 80 % are real.
    """

    def __init__(
        self, parts: Sequence[Weighted], intercepts: Sequence[float] = (0.0,), score_kind: ScoreKind = "uncalibrated"
    ) -> None:
        self._parts, self._intercepts, self.score_kind = tuple(parts), tuple(intercepts), score_kind

    @classmethod
    def of(cls, likelihoods: Likelihoods) -> "Stylist":
        """One language model's lifts alone, uncalibrated."""
        return cls([Weighted(Lifts(likelihoods))])

    def pick(self, outfit: Sequence[Wearable], options: Sequence[Wearable]) -> Pick:
        """Which option completes the outfit best, with a probability for each that their order does not change.

        Raises StylistError without options, and LikelihoodError for a text longer than a model's context.
        """
        if not options:
            raise StylistError("There are no options to pick from.")
        shown = [worn(option) for option in options]
        unique = sorted(set(shown), key=lambda option: (option.words, option.slot or ""))
        context = ordered(outfit)
        said = [(weighted.picking, weighted.part.completing(context, unique)) for weighted in self._parts if weighted.picking]
        odds = {option: math.fsum(weight * found[at] for weight, found in said) for at, option in enumerate(unique)}
        log_odds = tuple(odds[option] for option in shown)
        best = max(log_odds)
        weights = [math.exp(value - best) for value in log_odds]
        total = math.fsum(weights)  # rounded once, so that no order of the options changes it
        return Pick(log_odds.index(best), log_odds, tuple(weight / total for weight in weights))

    def score(self, outfit: Sequence[Wearable]) -> float:
        """How well the items go together, in (0, 1): the logistic of `log_odds`."""
        return self.scores([outfit])[0]

    def scores(self, outfits: Sequence[Sequence[Wearable]]) -> list[float]:
        """`score` of several outfits at once."""
        return [1 / (1 + math.exp(-value)) for value in self.log_odds(outfits)]

    def explain(self, outfit: Sequence[Wearable]) -> list[float]:
        """What each item adds to the outfit's score: the score less the score without it, in the items' order."""
        without = [[*outfit[:place], *outfit[place + 1 :]] for place in range(len(outfit))]
        whole, *rest = self.scores([outfit, *without])
        return [whole - part for part in rest]

    def log_odds(self, outfits: Sequence[Sequence[Wearable]]) -> list[float]:
        """The log-odds that each outfit's items go together; 0 for fewer than two, which say nothing of each other."""
        told = [tuple(ordered(outfit)) for outfit in outfits]
        unique = sorted({outfit for outfit in told if len(outfit) > 1}, key=repr)
        said = [(weighted.scoring, weighted.part.together(unique)) for weighted in self._parts if any(weighted.scoring)]
        found = {}
        for place, outfit in enumerate(unique):
            added = (_of_size(weights, outfit) * values[place] for weights, values in said)
            found[outfit] = _of_size(self._intercepts, outfit) + math.fsum(added)
        return [found.get(outfit, 0.0) for outfit in told]


def _of_size(values: Sequence[float], outfit: Sequence[Worn]) -> float:
    return values[min(len(outfit) - 2, len(values) - 1)]

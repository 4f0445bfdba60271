"""The stylist: a language model that picks what goes with an outfit and scores how well things go together.

It reads likelihoods of captions, never generated text: how likely is the option as the outfit's next item? Options
and items are put into one canonical order first, so that no answer depends on the order they came in.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from catalog.taxonomy import vocabulary
from finetune.likelihood import LikelihoodError, Likelihoods
from finetune.prompts import OUTFIT, item_text, outfit_text

ScoreKind = Literal["uncalibrated", "calibrated"]
REMEMBERED = 100_000  # captions whose likelihood by themselves is kept


class Wearable(Protocol):
    """What the stylist reads of an item: its words, and its slot if it is known."""

    @property
    def words(self) -> str: ...
    @property
    def slot(self) -> str | None: ...


class StylistError(LikelihoodError):
    """A question that cannot be answered; the message says why."""


@dataclass(frozen=True)
class Pick:
    """The best option's index, and for each option its lift (see `Stylist.lifts`) and its probability among the options."""

    index: int
    lifts: tuple[float, ...]
    probabilities: tuple[float, ...]


class Stylist:
    """Picks and scores with one language model. Safe for one thread at a time."""

    def __init__(self, likelihoods: Likelihoods) -> None:
        self._likelihoods = likelihoods
        self._alone: dict[str, float] = {}  # log-likelihood of an item by itself, by caption
        self.score_kind: ScoreKind = "uncalibrated"  # until an adapter brings its calibration

    def pick(self, outfit: Sequence[Wearable], options: Sequence[Wearable]) -> Pick:
        """Which option completes the outfit best, with a probability for each that their order does not change.

        An option is judged by its lift: how much likelier a token of it is after this outfit than by itself, in nats.
        On Polyvore-T valid (1,150 questions) that found 34.7 %, the plain likelihood of a token 32.0 %.
        Raises StylistError without options, and LikelihoodError for a text longer than the model's context.
        """
        if not options:
            raise StylistError("There are no options to pick from.")
        texts = [item_text(option.words) for option in options]
        unique = sorted(set(texts))  # one order whatever order they came in: equal rounding, equal answers
        worn = outfit_text(_ordered(outfit))
        found = dict(zip(unique, self._likelihoods([(worn, text) for text in unique]), strict=True))
        self._learn_alone(set(unique))
        lifts = tuple((found[text].total - self._alone[text]) / found[text].tokens for text in texts)
        best = max(lifts)
        weights = [math.exp(lift - best) for lift in lifts]
        total = math.fsum(weights)  # rounded once, so that no order of the options changes it
        return Pick(lifts.index(best), lifts, tuple(weight / total for weight in weights))

    def score(self, outfit: Sequence[Wearable]) -> float:
        """How well the items go together, in (0, 1): the logistic of `lift`; 0.5 where they say nothing of each other."""
        return self.scores([outfit])[0]

    def scores(self, outfits: Sequence[Sequence[Wearable]]) -> list[float]:
        """`score` of several outfits at once."""
        return [1 / (1 + math.exp(-lift)) for lift in self.lifts(outfits)]

    def explain(self, outfit: Sequence[Wearable]) -> list[float]:
        """What each item adds to the outfit's score: the score less the score without it, in the items' order."""
        without = [[*outfit[:place], *outfit[place + 1 :]] for place in range(len(outfit))]
        whole, *rest = self.scores([outfit, *without])
        return [whole - part for part in rest]

    def lifts(self, outfits: Sequence[Sequence[Wearable]]) -> list[float]:
        """For each outfit, how much likelier a token of its items is together than each item alone, in nats."""
        captions = [_ordered(outfit) for outfit in outfits]
        self._learn_alone({item_text(caption) for outfit in captions for caption in outfit})
        texts = [outfit_text(outfit).removeprefix(OUTFIT) if len(outfit) > 1 else "" for outfit in captions]
        unique = sorted({text for text in texts if text})  # a single item has nothing to go with, and no lift
        together = dict(zip(unique, self._likelihoods([(OUTFIT, text) for text in unique]), strict=True))
        alone = [sum(self._alone[item_text(caption)] for caption in outfit) for outfit in captions]
        return [
            (together[text].total - apart) / together[text].tokens if text else 0.0
            for text, apart in zip(texts, alone, strict=True)
        ]

    def _learn_alone(self, texts: set[str]) -> None:
        """In a pass of its own: what is asked beside a text changes its last digits, and an outfit's must not vary."""
        if len(self._alone) > REMEMBERED:
            self._alone.clear()
        new = sorted(texts - self._alone.keys())
        found = self._likelihoods([(OUTFIT, text) for text in new])
        self._alone |= {text: total for text, (total, _) in zip(new, found, strict=True)}


def _ordered(outfit: Sequence[Wearable]) -> list[str]:
    """The items' words in the vocabulary's order of slots, then by alphabet; a missing slot is read from the words."""
    slots = vocabulary().slots

    def place(item: Wearable) -> tuple[int, str, str]:
        slot = item.slot or vocabulary().slot_of(item.words)
        return slots.index(slot) if slot in slots else len(slots), item_text(item.words), item.words

    return [item.words for item in sorted(outfit, key=place)]

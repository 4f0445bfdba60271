"""The stylist: a language model that picks what goes with an outfit and scores how well things go together.

It reads likelihoods of captions, never generated text: how likely is the option as the outfit's next item? Options
and items are put into one canonical order first, so that no answer depends on the order they came in.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import torch
from transformers import DynamicCache

from catalog.taxonomy import vocabulary
from finetune.model import LanguageModel
from finetune.prompts import OUTFIT, item_text, outfit_text

ScoreKind = Literal["uncalibrated", "calibrated"]
REMEMBERED = 100_000  # captions whose likelihood by themselves is kept
BATCH = 64  # continuations in one forward pass


class Wearable(Protocol):
    """What the stylist reads of an item: its words, and its slot if it is known."""

    @property
    def words(self) -> str: ...
    @property
    def slot(self) -> str | None: ...


class StylistError(ValueError):
    """A question that cannot be answered; the message says why."""


@dataclass(frozen=True)
class Pick:
    """The best option's index, and for each option its lift (see `Stylist.lifts`) and its probability among the options."""

    index: int
    lifts: tuple[float, ...]
    probabilities: tuple[float, ...]


class Stylist:
    """Picks and scores with one language model. Safe for one thread at a time."""

    def __init__(self, language_model: LanguageModel) -> None:
        self._lm = language_model
        self._alone: dict[str, float] = {}  # log-likelihood of an item by itself, by caption
        self.score_kind: ScoreKind = "uncalibrated"  # until an adapter brings its calibration

    def pick(self, outfit: Sequence[Wearable], options: Sequence[Wearable]) -> Pick:
        """Which option completes the outfit best, with a probability for each that their order does not change.

        An option is judged by its lift: how much likelier a token of it is after this outfit than by itself, in nats.
        On Polyvore-T valid (1,150 questions) that found 34.7 %, the plain likelihood of a token 32.0 %.
        Raises StylistError without options, or for a text longer than the model's context.
        """
        if not options:
            raise StylistError("There are no options to pick from.")
        texts = [item_text(option.words) for option in options]
        unique = sorted(set(texts))  # one order whatever order they came in: equal rounding, equal answers
        totals = dict(zip(unique, self._likelihoods(outfit_text(_ordered(outfit)), unique), strict=True))
        self._learn_alone(set(unique))
        lifts = tuple((totals[text][0] - self._alone[text]) / totals[text][1] for text in texts)
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
        together = dict(zip(unique, self._likelihoods(OUTFIT, unique), strict=True))
        alone = [sum(self._alone[item_text(caption)] for caption in outfit) for outfit in captions]
        return [
            (together[text][0] - apart) / together[text][1] if text else 0.0 for text, apart in zip(texts, alone, strict=True)
        ]

    def _learn_alone(self, texts: set[str]) -> None:
        if len(self._alone) > REMEMBERED:
            self._alone.clear()
        new = sorted(texts - self._alone.keys())
        self._alone |= {text: total for text, (total, _) in zip(new, self._likelihoods(OUTFIT, new), strict=True)}

    @torch.inference_mode()
    def _likelihoods(self, prefix: str, continuations: Sequence[str]) -> list[tuple[float, int]]:
        """For each continuation of the prefix, the sum of its tokens' log-probabilities, and how many tokens it has.

        The prefix goes through the model once; the continuations share its key-value cache.
        """
        tokenizer = self._lm.tokenizer
        start = tokenizer(prefix)["input_ids"]
        results = []
        for first in range(0, len(continuations), BATCH):
            batch = continuations[first : first + BATCH]
            rows = [self._continuation(start, tokenizer(prefix + text)["input_ids"], text) for text in batch]
            results += self._forward(start, rows)
        return results

    def _continuation(self, start: list[int], whole: list[int], text: str) -> list[int]:
        if whole[: len(start)] != start:
            raise StylistError(f"The tokenizer of {self._lm.name} joins the prompt and {text!r}; they cannot be scored apart.")
        if len(whole) > self._lm.model.config.max_position_embeddings:
            raise StylistError(f"The outfit with {text[:60]!r} has {len(whole)} tokens, more than {self._lm.name} can read.")
        return whole[len(start) :]

    def _forward(self, start: list[int], rows: list[list[int]]) -> list[tuple[float, int]]:
        model: Any = self._lm.model
        device = model.device
        cache = DynamicCache(config=model.config)
        head = model(input_ids=torch.tensor([start], device=device), past_key_values=cache, use_cache=True, logits_to_keep=1)
        cache.batch_repeat_interleave(len(rows))
        width = max(map(len, rows))
        padded = torch.tensor([row + [0] * (width - len(row)) for row in rows], device=device)
        mask = torch.tensor([[1] * (len(start) + len(row)) + [0] * (width - len(row)) for row in rows], device=device)
        logits = head.logits.expand(len(rows), -1, -1)
        if width > 1:  # the last token's own successor is never asked for
            tail = model(input_ids=padded[:, :-1], attention_mask=mask[:, :-1], past_key_values=cache, use_cache=True)
            logits = torch.cat([logits, tail.logits], dim=1)
        logits = logits.float()
        chosen = logits.gather(-1, padded.unsqueeze(-1)).squeeze(-1) - logits.logsumexp(-1)
        sums = (chosen * mask[:, len(start) :]).sum(-1, dtype=torch.float64).tolist()
        return [(total, len(row)) for total, row in zip(sums, rows, strict=True)]


def _ordered(outfit: Sequence[Wearable]) -> list[str]:
    """The items' words in the vocabulary's order of slots, then by alphabet; a missing slot is read from the words."""
    slots = vocabulary().slots

    def place(item: Wearable) -> tuple[int, str, str]:
        slot = item.slot or vocabulary().slot_of(item.words)
        return slots.index(slot) if slot in slots else len(slots), item_text(item.words), item.words

    return [item.words for item in sorted(outfit, key=place)]

"""How likely a text goes on in given ways: the one measurement that the stylist and the benchmarks build on."""

import copy
from collections.abc import Sequence
from itertools import takewhile
from typing import Any, NamedTuple, Protocol

import torch
from transformers import DynamicCache

from finetune.model import LanguageModel

BATCH = 64  # continuations in one forward pass


class LikelihoodError(ValueError):
    """A text whose likelihood cannot be measured; the message says why."""


class Likelihood(NamedTuple):
    """The sum of the log-probabilities of a continuation's tokens, in nats, and how many tokens it has."""

    total: float
    tokens: int


class Likelihoods(Protocol):
    """What measures: a model in this process, or an endpoint."""

    name: str

    def __call__(self, prefix: str, continuations: Sequence[str], templated: bool = False) -> list[Likelihood]:
        """One for each continuation of the prefix. `templated`: the texts bring their special tokens, add none."""
        ...


def common_length(tokens: Sequence[int], others: Sequence[int]) -> int:
    """How many tokens two texts have in common at their beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(tokens, others, strict=False)))


class LocalLikelihoods:
    """A language model in this process. The prefix goes through it once; its continuations share the key-value cache.

    `instruction`: a framed prompt without its question. What prefixes have in common with it goes through the model once
    for all of them: of the paper's FITB prompt, more than half.
    """

    def __init__(self, language_model: LanguageModel, instruction: str = "") -> None:
        self._lm = language_model
        self.name = language_model.name
        self._instruction = self._tokens(instruction, templated=True)
        self._read: list[int] = []  # what of the instruction is in the cache below
        self._cache = DynamicCache(config=language_model.model.config)

    @torch.inference_mode()
    def __call__(self, prefix: str, continuations: Sequence[str], templated: bool = False) -> list[Likelihood]:
        """Raises LikelihoodError for a text longer than the context, or one that the tokenizer does not part at the prefix."""
        start = self._tokens(prefix, templated)
        found: list[Likelihood] = []
        for first in range(0, len(continuations), BATCH):
            batch = continuations[first : first + BATCH]
            found += self._forward(
                start, [self._continuation(start, self._tokens(prefix + text, templated), text) for text in batch]
            )
        return found

    def _tokens(self, text: str, templated: bool) -> list[int]:
        ids: list[int] = self._lm.tokenizer(text, add_special_tokens=not templated)["input_ids"]
        return ids

    def _continuation(self, start: list[int], whole: list[int], text: str) -> list[int]:
        if whole[: len(start)] != start:
            raise LikelihoodError(f"The tokenizer of {self.name} joins the prompt and {text!r}; they cannot be scored apart.")
        if len(whole) > self._lm.model.config.max_position_embeddings:
            raise LikelihoodError(f"The text with {text[:60]!r} has {len(whole)} tokens, more than {self.name} can read.")
        return whole[len(start) :]

    def _forward(self, start: list[int], rows: list[list[int]]) -> list[Likelihood]:
        model: Any = self._lm.model
        device = model.device
        cache = self._begun(start)
        new = torch.tensor([start[cache.get_seq_length() :]], device=device)
        head = model(input_ids=new, past_key_values=cache, use_cache=True, logits_to_keep=1)
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
        return [Likelihood(total, len(row)) for total, row in zip(sums, rows, strict=True)]

    def _begun(self, start: list[int]) -> DynamicCache:
        """A cache that holds what the prefix has in common with the instruction, but for its last token, to be asked."""
        shared = start[: min(common_length(self._instruction, start), len(start) - 1)]
        model: Any = self._lm.model
        if shared != self._read:
            self._read, self._cache = shared, DynamicCache(config=model.config)
            if shared:
                model(input_ids=torch.tensor([shared], device=model.device), past_key_values=self._cache, logits_to_keep=1)
        return copy.deepcopy(self._cache)

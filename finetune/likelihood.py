"""How likely texts go on in given ways: the one measurement that the stylist and the benchmarks build on."""

import copy
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import torch
from transformers import DynamicCache

from finetune.model import LanguageModel
from finetune.tree import common, lay_out

BATCH = 1024  # tokens in one forward pass; a longer text has a pass of its own

Asked = tuple[str, str]  # a text, and how it may go on


class LikelihoodError(ValueError):
    """A text whose likelihood cannot be measured; the message says why."""


class Likelihood(NamedTuple):
    """The sum of the log-probabilities of a continuation's tokens, in nats, and how many tokens it has."""

    total: float
    tokens: int


class Likelihoods(Protocol):
    """What measures: a model in this process, or an endpoint."""

    name: str

    def __call__(self, asked: Sequence[Asked], templated: bool = False) -> list[Likelihood]:
        """One for each continuation. `templated`: the texts bring their special tokens, add none."""
        ...


class _Row(NamedTuple):
    """The tokens of a text and its continuation, and how many are the text's."""

    tokens: list[int]
    start: int


class LocalLikelihoods:
    """A language model in this process. What is asked together goes through it as a tree: what texts share, once.

    `instruction`: a framed prompt without its question. What texts have in common with it goes through the model once for
    all calls: of the paper's FITB prompt, more than half.
    """

    def __init__(self, language_model: LanguageModel, instruction: str = "") -> None:
        self._lm = language_model
        self.name = language_model.name
        self._instruction = self._tokens(instruction, templated=True)
        self._read: list[int] = []  # what of the instruction is in the cache below
        self._cache = DynamicCache(config=language_model.model.config)
        config = language_model.model.config
        self._context = min(
            config.max_position_embeddings, getattr(config, "sliding_window", None) or config.max_position_embeddings
        )

    @torch.inference_mode()
    def __call__(self, asked: Sequence[Asked], templated: bool = False) -> list[Likelihood]:
        """Raises LikelihoodError for a text longer than the model reads at once, or one not parted at its continuation."""
        starts = {text: self._tokens(text, templated) for text, _ in asked}
        rows = [self._row(starts[text], self._tokens(text + more, templated), more) for text, more in asked]
        return [found for batch in _batches(rows) for found in self._forward(batch)]

    def _tokens(self, text: str, templated: bool) -> list[int]:
        ids: list[int] = self._lm.tokenizer(text, add_special_tokens=not templated)["input_ids"]
        return ids

    def _row(self, start: list[int], whole: list[int], more: str) -> _Row:
        if whole[: len(start)] != start:
            raise LikelihoodError(f"The tokenizer of {self.name} joins the prompt and {more!r}; they cannot be scored apart.")
        if len(whole) > self._context:
            raise LikelihoodError(f"The text with {more[:60]!r} has {len(whole)} tokens, more than {self.name} can read.")
        return _Row(whole, len(start))

    def _forward(self, rows: list[_Row]) -> list[Likelihood]:
        model: Any = self._lm.model
        cache = self._begun(rows)
        past = cache.get_seq_length()
        tree = lay_out([row.tokens[past:-1] for row in rows])  # the last token's own successor is never asked for
        seen = torch.cat([torch.ones(1, 1, len(tree.attention_mask[0, 0]), past, dtype=torch.bool), tree.attention_mask], -1)
        barred = torch.zeros(seen.shape, dtype=model.dtype).masked_fill(~seen, torch.finfo(model.dtype).min)
        nodes = [path[row.start - past - 1 :] for row, path in zip(rows, tree.paths, strict=True)]
        needed, which = torch.tensor([node for path in nodes for node in path]).unique(return_inverse=True)
        logits = (
            model(
                input_ids=tree.input_ids.to(model.device),
                position_ids=(tree.position_ids + past).to(model.device),
                attention_mask=barred.to(model.device),
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=needed.to(model.device),
            )
            .logits[0]
            .float()
        )
        targets = torch.tensor([token for row in rows for token in row.tokens[row.start :]])
        chosen = (logits[which, targets] - logits.logsumexp(-1)[which]).double().cpu()
        return [Likelihood(logs.sum().item(), len(logs)) for logs in chosen.split([len(path) for path in nodes])]

    def _begun(self, rows: list[_Row]) -> DynamicCache:
        """A cache that holds what all texts have in common with the instruction, but for their last token, to be asked."""
        shared = self._instruction[: min(common(self._instruction, row.tokens[: row.start - 1]) for row in rows)]
        model: Any = self._lm.model
        if shared != self._read:
            self._read, self._cache = shared, DynamicCache(config=model.config)
            if shared:
                read = torch.tensor([shared], device=model.device)
                model(input_ids=read, past_key_values=self._cache, use_cache=True, logits_to_keep=1)
        return copy.deepcopy(self._cache)


def _batches(rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    """Rows that go through the model together, in their order; a text that is asked several times in a row counts once."""
    batch: list[_Row] = []
    count = 0
    for row in rows:
        same = bool(batch) and row.tokens[: row.start] == batch[-1].tokens[: batch[-1].start]
        size = len(row.tokens) - (row.start if same else 0)
        if batch and count + size > BATCH:
            yield batch
            batch, count, size = [], 0, len(row.tokens)
        batch.append(row)
        count += size
    if batch:
        yield batch

"""The matcher: which captions go together, by a sentence encoder and a set encoder over its vectors.

It scores whole catalogues where a language model scores a handful: a caption is encoded once, whatever it is asked about.
"""

import json
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
from peft import PeftModel
from safetensors import SafetensorError
from torch import Tensor, nn
from torch.nn import functional

from finetune.encoding import Encoder, WordTable, load_encoder
from finetune.lessons import Lessons
from finetune.model import ModelError, fingerprint_of
from finetune.parts import Worn
from finetune.weights import ADAPTER, halve
from retrieval.set_encoder import SETS, SetEncoder, load_sets, save_sets
from retrieval.weights import read_weights, write_weights

WORDS = "words.safetensors"
REMEMBERED = 100_000  # captions whose vectors are kept
CONTEXT_DROPOUT = 0.2  # share of an outfit's other pieces that a training question leaves out


class Matching(nn.Module):
    """Both encoders, and the contrastive loss that trains them: an outfit shall tell its own piece from others of its slot.

    `lessons` add what captions' vectors shall tell besides.
    """

    def __init__(self, encoder: Encoder, sets: SetEncoder, lessons: Lessons | None = None) -> None:
        super().__init__()
        self.encoder, self.sets, self.lessons = encoder, sets, lessons

    def forward(
        self, items: Tensor, slots: Tensor, told: dict[str, Tensor] | None = None, **captions: Tensor
    ) -> dict[str, Tensor]:
        """The loss over a batch of n outfits, each piece of each hidden once, against all others of its slot.

        captions: different ones, as the encoder reads them; items: (n, k), the pieces' captions, -1 where there is none;
        slots: (n, k, ways), the pieces' slots under several ways to name them, each of which asks its own questions;
        told: what the lessons read of the captions.
        """
        vectors = self.encoder(**captions)
        loss = torch.stack([self._loss(vectors, items, named) for named in slots.unbind(-1)]).mean()
        return {"loss": loss + self.lessons(vectors, **told) if self.lessons and told else loss}

    def _loss(self, vectors: Tensor, items: Tensor, slots: Tensor) -> Tensor:
        there = items >= 0
        outfit, place = there.nonzero(as_tuple=True)
        wanted, right = slots[outfit, place], items[outfit, place]
        worn = self._some_of(there[outfit] & (torch.arange(items.shape[1], device=items.device) != place[:, None]))
        queries = self.sets.queries(vectors[items[outfit].clamp(min=0)], slots[outfit], worn, wanted)
        scores = self.sets.scale.exp() * queries @ self.sets.items(vectors[right], wanted).T
        # nothing is held against a piece of another slot, one that it is worn with, or one of the same words
        barred = (wanted[:, None] != wanted) | (outfit[:, None] == outfit) | (right[:, None] == right)
        numbers = torch.arange(len(right), device=items.device)
        barred[numbers, numbers] = False
        return functional.cross_entropy(scores.masked_fill(barred, -torch.inf), numbers)

    def _some_of(self, worn: Tensor) -> Tensor:
        """Without a few of the pieces, as outfits are when somebody asks; never without all."""
        kept = worn & (torch.rand(worn.shape, device=worn.device) >= CONTEXT_DROPOUT)
        return torch.where(kept.any(1, keepdim=True), kept, worn) if self.training else worn


class Matcher:
    """Trained encoders as a stylist's part. Safe for one thread at a time."""

    def __init__(self, matching: Matching) -> None:
        self._matching = matching.eval()
        self._known: dict[str, Tensor] = {}

    @torch.inference_mode()
    def completing(self, outfit: Sequence[Worn], options: Sequence[Worn]) -> list[float]:
        """How well each option completes the outfit: the cosine of its vector and the query for its slot, in [-1, 1].

        0 where there is nothing to complete.
        """
        if not outfit:
            return [0.0] * len(options)
        vectors = self.vectors([item.words for item in (*outfit, *options)])
        context, offered = vectors[: len(outfit)], vectors[len(outfit) :]
        sets = self.sets
        slots, wanted = sets.places([item.slot for item in outfit]), sets.places([option.slot for option in options])
        kinds, which = wanted.unique(return_inverse=True)
        all_worn = torch.ones(len(kinds), len(outfit), dtype=torch.bool)
        queries = sets.queries(context.expand(len(kinds), -1, -1), slots.expand(len(kinds), -1), all_worn, kinds)
        found: list[float] = (queries[which] * sets.items(offered, wanted)).sum(-1).tolist()
        return found

    @torch.inference_mode()
    def together(self, outfits: Sequence[Sequence[Worn]]) -> list[float]:
        """The mean over each outfit's items of how well each completes the others, in [-1, 1]."""
        return [self._together(outfit) for outfit in outfits]

    def _together(self, outfit: Sequence[Worn]) -> float:
        sets, vectors = self.sets, self.vectors([item.words for item in outfit])
        slots, count = sets.places([item.slot for item in outfit]), len(outfit)
        others = ~torch.eye(count, dtype=torch.bool)
        queries = sets.queries(vectors.expand(count, -1, -1), slots.expand(count, -1), others, slots)
        return float((queries * sets.items(vectors, slots)).sum(-1).mean())

    @property
    def sets(self) -> SetEncoder:
        """What makes queries and items of captions' vectors."""
        return self._matching.sets

    @torch.inference_mode()
    def vectors(self, captions: Sequence[str]) -> Tensor:
        """Captions in lower case as the set encoder takes them, shape (len(captions), size)."""
        if len(self._known) > REMEMBERED:
            self._known.clear()
        new = sorted(set(captions) - self._known.keys())
        if new:
            encoder = self._matching.encoder
            self._known.update(zip(new, encoder(**encoder.read(new)), strict=True))
        return torch.stack([self._known[caption] for caption in captions])


def save(matching: Matching, folder: Path) -> tuple[str, ...]:
    """Write what was trained into a folder; the names of the files, the set encoder's weights last."""
    names: tuple[str, ...] = ()
    transformer, words, sets = matching.encoder.transformer, matching.encoder.words, matching.sets
    if isinstance(transformer, PeftModel):
        transformer.save_pretrained(str(folder))
        halve(folder / ADAPTER)
        names = ("adapter_config.json", ADAPTER)
    folder.mkdir(parents=True, exist_ok=True)
    if words:
        write_weights(words, folder / WORDS, words=words.words)
        names = (*names, WORDS)
    save_sets(sets, folder / SETS)
    return (*names, SETS)


def load_matcher(folder: Path) -> Matcher:
    """What `python -m finetune.match` left in a folder. Raises ModelError."""
    try:
        base = json.loads((folder / "base.json").read_text(encoding="utf-8"))
        transformer, tokenizer, encoder_folder = load_encoder(str(base["base"]))
        if (folder / "adapter_config.json").is_file():
            transformer = PeftModel.from_pretrained(transformer, str(folder)).merge_and_unload()
        words = _words(folder / WORDS) if (folder / WORDS).is_file() else None
        sets = load_sets(folder / SETS)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"The matcher in {folder} cannot be loaded: {error}") from error
    if fingerprint_of(encoder_folder) != base["fingerprint"]:
        warnings.warn(
            f"The matcher {folder} was trained on weights {base['fingerprint']}, not on those of {base['base']} here: its figures do not hold.",
            stacklevel=2,
        )
    return Matcher(Matching(Encoder(transformer, tokenizer, words), sets))


def _words(path: Path) -> WordTable:
    weights, about = read_weights(path)
    table = WordTable(about["words"], weights["table.weight"].shape[1])
    table.load_state_dict(weights)
    return table

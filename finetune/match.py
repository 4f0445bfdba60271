"""`python -m finetune.match --config RECIPE --data ROOT --into FOLDER`: train the matcher, as a recipe says."""

import os
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads are up to 38 times slower on busy cores

import torch
from torch import Tensor
from transformers import Trainer, TrainingArguments, set_seed

from catalog.taxonomy import vocabulary
from finetune.datasets import as_polyvore_t
from finetune.encoding import Encoder, Frozen, WordTable, frequent_words, load_encoder
from finetune.examples import Drawn, training_outfits
from finetune.fitting import Watched, opened
from finetune.matcher import Matching, save
from finetune.model import fingerprint_of
from finetune.recipe import MatcherRecipe, Words
from finetune.record import Kept, finish
from finetune.tasks import Outfit
from finetune.training import arguments, parser, resumable, run
from retrieval.set_encoder import SetEncoder

SAMPLE = 4000  # captions whose mean is the centre


def main(given: Sequence[str] | None = None) -> int:
    """Train by the command line."""
    options = parser("match", "the matcher").parse_args(given)
    return run(options, MatcherRecipe, rows, partial(fit, into=options.into))


def rows(recipe: MatcherRecipe, root: Path) -> Drawn:
    """The recipe's outfits of two pieces or more: captions, and each piece's slots as we name it and as Polyvore-T does.

    Both ways of naming are learned, so that a shop may ask for outerwear, and a benchmark for any top.
    """
    outfits, report = training_outfits(recipe.data, root)
    outfits = [outfit for outfit in outfits if len(outfit.pieces) > 1]
    return Drawn([example(outfit) for outfit in outfits], [outfit.id for outfit in outfits], report)


def example(outfit: Outfit) -> dict[str, Any]:
    """An outfit as `Batches` takes it."""
    ways = zip(outfit.pieces, as_polyvore_t(outfit).pieces, strict=True)
    return {
        "captions": [piece.words for piece in outfit.pieces],
        "slots": [[piece.slot, other.slot] for piece, other in ways],
    }


class Batches:
    """Examples as `Matching` takes them: each caption once."""

    def __init__(self, encoder: Encoder, sets: SetEncoder) -> None:
        self._encoder, self._sets = encoder, sets

    def __call__(self, examples: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
        """Tensors for `Matching.forward`."""
        captions = sorted({caption for example in examples for caption in example["captions"]})
        number = {caption: place for place, caption in enumerate(captions)}
        items = [torch.tensor([number[caption] for caption in example["captions"]]) for example in examples]
        slots = [torch.stack([self._sets.places(ways) for ways in example["slots"]]) for example in examples]
        padded = partial(torch.nn.utils.rnn.pad_sequence, batch_first=True)
        return self._encoder.read(captions) | {"items": padded(items, padding_value=-1), "slots": padded(slots)}


class MatchTrainer(Watched, Trainer):
    """Transformers' own, watched; the table of words and the set encoder have learning rates of their own."""

    rates: dict[str, float]  # by the beginning of a weight's name

    def create_optimizer(self, model: Any = None) -> Any:
        """AdamW with several rates."""
        groups: dict[float, list[Tensor]] = {}
        for name, weight in self.model.named_parameters():  # type: ignore[union-attr]
            if weight.requires_grad:
                rate = next((rate for start, rate in self.rates.items() if name.startswith(start)), self.args.learning_rate)
                groups.setdefault(rate, []).append(weight)
        self.optimizer = torch.optim.AdamW(
            [{"params": weights, "lr": rate} for rate, weights in groups.items()], weight_decay=self.args.weight_decay
        )
        return self.optimizer


def fit(recipe: MatcherRecipe, drawn: Drawn, into: Path) -> None:
    """A matcher in `into`; an interrupted run goes on from its last checkpoint. Raises TrainingError or ModelError."""
    args = arguments(TrainingArguments, recipe, into)
    transformer, tokenizer, folder = load_encoder(recipe.base)
    checkpoint = resumable(recipe, into)
    set_seed(args.seed)
    captions = sorted({caption for example in drawn.examples for caption in example["captions"]})
    words = _words(recipe.words, captions, transformer.config.hidden_size) if recipe.words else None
    if recipe.lora:
        encoder = Encoder(opened(transformer, recipe.lora), tokenizer, words)
    else:
        encoder = Frozen(transformer, tokenizer, words, captions)
    sets = SetEncoder(
        vocabulary().slots, _centre(encoder, captions), dropout=recipe.sets.dropout, maps_items=recipe.sets.maps_items
    )
    batches = Batches(encoder, sets)
    trainer = MatchTrainer(model=Matching(encoder, sets), args=args, train_dataset=drawn.examples, data_collator=batches)
    trainer.rates = {"sets": recipe.sets.learning_rate} | (
        {"encoder.words": recipe.words.learning_rate} if recipe.words else {}
    )
    began = time.perf_counter()
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    fingerprint = fingerprint_of(folder)
    adapter = ", with a LoRA adapter for it" if recipe.lora else ""
    table = f", a table of {len(words.words)} words" if words else ""
    kept = Kept(
        {"base": recipe.base, "fingerprint": fingerprint},
        save,
        "Matcher",
        f"A set encoder over captions' vectors from {recipe.base} (weights {fingerprint}){adapter}{table}.",
        (*(("lora",) if recipe.lora else ()), "set-encoder", "fashion"),
    )
    finish(trainer, checkpoint, kept, recipe, drawn, into, time.perf_counter() - began)


def _words(recipe: Words, captions: Sequence[str], size: int) -> WordTable:
    return WordTable(frequent_words(captions, recipe.least), size, recipe.dropout)


@torch.no_grad()  # no inference mode: what it makes could not be trained on
def _centre(encoder: Encoder, captions: Sequence[str]) -> Tensor:
    """The mean of a sample's vectors."""
    centre: Tensor = encoder.eval()(**encoder.read(captions[:: -(-len(captions) // SAMPLE)])).mean(0)
    return centre


if __name__ == "__main__":
    sys.exit(main())

"""`python -m finetune.match --config RECIPE --data ROOT --into FOLDER`: train the matcher, as a recipe says."""

import os
import sys
import time
from collections.abc import Sequence
from functools import partial
from itertools import chain
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
from finetune.lessons import Lessons, standardised
from finetune.matcher import Matching, save
from finetune.model import fingerprint_of
from finetune.prompts import Example
from finetune.recipe import MatcherRecipe, Taught, Words
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
    prices = standardised([piece for outfit in outfits for piece in outfit.pieces])
    examples = [example(outfit, [next(prices) for _ in outfit.pieces]) for outfit in outfits]
    return Drawn(examples, [outfit.id for outfit in outfits], report)


def example(outfit: Outfit, prices: Sequence[float | None] = ()) -> Example:
    """An outfit as `Batches` takes it."""
    ways = zip(outfit.pieces, as_polyvore_t(outfit).pieces, strict=True)
    return {
        "captions": [piece.words for piece in outfit.pieces],
        "slots": [[piece.slot, other.slot] for piece, other in ways],
        "categories": [piece.category for piece in outfit.pieces],
        "prices": [*prices],
    }


class Batches:
    """Examples as `Matching` takes them: each caption once."""

    def __init__(self, encoder: Encoder, sets: SetEncoder, lessons: Lessons | None = None) -> None:
        self._encoder, self._sets, self._lessons = encoder, sets, lessons

    def __call__(self, examples: Sequence[Example]) -> dict[str, Any]:
        """Tensors for `Matching.forward`."""
        captions = sorted({caption for example in examples for caption in example["captions"]})
        number = {caption: place for place, caption in enumerate(captions)}
        items = [torch.tensor([number[caption] for caption in example["captions"]]) for example in examples]
        slots = [torch.stack([self._sets.places(ways) for ways in example["slots"]]) for example in examples]
        padded = partial(torch.nn.utils.rnn.pad_sequence, batch_first=True)
        batch: dict[str, Any] = {"items": padded(items, padding_value=-1), "slots": padded(slots)}
        if self._lessons:
            told = (zip(*(example[name] for name in ("captions", "categories", "prices")), strict=True) for example in examples)
            batch["told"] = self._lessons.read(captions, chain.from_iterable(told))
        return self._encoder.read(captions) | batch


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
    lessons = _lessons(recipe.lessons, drawn.examples, transformer.config.hidden_size) if recipe.lessons else None
    trainer = MatchTrainer(
        model=Matching(encoder, sets, lessons),
        args=args,
        train_dataset=drawn.examples,
        data_collator=Batches(encoder, sets, lessons),
    )
    trainer.rates = dict.fromkeys(("sets", "lessons"), recipe.sets.learning_rate) | (
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


def _lessons(recipe: Taught, examples: Sequence[Example], size: int) -> Lessons:
    categories = {category for example in examples for category in example["categories"] if category}
    return Lessons(size, sorted(categories), recipe.category, recipe.price)


@torch.no_grad()  # no inference mode: what it makes could not be trained on
def _centre(encoder: Encoder, captions: Sequence[str]) -> Tensor:
    """The mean of a sample's vectors."""
    centre: Tensor = encoder.eval()(**encoder.read(captions[:: -(-len(captions) // SAMPLE)])).mean(0)
    return centre


if __name__ == "__main__":
    sys.exit(main())

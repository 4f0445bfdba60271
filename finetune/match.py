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
from finetune.examples import Drawn, training_outfits
from finetune.fitting import Watched, opened
from finetune.matcher import Encoder, Matching, load_encoder, save, tokens
from finetune.model import fingerprint_of
from finetune.recipe import MatcherRecipe
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

    def __init__(self, tokenizer: Any, sets: SetEncoder) -> None:
        self._tokenizer, self._sets = tokenizer, sets

    def __call__(self, examples: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
        """Tensors for `Matching.forward`."""
        captions = sorted({caption for example in examples for caption in example["captions"]})
        number = {caption: place for place, caption in enumerate(captions)}
        items = [torch.tensor([number[caption] for caption in example["captions"]]) for example in examples]
        slots = [torch.stack([self._sets.places(ways) for ways in example["slots"]]) for example in examples]
        padded = partial(torch.nn.utils.rnn.pad_sequence, batch_first=True)
        return tokens(self._tokenizer, captions) | {"items": padded(items, padding_value=-1), "slots": padded(slots)}


class MatchTrainer(Watched, Trainer):
    """Transformers' own, watched; the set encoder has a learning rate of its own."""

    sets_learning_rate: float

    def create_optimizer(self, model: Any = None) -> Any:
        """AdamW with two rates."""
        groups: dict[str, list[Tensor]] = {"encoder": [], "sets": []}
        for name, weight in self.model.named_parameters():  # type: ignore[union-attr]
            if weight.requires_grad:
                groups[name.partition(".")[0]].append(weight)
        rates = {"encoder": self.args.learning_rate, "sets": self.sets_learning_rate}
        self.optimizer = torch.optim.AdamW(
            [{"params": weights, "lr": rates[name]} for name, weights in groups.items() if weights],
            weight_decay=self.args.weight_decay,
        )
        return self.optimizer


def fit(recipe: MatcherRecipe, drawn: Drawn, into: Path) -> None:
    """A matcher in `into`; an interrupted run goes on from its last checkpoint. Raises TrainingError or ModelError."""
    args = arguments(TrainingArguments, recipe, into)
    transformer, tokenizer, folder = load_encoder(recipe.base)
    checkpoint = resumable(recipe, into)
    set_seed(args.seed)
    sets = _sets(recipe, Encoder(transformer), tokenizer, drawn)
    learning = opened(transformer, recipe.lora) if recipe.lora else transformer.requires_grad_(False)
    matching = Matching(Encoder(learning), sets)
    trainer = MatchTrainer(model=matching, args=args, train_dataset=drawn.examples, data_collator=Batches(tokenizer, sets))
    trainer.sets_learning_rate = recipe.sets.learning_rate
    began = time.perf_counter()
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    fingerprint = fingerprint_of(folder)
    kept = Kept(
        {"base": recipe.base, "fingerprint": fingerprint},
        save,
        "Matcher",
        f"A set encoder over captions' vectors from {recipe.base} (weights {fingerprint}){', with a LoRA adapter for it' * bool(recipe.lora)}.",
        (*(("lora",) if recipe.lora else ()), "set-encoder", "fashion"),
    )
    finish(trainer, checkpoint, kept, recipe, drawn, into, time.perf_counter() - began)


@torch.no_grad()  # no inference mode: what it makes could not be trained on
def _sets(recipe: MatcherRecipe, encoder: Encoder, tokenizer: Any, drawn: Drawn) -> SetEncoder:
    captions = sorted({caption for example in drawn.examples for caption in example["captions"]})
    step = -(-len(captions) // SAMPLE)
    centre = encoder.eval()(**tokens(tokenizer, captions[::step])).mean(0)
    return SetEncoder(vocabulary().slots, centre, dropout=recipe.sets.dropout, maps_items=recipe.sets.maps_items)


if __name__ == "__main__":
    sys.exit(main())

"""`python -m finetune.dpo --config RECIPE --data ROOT --start SFT_ADAPTER --into FOLDER`: preference optimisation.

The reference is the policy that DPO starts from, the SFT adapter, as in the paper; TRL keeps a frozen copy of it.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads are up to 38 times slower on busy cores

from datasets import Dataset
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DPOTrainer

from finetune.examples import Drawn, tokenized
from finetune.model import load
from finetune.recipe import Recipe
from finetune.record import complete
from finetune.sharing import share_prefixes
from finetune.training import (
    StartsAtReference,
    TrainingError,
    Watched,
    arguments,
    longest,
    parser,
    restore,
    resumable,
    run,
    trainable_weights,
)


class Trainer(Watched, DPOTrainer):
    """TRL's, watched, on rows that are tokens already: SFT, DPO and the benchmark render with the same functions."""

    def _prepare_dataset(self, dataset: Any, *args: Any, **kwargs: Any) -> Any:
        return dataset


def main(given: Sequence[str] | None = None) -> int:
    """Train by the command line."""
    made = parser("dpo")
    made.add_argument("--start", type=Path, help="the SFT adapter that DPO goes on with")
    options = made.parse_args(given)
    return run(options, lambda recipe, drawn: train(recipe, drawn, options.start, options.into))


def train(recipe: Recipe, drawn: Drawn, start_from: Path | None, into: Path) -> None:
    """The adapter of `start_from` trained further into `into`; an interrupted run goes on from its last checkpoint."""
    if not start_from:
        raise TrainingError("DPO goes on with an SFT adapter: name it with --start FOLDER.")
    args = arguments(DPOConfig, recipe, into)
    language_model = load(recipe.base, start_from, quantize=recipe.quantize, trainable=True)
    dataset = Dataset.from_list(tokenized(drawn, language_model.tokenizer, longest(recipe, language_model)))
    checkpoint = resumable(recipe, into)
    weights = trainable_weights(language_model.model)
    trainer = Trainer(
        model=language_model.model,
        args=args,
        train_dataset=dataset,
        processing_class=language_model.tokenizer,
        callbacks=[StartsAtReference()],
    )
    restore(trainer.model, weights)
    if recipe.share_prefixes:
        share_prefixes(trainer.model)
    complete(trainer, checkpoint, language_model, recipe, drawn, into)


if __name__ == "__main__":
    sys.exit(main())

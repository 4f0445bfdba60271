"""`python -m finetune.sft --config RECIPE --data ROOT --into FOLDER`: supervised fine-tuning, as a recipe says."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads are up to 38 times slower on busy cores

from datasets import Dataset
from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
from transformers import set_seed
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from finetune.examples import Drawn, tokenized
from finetune.model import LanguageModel, load
from finetune.recipe import Recipe
from finetune.record import complete
from finetune.sharing import share_prefixes
from finetune.training import (
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


class Trainer(Watched, SFTTrainer):
    """TRL's, watched."""


def main(given: Sequence[str] | None = None) -> int:
    """Train by the command line."""
    options = parser("sft").parse_args(given)
    return run(options, lambda recipe, drawn: train(recipe, drawn, options.into))


def train(recipe: Recipe, drawn: Drawn, into: Path) -> None:
    """A LoRA adapter in `into`, trained on the drawn rows; an interrupted run goes on from its last checkpoint."""
    args = arguments(SFTConfig, recipe, into)
    language_model = load(recipe.base, quantize=recipe.quantize)
    dataset = Dataset.from_list(tokenized(drawn, language_model.tokenizer, longest(recipe, language_model)))
    checkpoint = resumable(recipe, into)
    set_seed(args.seed)  # the trainer does it too, but after LoRA's first weights are drawn
    model = with_lora(language_model, recipe)
    weights = trainable_weights(model)
    trainer = Trainer(model=model, args=args, train_dataset=dataset, processing_class=language_model.tokenizer)
    restore(trainer.model, weights)
    if recipe.share_prefixes:
        share_prefixes(trainer.model)
    complete(trainer, checkpoint, language_model, recipe, drawn, into)


def with_lora(language_model: LanguageModel, recipe: Recipe) -> Any:
    """The base with fresh LoRA weights, which add nothing yet."""
    base = language_model.model
    if recipe.quantize:
        base = prepare_model_for_kbit_training(
            base, use_gradient_checkpointing=bool(recipe.training.get("gradient_checkpointing"))
        )
    try:
        return get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", **recipe.lora or {}))
    except (TypeError, ValueError) as error:
        raise TrainingError(f"The recipe's `lora` does not suit the base: {error}") from error


if __name__ == "__main__":
    sys.exit(main())

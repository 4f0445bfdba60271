"""`python -m finetune.sft --config RECIPE --data ROOT --into FOLDER`: supervised fine-tuning, as a recipe says."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads are up to 38 times slower on busy cores

from datasets import Dataset
from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
from trl import SFTConfig, SFTTrainer

from finetune.model import LanguageModel, ModelError, load
from finetune.recipe import Recipe, RecipeError, read_recipe
from finetune.examples import Drawn, RowError, tokenized
from finetune.sharing import share_prefixes
from finetune.tasks import TaskError
from finetune.training import TrainingError, Watched, arguments, finish, longest, parser, resumable, rows


class _Trainer(Watched, SFTTrainer):  # type: ignore[misc]
    """TRL's, watched."""


def main(given: Sequence[str] | None = None) -> int:
    """Train; errors that a person can mend are one sentence on stderr, and exit status 2."""
    options = parser("sft").parse_args(given)
    try:
        recipe = read_recipe(options.config, tuple(options.set))
        drawn = rows(recipe, options)
        if drawn:
            train(recipe, drawn, options.into)
    except (RecipeError, RowError, TaskError, ModelError, TrainingError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def train(recipe: Recipe, drawn: Drawn, into: Path) -> None:
    """A LoRA adapter in `into`, trained on the drawn rows; an interrupted run goes on from its last checkpoint."""
    if recipe.stage != "sft":
        raise TrainingError("This recipe is not for SFT: type python -m finetune.dpo instead.")
    args = arguments(SFTConfig, recipe, into)
    language_model = load(recipe.base, quantize=recipe.quantize)
    dataset = Dataset.from_list(tokenized(drawn, language_model.tokenizer, longest(recipe, language_model)))
    checkpoint = resumable(recipe, into)
    trainer = _Trainer(
        model=with_lora(language_model, recipe), args=args, train_dataset=dataset, processing_class=language_model.tokenizer
    )
    keep_full_precision(trainer.model)
    if recipe.share_prefixes:
        share_prefixes(trainer.model)
    start = time.perf_counter()
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    finish(trainer, language_model, recipe, drawn, into, time.perf_counter() - start)


def with_lora(language_model: LanguageModel, recipe: Recipe) -> Any:
    """The base with fresh LoRA weights, which add nothing yet."""
    base = language_model.model
    if recipe.quantize:
        base = prepare_model_for_kbit_training(base, use_gradient_checkpointing=bool(recipe.training.get("gradient_checkpointing")))
    try:
        return get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", **recipe.lora or {}))
    except (TypeError, ValueError) as error:
        raise TrainingError(f"The recipe's `lora` does not suit the base: {error}") from error


def keep_full_precision(model: Any) -> None:
    """Trainable weights in fp32: TRL casts those over a 4-bit base to bf16, where a small learning rate moves nothing."""
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()


if __name__ == "__main__":
    sys.exit(main())

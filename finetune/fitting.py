"""The run itself, which SFT and DPO have in common: from a model and its rows to what stands in the adapter's folder."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
from transformers import set_seed

from finetune.examples import Drawn, tokenized
from finetune.model import LanguageModel, load
from finetune.recipe import StylistRecipe
from finetune.record import adapter, finish
from finetune.sharing import share_prefixes
from finetune.training import TrainingError, arguments, last_checkpoint, longest, resumable


class Watched:
    """Before TRL's trainer in a class's bases: a loss that is no number stops the run before it reaches the weights."""

    def training_step(self, *args: Any, **kwargs: Any) -> torch.Tensor:
        """One step's loss. Raises TrainingError where it is not finite."""
        loss: torch.Tensor = super().training_step(*args, **kwargs)  # type: ignore[misc]
        if not torch.isfinite(loss):
            kept = last_checkpoint(Path(self.args.output_dir))  # type: ignore[attr-defined]
            raise TrainingError(
                f"The loss is {loss.item()} at step {self.state.global_step + 1}. "  # type: ignore[attr-defined]
                + (f"The last good checkpoint is {kept}. " if kept else "No checkpoint was written yet. ")
                + "Lower training.learning_rate, or look at the rows around that step."
            )
        return loss


def fit(
    kind: Any,
    config: Any,
    recipe: StylistRecipe,
    drawn: Drawn,
    into: Path,
    start: Path | None = None,
    callbacks: Sequence[Any] = (),
) -> None:
    """An adapter in `into` by a trainer of this kind and its config; an interrupted run goes on from its last checkpoint.

    It begins with the adapter `start`, or else with fresh LoRA weights. Raises TrainingError, ModelError or RowError.
    """
    args = arguments(config, recipe, into)
    language_model = load(recipe.base, start, quantize=recipe.quantize, trainable=True)
    rows = tokenized(drawn, language_model.tokenizer, longest(recipe, language_model))
    checkpoint = resumable(recipe, into)
    set_seed(args.seed)  # the trainer does it too, but after LoRA's first weights are drawn
    model = language_model.model if start else with_lora(language_model, recipe)
    weights = _trainable_weights(model)
    trainer = kind(
        model=model,
        args=args,
        train_dataset=Dataset.from_list(rows),
        processing_class=language_model.tokenizer,
        callbacks=list(callbacks),
    )
    _restore(trainer.model, weights)
    if recipe.share_prefixes:
        share_prefixes(trainer.model)
    began = time.perf_counter()
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    finish(trainer, checkpoint, adapter(language_model, recipe), recipe, drawn, into, time.perf_counter() - began)


def with_lora(language_model: LanguageModel, recipe: StylistRecipe) -> Any:
    """The base with fresh LoRA weights, which add nothing yet."""
    base = language_model.model
    if recipe.quantize:
        base = prepare_model_for_kbit_training(
            base, use_gradient_checkpointing=bool(recipe.training.get("gradient_checkpointing"))
        )
    return opened(base, {"task_type": "CAUSAL_LM", **(recipe.lora or {})})


def opened(base: Any, lora: dict[str, Any]) -> Any:
    """Any transformer with fresh weights by LoraConfig's arguments. Raises TrainingError where they do not suit it."""
    try:
        return get_peft_model(base, LoraConfig(**lora))
    except (TypeError, ValueError) as error:
        raise TrainingError(f"The recipe's `lora` does not suit the base: {error}") from error


def _trainable_weights(model: Any) -> dict[str, torch.Tensor]:
    """Copies of the weights to train, in fp32."""
    return {name: weight.detach().float().clone() for name, weight in model.named_parameters() if weight.requires_grad}


def _restore(model: Any, weights: dict[str, torch.Tensor]) -> None:
    """Put weights back as they were before TRL rounded those over a 4-bit base to bf16.

    In bf16 a small learning rate moves nothing, and DPO's policy would not begin at its reference, which stays in fp32.
    """
    for name, weight in weights.items():
        model.get_parameter(name).data = weight

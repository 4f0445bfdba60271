"""Before a run, whatever is trained: the command line, the rows, the arguments, what stands in the folder already."""

import dataclasses
import os
import sys
import warnings
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
import yaml
from transformers.integrations.integration_utils import get_available_reporting_integrations

from catalog.precision import best_dtype
from finetune.examples import Drawn, RowError, export
from finetune.model import LanguageModel, ModelError
from finetune.recipe import Recipe, RecipeError, StylistRecipe
from finetune.tasks import TaskError

CHECKPOINTS = "checkpoints"
Kind = TypeVar("Kind", bound=Recipe)


class TrainingError(RuntimeError):
    """A training that cannot begin or go on; the message says what is left of it, and what to do."""


def parser(stage: str, what: str) -> ArgumentParser:
    """The command line of a verb that trains. `what` it trains, for the help."""
    made = ArgumentParser(prog=f"python -m finetune.{stage}", description=f"Train {what}, as a recipe says.")
    made.set_defaults(stage=stage)
    made.add_argument("--config", type=Path, required=True, help="the recipe, a YAML file")
    made.add_argument("--data", type=Path, required=True, help="the folder that the recipe's data paths start from")
    made.add_argument("--into", type=Path, help="where the adapter goes; an interrupted run in there is resumed")
    made.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change the recipe: training.max_steps=10"
    )
    made.add_argument("--export", type=Path, help="write the training rows there as JSONL, and train nothing")
    return made


def run(options: Namespace, kind: type[Kind], rows: Callable[[Kind, Path], Drawn], train: Callable[[Kind, Drawn], None]) -> int:
    """Train by a command line; errors that a person can mend are one sentence on stderr, and exit status 2."""
    _without_noise()
    try:
        recipe = kind.read(options.config, options.set)
        drawn = _drawn(recipe, rows, options)
        if drawn:
            train(recipe, drawn)
    except (RecipeError, RowError, TaskError, ModelError, TrainingError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _drawn(recipe: Kind, rows: Callable[[Kind, Path], Drawn], options: Namespace) -> Drawn | None:
    """The recipe's training rows; None after they were written to where `--export` says. Raises TrainingError."""
    if recipe.stage != options.stage:
        raise TrainingError(f"This recipe is not for {options.stage.upper()}: type python -m finetune.{recipe.stage} instead.")
    if not (options.into or options.export):
        raise TrainingError("Say where the adapter goes: --into FOLDER.")
    drawn = rows(recipe, options.data)
    say(drawn.report)
    if options.export:
        digest = export(drawn.examples, options.export)
        say(f"{options.export}: {len(drawn.examples)} rows, sha256 {digest}")
        return None
    return drawn


def _without_noise() -> None:
    """No warnings of libraries about each other, and about a base that is no hub id: nobody who trains can mend them."""
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
    for said in ("Unable to fetch remote file", "Could not find a config file"):
        warnings.filterwarnings("ignore", message=said, module="peft")


def arguments(kind: Any, recipe: Recipe, into: Path) -> Any:
    """A trainer's config from a recipe. Raises TrainingError for a key that it does not know, or no such value."""
    fixed = {
        "output_dir": str(into / CHECKPOINTS),
        "use_cpu": not torch.cuda.is_available(),
        "logging_first_step": True,  # the record, and DPO's check of its start, need it
        "logging_nan_inf_filter": False,  # it would hide a loss that is no number behind the last one that was
        "dataloader_pin_memory": torch.cuda.is_available(),
        "remove_unused_columns": False,  # the rows hold tokens only
    }
    if "max_length" in kind.__dataclass_fields__:
        fixed["max_length"] = None  # rows are never cut: what is too long was refused before
    defaults = {"report_to": "none", "save_total_limit": 2}
    changed = affordable(recipe.training)
    if changed:
        say("As this machine needs it: " + ", ".join(f"{name} is {value}" for name, value in changed.items()))
    _no_words_for_numbers(kind, recipe.training)
    try:
        made = kind(**defaults | recipe.training | changed | fixed)
    except (TypeError, ValueError) as error:
        raise TrainingError(f"The recipe's `training` does not suit {kind.__name__}: {error}") from error
    for tracker in set(made.report_to) - set(get_available_reporting_integrations()):
        raise TrainingError(f"The recipe reports to {tracker}, which is not installed here. Type: pip install {tracker}")
    return made


def _no_words_for_numbers(kind: Any, training: dict[str, Any]) -> None:
    """TRL would take "fast" for a learning rate, and stumble over it when the model is loaded."""
    for field in dataclasses.fields(kind):
        value = training.get(field.name)
        if isinstance(value, str) and isinstance(field.default, (int, float)):
            expected = "true or false" if isinstance(field.default, bool) else "a number"
            raise TrainingError(f"The recipe's training.{field.name} is {value!r}, but it takes {expected}.")


def affordable(training: dict[str, Any]) -> dict[str, Any]:
    """What this machine must do otherwise than the recipe's `training` says.

    Paged optimisers and fp16 are for GPUs. bf16 is a processor's only where it multiplies it natively: elsewhere it is
    emulated, three times slower than fp32.
    """
    if torch.cuda.is_available():
        return {}
    native = best_dtype() == torch.bfloat16
    changes: dict[str, Any] = {}
    if str(training.get("optim", "")).startswith("paged_"):
        changes["optim"] = "adamw_torch"
    if training.get("fp16"):
        changes |= {"fp16": False, "bf16": native}
    if training.get("bf16") and not native:
        changes["bf16"] = False
    return changes


def longest(recipe: StylistRecipe, language_model: LanguageModel) -> int:
    """How many tokens a row may have: the recipe's max_length, or else the model's context."""
    context = int(language_model.model.config.max_position_embeddings)
    return min(recipe.training.get("max_length") or context, context)


def last_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint that was written whole."""
    found = [path for path in folder.glob("checkpoint-*") if (path / "trainer_state.json").is_file()]
    return max(found, key=lambda path: int(path.name.rpartition("-")[2]), default=None)


def resumable(recipe: Recipe, into: Path) -> Path | None:
    """The checkpoint to go on from. Raises TrainingError where another recipe wrote what stands there."""
    if first_process():  # another one might read what is half-written
        _claim(recipe, into)
    checkpoint = last_checkpoint(into / CHECKPOINTS)
    if checkpoint:
        say(f"Going on from {checkpoint}")
    return checkpoint


def _claim(recipe: Recipe, into: Path) -> None:
    written = into / "recipe.yaml"
    mine = recipe.model_dump(mode="json")
    begun = written.is_file() and last_checkpoint(into / CHECKPOINTS)
    if begun and yaml.safe_load(written.read_text(encoding="utf-8")) != mine:
        raise TrainingError(f"{into} holds a run of another recipe. Choose another folder, or remove that one.")
    if any(into.glob("*.safetensors")):
        raise TrainingError(f"{into} holds a finished run. Choose another folder, or remove that one.")
    into.mkdir(parents=True, exist_ok=True)
    written.write_text(yaml.safe_dump(mine, sort_keys=False), encoding="utf-8")


def say(line: str) -> None:
    """One line on stderr, by one process only."""
    if first_process():
        print(line, file=sys.stderr, flush=True)


def first_process() -> bool:
    """Whether this is the only process, or the first of those that `accelerate launch` started."""
    return int(os.environ.get("RANK", "0")) == 0

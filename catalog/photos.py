"""The labelled photos that the captioner learns from and is measured on, and other views of them for training.

`clothing_photos` (CC0): 3,052 photos of clothes lying or hanging at home, with 17 labels in `labels.csv`. What else is seen in
them (a finer kind, the sleeve, the pattern) stands in our `seen_in_photos.csv`: told by eye from contact sheets, by a language
model; of 330 photos that were looked at twice, 96 % got the same pattern.
"""

import csv
import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from catalog.region import garment_mask, lit, small
from catalog.taxonomy import vocabulary

# The photos' labels as kinds of the vocabulary.
LABELS = {
    "T-Shirt": "t-shirts", "Longsleeve": "long-sleeve tees", "Pants": "pants", "Shoes": "shoes", "Shirt": "shirts",
    "Outwear": "outerwear", "Shorts": "shorts", "Dress": "dresses", "Hat": "hats", "Skirt": "skirts",
    "Undershirt": "tank tops", "Blazer": "blazers", "Polo": "polo shirts", "Hoodie": "hoodies", "Body": "bodysuits",
    "Top": "tops", "Blouse": "blouses",
}  # fmt: skip
# What such a label means besides its kind and what that covers: these people call sweaters longsleeves, and jeans pants.
ALSO = {"Longsleeve": ("sweaters", "sweatshirts", "cardigans"), "Pants": ("jeans", "leggings")}
SEEN = "seen_in_photos.csv"
PALE = (238, 238, 239)


@dataclass(frozen=True)
class Photo:
    """A labelled photo. `part` is train, valid or test, fixed by the hash of the file's name.

    `seen`, `sleeve` and `pattern` are what we see in it; empty is not known.
    """

    path: Path
    label: str
    part: str
    seen: str = ""
    sleeve: str = ""
    pattern: str = ""

    @property
    def kind(self) -> str:
        """The kind that its label means."""
        return LABELS[self.label]

    @property
    def fine(self) -> str:
        """The kind that is seen, where it is one that the label means; else the label's."""
        also = (self.kind, *ALSO.get(self.label, ()))
        return self.seen if any(vocabulary().covers(kind, self.seen) for kind in also) else self.kind


def read_photos(folder: Path) -> list[Photo]:
    """The photos of `labels.csv`, in its order."""
    with files("catalog").joinpath(SEEN).open(encoding="utf-8") as file:
        seen = {row["file"]: row for row in csv.DictReader(file)}
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        return [
            _photo(folder / row["file"], row["label"], seen.get(Path(row["file"]).name, {})) for row in csv.DictReader(file)
        ]


def _photo(path: Path, label: str, seen: Mapping[str, str]) -> Photo:
    return Photo(path, label, part_of(path.name), *(seen.get(column, "") for column in ("kind", "sleeve", "pattern")))


def label_of(kind: str) -> str | None:
    """The label that these people would give to a garment of a kind: "Pants" to jeans, "Outwear" to coats."""
    by_kind = {name: label for label, name in LABELS.items()}
    also = (label for label, more in ALSO.items() if any(vocabulary().covers(one, kind) for one in more))
    parent = vocabulary().kinds[kind].parent
    return by_kind.get(kind) or next(also, None) or (label_of(parent) if parent else None)


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

"""Trains and measures the embedded captioner's head.

`python -m catalog.train_vision train --photos DIR [--drawings N] --out catalog/weights` makes what ships, in minutes;
`python -m catalog.train_vision evaluate --photos DIR [--mango DIR] --out FILE.json` measures it.
The photos are `clothing_photos` (CC0). Mango is for measuring only: nothing here trains or chooses by it.
"""

import argparse
import csv
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import batched
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from catalog import vision
from catalog.backbone import Backbone
from catalog.drawn import drawings
from catalog.images import open_picture
from catalog.region import garment_mask, lit, small
from catalog.taxonomy import vocabulary

Array = NDArray[np.float32]
Strings = NDArray[np.str_]

# The photos' labels as kinds of the vocabulary.
LABELS = {
    "T-Shirt": "t-shirts", "Longsleeve": "long-sleeve tees", "Pants": "pants", "Shoes": "shoes", "Shirt": "shirts",
    "Outwear": "outerwear", "Shorts": "shorts", "Dress": "dresses", "Hat": "hats", "Skirt": "skirts",
    "Undershirt": "tank tops", "Blazer": "blazers", "Polo": "polo shirts", "Hoodie": "hoodies", "Body": "bodysuits",
    "Top": "tops", "Blouse": "blouses",
}  # fmt: skip
CLOTHES = ("tops", "bottoms", "all-body", "outerwear")  # slots that ImageNet's "clothes" speak for
ALSO_FROM = {"necklaces": ("earrings", "bracelets")}  # classes without an ImageNet class of their own lean on a like one
PALE = (238, 238, 239)
VERSION = "garments-1"
DRAWINGS_EACH = 14
# Chosen on the validation photos, and on hats and shoes as if no photo of them existed (weights/README.md).
DRAWN_WEIGHT = 0.3  # all drawings together, beside all photos
PENALTY = 0.1
TRUST = 1.3  # prior weight of ImageNet's evidence for a class
ASKED = 0.18  # share of validation pictures about which the conversation may ask
ROUNDS = 120


@dataclass(frozen=True)
class Photo:
    """A labelled photo. `part` is train, valid or test, fixed by the hash of the file's name."""

    path: Path
    label: str
    part: str

    @property
    def kind(self) -> str:
        return LABELS[self.label]


@dataclass(frozen=True)
class Examples:
    """What is learned from: features (n × features), the kind of each, and whether it was drawn."""

    features: Array
    kinds: Strings
    drawn: NDArray[np.bool_]


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


def seen(net: Backbone, pictures: Iterable[Image.Image]) -> Array:
    """Features of pictures (n × features), read as they come."""
    return np.concatenate([vision.features(net, [vision.look(picture) for picture in some]) for some in batched(pictures, 32)])


def gather(net: Backbone, photos: list[Photo], each: int) -> Examples:
    """Photos as they are, photos on a pale ground, and drawings."""
    opened = seen(net, (open_picture(photo.path) for photo in photos))
    pale = seen(net, (laid_on_pale(open_picture(photo.path)) for photo in photos))
    labels: list[str] = []
    drawn = seen(net, _noting(drawings(each), labels)) if each else opened[:0]
    kinds = [photo.kind for photo in photos] * 2 + labels
    return Examples(np.concatenate([opened, pale, drawn]), np.array(kinds), np.arange(len(kinds)) >= 2 * len(photos))


def _noting(pairs: Iterable[tuple[Image.Image, str]], labels: list[str]) -> Iterator[Image.Image]:
    for picture, label in pairs:
        labels.append(label)
        yield picture


def fit(examples: Examples) -> vision.Head:
    """A softmax classifier with a Gaussian prior: zero, but for ImageNet's evidence, which speaks for its own class."""
    kinds = tuple(sorted(set(examples.kinds.tolist())))
    photos = ~examples.drawn
    mean, deviation = examples.features[photos].mean(0), examples.features[photos].std(0) + 0.02
    groups = len(vision.EVIDENCE)
    mean[-groups:], deviation[-groups:] = 0, 1
    inputs = vision.standardised(_shifted(examples), mean, deviation)
    target = np.array([kinds.index(kind) for kind in examples.kinds.tolist()])
    share = np.where(examples.drawn, DRAWN_WEIGHT * photos.sum() / max(examples.drawn.sum(), 1), 1.0)
    weight, bias = _minimise(inputs, target, share / share.sum(), _prior(kinds, inputs.shape[1]))
    return vision.Head(kinds, weight, bias, mean, deviation, 0.0, VERSION)


def _shifted(examples: Examples) -> Array:
    """Drawings moved so that, over the kinds that photos have too, their mean is the photos' mean."""
    features = examples.features.copy()
    shared = set(examples.kinds[examples.drawn].tolist()) & set(examples.kinds[~examples.drawn].tolist())
    clothes = features.shape[1] - len(vision.EVIDENCE)
    means = [
        [features[(examples.kinds == kind) & (examples.drawn == drawn)].mean(0) for kind in sorted(shared)]
        for drawn in (False, True)
    ]
    if shared:
        features[examples.drawn, :clothes] += (np.mean(means[0], 0) - np.mean(means[1], 0))[:clothes]
    return features


def _prior(kinds: tuple[str, ...], count: int) -> Array:
    prior = np.zeros((count, len(kinds)), np.float32)
    for place, group in enumerate(vision.EVIDENCE, start=count - len(vision.EVIDENCE)):
        for column, kind in enumerate(kinds):
            clothes = group == "clothes" and vocabulary().kinds[kind].slot in CLOTHES
            if clothes or kind == group or kind in ALSO_FROM.get(group, ()):
                prior[place, column] = TRUST
    return prior


def _minimise(inputs: Array, target: NDArray[np.int64], share: Array, prior: Array) -> tuple[Array, Array]:
    """Weights (features × kinds) and biases of the least penalised cross-entropy, by L-BFGS."""
    given, wanted, weights = torch.from_numpy(inputs), torch.from_numpy(target), torch.from_numpy(share).float()
    centre = torch.from_numpy(prior)
    weight, bias = centre.clone().requires_grad_(), torch.zeros(prior.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=ROUNDS, history_size=12, line_search_fn="strong_wolfe")

    def closure() -> float:
        optimiser.zero_grad()
        each = torch.nn.functional.cross_entropy(given @ weight + bias, wanted, reduction="none")
        loss = (each * weights).sum() + PENALTY / 2 * ((weight - centre) ** 2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss)

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    return weight.detach().numpy(), bias.detach().numpy()

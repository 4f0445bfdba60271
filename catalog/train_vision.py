"""Trains the embedded captioner's head.

`python -m catalog.train_vision train --photos DIR [--drawings N] --out catalog/weights` makes what ships, in minutes;
`python -m catalog.measure_captions` measures it.
The photos are `clothing_photos` (CC0). Mango is for measuring only: nothing here trains or chooses by it.
"""

import argparse
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from catalog import vision
from catalog.backbone import Backbone
from catalog.drawn import drawings
from catalog.images import open_picture
from catalog.photos import Photo, laid_on_pale, read_photos, turned
from catalog.taxonomy import vocabulary

Array = NDArray[np.float32]
Strings = NDArray[np.str_]

CLOTHES = ("tops", "bottoms", "all-body", "outerwear")  # slots that ImageNet's "clothes" speak for
ALSO_FROM = {"necklaces": ("earrings", "bracelets")}  # classes without an ImageNet class of their own lean on a like one
VERSION = "garments-2"
DRAWINGS_EACH = 20
# Chosen on the validation photos, and on hats and shoes as if no photo of them existed (weights/README.md).
DRAWN_WEIGHT = 0.3  # all drawings together, beside all photos
PENALTY = 0.1
TRUST = 1.3  # prior weight of ImageNet's evidence for a class
ASKED = 0.18  # share of validation pictures about which the conversation may ask
ROUNDS = 120
VIEWS = 3  # of each photo


@dataclass(frozen=True)
class Examples:
    """What is learned from: features (n × features), the kind of each, and whether it was drawn."""

    features: Array
    kinds: Strings
    drawn: NDArray[np.bool_]


def seen(net: Backbone, pictures: Iterable[Image.Image]) -> Array:
    """Features of pictures (n × features), read as they come."""
    stream, found = iter(pictures), []
    while views := [vision.look(picture) for picture in islice(stream, 32)]:
        found.append(vision.features(net, views))
    return np.concatenate(found)


def gather(net: Backbone, photos: list[Photo], each: int) -> Examples:
    """Photos as they are, photos on a pale ground, photos turned, and drawings."""
    rng = random.Random(0)
    opened = seen(net, (open_picture(photo.path) for photo in photos))
    pale = seen(net, (laid_on_pale(open_picture(photo.path)) for photo in photos))
    other = seen(net, (turned(open_picture(photo.path), rng) for photo in photos))
    labels: list[str] = []
    drawn = seen(net, _noting(drawings(each), labels)) if each else opened[:0]
    kinds = [photo.kind for photo in photos] * VIEWS + labels
    return Examples(np.concatenate([opened, pale, other, drawn]), np.array(kinds), np.arange(len(kinds)) >= VIEWS * len(photos))


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
        loss.backward()
        return float(loss.detach())

    optimiser.step(closure)
    return weight.detach().numpy(), bias.detach().numpy()


def calibrated(head: vision.Head, features: Array, kinds: Strings) -> vision.Head:
    """The head with the temperature that suits these unseen photos, and the confidence below which to ask."""
    logits = np.log(head.probabilities(features) + 1e-9)
    target = np.array([head.kinds.index(kind) for kind in kinds.tolist()])
    heats = np.geomspace(0.5, 4, 43)
    heat = float(min(heats, key=lambda heat: _loss(logits / heat, target)))
    warm = replace(head, weight=head.weight / heat, bias=head.bias / heat)
    return replace(warm, ask_below=float(np.quantile(warm.probabilities(features).max(axis=1), ASKED)))


def _loss(logits: Array, target: NDArray[np.int64]) -> float:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return float(np.mean(np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(target)), target]))


def train(photos: list[Photo], examples: Examples) -> vision.Head:
    """The head that ships: calibrated on the validation photos without them, then fitted with them; test is never seen."""
    parts = np.array([photo.part for photo in photos] * VIEWS + ["train"] * int(examples.drawn.sum()))
    first = fit(_only(examples, parts == "train"))
    valid = np.flatnonzero(parts[: len(photos)] == "valid")
    tuned = calibrated(first, examples.features[valid], examples.kinds[valid])
    whole = fit(_only(examples, parts != "test"))
    heat = float(np.linalg.norm(first.weight) / np.linalg.norm(tuned.weight))
    return replace(whole, weight=whole.weight / heat, bias=whole.bias / heat, ask_below=tuned.ask_below)


def _only(examples: Examples, rows: NDArray[np.bool_]) -> Examples:
    return Examples(examples.features[rows], examples.kinds[rows], examples.drawn[rows])


def write_head(head: vision.Head, folder: Path) -> Path:
    """The head as a safetensors file, half precision for what is big; returns its path."""
    from safetensors.numpy import save

    arrays: dict[str, NDArray[Any]] = {
        "weight": head.weight.astype(np.float16),
        "bias": head.bias,
        "mean": head.mean,
        "deviation": head.deviation,
    }
    about = {"kinds": head.kinds, "ask_below": round(head.ask_below, 4), "version": head.version}
    path = folder / vision.HEAD
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(save(arrays, metadata={"head": json.dumps(about)}))
    return path


def main(arguments: list[str] | None = None) -> None:
    """Train the captioner's head."""
    parser = argparse.ArgumentParser(prog="python -m catalog.train_vision", description=main.__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    trained = verbs.add_parser("train", help="train the head")
    trained.add_argument("--photos", type=Path, required=True, metavar="DIR", help="the clothing_photos data set")
    trained.add_argument("--out", type=Path, required=True, help="the folder that the head goes to")
    trained.add_argument("--drawings", type=int, default=DRAWINGS_EACH, metavar="N", help="drawings of each garment type")
    chosen = parser.parse_args(arguments)
    photos = read_photos(chosen.photos)
    print(write_head(train(photos, gather(Backbone(), photos, chosen.drawings)), chosen.out))


if __name__ == "__main__":
    main()

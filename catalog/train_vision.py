"""Trains the embedded captioner's head.

`python -m catalog.train_vision --photos DIR [--drawings N] --out catalog/weights` makes what ships, in half an hour;
`python -m catalog.measure_captions` measures it.
The photos are `clothing_photos` (CC0), the shop pictures Fashion-MNIST (MIT). Mango is for measuring only.
"""

import argparse
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from catalog import vision
from catalog.backbone import Backbone
from catalog.drawn import drawings
from catalog.evidence import GROUPS, speaks_for
from catalog.fashion_mnist import CLASSES, enlarged, read_fashion_mnist
from catalog.images import open_picture
from catalog.laid import laid
from catalog.photos import LABELS, Photo, laid_on_pale, read_photos, turned

Array = NDArray[np.float32]
Mask = NDArray[np.bool_]

VERSION = "garments-3"
DRAWINGS_EACH = 20
LAID = 4  # times as many pictures of each arrangement
SHOP_EACH = 600  # pictures of each class of Fashion-MNIST
# Chosen on the validation photos and on half of Mango's pictures (weights/README.md).
DRAWN_WEIGHT = 0.3  # all drawings together, beside all photos
SHOP_WEIGHT = 0.2  # all shop pictures together, likewise
# Kinds that shop pictures teach. Of the others photos show enough: all ten classes, dresses without a skirt beside them, cost
# three points of the bottoms of Mango's half to choose by.
SHOWN_BY_SHOPS = ("outerwear", "blazers", "shoes", "bags", "wallets")
PENALTY = 0.1
TRUST = 1.3  # prior weight of ImageNet's evidence for a kind
ASKED = 0.18  # share of validation pictures about which the conversation may ask
ROUNDS = 120
VIEWS = 3  # of each photo
ENOUGH = 20  # pictures of a label in a source, for its mean to be believed


@dataclass(frozen=True)
class Examples:
    """Pictures of one source: features (n × features), and the kinds that each may show."""

    features: Array
    kinds: list[tuple[str, ...]]
    teaches: tuple[str, ...] = ()  # the kinds that are learned from it; all, if none is named

    def only(self, rows: Mask) -> "Examples":
        """Those rows."""
        return Examples(self.features[rows], [kinds for kinds, kept in zip(self.kinds, rows, strict=True) if kept])


def seen(net: Backbone, pictures: Iterable[Image.Image]) -> Array:
    """Features of pictures (n × features), read as they come."""
    stream, found = iter(pictures), []
    while views := [vision.look(picture) for picture in islice(stream, 32)]:
        found.append(vision.features(net, views))
    return np.concatenate(found)


def seen_photos(net: Backbone, photos: Sequence[Photo]) -> Examples:
    """Photos as they are, then all of them on a pale ground, then turned."""
    rng = random.Random(0)
    views = (
        (open_picture(photo.path) for photo in photos),
        (laid_on_pale(open_picture(photo.path)) for photo in photos),
        (turned(open_picture(photo.path), rng) for photo in photos),
    )
    kinds: list[tuple[str, ...]] = [(photo.kind,) for photo in photos]
    return Examples(np.concatenate([seen(net, view) for view in views]), kinds * VIEWS)


def seen_drawings(net: Backbone, each: int) -> Examples:
    """The sample shop's drawings, `each` of a kind, and small things as shops lay them."""
    labels: list[tuple[str, ...]] = []
    return Examples(seen(net, _noting(chain(drawings(each), laid(LAID * each)), labels)), labels)


def seen_shop(net: Backbone, each: int) -> Examples:
    """Fashion-MNIST's pictures, `each` of a class."""
    rng = np.random.default_rng(0)
    pictures, classes = read_fashion_mnist()
    chosen = np.concatenate(
        [rng.choice(np.flatnonzero(classes == number), each, replace=False) for number in range(len(CLASSES))]
    )
    return Examples(
        seen(net, (enlarged(pictures[place], rng) for place in chosen)), [CLASSES[classes[place]] for place in chosen]
    )


def _noting(pairs: Iterable[tuple[Image.Image, str]], labels: list[tuple[str, ...]]) -> Iterator[Image.Image]:
    for picture, label in pairs:
        labels.append((label,))
        yield picture


def fit(photos: Examples, others: Sequence[tuple[Examples, float]]) -> vision.Head:
    """A softmax classifier with a Gaussian prior: zero, but for ImageNet's evidence, which speaks for its own kinds.

    `others` are further sources, each with its weight beside that of all photos. A picture counts for the sum of the
    probabilities of all kinds that it may show.
    """
    sources = [(photos, 1.0), *((shifted(source, photos), weight) for source, weight in others)]
    kinds = tuple(sorted({kind for source, _ in sources for may in source.kinds for kind in may}))
    mean, deviation = photos.features.mean(0), photos.features.std(0) + 0.02
    mean[-len(GROUPS) :], deviation[-len(GROUPS) :] = 0, 1
    inputs = vision.standardised(np.concatenate([source.features for source, _ in sources]), mean, deviation)
    share = np.concatenate([np.full(len(source.kinds), weight / len(source.kinds)) for source, weight in sources])
    may = np.concatenate([membership(source.kinds, kinds) for source, _ in sources])
    weight, bias = _minimise(inputs, may, share / share.sum(), _prior(kinds, inputs.shape[1]))
    return vision.Head(kinds, weight, bias, mean, deviation, 0.0, VERSION)


def membership(rows: Sequence[tuple[str, ...]], kinds: Sequence[str]) -> Mask:
    """Which of `kinds` each row names (n × kinds)."""
    return np.array([[kind in row for kind in kinds] for row in rows])


def shifted(source: Examples, photos: Examples) -> Examples:
    """What a source teaches, moved so that, over all labels that it shares with the photos, its mean is the photos' mean."""
    means = []
    for kind in LABELS.values():
        share = np.array([(kind in may) / len(may) for may in source.kinds])
        theirs = [place for place, may in enumerate(photos.kinds) if kind in may]
        if share.sum() >= ENOUGH and len(theirs) >= ENOUGH:
            means.append(photos.features[theirs].mean(0) - share @ source.features / share.sum())
    features = source.features.copy()
    if means:
        features[:, : -len(GROUPS)] += np.mean(means, axis=0)[: -len(GROUPS)]
    learned = [not source.teaches or {*may} <= {*source.teaches} for may in source.kinds]
    return Examples(features, source.kinds).only(np.array(learned))


def _prior(kinds: tuple[str, ...], count: int) -> Array:
    prior = np.zeros((count, len(kinds)), np.float32)
    prior[-len(GROUPS) :] = [[TRUST * speaks_for(group, kind) for kind in kinds] for group in GROUPS]
    return prior


def _minimise(inputs: Array, may: Mask, share: Array, prior: Array) -> tuple[Array, Array]:
    """Weights (features × kinds) and biases of the least penalised cross-entropy, by L-BFGS."""
    given, weights = torch.from_numpy(inputs), torch.from_numpy(share).float()
    barred = torch.from_numpy(~may) * -1e4
    centre = torch.from_numpy(prior)
    weight, bias = centre.clone().requires_grad_(), torch.zeros(prior.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=ROUNDS, history_size=12, line_search_fn="strong_wolfe")

    def closure() -> float:
        optimiser.zero_grad()
        logits = given @ weight + bias
        each = logits.logsumexp(1) - (logits + barred).logsumexp(1)
        loss = (each * weights).sum() + PENALTY / 2 * ((weight - centre) ** 2).sum()
        loss.backward()
        return float(loss.detach())

    optimiser.step(closure)
    return weight.detach().numpy(), bias.detach().numpy()


def calibrated(head: vision.Head, photos: Examples) -> vision.Head:
    """The head with the temperature that suits these unseen photos, and the confidence below which to ask."""
    logits = np.log(head.probabilities(photos.features) + 1e-9)
    may = membership(photos.kinds, head.kinds)
    heats = np.geomspace(0.5, 4, 43)
    heat = float(min(heats, key=lambda heat: _loss(logits / heat, may)))
    warm = replace(head, weight=head.weight / heat, bias=head.bias / heat)
    sure = [warm.ranked(row)[0][1] for row in warm.probabilities(photos.features)]
    return replace(warm, ask_below=float(np.quantile(sure, ASKED)))


def _loss(logits: Array, may: Mask) -> float:
    grown = np.exp(logits - logits.max(axis=1, keepdims=True))
    return float(-np.mean(np.log((grown * may).sum(axis=1) / grown.sum(axis=1))))


def train(photos: Sequence[Photo], shown: Examples, others: Sequence[tuple[Examples, float]]) -> vision.Head:
    """The head that ships: calibrated on the validation photos without them, then fitted with them; test is never seen."""
    parts = np.array([photo.part for photo in photos] * VIEWS)
    first = fit(shown.only(parts == "train"), others)
    tuned = calibrated(first, shown.only((parts == "valid") & (np.arange(len(parts)) < len(photos))))
    whole = fit(shown.only(parts != "test"), others)
    heat = float(np.linalg.norm(first.weight) / np.linalg.norm(tuned.weight))
    return replace(whole, weight=whole.weight / heat, bias=whole.bias / heat, ask_below=tuned.ask_below)


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
    parser.add_argument("--photos", type=Path, required=True, metavar="DIR", help="the clothing_photos data set")
    parser.add_argument("--out", type=Path, required=True, help="the folder that the head goes to")
    parser.add_argument("--drawings", type=int, default=DRAWINGS_EACH, metavar="N", help="drawings of each garment type")
    chosen = parser.parse_args(arguments)
    photos = read_photos(chosen.photos)
    net = Backbone()
    others = [(seen_drawings(net, chosen.drawings), DRAWN_WEIGHT), (seen_shop(net, SHOP_EACH), SHOP_WEIGHT)]
    print(write_head(train(photos, seen_photos(net, photos), others), chosen.out))


if __name__ == "__main__":
    main()

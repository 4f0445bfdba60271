"""Trains the embedded captioner's heads.

`python -m catalog.train_vision --photos DIR [--drawings N] --out catalog/weights` makes what ships, in half an hour;
`python -m catalog.measure_captions` measures it.
The photos are `clothing_photos` (CC0), the shop pictures Fashion-MNIST (MIT). Mango is for measuring only.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from catalog.backbone import Backbone
from catalog.deciding import ranked
from catalog.evidence import GROUPS, speaks_for
from catalog.examples import (
    VIEWS,
    Array,
    Examples,
    Mask,
    left_open,
    seen_drawings,
    seen_photos,
    seen_shop,
    shifted,
    shown_kinds,
)
from catalog.heads import KINDS, PATTERNS, SLEEVES, Head, standardised, write_head
from catalog.photos import LABELS, Photo, read_photos
from catalog.taxonomy import vocabulary

VERSION = "garments-5"
DRAWINGS_EACH = 20
SHOP_EACH = 600  # pictures of each class of Fashion-MNIST
# Chosen on the validation photos and on half of Mango's pictures (weights/README.md).
DRAWN_WEIGHT = 0.5  # all drawings together, beside all photos
SHOP_WEIGHT = 0.4  # all shop pictures together, likewise
# Kinds that shop pictures teach. Of the others photos show enough: all ten classes, dresses without a skirt beside them, cost
# three points of the bottoms of Mango's half to choose by.
SHOWN_BY_SHOPS = ("outerwear", "blazers", "shoes", "bags", "wallets")
SLEEVED = ("tops", "all-body", "outerwear")  # slots whose sleeves are told
PENALTY = 0.1
TRUST = 1.3  # prior weight of ImageNet's evidence for a kind
ASKED = 0.22  # share of validation pictures about which the conversation may ask
ROUNDS = 120


def fit(photos: Examples, others: Sequence[tuple[Examples, float]] = ()) -> Head:
    """A softmax classifier with a Gaussian prior: zero, but for ImageNet's evidence, which speaks for its own kinds.

    `others` are further sources, each with its weight beside that of all photos. A picture counts for the sum of the
    probabilities of all names that it may show.
    """
    sources = [(photos, 1.0), *((shifted(source, photos), weight) for source, weight in others)]
    names = tuple(sorted({name for source, _ in sources for may in source.may for name in may}))
    mean, deviation = photos.features.mean(0), photos.features.std(0) + 0.02
    mean[-len(GROUPS) :], deviation[-len(GROUPS) :] = 0, 1
    inputs = standardised(np.concatenate([source.features for source, _ in sources]), mean, deviation)
    share = np.concatenate([np.full(len(source.may), weight / len(source.may)) for source, weight in sources])
    may = np.concatenate([membership(source.may, names) for source, _ in sources])
    weight, bias = _minimise(inputs, may, share / share.sum(), _prior(names, inputs.shape[1]))
    return Head(names, weight, bias, mean, deviation, 0.0, VERSION)


def membership(rows: Sequence[tuple[str, ...]], names: Sequence[str]) -> Mask:
    """Which of `names` each row names (n × names)."""
    return np.array([[name in row for name in names] for row in rows])


def _prior(names: tuple[str, ...], count: int) -> Array:
    prior = np.zeros((count, len(names)), np.float32)
    prior[-len(GROUPS) :] = [
        [TRUST * (name in vocabulary().kinds and speaks_for(group, name)) for name in names] for group in GROUPS
    ]
    return prior


def _minimise(inputs: Array, may: Mask, share: Array, prior: Array) -> tuple[Array, Array]:
    """Weights (features × names) and biases of the least penalised cross-entropy, by L-BFGS."""
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


def calibrated(head: Head, photos: Examples) -> Head:
    """The head with the temperature that suits these unseen photos."""
    logits = np.log(head.probabilities(photos.features) + 1e-9)
    may = membership(photos.may, head.names)
    heats = np.geomspace(0.5, 4, 43)
    heat = float(min(heats, key=lambda heat: _loss(logits / heat, may)))
    return replace(head, weight=head.weight / heat, bias=head.bias / heat)


def _loss(logits: Array, may: Mask) -> float:
    grown = np.exp(logits - logits.max(axis=1, keepdims=True))
    return float(-np.mean(np.log((grown * may).sum(axis=1) / grown.sum(axis=1))))


def asking(head: Head, photos: Examples) -> Head:
    """The head of kinds with the confidence below which to ask: that of the least sure share of unseen photos."""
    sure = [ranked(head.names, row)[0][1] for row in head.probabilities(photos.features)]
    return replace(head, ask_below=float(np.quantile(sure, ASKED)))


def train(parts: Sequence[str], shown: Examples, others: Sequence[tuple[Examples, float]] = (), *, asks: bool = False) -> Head:
    """A head that ships: calibrated on the validation photos without them, then fitted with them; test is never seen.

    `parts` says to which part each row of `shown` belongs; "valid" rows of other views are no validation photos.
    """
    part = np.array(parts)
    first = fit(shown.only(part == "train"), others)
    held = shown.only((part == "valid") & (np.arange(len(part)) < len(part) // VIEWS))
    tuned = calibrated(first, held)
    whole = fit(shown.only(part != "test"), others)
    heat = float(np.linalg.norm(first.weight) / np.linalg.norm(tuned.weight))
    warm = replace(whole, weight=whole.weight / heat, bias=whole.bias / heat)
    return replace(warm, ask_below=asking(tuned, held).ask_below) if asks else warm


def train_all(photos: Sequence[Photo], views: Array, others: Sequence[tuple[Examples, float]]) -> dict[str, Head]:
    """All heads by name. `views` are the photos' features as `seen_photos` gives them."""
    kinds = shown_kinds(photos)
    open_kinds = {*kinds, *LABELS.values()}
    parts = [photo.part for photo in photos]

    def told(names: Sequence[str]) -> tuple[list[str], Examples]:
        """The parts and the examples of the photos that have a name."""
        known = np.array([bool(name) for name in names] * VIEWS)
        may: list[tuple[str, ...]] = [(name,) for name in names]
        every = Examples(views, may * VIEWS)
        return [part for part, kept in zip(parts * VIEWS, known, strict=True) if kept], every.only(known)

    slots = [vocabulary().kinds[photo.kind].slot for photo in photos]
    sleeves = [photo.sleeve if slot in SLEEVED else "" for photo, slot in zip(photos, slots, strict=True)]
    shown = Examples(views, [left_open((kind,), open_kinds) for kind in kinds] * VIEWS)
    return {
        KINDS: train(parts * VIEWS, shown, others, asks=True),
        PATTERNS: train(*told([photo.pattern for photo in photos])),
        SLEEVES: train(*told(sleeves)),
    }


def main(arguments: list[str] | None = None) -> None:
    """Train the captioner's heads."""
    parser = argparse.ArgumentParser(prog="python -m catalog.train_vision", description=main.__doc__)
    parser.add_argument("--photos", type=Path, required=True, metavar="DIR", help="the clothing_photos data set")
    parser.add_argument("--out", type=Path, required=True, help="the folder that the heads go to")
    parser.add_argument("--drawings", type=int, default=DRAWINGS_EACH, metavar="N", help="drawings of each garment type")
    chosen = parser.parse_args(arguments)
    photos = read_photos(chosen.photos)
    net, kinds = Backbone(), {*shown_kinds(photos), *LABELS.values()}
    others = [
        (seen_drawings(net, chosen.drawings, sorted(kinds)), DRAWN_WEIGHT),
        (seen_shop(net, SHOP_EACH, sorted(kinds), SHOWN_BY_SHOPS), SHOP_WEIGHT),
    ]
    for name, head in train_all(photos, seen_photos(net, photos), others).items():
        print(write_head(head, chosen.out / f"{name}.safetensors"))


if __name__ == "__main__":
    main()

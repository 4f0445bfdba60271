"""Pictures to learn from, as features with the kinds that each may show: photos, our drawings, a shop's small pictures."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from catalog import vision
from catalog.backbone import Backbone
from catalog.drawn import drawings, taught
from catalog.evidence import GROUPS
from catalog.fashion_mnist import CLASSES, enlarged, read_fashion_mnist
from catalog.images import open_picture
from catalog.laid import laid
from catalog.photos import ALSO, LABELS, Photo, laid_on_pale, turned
from catalog.taxonomy import vocabulary

Array = NDArray[np.float32]
Mask = NDArray[np.bool_]

LAID = 4  # times as many pictures of each arrangement
VIEWS = 3  # of each photo
ENOUGH = 20  # pictures of a label in a source, for its mean to be believed
FEWEST = 8  # photos of a kind, for it to be told from its parent
# Names that leave open which of the kinds below them is seen. A photo or a drawing of trousers shows no jeans; a shop's small
# picture of them may.
OPEN = ("outerwear", "shoes", "bags", "hats", "skirts")
OPEN_ELSEWHERE = (*OPEN, "pants", "long-sleeve tees")


@dataclass(frozen=True)
class Examples:
    """Pictures of one source: features (n × features), and the names (kinds, patterns) that each may show."""

    features: Array
    may: list[tuple[str, ...]]
    teaches: tuple[str, ...] = ()  # the names that are learned from it; all, if none is named

    def only(self, rows: Mask) -> "Examples":
        """Those rows."""
        return Examples(self.features[rows], [may for may, kept in zip(self.may, rows, strict=True) if kept], self.teaches)


def seen(net: Backbone, pictures: Iterable[Image.Image]) -> Array:
    """Features of pictures (n × features), read as they come."""
    stream, found = iter(pictures), []
    while views := [vision.look(picture) for picture in islice(stream, 32)]:
        found.append(vision.features(net, views))
    return np.concatenate(found)


def seen_photos(net: Backbone, photos: Sequence[Photo]) -> Array:
    """Features of photos as they are, then of all of them on a pale ground, then turned (VIEWS · n × features)."""
    rng = random.Random(0)
    views = (
        (open_picture(photo.path) for photo in photos),
        (laid_on_pale(open_picture(photo.path)) for photo in photos),
        (turned(open_picture(photo.path), rng) for photo in photos),
    )
    return np.concatenate([seen(net, view) for view in views])


def seen_drawings(net: Backbone, each: int, kinds: Sequence[str]) -> Examples:
    """The sample shop's drawings, `each` of a kind, and things as shops lay them; `kinds` are those that photos show."""
    labels: list[str] = []
    features = seen(net, _noting(chain(drawings(each), laid(LAID * each)), labels))
    return Examples(features, [left_open((taught(label, kinds),), kinds) for label in labels])


def seen_shop(net: Backbone, each: int, kinds: Sequence[str], teaches: Sequence[str]) -> Examples:
    """Fashion-MNIST's pictures, `each` of a class; of the kinds that `teaches` names is learned."""
    rng = np.random.default_rng(0)
    pictures, classes = read_fashion_mnist()
    chosen = np.concatenate(
        [rng.choice(np.flatnonzero(classes == number), each, replace=False) for number in range(len(CLASSES))]
    )
    may = [left_open(CLASSES[classes[place]], kinds, OPEN_ELSEWHERE) for place in chosen]
    features = seen(net, (enlarged(pictures[place], rng) for place in chosen))
    return Examples(features, may, left_open(teaches, kinds, OPEN_ELSEWHERE))


def _noting(pairs: Iterable[tuple[Image.Image, str]], labels: list[str]) -> Iterator[Image.Image]:
    for picture, label in pairs:
        labels.append(label)
        yield picture


def shown_kinds(photos: Sequence[Photo]) -> list[str]:
    """The kind that each photo teaches: the one that is seen, or the nearest above it of which there are enough.

    How long a dress is, a photo of one that lies hardly tells.
    """
    kinds = ["dresses" if vocabulary().covers("dresses", photo.fine) else photo.fine for photo in photos]
    while rare := _rarest(kinds, [photo.part for photo in photos]):
        kinds = [str(vocabulary().kinds[kind].parent) if kind == rare else kind for kind in kinds]
    return kinds


def _rarest(kinds: Sequence[str], parts: Sequence[str]) -> str | None:
    """A kind that too few photos to learn from show and that has another above it; the finest first."""
    counted = Counter(kind for kind, part in zip(kinds, parts, strict=True) if part != "test")
    few = [kind for kind in sorted({*kinds}) if counted[kind] < FEWEST and kind not in LABELS.values()]
    above = {kind: sum(vocabulary().covers(other, kind) for other in vocabulary().kinds) for kind in few}
    return max((kind for kind in few if vocabulary().kinds[kind].parent), key=lambda kind: above[kind], default=None)


def left_open(names: Iterable[str], kinds: Iterable[str], broad: Sequence[str] = OPEN) -> tuple[str, ...]:
    """The `kinds` that names may stand for: those below the broad ones, and the names themselves."""
    also = {LABELS[label]: more for label, more in ALSO.items()}
    found: dict[str, None] = {}
    for name in names:
        below = [name, *also.get(name, ())] if name in broad else []
        found |= dict.fromkeys(kind for kind in sorted(kinds) if any(vocabulary().covers(one, kind) for one in below))
        found[name] = None
    return tuple(found)


def shifted(source: Examples, photos: Examples) -> Examples:
    """What a source teaches, moved so that, over all labels that it shares with the photos, its mean is the photos' mean."""
    means = []
    for kind in LABELS.values():
        share = np.array([(kind in may) / len(may) for may in source.may])
        theirs = [place for place, may in enumerate(photos.may) if kind in may]
        if share.sum() >= ENOUGH and len(theirs) >= ENOUGH:
            means.append(photos.features[theirs].mean(0) - share @ source.features / share.sum())
    features = source.features.copy()
    if means:
        features[:, : -len(GROUPS)] += np.mean(means, axis=0)[: -len(GROUPS)]
    learned = [not source.teaches or {*may} <= {*source.teaches} for may in source.may]
    return Examples(features, source.may).only(np.array(learned))

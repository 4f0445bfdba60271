"""The colours of a garment's pixels: grouped in OKLab, weighed by area, named after the vocabulary's anchors.

OKLab (Ottosson 2020, https://bottosson.github.io/posts/oklab/) is a colour space in which distances look even:
L is lightness from 0 to 1, a runs from green to red, b from blue to yellow.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import AgglomerativeClustering, KMeans

from catalog.taxonomy import vocabulary

Array = NDArray[np.float32]

GROUPS = 8  # groups that pixels fall into before like ones are joined
JOIN = 0.09  # OKLab distance (weighted) within which groups are one colour in light and shade
MAIN = 0.16  # smallest share of the area for a colour to be worth a word
SHADE = 0.045  # a shade is named only where its anchor is this near, else its basic colour is
PIXELS = 2000  # pixels that are looked at, evenly spread
WEIGHTS = np.array([0.45, 1, 1], np.float32)  # light falls unevenly on cloth: lightness says less than hue and chroma
# Both chosen on the 596 colours of the XKCD survey (CC0) whose name holds one basic colour: 88 % agree, 72 % by plain distance.
NAMING_LIGHT, TINT = 0.3, 0.7
FULL = 0.12  # chroma that keeps its length
METALS = ("gold", "silver")
MATT = ("grey", "yellow", "beige", "brown", "white", "pink", "orange")  # what gold and silver would be taken for
# How cloth and metal look under a lamp, as further anchors: black cloth throws back 3 to 5 % of the light, white cloth lies in
# its own shadow, pale denim is hardly blue, mustard and fuchsia lose their hue, gold mirrors a pale room.
IN_LIGHT = (
    ("black", "#2f2f32"), ("white", "#dfdfde"), ("grey", "#cacaca"), ("blue", "#c1ccda"), ("pink", "#aa2b58"), ("yellow", "#e19e4c"),
    ("gold", "#cbb58a"), ("gold", "#8a6a35"), ("silver", "#8c8d90"),
)  # fmt: skip
_FROM_LINEAR = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


@dataclass(frozen=True)
class Patch:
    """A colour of a garment: its share of the area, canonical name, and basic colour."""

    share: float
    name: str
    basic: str


def oklab(linear: Array) -> Array:
    """Linear sRGB light from 0 to 1 (… × 3) in OKLab (… × 3)."""
    return np.asarray(np.cbrt(linear @ _FROM_LINEAR.T) @ _TO_LAB.T, np.float32)


def linear_light(rgb: NDArray[np.uint8]) -> Array:
    """Linear light from 0 to 1 of sRGB bytes (IEC 61966-2-1)."""
    value = np.arange(256) / 255
    table = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)
    return np.asarray(table[rgb])


def main_colours(lab: Array, *, metal: bool = False, most: int = 3) -> list[Patch]:
    """The colours worth a word among OKLab pixels (n × 3), biggest area first, one patch per basic colour.

    `metal` says that yellowish and greyish pixels are gold and silver, as on jewellery; elsewhere neither is claimed.
    Raises ValueError where there are no pixels.
    """
    if not len(lab):
        raise ValueError("a region without pixels has no colour")
    centres, shares = _join(*_group(lab[:: max(len(lab) // PIXELS, 1)]))
    named = [(name_colour(centre, metal=metal), share) for centre, share in zip(centres, shares, strict=True)]
    basics: dict[str, list[tuple[str, float]]] = {}
    for name, share in named:
        basics.setdefault(vocabulary().basic(name), []).append((name, share))
    patches = [
        Patch(sum(s for _, s in parts), max(parts, key=lambda part: part[1])[0], basic) for basic, parts in basics.items()
    ]
    patches.sort(key=lambda patch: -patch.share)
    return patches[:1] + [patch for patch in patches[1:most] if patch.share >= MAIN]


def name_colour(lab: Array, *, metal: bool = False) -> str:
    """The name of one OKLab colour: a shade where its anchor is near, else the basic colour it falls under."""
    names, anchors = _anchors(metal)
    nearest = int(np.linalg.norm(_for_naming(anchors) - _for_naming(lab[None]), axis=1).argmin())
    name = names[nearest]
    return name if float(np.linalg.norm(anchors[nearest] - lab)) < SHADE else vocabulary().basic(name)


def _for_naming(lab: Array) -> Array:
    """OKLab (n × 3) bent to how people name: lightness matters less, and a faint tint more than a stronger strong one."""
    chroma = np.hypot(lab[:, 1], lab[:, 2]) + 1e-9
    tint = (chroma / FULL) ** (TINT - 1)
    return np.stack([lab[:, 0] * NAMING_LIGHT, lab[:, 1] * tint, lab[:, 2] * tint], axis=1)


def _group(lab: Array) -> tuple[Array, Array]:
    """K-means centres (k × 3) and their shares of the area."""
    count = min(GROUPS, len(np.unique(lab.round(3), axis=0)))
    found = KMeans(count, n_init=1, random_state=0, max_iter=30).fit(lab * WEIGHTS)
    shares = np.bincount(found.labels_, minlength=count) / len(lab)
    centres = np.stack([np.median(lab[found.labels_ == group], axis=0) for group in range(count)])
    return centres.astype(np.float32), shares.astype(np.float32)


def _join(centres: Array, shares: Array) -> tuple[Array, Array]:
    """Groups made one where even the most unlike of them are nearer than JOIN (a chain of blends joins no stripes)."""
    if len(centres) < 2:
        return centres, shares
    found = AgglomerativeClustering(None, linkage="complete", distance_threshold=JOIN).fit(centres * WEIGHTS).labels_
    belongs = found[None] == np.arange(found.max() + 1)[:, None]
    weights = belongs * shares
    total = weights.sum(1)
    return np.asarray(weights @ centres / total[:, None], np.float32), np.asarray(total, np.float32)


@lru_cache(maxsize=2)
def _anchors(metal: bool) -> tuple[tuple[str, ...], Array]:
    """Names and OKLab values (n × 3) of the colours that may be named."""
    dull = MATT if metal else METALS
    colours = [(colour.name, colour.hex) for colour in vocabulary().colours.values() if colour.basic not in dull]
    colours += [(name, value) for name, value in IN_LIGHT if name not in dull]
    rgb = np.array([[int(value[i : i + 2], 16) for i in (1, 3, 5)] for _, value in colours], np.uint8)
    return tuple(name for name, _ in colours), oklab(linear_light(rgb))

"""The embedded captioner: what garment a picture shows, and in which colours.

The garment's region is found (region.py), the frozen backbone (backbone.py) looks at it, a small linear head
(`weights/`, trained by train_vision.py) names the garment type, and its pixels name the colours (colours.py).
A caption says only what was seen: no material, no brand, no pattern that was not looked for.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from scipy import ndimage

from catalog import backbone
from catalog.backbone import Backbone
from catalog.colours import Patch, main_colours
from catalog.descriptions import NO_GARMENT, AnswerError, Description
from catalog.evidence import WORN, evidence
from catalog.nothing import shows_garment
from catalog.region import Region, box, cropped, find_garment, inside
from catalog.several import each_garment
from catalog.taxonomy import vocabulary

Array = NDArray[np.float32]

OUTLINE = 16  # pixels of the side to which a garment's outline is brought as a feature
HEAD = "head.safetensors"
FRAME = 3  # pixels of a pair of glasses' outline that are frame, not lens
MIRRORING = 0.8  # share of a piece of jewellery that mirrors the room
FAR = 8.0  # deviations


@dataclass(frozen=True)
class Head:
    """A linear classifier on standardised features (trained by train_vision.py, calibrated on photos it did not see)."""

    kinds: tuple[str, ...]
    weight: Array  # features × kinds
    bias: Array
    mean: Array
    deviation: Array
    ask_below: float  # probability of the best kind below which the conversation asks
    version: str

    def probabilities(self, features: Array) -> Array:
        """n × kinds for n × features."""
        logits = standardised(features, self.mean, self.deviation) @ self.weight + self.bias
        grown = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(grown / grown.sum(axis=1, keepdims=True), np.float32)

    def ranked(self, probabilities: Array) -> list[tuple[str, float]]:
        """Kinds with these probabilities, best first: the best of the likeliest slot, then all others by themselves.

        A sweater that may be a shirt, a tee or a blouse is still rather a top than a dress.
        """
        slots = [vocabulary().kinds[kind].slot for kind in self.kinds]
        sums = {slot: float(probabilities[[other == slot for other in slots]].sum()) for slot in sorted(set(slots))}
        slot = max(sums, key=lambda slot: sums[slot])
        pairs = sorted(zip(self.kinds, map(float, probabilities), strict=True), key=lambda pair: -pair[1])
        best = next(pair for pair in pairs if vocabulary().kinds[pair[0]].slot == slot)
        return [best, *(pair for pair in pairs if pair != best)]


@dataclass(frozen=True)
class View:
    """A picture made ready: the garment's square for the backbone, its outline, and where it was found."""

    square: Image.Image
    outline: Array
    region: Region


def standardised(features: Array, mean: Array, deviation: Array) -> Array:
    """Features in units of their deviation; what lies far out (another kind of picture) is kept from shouting."""
    return np.asarray(((features - mean) / deviation).clip(-FAR, FAR), np.float32)


def read_head(path: Path) -> Head:
    """A head from its safetensors file (no pickle); what is no array stands in the file's metadata."""
    from safetensors import safe_open

    with safe_open(path, "numpy") as file:
        about = json.loads(file.metadata()["head"])
        arrays = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
    return Head(**arrays, **{**about, "kinds": tuple(about["kinds"])})


@lru_cache(maxsize=1)
def shipped_head() -> Head:
    """The head that comes with the package."""
    with as_file(files("catalog").joinpath("weights", HEAD)) as path:
        return read_head(path)


def look(picture: Image.Image) -> View:
    """Find the garment in an RGB picture and make it ready."""
    region = find_garment(picture)
    return View(_square(cropped(picture, inside(region.frame, box(region.mask)))), _outline(region), region)


def _square(garment: Image.Image) -> Image.Image:
    """The garment as a square of the backbone's size, its shape kept, filled up in the colour of the picture's edge."""
    pixels = np.asarray(garment)
    rim = np.median(np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]), axis=0)
    side = (backbone.SIDE, backbone.SIDE)
    return ImageOps.pad(garment, side, Image.Resampling.BICUBIC, color=tuple(int(value) for value in rim))


def _outline(region: Region) -> Array:
    """The region's outline brought to a small square, then the log of height over width and the share it fills."""
    left, top, right, bottom = box(region.mask, margin=0)
    height, width = region.mask.shape
    cut = region.mask[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]
    shape = Image.fromarray(cut.astype(np.uint8) * 255).resize((OUTLINE, OUTLINE), Image.Resampling.BOX)
    proportion = np.log(cut.shape[0] / cut.shape[1])
    return np.append(np.asarray(shape, np.float32).ravel() / 255, [proportion, cut.mean()]).astype(np.float32)


def colour_pixels(region: Region, slot: str) -> Array:
    """The OKLab pixels (n × 3) whose colours count: not the rim, which is mixed with the ground.

    Glasses have the colour of their frame, metal that of its most coloured fifth: the rest mirrors the room.
    """
    inner = ndimage.binary_erosion(region.mask)
    wanted = inner if slot != "jewellery" and inner.sum() > 0.3 * region.mask.sum() else region.mask
    if slot == "sunglasses":
        frame = wanted & ~ndimage.binary_erosion(region.mask, iterations=FRAME)
        wanted = frame if frame.any() else wanted
    pixels = np.asarray(region.lab[wanted], np.float32)
    chroma = np.hypot(pixels[:, 1], pixels[:, 2])
    return pixels[chroma >= np.quantile(chroma, MIRRORING)] if slot == "jewellery" else pixels


def features(net: Backbone, views: Sequence[View]) -> Array:
    """What the head reads of each view (n × features): the backbone's features, the outline, ImageNet's evidence."""
    seen = net.features([view.square for view in views])
    return np.concatenate([seen, np.stack([view.outline for view in views]), evidence(net.imagenet(seen))], axis=1)


class EmbeddedCaptioner:
    """Describes pictures without a key or a network. Raises WeightsError where the backbone is missing or altered."""

    def __init__(self) -> None:
        self._net = Backbone()
        self._head = shipped_head()
        self.source = f"embedded-{self._head.version}"

    def describe(self, pictures: Sequence[Image.Image]) -> list[Description | AnswerError]:
        """What each RGB picture shows, or that it shows no garment; the answer for one does not depend on the others."""
        return [said if shown else AnswerError(NO_GARMENT) for said, shown in self._looked_at(pictures)]

    def describe_each(self, pictures: Sequence[Image.Image]) -> list[list[Description] | AnswerError]:
        """The same where a picture may show several garments: a description for each, with its box if there are several."""
        return [each_garment(picture, self.describe) for picture in pictures]

    def guess(self, pictures: Sequence[Image.Image]) -> list[Description]:
        """What each RGB picture shows if it shows a garment: some garment is always named."""
        return [said for said, _ in self._looked_at(pictures)]

    def _looked_at(self, pictures: Sequence[Image.Image]) -> list[tuple[Description, bool]]:
        """What each picture would show, and whether there is a garment at all."""
        if not pictures:
            return []
        views = [look(picture) for picture in pictures]
        seen = features(self._net, views)
        rows = zip(views, self._head.probabilities(seen), self._net.imagenet(seen), strict=True)
        return [(self._description(view, row), shows_garment(classes, WORN, view.region)) for view, row, classes in rows]

    def _description(self, view: View, probabilities: Array) -> Description:
        (kind, confidence), *others = self._head.ranked(probabilities)
        slot = vocabulary().kinds[kind].slot
        colours = main_colours(colour_pixels(view.region, slot), metal=slot == "jewellery")
        return Description(
            caption=caption(colours, kind),
            slot=slot,
            kind=kind,
            colours=tuple(patch.name for patch in colours),
            confidence=round(confidence, 4),
            alternatives=tuple((name, round(share, 4)) for name, share in others[:3] if share >= 0.05),
            unsure=confidence < self._head.ask_below,
        )


def caption(colours: Sequence[Patch], kind: str) -> str:
    """ "navy coat", "white and blue shirt": the colours that count, then one such garment."""
    names = [patch.name for patch in colours]
    said = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    return f"{said} {vocabulary().kinds[kind].one.removeprefix('pair of ').removeprefix('piece of ')}"

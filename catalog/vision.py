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
from catalog.nothing import shows_garment
from catalog.region import Region, box, cropped, find_garment, inside
from catalog.several import each_garment
from catalog.taxonomy import vocabulary

Array = NDArray[np.float32]

OUTLINE = 16  # pixels of the side to which a garment's outline is brought as a feature
HEAD = "head.safetensors"
CLOTH = ("tops", "bottoms", "all-body", "outerwear", "scarves")  # slots whose things cover the ground behind them
FRAME = 4  # pixels of a pair of glasses' outline that are frame, not lens
FAR = 8.0  # deviations
FLOOR = -8.0  # log probability below which ImageNet's evidence for a group says nothing more
# ImageNet classes (their usual order) that speak for what the photos lack, and for clothes as such.
EVIDENCE = {
    "clothes": (
        399, 400, 411, 445, 459, 474, 501, 568, 578, 601, 608, 610, 614, 617, 638, 639, 652, 655, 689, 697, 735, 775, 834, 841, 842,
        869, 911,
    ),
    "shoes": (502, 514, 630, 770, 774),
    "bags": (414, 588, 636, 728, 748, 790, 893),
    "hats": (433, 439, 452, 515, 518, 560, 667, 793, 796, 808),
    "necklaces": (488, 679),
    "watches": (409, 531, 826),
    "sunglasses": (836, 837),
    "scarves": (552, 591, 824),
    "gloves": (658,),
    "socks": (496, 806),
    "belts": (464,),
    "ties": (451, 457, 906),
    "umbrellas": (879,),
    "headbands": (584,),
}  # fmt: skip
WORN = tuple(number for group in EVIDENCE.values() for number in group)


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

    Where a thing is no cloth but a frame, a strap or a chain, the ground that shows through it does not count either.
    Glasses have the colour of their frame, metal that of its most coloured half: the rest mirrors the room.
    """
    inner = ndimage.binary_erosion(region.mask)
    inner = inner if inner.sum() > 0.3 * region.mask.sum() else region.mask
    if slot in CLOTH:
        return np.asarray(region.lab[inner], np.float32)
    wanted = region.mask if slot == "jewellery" else inner
    wanted = wanted & ~ndimage.binary_erosion(region.mask, iterations=FRAME) if slot == "sunglasses" else wanted
    solid = wanted & ~region.bare
    pixels = np.asarray(region.lab[solid if solid.sum() > max(0.08 * inner.sum(), 8) else inner], np.float32)
    chroma = np.hypot(pixels[:, 1], pixels[:, 2])
    return pixels[chroma >= np.median(chroma)] if slot == "jewellery" else pixels


def features(net: Backbone, views: Sequence[View]) -> Array:
    """What the head reads of each view (n × features): the backbone's features, the outline, ImageNet's evidence."""
    seen = net.features([view.square for view in views])
    return np.concatenate([seen, np.stack([view.outline for view in views]), evidence(net.imagenet(seen))], axis=1)


def evidence(log_probabilities: Array) -> Array:
    """Log probability of each group of EVIDENCE above FLOOR (n × groups), from those of ImageNet's 1000 classes."""
    groups = [np.exp(log_probabilities[:, list(classes)]).sum(axis=1) for classes in EVIDENCE.values()]
    return np.asarray(np.log(np.maximum(np.stack(groups, axis=1), np.exp(FLOOR))) - FLOOR, np.float32)


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
        order = np.argsort(-probabilities)
        ranked = [(self._head.kinds[place], round(float(probabilities[place]), 4)) for place in order]
        kind, confidence = ranked[0]
        slot = vocabulary().kinds[kind].slot
        colours = main_colours(colour_pixels(view.region, slot), metal=slot == "jewellery")
        return Description(
            caption=caption(colours, kind),
            slot=slot,
            kind=kind,
            colours=tuple(patch.name for patch in colours),
            confidence=confidence,
            alternatives=tuple((name, share) for name, share in ranked[1:4] if share >= 0.05),
            unsure=confidence < self._head.ask_below,
        )


def caption(colours: Sequence[Patch], kind: str) -> str:
    """ "navy coat", "white and blue shirt": the colours that count, then one such garment."""
    names = [patch.name for patch in colours]
    said = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    return f"{said} {vocabulary().kinds[kind].one.removeprefix('pair of ').removeprefix('piece of ')}"

"""The embedded captioner: what garment a picture shows, and in which colours.

The garment's region is found (region.py), the frozen backbone (backbone.py) looks at it, small linear heads (heads.py) name
the garment type, the pattern and the sleeves (deciding.py), and its pixels name the colours (colours.py).
A caption says only what was seen: no material, no brand, and no pattern of which it is not sure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from scipy import ndimage

from catalog import backbone
from catalog.backbone import Backbone
from catalog.colours import Patch, main_colours
from catalog.deciding import PRINTED, SOLID, ranked, sized, sure_pattern, sure_sleeve
from catalog.descriptions import NO_GARMENT, AnswerError, Description
from catalog.evidence import WORN, evidence
from catalog.heads import HEADS, KINDS, PATTERNS, SLEEVES, shipped_head
from catalog.nothing import shows_garment
from catalog.region import Region, box, cropped, find_garment, inside, taken
from catalog.several import each_garment
from catalog.taxonomy import vocabulary

Array = NDArray[np.float32]

PATTERNED = ("tops", "bottoms", "all-body", "outerwear", "scarves")  # slots whose patterns are told: the heads saw clothes
OUTLINE = 16  # pixels of the side to which a garment's outline is brought as a feature
FRAME = 3  # pixels of a pair of glasses' outline that are frame, not lens
SLEEVED = {"none": "sleeveless", "short": "short-sleeved", "long": "long-sleeved"}
MIRRORING = 0.8  # share of a piece of jewellery that mirrors the room


@dataclass(frozen=True)
class View:
    """A picture made ready: the garment's square for the backbone, its outline, and where it was found."""

    square: Image.Image
    outline: Array
    region: Region


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
        self._heads = {name: shipped_head(name) for name in HEADS}
        self.source = f"embedded-{self._heads[KINDS].version}"

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
        told = {name: head.probabilities(seen) for name, head in self._heads.items()}
        classes = self._net.imagenet(seen)
        return [
            (self._description(view, {name: rows[place] for name, rows in told.items()}), shows_garment(row, WORN, view.region))
            for place, (view, row) in enumerate(zip(views, classes, strict=True))
        ]

    def _description(self, view: View, told: dict[str, Array]) -> Description:
        """`told`: what each head says of the view."""
        kinds = self._heads[KINDS].names
        (kind, confidence), *others = ranked(kinds, sized(kinds, told[KINDS], taken(view.region)))
        slot = vocabulary().kinds[kind].slot
        colours = main_colours(colour_pixels(view.region, slot), metal=slot == "jewellery")
        clothes = slot in PATTERNED
        pattern = sure_pattern(self._heads[PATTERNS].names, told[PATTERNS]) if clothes else None
        sleeve = sure_sleeve(kind, self._heads[SLEEVES].names, told[SLEEVES])
        return Description(
            caption=caption(colours, kind, pattern, sleeve),
            slot=slot,
            kind=kind,
            colours=tuple(patch.name for patch in colours),
            pattern=pattern,
            confidence=round(confidence, 4),
            alternatives=tuple((name, round(share, 4)) for name, share in _others(kind, others)[:3] if share >= 0.05),
            unsure=confidence < self._heads[KINDS].ask_below,
        )


def _others(kind: str, ranked: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """Kinds that it may be instead: none that says the same more or less finely, which no question would settle."""
    covers = vocabulary().covers
    return [(name, share) for name, share in ranked if not (covers(kind, name) or covers(name, kind))]


def caption(colours: Sequence[Patch], kind: str, pattern: str | None = None, sleeve: str | None = None) -> str:
    """ "navy coat", "white and blue striped shirt", "sleeveless red floral dress", "long-sleeved black dress"."""
    names = [patch.name for patch in colours]
    said = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    word = {None: "", SOLID: "", PRINTED: "graphic" if vocabulary().covers("t-shirts", kind) else "printed"}.get(
        pattern, pattern
    )
    garment = vocabulary().kinds[kind].one.removeprefix("pair of ").removeprefix("piece of ")
    return " ".join(filter(None, (SLEEVED.get(sleeve or ""), said, word, garment)))

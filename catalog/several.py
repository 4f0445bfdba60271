"""Several garments in one picture: lying side by side, or worn one over the other; each is found, and captioned by itself.

Precision first: a picture nearly always shows one garment, and one that is cut in two helps nobody. So each part must look like
a garment by itself, a pair counts once, and a look is cut only into what is worn above and what is worn below.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from catalog.descriptions import AnswerError, Description
from catalog.figure import strips
from catalog.region import Array, Frame, Mask, box, common, cropped, garment_mask, lit, small
from catalog.taxonomy import vocabulary

Describe = Callable[[Sequence[Image.Image]], Sequence[Description | AnswerError]]

SIDE = 160  # pixels of the longer side at which parts are sought
SMALLEST = 0.008  # of the picture: a shoe beside a coat is a part, a button is none
BESIDE = 0.04  # of the biggest part: the same
AT_THE_EDGE = 0.3  # of a part's rim along the picture's edge, from which it is the room behind the garment
MOST = 8  # parts; where there are more, they are a pattern, letters or a shelf
IN_PAIRS = ("shoes", "jewellery", "accessories")  # slots of which two like parts are one thing
OUTLINE = 0.85  # share that two outlines have in common, from which they are the same
LIKE = 2.5  # times as big at most is the other one of a pair
HALF_KNOWN = 0.65  # the same where one of two parts is of IN_PAIRS
ABOVE, BELOW, FEET = ("tops", "outerwear"), ("bottoms",), "shoes"
SHORTEST = 0.18  # of a figure's height is what is worn above or below
A_LITTLE, MUCH = 0.06, 0.18  # OKLab distance between above and below: where shoes are seen below, and where none are
BIG = 0.08  # of the picture: where nothing is as big, it is a set of small things and sold as one
FAINT = 0.07  # OKLab distance from the ground below which parts may be one garment that shows only here and there
NEAR = 2  # pixels between parts of one thing
MARGIN = 0.06  # around a part, of its longer side


@dataclass(frozen=True)
class Part:
    """A part of the picture that may be a garment: where it is (a mask over the small picture), and what it looks like."""

    mask: Mask
    said: Description | None = None

    @property
    def frame(self) -> Frame:
        return box(self.mask, margin=0.0)

    @property
    def place(self) -> Frame:
        """The frame, rounded as it is told."""
        left, top, right, bottom = self.frame
        return round(left, 3), round(top, 3), round(right, 3), round(bottom, 3)

    @property
    def size(self) -> int:
        return int(self.mask.sum())

    @property
    def slot(self) -> str | None:
        return self.said.slot if self.said else None

    def __or__(self, other: "Part") -> "Part":
        return Part(self.mask | other.mask)


def each_garment(picture: Image.Image, describe: Describe) -> list[Description] | AnswerError:
    """What each garment of an RGB picture is, with its box; one without a box where it shows one; or that it shows none."""
    lab = lit(np.asarray(small(picture, SIDE)))
    mask = garment_mask(lab, least=BESIDE)
    parts = _joined(_parts(mask), _faint(lab, mask))
    found: list[Part] = []
    if len(parts) <= MOST and max((part.size for part in parts), default=0) >= BIG * mask.size:
        look = _Look(picture, describe)
        found = look.in_pairs([garment for part in parts for garment in look.worn(part, lab)])
    if len(found) < 2:
        whole = describe([picture])[0]
        return whole if isinstance(whole, AnswerError) else [whole]
    found = sorted(found, key=lambda part: (round(part.frame[1] * 3), part.frame[0]))
    return [part.said.model_copy(update={"box": part.place}) for part in found if part.said]


@dataclass(frozen=True)
class _Look:
    """A picture, and who describes parts of it."""

    picture: Image.Image
    describe: Describe

    def at(self, part: Part) -> Part | None:
        """The part with what it looks like, seen by itself on the picture's ground; None where it is no garment."""
        said = self.describe([self.alone(part)])[0]
        return None if isinstance(said, AnswerError) else Part(part.mask, said)

    def alone(self, part: Part) -> Image.Image:
        """The part cut out, on the colour of the ground along the picture's edge."""
        pixels = np.asarray(self.picture)
        rim = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
        ground = Image.new("RGB", self.picture.size, tuple(int(value) for value in np.median(rim, axis=0)))
        wide = Image.fromarray(ndimage.binary_dilation(part.mask, iterations=1).astype(np.uint8) * 255)
        shown = Image.composite(self.picture, ground, wide.resize(self.picture.size, Image.Resampling.BILINEAR))
        return cropped(shown, box(part.mask, margin=0.15))

    def worn(self, part: Part, lab: Array) -> list[Part]:
        """The garments of a part, if it is a look: what is worn above, below and on the feet; else the part as one."""
        rows = strips(part.mask, lab)
        if len(rows) > 1:
            seen = [self.at(Part(part.mask & _between(part.mask, strip))) for strip in rows]
            garments = self._stacked([strip for strip in seen if strip])
            if _is_look(garments, part, lab):
                return [strip for strip in garments if strip.slot in (*ABOVE, *BELOW, FEET)]
        one = self.at(part)
        return [one] if one else []

    def _stacked(self, strips: Sequence[Part]) -> list[Part]:
        """Strips one above the other, those of the same slot as one: a striped sweater."""
        stack: list[Part] = []
        for strip in strips:
            if stack and stack[-1].slot == strip.slot:
                both = self.at(stack[-1] | strip)
                stack[-1:] = [both] if both else [stack[-1]]
            else:
                stack.append(strip)
        return stack

    def in_pairs(self, parts: Sequence[Part]) -> list[Part]:
        """The parts, two of a pair (shoes, earrings, gloves) as one."""
        left = list(parts)
        for place, one in enumerate(left):
            for other in left[place + 1 :]:
                if _is_pair(one, other) and (both := self.at(one | other)):
                    return self.in_pairs([both, *(part for part in left if part is not one and part is not other)])
        return left


def _parts(mask: Mask) -> list[Part]:
    """The connected parts of the foreground that are neither too small nor the edge of something that goes on outside."""
    labels, count = ndimage.label(mask, np.ones((3, 3)))
    parts = [Part(labels == number) for number in range(1, count + 1)]
    biggest = max((part.size for part in parts), default=0)
    return [
        part
        for part in parts
        if part.size >= SMALLEST * mask.size and (part.size == biggest or _along_the_edge(part.mask) < AT_THE_EDGE)
    ]


def _along_the_edge(mask: Mask) -> float:
    """The share of a part's rim that lies along the picture's edge."""
    rim = mask & ~ndimage.binary_erosion(mask)
    return float((mask[0].sum() + mask[-1].sum() + mask[:, 0].sum() + mask[:, -1].sum()) / max(rim.sum(), 1))


def _joined(parts: Sequence[Part], faint: Mask) -> list[Part]:
    """Parts of one thing as one: a collar over a neck, letters on a shirt, what shows of white trousers on white."""
    left = list(parts)
    for place, one in enumerate(left):
        for other in left[place + 1 :]:
            if _belong(one, other, faint):
                return _joined([one | other, *(part for part in left if part is not one and part is not other)], faint)
    return left


def _belong(one: Part, other: Part, faint: Mask) -> bool:
    if common(one.frame, other.frame) > 0.1:
        return True
    if all(faint[part.mask].mean() > 0.5 for part in (one, other)):
        return True
    touching = ndimage.binary_dilation(one.mask, iterations=NEAR + 1) & other.mask
    return bool(touching.any(0).sum() > 0.4 * min(one.mask.any(0).sum(), other.mask.any(0).sum()))


def _faint(lab: Array, mask: Mask) -> Mask:
    """Where the picture hardly differs from its ground."""
    return np.asarray(np.linalg.norm(lab - np.median(lab[~mask], axis=0), axis=2) < FAINT, bool)


def _is_pair(one: Part, other: Part) -> bool:
    """Whether two parts are one thing in two pieces: of like kind, size, colour and outline."""
    if one.slot == other.slot == "jewellery":
        return True  # earrings need not be alike
    if not _colours(one) & _colours(other):
        return False
    sizes, alike = sorted((one.size, other.size)), _common_outline(one.mask, other.mask)
    if one.slot == other.slot and one.slot in IN_PAIRS:
        return sizes[1] < LIKE * sizes[0]
    return alike > (OUTLINE if not {one.slot, other.slot} & {*IN_PAIRS} else HALF_KNOWN) and sizes[1] < 1.5 * sizes[0]


def _colours(part: Part) -> set[str]:
    """The basic colours of a part."""
    return {vocabulary().basic(name) for name in (part.said.colours if part.said else ())}


def _common_outline(one: Mask, other: Mask) -> float:
    """The share that two outlines, brought to one size, have in common, as they are or mirrored; 0 where proportions differ."""
    cuts = [mask[np.ix_(mask.any(1), mask.any(0))] for mask in (one, other)]
    if any(abs(np.log(cuts[0].shape[axis] / cuts[1].shape[axis])) > 0.25 for axis in (0, 1)):
        return 0.0
    outlines = [Image.fromarray(cut.astype(np.uint8) * 255).resize((24, 24), Image.Resampling.BOX) for cut in cuts]
    first, second = (np.asarray(outline) > 127 for outline in outlines)
    return float(max((first & way).sum() / (first | way).sum() for way in (second, second[:, ::-1])))


def _is_look(garments: Sequence[Part], part: Part, lab: Array) -> bool:
    """Whether strips are a top over a bottom, each of some height; without shoes below, they must differ much in colour."""
    kept = [strip for strip in garments if strip.slot in (*ABOVE, *BELOW, FEET)]
    order = [0 if strip.slot in ABOVE else 1 if strip.slot in BELOW else 2 for strip in kept]
    above = [strip for strip in kept if strip.slot in ABOVE]
    below = [strip for strip in kept if strip.slot in BELOW]
    if order != sorted(order) or len(below) != 1 or not 0 < len(above) <= 2:
        return False
    heights = [strip.frame[3] - strip.frame[1] for strip in (*above, *below)]
    if min(heights) < SHORTEST * (part.frame[3] - part.frame[1]):
        return False
    jump = np.linalg.norm(np.median(lab[above[-1].mask], axis=0) - np.median(lab[below[0].mask], axis=0))
    return bool(jump > (A_LITTLE if order[-1] == 2 else MUCH))


def _between(mask: Mask, rows: tuple[int, int]) -> NDArray[np.bool_]:
    """The rows from the first to before the last."""
    inside = np.zeros_like(mask)
    inside[rows[0] : rows[1]] = True
    return inside

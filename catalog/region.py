"""Where the garment is in a picture: a small mask, the picture exposed as a shop would, and a closer look at small things."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from catalog.busy_ground import is_busy, middle, off_busy_ground
from catalog.colours import linear_light, oklab
from catalog.segmenter import garment_odds

Mask = NDArray[np.bool_]
Array = NDArray[np.float32]
Frame = tuple[float, float, float, float]  # left, top, right, bottom as shares of a picture

SIDE = 112  # pixels of the longer side at which regions are sought and colours counted
WHITE = 0.85  # linear light of the brightest parts of a well exposed picture
MAX_GAIN = 1.8
FEWEST = 12  # pixels of a region that is believed; below that, the middle of the picture is taken
LEAST = 0.15  # of the biggest piece: what is smaller is no part of a garment
HOLE = 0.02  # of the garment: a smaller hole is a print or a shine
NEAR = 0.2  # share of the picture below which a garment is looked at again, from near
FLAT = 0.01  # OKLab distance from pixel to pixel that no garment's rim or seam stays below
WHOLE = (0.0, 0.0, 1.0, 1.0)


def small(picture: Image.Image, side: int = SIDE) -> Image.Image:
    """The picture with its longer side brought to `side` pixels."""
    scale = side / max(picture.size)
    size = (max(round(picture.width * scale), 8), max(round(picture.height * scale), 8))
    return picture.resize(size, Image.Resampling.BOX, reducing_gap=2.0)


@dataclass(frozen=True)
class Region:
    """A garment found in a picture. `frame` is what was looked at; over it, OKLab `lab` (height × width × 3) and the `mask`.

    `blank` says that nothing stands out there.
    """

    frame: Frame
    lab: Array
    mask: Mask
    blank: bool = False


def find_garment(picture: Image.Image) -> Region:
    """The garment in an RGB picture; a small thing (an earring) is looked at again from near."""
    gain = exposure(np.asarray(small(picture)))
    region = _looked_at(picture, WHOLE, gain)
    return region if region.mask.mean() > NEAR else _looked_at(picture, box(region.mask, margin=0.2), gain)


def _looked_at(picture: Image.Image, frame: Frame, gain: float) -> Region:
    lab = lit(np.asarray(small(cropped(picture, frame))), gain)
    return Region(frame, lab, garment_mask(lab), blank=_is_flat(lab))


def cropped(picture: Image.Image, frame: Frame) -> Image.Image:
    """The part of a picture that a frame holds; at least one pixel."""
    (left, right), (top, bottom) = ((frame[0], frame[2]), (frame[1], frame[3]))
    x, y = round(left * picture.width), round(top * picture.height)
    return picture.crop((x, y, max(round(right * picture.width), x + 1), max(round(bottom * picture.height), y + 1)))


def inside(frame: Frame, part: Frame) -> Frame:
    """A part of a frame, given as shares of the frame, as shares of the picture."""
    width, height = frame[2] - frame[0], frame[3] - frame[1]
    left, top, right, bottom = part
    return frame[0] + left * width, frame[1] + top * height, frame[0] + right * width, frame[1] + bottom * height


def taken(region: Region) -> float:
    """The share of the picture that the box around the garment takes."""
    left, top, right, bottom = inside(region.frame, box(region.mask, margin=0))
    return (right - left) * (bottom - top)


def common(one: Frame, other: Frame) -> float:
    """The share of the smaller of two frames that lies in the other."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    areas = [(frame[2] - frame[0]) * (frame[3] - frame[1]) for frame in (one, other)]
    return max(width, 0.0) * max(height, 0.0) / min(areas)


def exposure(rgb: NDArray[np.uint8]) -> float:
    """The gain that makes a picture's brightest parts as bright as a shop's white ground.

    A photo taken in a dim room shows a white shirt as grey; nothing is darkened, and at most MAX_GAIN is given.
    """
    brightest = float(np.quantile(linear_light(rgb).max(axis=2), 0.98))
    return float(np.clip(WHITE / max(brightest, 1e-3), 1.0, MAX_GAIN))


def lit(rgb: NDArray[np.uint8], gain: float | None = None) -> Array:
    """A picture's bytes in OKLab, exposed by `gain` (its own exposure unless given)."""
    return oklab(linear_light(rgb) * (exposure(rgb) if gain is None else gain))


def garment_mask(lab: Array, least: float = LEAST) -> Mask:
    """Which pixels of an OKLab picture (height × width × 3) are garment; never empty.

    Pieces smaller than `least` of the biggest are left out.
    """
    mask = _tidy(off_busy_ground(lab) if is_busy(lab) else garment_odds(lab) > 0, lab, least)
    return mask if mask.sum() >= FEWEST else middle(*mask.shape) > 0.5


def box(mask: Mask, margin: float = 0.06) -> Frame:
    """Left, top, right and bottom of a mask with a margin (a share of its longer side), as shares of the picture."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    spare = margin * max(rows[-1] - rows[0], columns[-1] - columns[0])
    height, width = mask.shape
    top, bottom = max(rows[0] - spare, 0) / height, min(rows[-1] + 1 + spare, height) / height
    left, right = max(columns[0] - spare, 0) / width, min(columns[-1] + 1 + spare, width) / width
    return float(left), float(top), float(right), float(bottom)


def _is_flat(lab: Array) -> bool:
    """Whether nothing stands out from the ground: a plain sheet, a clear sky."""
    steps = [ndimage.gaussian_gradient_magnitude(lab[..., channel], 0.7) for channel in range(3)]
    return bool(np.quantile(np.linalg.norm(steps, axis=0), 0.99) < FLAT)


def _tidy(mask: Mask, lab: Array, least: float) -> Mask:
    """Of the pieces those that are not small beside the biggest, with the holes in them that look more like garment than ground."""
    labels, count = ndimage.label(ndimage.binary_fill_holes(mask) & ~mask)
    if count and not (mask | (labels > 0)).all():
        garment, ground = np.median(lab[mask], axis=0), np.median(lab[~mask & (labels == 0)], axis=0)
        for hole in (labels == number for number in range(1, count + 1)):
            colour = np.median(lab[hole], axis=0)
            if hole.sum() < HOLE * mask.sum() or np.linalg.norm(colour - garment) < np.linalg.norm(colour - ground):
                mask = mask | hole
    pieces, count = ndimage.label(mask)
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    return np.isin(pieces, 1 + np.flatnonzero(sizes > least * sizes.max(initial=0)))

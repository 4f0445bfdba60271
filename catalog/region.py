"""Where the garment is in a picture: a small mask, from how the ground along the edges looks.

A shop's picture has a plain ground that changes slowly; there, whatever differs from a smooth surface laid through the
edges is garment. At home the ground is a floor, a bed or a wall; there, the colours of the edges are told from those of
the middle by two histograms that are refined in turn (the idea of GrabCut: Rother et al. 2004).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from catalog.colours import linear_light, oklab

Mask = NDArray[np.bool_]
Array = NDArray[np.float32]
Frame = tuple[float, float, float, float]  # left, top, right, bottom as shares of a picture

SIDE = 112  # pixels of the longer side at which regions are sought and colours counted
RING = 0.04  # share of each side that is taken for ground
PLAIN = 0.02  # OKLab distance from the smooth surface below which an edge counts as plain ground
BINS = 14  # histogram bins per OKLab channel
PLACE_TRUST = (0.5, 0.4, 0.3, 0.2, 0.15, 0.1)  # of the place alone, round by round, while the histograms get better
WHITE = 0.85  # linear light of the brightest parts of a well exposed picture
MAX_GAIN = 1.8
FEWEST = 12  # pixels of a region that is believed; below that, the middle of the picture is taken
LEAST = 0.15  # of the biggest piece: what is smaller is no part of a garment
NEAR = 0.2  # share of the picture below which a garment is looked at again, from near


def small(picture: Image.Image, side: int = SIDE) -> Image.Image:
    """The picture with its longer side brought to `side` pixels."""
    scale = side / max(picture.size)
    size = (max(round(picture.width * scale), 8), max(round(picture.height * scale), 8))
    return picture.resize(size, Image.Resampling.BOX, reducing_gap=2.0)


@dataclass(frozen=True)
class Region:
    """A garment found in a picture. `frame` is what was looked at: left, top, right, bottom as shares of the picture.

    Over that frame: OKLab `lab` (height × width × 3), the garment's `mask`, and `bare`, where a plain ground shows.
    """

    frame: tuple[float, float, float, float]
    lab: Array
    mask: Mask
    bare: Mask


def find_garment(picture: Image.Image) -> Region:
    """The garment in an RGB picture; a small thing (an earring) is looked at again from near."""
    gain = exposure(np.asarray(small(picture)))
    region = _looked_at(picture, (0.0, 0.0, 1.0, 1.0), gain)
    return region if region.mask.mean() > NEAR else _looked_at(picture, box(region.mask, margin=0.2), gain)


def _looked_at(picture: Image.Image, frame: tuple[float, float, float, float], gain: float) -> Region:
    lab = lit(np.asarray(small(cropped(picture, frame))), gain)
    return Region(frame, lab, garment_mask(lab), bare_ground(lab))


def cropped(picture: Image.Image, frame: tuple[float, float, float, float]) -> Image.Image:
    """The part of a picture that a frame (shares of the picture) holds; at least one pixel."""
    (left, right), (top, bottom) = ((frame[0], frame[2]), (frame[1], frame[3]))
    x, y = round(left * picture.width), round(top * picture.height)
    return picture.crop((x, y, max(round(right * picture.width), x + 1), max(round(bottom * picture.height), y + 1)))


def inside(
    frame: tuple[float, float, float, float], part: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """A part of a frame, given as shares of the frame, as shares of the picture."""
    width, height = frame[2] - frame[0], frame[3] - frame[1]
    left, top, right, bottom = part
    return frame[0] + left * width, frame[1] + top * height, frame[0] + right * width, frame[1] + bottom * height


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


def bare_ground(lab: Array) -> Mask:
    """Where a plain ground shows, also through a hoop or under a handle; nowhere on a busy one."""
    edge = _edge(lab.shape[0], lab.shape[1])
    away = np.linalg.norm(lab - _smooth_ground(lab, edge), axis=2)
    noise = float(np.quantile(away[edge], 0.9))
    return np.asarray((away < max(0.02, 1.2 * noise)) & (noise < PLAIN), bool)


def garment_mask(lab: Array, least: float = LEAST) -> Mask:
    """Which pixels of an OKLab picture (height × width × 3) are garment; never empty.

    Pieces smaller than `least` of the biggest are left out.
    """
    edge = _edge(lab.shape[0], lab.shape[1])
    away = np.linalg.norm(lab - _smooth_ground(lab, edge), axis=2)
    plain = float(np.quantile(away[edge], 0.9)) < PLAIN
    mask = _tidy(_off_plain_ground(lab, away, edge) if plain else _off_busy_ground(lab, edge), least)
    return mask if mask.sum() >= FEWEST else _middle(lab.shape[0], lab.shape[1]) > 0.5


def box(mask: Mask, margin: float = 0.06) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a mask with a margin (a share of its longer side), as shares of the picture."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    spare = margin * max(rows[-1] - rows[0], columns[-1] - columns[0])
    height, width = mask.shape
    top, bottom = max(rows[0] - spare, 0) / height, min(rows[-1] + 1 + spare, height) / height
    left, right = max(columns[0] - spare, 0) / width, min(columns[-1] + 1 + spare, width) / width
    return float(left), float(top), float(right), float(bottom)


def _edge(height: int, width: int) -> Mask:
    ring = np.ones((height, width), bool)
    y, x = max(round(RING * height), 2), max(round(RING * width), 2)
    ring[y:-y, x:-x] = False
    return ring


def _middle(height: int, width: int) -> Array:
    """How likely a pixel is garment by its place alone: 0 at the edge, rising to 1 in the middle."""
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    return np.clip(1.25 - np.maximum(np.abs(y), np.abs(x)) ** 2 * 0.9 - 0.35 * (x**2 + y**2) ** 2, 0.0, 1.0).astype(np.float32)


def _smooth_ground(lab: Array, edge: Mask) -> Array:
    """A quadratic surface through the edge pixels; what stands out there (a sleeve that leaves the picture) is left out."""
    height, width = edge.shape
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * y, x**2, y**2], axis=2)
    known = edge.copy()
    for _ in range(3):
        weights, *_ = np.linalg.lstsq(terms[known], lab[known], rcond=None)
        away = np.linalg.norm(lab - terms @ weights, axis=2)
        known = edge & (away <= max(float(np.quantile(away[edge], 0.8)), 0.01))
    return np.asarray(terms @ weights, np.float32)


def _off_plain_ground(lab: Array, away: Array, edge: Mask) -> Mask:
    """What differs from the surface or is fenced in by contours (a white shirt on white shows by its seams)."""
    contour = ndimage.gaussian_gradient_magnitude(lab[..., 0], 0.7)
    mask: Mask = away > max(0.03, 2.0 * float(np.quantile(away[edge], 0.97)))
    mask |= contour > max(0.02, 2.0 * float(np.quantile(contour[edge], 0.97)))
    closed = ndimage.binary_closing(np.pad(mask, 2), iterations=2)[2:-2, 2:-2]
    filled = ndimage.binary_erosion(ndimage.binary_fill_holes(closed), border_value=1)
    return np.asarray(filled | (mask & (away > 0.05)), bool)


def _off_busy_ground(lab: Array, edge: Mask) -> Mask:
    """Two colour histograms, garment's and ground's, refined in turn from where things usually lie."""
    low, high = lab.reshape(-1, 3).min(0), lab.reshape(-1, 3).max(0) + 1e-6
    bins = ((lab - low) / np.maximum(high - low, 0.12) * BINS).astype(int).clip(0, BINS - 1)
    codes = np.ravel_multi_index(tuple(np.moveaxis(bins, 2, 0)), (BINS,) * 3)
    place = 0.04 + 0.86 * _middle(*edge.shape)
    place[edge] = 0.02
    odds = prior = np.log(place / (1 - place))
    for trust in PLACE_TRUST:
        inside = 1 / (1 + np.exp(-odds))
        ratio = _histogram(codes, inside) - _histogram(codes, 1 - inside)
        odds = ndimage.gaussian_filter(ratio[codes], 1.2) + trust * prior
    return np.asarray(odds > 0, bool)


def _histogram(codes: NDArray[np.int64], weight: NDArray[np.floating]) -> Array:
    """Log density of each colour bin, smoothed over its neighbours."""
    counts = np.bincount(codes.ravel(), weight.ravel(), BINS**3).reshape((BINS,) * 3)
    smooth = ndimage.gaussian_filter(counts, 0.8) + 1e-3
    return np.asarray(np.log(smooth / smooth.sum()).ravel(), np.float32)


def _tidy(mask: Mask, least: float) -> Mask:
    """Holes filled, thin bridges cut, and of the pieces those that are not small beside the biggest."""
    opened = ndimage.binary_opening(mask, iterations=1)
    mask = ndimage.binary_fill_holes(opened if opened.sum() > 0.5 * mask.sum() else mask)
    pieces, count = ndimage.label(mask)
    if count < 2:
        return np.asarray(mask, bool)
    sizes = np.bincount(pieces.ravel())[1:]
    return np.isin(pieces, 1 + np.flatnonzero(sizes > least * sizes.max()))

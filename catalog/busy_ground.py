"""Where a garment is in a photo taken at home: on a floor, a bed, before a wall, which look unlike a shop's plain ground.

The colours of the edges are told from those of the middle by two histograms that are refined in turn (the idea of GrabCut:
Rother et al. 2004).
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]
Array = NDArray[np.float32]

RING = 0.04  # share of each side that is taken for ground
PLAIN = 0.04  # OKLab distance from a smooth surface through the edges, below which nine tenths of them count as plain ground
BINS = 14  # histogram bins per OKLab channel
PLACE_TRUST = (0.5, 0.4, 0.3, 0.2, 0.15, 0.1)  # of the place alone, round by round, while the histograms get better


def is_busy(lab: Array) -> bool:
    """Whether the edges of an OKLab picture (height × width × 3) show a floor or a room, and no ground as shops have it."""
    edge = _edge(*lab.shape[:2])
    away = np.linalg.norm(lab[edge] - _smooth_ground(lab, edge)[edge], axis=1)
    return bool(np.quantile(away, 0.9) >= PLAIN)


def off_busy_ground(lab: Array) -> Mask:
    """Which pixels are garment: two colour histograms refined in turn from where things usually lie, thin bridges cut."""
    edge = _edge(*lab.shape[:2])
    low, high = lab.reshape(-1, 3).min(0), lab.reshape(-1, 3).max(0) + 1e-6
    bins = ((lab - low) / np.maximum(high - low, 0.12) * BINS).astype(int).clip(0, BINS - 1)
    codes = np.ravel_multi_index(tuple(np.moveaxis(bins, 2, 0)), (BINS,) * 3)
    place = 0.04 + 0.86 * middle(*edge.shape)
    place[edge] = 0.02
    odds = prior = np.log(place / (1 - place))
    for trust in PLACE_TRUST:
        inside = 1 / (1 + np.exp(-odds))
        ratio = _histogram(codes, inside) - _histogram(codes, 1 - inside)
        odds = ndimage.gaussian_filter(ratio[codes], 1.2) + trust * prior
    mask = odds > 0
    opened = ndimage.binary_opening(mask)
    return np.asarray(ndimage.binary_fill_holes(opened if opened.sum() > 0.5 * mask.sum() else mask), bool)


def _histogram(codes: NDArray[np.int64], weight: NDArray[np.floating]) -> Array:
    """Log density of each colour bin, smoothed over its neighbours."""
    counts = np.bincount(codes.ravel(), weight.ravel(), BINS**3).reshape((BINS,) * 3)
    smooth = ndimage.gaussian_filter(counts, 0.8) + 1e-3
    return np.asarray(np.log(smooth / smooth.sum()).ravel(), np.float32)


def _edge(height: int, width: int) -> Mask:
    ring = np.ones((height, width), bool)
    y, x = max(round(RING * height), 2), max(round(RING * width), 2)
    ring[y:-y, x:-x] = False
    return ring


def middle(height: int, width: int) -> Array:
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

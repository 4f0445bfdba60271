"""The garments of a look that is worn, or laid as it is worn: a tall part, cut where its colours change for good."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from catalog.region import Array, Mask

TALL = 1.4  # height over width from which a part may be a figure
LEAST = 0.06  # of a figure's height: shoes are no smaller
A_CUT = 0.002  # squared OKLab distance by which a cut must bring all rows nearer to their strips' colours, on average
WINDOW = 0.04  # of the height, over which rows are smoothed

Rows = tuple[int, int]  # the first, and the one past the last


def strips(mask: Mask, lab: Array) -> list[Rows]:
    """The rows of each strip of a tall part, from top to bottom; one strip where its colours go on or it is not tall."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    first, last = int(rows[0]), int(rows[-1]) + 1
    if last - first < TALL * (columns[-1] + 1 - columns[0]):
        return [(first, last)]
    colours = _row_colours(mask[first:last], lab[first:last])
    return [(first + top, first + bottom) for top, bottom in _cut(colours)]


def _row_colours(mask: Mask, lab: Array) -> NDArray[np.float64]:
    """The median colour of each row (rows × 3), smoothed."""
    filled = [np.median(row[inside], axis=0) if inside.any() else [np.nan] * 3 for row, inside in zip(lab, mask, strict=True)]
    colours = np.asarray(filled, np.float64)
    known = np.flatnonzero(~np.isnan(colours[:, 0]))
    whole = [np.interp(np.arange(len(colours)), known, colours[known, channel]) for channel in range(3)]
    window = max(round(WINDOW * len(colours)), 1) | 1
    return np.asarray(ndimage.median_filter(np.stack(whole, axis=1), (window, 1)), np.float64)


def _cut(colours: NDArray[np.float64]) -> list[Rows]:
    """The strips of least spread about their mean colours, each cut at a price (optimal partitioning: Jackson et al. 2005)."""
    count = len(colours)
    least, price = max(round(LEAST * count), 3), A_CUT * count
    sums = np.concatenate([np.zeros((1, 3)), colours.cumsum(axis=0)])
    squares = np.concatenate([[0.0], (colours**2).sum(axis=1).cumsum()])
    cost, begins = np.full(count + 1, np.inf), np.zeros(count + 1, int)
    cost[0] = 0.0
    for end in range(least, count + 1):
        start = np.arange(end - least + 1)
        spread = squares[end] - squares[start] - ((sums[end] - sums[start]) ** 2).sum(axis=1) / (end - start)
        total = cost[start] + spread + price
        begins[end], cost[end] = start[total.argmin()], total.min()
    found: list[Rows] = []
    end = count
    while end > 0:
        found.insert(0, (int(begins[end]), end))
        end = int(begins[end])
    return found

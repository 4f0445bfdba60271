"""The few that are shown are the best that differ: near-twins and one colour over and over are no choice.

Maximal marginal relevance (Carbonell and Goldstein 1998): each next one is worth what it fits, less what it repeats.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.embeddings import Vectors

TWINS = 0.5  # what a caption's likeness to one shown already costs, where the best fit is worth 1 and the worst 0
COLOURS = 0.15  # what each one shown or worn of the same basic colour costs besides


def varied(fit: NDArray[np.float64], vectors: Vectors, colours: Sequence[str], k: int, worn: Sequence[str] = ()) -> list[int]:
    """The places of k candidates, the best first: those of most fit that repeat least.

    fit: (n,), higher is better; vectors: (n, size), unit vectors of their captions; colours: each one's basic colour, "" for
    none; worn: the basic colours worn already.
    """
    if not len(fit):
        return []
    likeness = vectors @ vectors.T
    worth = scaled(fit)
    shown: list[int] = []
    times = Counter(colour for colour in worn if colour)
    left = list(range(len(fit)))
    while left and len(shown) < k:
        alike = likeness[:, shown].max(axis=1) if shown else np.zeros(len(fit))
        best = max(left, key=lambda place: worth[place] - TWINS * alike[place] - COLOURS * times[colours[place]])
        shown.append(best)
        left.remove(best)
        times[colours[best]] += bool(colours[best])
    return shown


def scaled(fit: NDArray[np.float64]) -> NDArray[np.float64]:
    """From 0 for the worst to 1 for the best; all 1 where none is better."""
    low, high = fit.min(), fit.max()
    return (fit - low) / (high - low) if high > low else np.ones_like(fit)

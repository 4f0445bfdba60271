"""Whether the caption of a product's picture finds the product among all of a shop: recall by true attributes in words."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.truths import HALVES, half_of
from finetune.metrics import intervals, recall_hits
from finetune.tasks import Piece, plain
from retrieval.embeddings import Embedder, Vectors

CUTOFFS = (1, 10)
REPORTED = ("all", HALVES[1])

Counts = NDArray[np.int64]


def measure(products: Sequence[Piece], queries: Mapping[str, str], embedder: Embedder) -> dict[str, Any]:
    """Recall@1 and @10 of the garments, of all and of the reported half, by `queries`, product id -> words.

    The gallery is every product, in its own words. Products of the same words tie, and count in all their orders: the figure
    is the expected one if ties are shuffled. A garment without a query is not found. Intervals are over styles.
    """
    asked = [piece for piece in products if piece.slot]
    hits = _hits(products, asked, queries, embedder)
    found: dict[str, Any] = {"gallery": len(products), "texts": len({plain(piece.words) for piece in products})}
    found["without_caption"] = sum(not queries.get(piece.key) for piece in asked)
    for part in REPORTED:
        places = [place for place, piece in enumerate(asked) if part in ("all", half_of(piece.key))]
        if places:
            found[part] = _figures([asked[place] for place in places], hits[places])
    return found


def _hits(products: Sequence[Piece], asked: Sequence[Piece], queries: Mapping[str, str], embedder: Embedder) -> Any:
    """For each that is asked and each cutoff, the share of the orders of ties that find it."""
    texts, counts = np.unique([plain(piece.words) for piece in products], return_counts=True)
    said = [queries.get(piece.key, "") for piece in asked]
    wanted = sorted({words for words in said if words})
    hits = np.zeros((len(asked), len(CUTOFFS)))
    if not wanted:
        return hits
    places = [place for place, words in enumerate(said) if words]
    likeness = embedder.embed(wanted) @ embedder.embed(texts.tolist()).T
    own = np.searchsorted(texts, [plain(asked[place].words) for place in places])
    better, tied = ranks(likeness[np.searchsorted(wanted, [said[place] for place in places])], own, counts)
    hits[places] = np.stack([recall_hits(better, tied, cutoff) for cutoff in CUTOFFS], axis=1)
    return hits


def ranks(likeness: Vectors, own: Counts, counts: Counts) -> tuple[Counts, Counts]:
    """For each query how many products are more like it than its own, and how many are as like, its own among them.

    likeness: queries x texts; own: the text of each query's product; counts: how many products each text has.
    """
    right = likeness[np.arange(len(own)), own][:, None]
    return (likeness > right) @ counts, (likeness == right) @ counts


def _figures(asked: Sequence[Piece], hits: NDArray[np.float64]) -> dict[str, Any]:
    styles = [piece.key.partition("-")[0] for piece in asked]
    low, high = intervals(styles, lambda places: hits[places].mean(axis=0))
    return {
        f"recall@{cutoff}": {
            "rate": round(float(hits[:, place].mean()), 4),
            "n": len(asked),
            "low": round(float(low[place]), 4),
            "high": round(float(high[place]), 4),
        }
        for place, cutoff in enumerate(CUTOFFS)
    }

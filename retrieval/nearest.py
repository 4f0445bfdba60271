"""The items nearest to a query among those that pass hard filters: exactly where few pass, by Chroma's proposals where many do.

The ledger says in milliseconds which items pass. Up to `FEW` of them are compared one by one, which is exact and takes
milliseconds. Where more pass, filters leave so much that Chroma's nearest `PROPOSED` captions of the slot hold enough that
pass; if they do not, or Chroma does not serve, all that pass are compared. Items that came after Chroma was filled always are.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.chroma import Proposals
from retrieval.embeddings import Vectors
from retrieval.filters import Condition
from retrieval.ledger import Ledger, Numbers
from retrieval.shop import ShopError
from retrieval.vectors import VectorFile

FEW = 10_000  # items that are compared one by one, in some four milliseconds
PROPOSED = 1_000  # captions that Chroma is asked for, many more than are shown: some will not pass


@dataclass(frozen=True)
class Build:
    """One build's parts."""

    name: str
    ledger: Ledger
    vectors: VectorFile
    proposals: Proposals


def nearest(
    build: Build, query: Vectors, passes: Condition, slots: Sequence[str], k: int, *, distinct: bool = False
) -> list[int]:
    """The numbers of up to k items that pass, nearest first.

    `slots`: those that `passes` lets through; `distinct`: of items with one caption only the first. To be called inside `build.ledger.reading()`.
    """
    numbers, captions = build.ledger.passing(passes, most=FEW + 1)
    if len(numbers) > FEW:
        numbers, captions = _proposed(build, query, passes, slots, k)
        if len(set(captions) if distinct else captions) < k:
            numbers, captions = build.ledger.passing(passes)
    if distinct:
        first = np.unique(captions, return_index=True)[1]
        numbers, captions = numbers[first], captions[first]
    similarities = build.vectors.similarities(query, captions)
    order = np.lexsort((numbers, -similarities))[:k]  # among equals, what came first
    found: list[int] = numbers[order].tolist()
    return found


def _proposed(build: Build, query: Vectors, passes: Condition, slots: Sequence[str], k: int) -> tuple[Numbers, Numbers]:
    """The items that pass among those whose captions Chroma proposes, and among those that it does not know."""
    each = PROPOSED if len(slots) == 1 else max(4 * k, PROPOSED // len(slots))
    try:
        captions = [number for slot in slots for number in build.proposals.nearest(query, slot, each)]
    except ShopError as error:
        warnings.warn(f"{error} All that pass the filters are compared one by one, which is slower.", stacklevel=2)
        captions = []
    known, fresh = build.ledger.passing(passes, captions=captions), build.ledger.passing(passes, fresh=True)
    numbers, places = np.unique(np.concatenate([known[0], fresh[0]]), return_index=True)
    return numbers, np.concatenate([known[1], fresh[1]])[places]

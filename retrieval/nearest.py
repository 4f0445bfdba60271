"""The items nearest to a query among those that pass hard filters: exactly where few pass, by Chroma's proposals where many do.

The ledger says in milliseconds which items pass. Up to `FEW` of them are compared one by one, which is exact and takes
milliseconds. Where more pass, Chroma proposes the nearest captions of each slot, and those that pass are compared; of a slot
where too few of these pass, or where Chroma does not serve, all that pass are. Items that came after Chroma was filled
always are.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from retrieval.chroma import Proposals
from retrieval.embeddings import Vectors
from retrieval.filters import Condition, Filters, condition
from retrieval.ledger import Ledger, Numbers
from retrieval.shop import ShopError
from retrieval.vectors import VectorFile

FEW = 10_000  # items that are compared one by one, in some four milliseconds
PROPOSED = 1_000  # captions that Chroma is asked for over all slots, many more than are shown: some will not pass


@dataclass(frozen=True)
class Build:
    """One build's parts."""

    name: str
    ledger: Ledger
    vectors: VectorFile
    proposals: Proposals


class Passing(NamedTuple):
    """What items must be: the filters, of these slots, with no id of `but`."""

    filters: Filters
    slots: Sequence[str]
    but: Sequence[str] = ()

    def condition(self, *slots: str) -> Condition:
        """The same as a condition on the ledger; of some slots only, where they are named."""
        return condition(self.filters, slots or self.slots, self.but)


def nearest(build: Build, query: Vectors, passing: Passing, k: int, *, distinct: bool = False) -> list[int]:
    """The numbers of up to k items that pass, nearest first; `distinct`: of items with one caption only the first.

    To be called inside `build.ledger.reading()`.
    """
    numbers, captions = build.ledger.passing(passing.condition(), most=FEW + 1)
    if len(numbers) > FEW:
        each = max(4 * k, PROPOSED // len(passing.slots))
        parts = [_of_slot(build, query, passing.condition(slot), slot, k, each, distinct) for slot in passing.slots]
        numbers, captions = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    if distinct:
        order = np.argsort(numbers)
        first = order[np.unique(captions[order], return_index=True)[1]]
        numbers, captions = numbers[first], captions[first]
    similarities = build.vectors.similarities(query, captions)
    found: list[int] = numbers[np.lexsort((numbers, -similarities))[:k]].tolist()  # among equals, what came first
    return found


def _of_slot(
    build: Build, query: Vectors, passes: Condition, slot: str, k: int, each: int, distinct: bool
) -> tuple[Numbers, Numbers]:
    """Items of a slot that pass, the nearest k among them, and their captions."""
    numbers, captions = build.ledger.passing(passes, most=each + 1)
    if len(numbers) <= each:
        return numbers, captions
    numbers, captions = _proposed(build, query, passes, slot, each)
    enough = len(np.unique(captions)) if distinct else len(captions)
    return (numbers, captions) if enough >= k else build.ledger.passing(passes)


def _proposed(build: Build, query: Vectors, passes: Condition, slot: str, count: int) -> tuple[Numbers, Numbers]:
    """The items that pass among those whose captions Chroma proposes, and among those that it does not know."""
    try:
        captions = build.proposals.nearest(query, slot, count)
    except ShopError as error:
        warnings.warn(f"{error} All that pass the filters are compared one by one, which is slower.", stacklevel=2)
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    known, fresh = build.ledger.passing(passes, captions=captions), build.ledger.passing(passes, fresh=True)
    numbers, places = np.unique(np.concatenate([known[0], fresh[0]]), return_index=True)
    return numbers, np.concatenate([known[1], fresh[1]])[places]

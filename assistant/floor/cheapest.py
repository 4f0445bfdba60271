"""The cheapest of what was asked for: what passes and suits the words, by price, and not what is merely cheap."""

from collections.abc import Sequence

from assistant.floor.considering import CANDIDATES, SOFT, describe, distinct, wish
from catalog.taxonomy import vocabulary
from retrieval.filters import Filters
from retrieval.index import CaptionIndex, Hit

SUITING = 0.8  # share of the best one's likeness to the words from which a thing is what they describe
SPARE = 4  # how many times as many items as are shown are sorted, for several may have one caption
HALVINGS = 20  # of a price range: to a cent, in any shop


def cheapest(
    index: CaptionIndex, words: str, slots: Sequence[str], filters: Filters, exclude: Sequence[str], k: int
) -> tuple[list[Hit], list[str]]:
    """The k cheapest, cheapest first, and the soft wishes that gave way; what states no price is none of them."""
    filters = _of_kind(words, filters)
    soft = [name for name in SOFT if getattr(filters, name)]
    for relaxed in ([], soft) if soft else ([],):
        narrowed = filters.without(*relaxed)
        if describe(words):
            hits = _suiting(index.search_words(words, narrowed, slots, CANDIDATES, exclude))
        else:
            hits = _low(index, narrowed, slots, exclude, k)
        priced = [hit for hit in hits if hit.item.price is not None]
        if priced:
            return distinct(sorted(priced, key=lambda hit: hit.item.price or 0.0))[:k], relaxed
    return [], []


def _of_kind(words: str, filters: Filters) -> Filters:
    """With the garment that the words name, where no filter does: a belt is no cheap dress."""
    kind = vocabulary().kind_in(words)
    if filters.kinds or kind is None or kind.parent is None:
        return filters
    return filters.model_copy(update={"kinds": (kind.name,)})


def _suiting(hits: Sequence[Hit]) -> list[Hit]:
    """Those that are about as near to a description as the nearest."""
    best = max((hit.similarity for hit in hits), default=0.0)
    return [hit for hit in hits if hit.similarity >= SUITING * best]


def _low(index: CaptionIndex, filters: Filters, slots: Sequence[str], exclude: Sequence[str], k: int) -> list[Hit]:
    """Some of the items of lowest price among all that pass, all of the k cheapest among them."""
    prices = index.price_range(filters, slots, exclude)
    if not prices:
        return []
    low, high = prices
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        enough = index.count(filters.model_copy(update={"max_price": middle}), slots, exclude) >= SPARE * k
        low, high = (low, middle) if enough else (middle, high)
    bounded = filters.model_copy(update={"max_price": high})
    named = wish("", filters) or " ".join(filters.kinds) or " ".join(slots) or "clothes"
    query = index.embedder.embed([named])[0]
    return index.search(query, bounded, slots, max(1, index.count(bounded, slots, exclude)), exclude)

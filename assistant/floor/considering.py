"""What may be shown for a wish: proposed by nearness and by the shopper's words, and weighed by the stylist."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from assistant.floor.liking import described_as, push
from assistant.floor.stopwatch import Stopwatch
from assistant.floor.things import Thing, basic_of, clashes
from assistant.floor.variety import scaled, varied
from catalog.items import Item
from catalog.taxonomy import vocabulary
from finetune.reranking import reranked
from finetune.stylist import Stylist
from retrieval.complement import Complement
from retrieval.embeddings import Vectors
from retrieval.filters import Filters
from retrieval.index import CaptionIndex, Hit
from retrieval.lexical import RANKS

# Kinds that go with nothing, and the occasions for which they are proposed without being named.
UNASKED = {"slippers": (), "swimsuits": ("beach", "sport")}
FEW = 3  # fewer that have a soft wish, such as an occasion, are no choice: the nearest without it come after them
CANDIDATES = 50  # items that are proposed before the best are shown
SOFT = ("occasions", "seasons")  # wishes that give way, with a word about it, when nothing else is left
DESCRIBED = 1.0  # and what it is worth to be of the material or pattern that is asked for: such things come first
LIKED = 0.3  # what a log-odd of liking is worth where the best fit is worth 1 and the worst 0


@dataclass(frozen=True)
class Considered:
    """What may be shown: n hits of different captions, these' vectors, shape (n, size), and what each is worth, shape (n,)."""

    hits: list[Hit]
    vectors: Vectors
    fit: NDArray[np.float64]
    relaxed: list[str]  # soft wishes that gave way


class Considering:
    """A shop's index with those who propose and weigh. Safe for several threads: the stylist serves one at a time."""

    def __init__(self, index: CaptionIndex, stylist: Stylist, complement: Complement) -> None:
        self.index, self.stylist, self._complement = index, stylist, complement
        self._lock = Lock()

    def considered(
        self,
        outfit: Sequence[Thing],
        slot: str,
        filters: Filters,
        words: str,
        exclude: Sequence[str],
        watch: Stopwatch,
        prefer: Sequence[str] = (),
    ) -> Considered:
        """What is proposed for a slot beside an outfit, with what the stylist and the shopper's likings make of each."""
        filters = _without_what_nobody_proposes(filters, words, outfit)
        with watch.stage("retrieve"):
            query = self._complement.query(outfit, slot, wish=wish(words, filters))
            hits, relaxed = self.candidates(query, filters, [slot], exclude)
            described = self._described(words, filters.without(*relaxed), slot, exclude) if hits else []
            hits = distinct([*hits, *described])
            vectors = np.stack([hit.vector for hit in hits]) if hits else np.empty((0, len(query)), dtype=np.float32)
        with watch.stage("stylist"), self._lock:
            fit = self._fit(outfit, hits, vectors @ query, [caption_of(hit) for hit in distinct(described)])
        if prefer and hits:
            fit = scaled(fit) + LIKED * np.array([push(hit.item, prefer) for hit in hits])
        as_wished = [described_as(hit.item, words) for hit in hits]
        if any(as_wished) and not all(as_wished):
            fit = scaled(fit) + DESCRIBED * np.array(as_wished)
        return Considered(hits, vectors, fit, relaxed)

    def proposed(
        self, outfit: Sequence[Thing], slot: str, filters: Filters, words: str, exclude: Sequence[str], k: int, watch: Stopwatch
    ) -> list[Hit]:
        """The k items of a slot nearest to what an outfit lacks, under the filters as they are."""
        with watch.stage("retrieve"):
            query = self._complement.query(outfit, slot, wish=wish(words, filters))
            found = self.index.search(query, filters, [slot], k, exclude, distinct=True)
            return [Hit(hit.item, float(hit.vector @ query), hit.vector) for hit in found]

    def read(self, items: Sequence[Item], watch: Stopwatch) -> None:
        """Let the stylist read captions together that it is asked about one by one later: it remembers them, and many at
        once take it a fraction of the time."""
        if items:
            with watch.stage("stylist"), self._lock:
                self.stylist.pick(items[:1], items)

    def read_worn(self, items: Sequence[Item], watch: Stopwatch) -> None:
        """The same for what complements."""
        with watch.stage("retrieve"):
            self._complement.queries([((item,), item.slot) for item in items])

    def odds(self, outfit: Sequence[Thing], hits: Sequence[Hit], watch: Stopwatch) -> NDArray[np.float64]:
        """How well each hit completes the outfit, in log-odds but for what all share, shape (hits,)."""
        cosines = np.array([hit.similarity for hit in hits], dtype=np.float64)
        with watch.stage("stylist"), self._lock:
            return reranked(self.stylist, outfit, [hit.item for hit in hits], cosines)

    def log_odds(self, outfits: Sequence[Sequence[Thing]], watch: Stopwatch) -> list[float]:
        """The log-odds that each outfit's things go together."""
        with watch.stage("stylist"), self._lock:
            return self.stylist.log_odds(outfits)

    def scores(self, outfits: Sequence[Sequence[Thing]], watch: Stopwatch) -> list[float]:
        """How well each outfit's things go together, in (0, 1)."""
        with watch.stage("stylist"), self._lock:
            return self.stylist.scores(outfits)

    def candidates(
        self, query: Vectors | str, filters: Filters, slots: Sequence[str], exclude: Sequence[str]
    ) -> tuple[list[Hit], list[str]]:
        """The nearest items under the filters; soft wishes give way when nothing is left, and for the last when few are."""
        soft = [name for name in SOFT if getattr(filters, name)]
        for relaxed in ([], soft) if soft else ([],):
            passing = filters.without(*relaxed), slots, CANDIDATES, exclude
            if isinstance(query, str):
                hits = self.index.search_words(query, *passing, distinct=True)
            else:
                hits = self.index.search(query, *passing, distinct=True)
            if hits and soft and not relaxed and len(hits) < FEW:
                hits = [
                    *hits,
                    *self._more(
                        query, filters.without(*soft), slots, [*exclude, *(hit.item.id for hit in hits)], FEW - len(hits)
                    ),
                ]
            if hits:
                return hits, relaxed
        return [], []

    def _more(self, query: Vectors | str, filters: Filters, slots: Sequence[str], exclude: Sequence[str], k: int) -> list[Hit]:
        """What comes nearest without the soft wishes, where few have them: two shirts are no choice."""
        if isinstance(query, str):
            return self.index.search_words(query, filters, slots, k, exclude, distinct=True)
        return self.index.search(query, filters, slots, k, exclude, distinct=True)

    def _fit(
        self, outfit: Sequence[Thing], hits: Sequence[Hit], cosines: Vectors, described: Sequence[str]
    ) -> NDArray[np.float64]:
        """What each hit is worth, shape (hits,): as the stylist has it; where some fit a description, by both ranks."""
        if not hits:
            return np.empty(0)
        odds = reranked(self.stylist, outfit, [hit.item for hit in hits], cosines.astype(np.float64))
        if not described:
            return odds
        ranks = np.argsort(np.argsort(-odds, kind="stable"))
        fit = np.array([described.index(caption) if caption in described else len(hits) for caption in map(caption_of, hits)])
        worth: NDArray[np.float64] = 1 / (RANKS + ranks) + 1 / (RANKS + fit)
        return worth

    def _described(self, words: str, filters: Filters, slot: str, exclude: Sequence[str]) -> list[Hit]:
        """The items that suit the shopper's own words best, where they say more than what kind of thing is wanted."""
        return self.index.search_words(words, filters, [slot], CANDIDATES, exclude) if describe(words) else []


def made_for(item: Item, filters: Filters) -> bool:
    """Whether an item has the soft wishes: of the occasions and seasons it states, one that is asked for."""
    return all(
        not asked or not said or bool({*asked} & {*said})
        for asked, said in ((filters.occasions, item.occasions), (filters.seasons, item.seasons))
    )


def arranged(found: Considered, outfit: Sequence[Thing], k: int) -> list[int]:
    """The places of k hits: what does not clash with the outfit before what does, and each kind of them varied."""
    worn = [colour for thing in outfit if (colour := basic_of(thing))]
    colours = [basic_of(hit.item) for hit in found.hits]
    against = np.array([clashes(hit.item, outfit) for hit in found.hits])
    order: list[int] = []
    for count in sorted(set(against.tolist())):
        alike = np.flatnonzero(against == count)
        places = varied(found.fit[alike], found.vectors[alike], [colours[place] for place in alike], k - len(order), worn)
        order += [int(alike[place]) for place in places]
    return order


def wish(words: str, filters: Filters) -> str:
    """What is looked for, in words: the shopper's own; colours, occasions and seasons say more."""
    return " ".join(dict.fromkeys(filter(None, [words, *filters.colours, *filters.occasions, *filters.seasons])))


def describe(words: str) -> bool:
    """Whether words say more than what kind of thing is wanted: "chunky boots", but not "boots"."""
    for mention in reversed(vocabulary().mentions(words, "garment")):
        words = words[: mention.start] + words[mention.end :]
    return bool(words.split())


def distinct(hits: Sequence[Hit]) -> list[Hit]:
    """The hits, without a second item of the same caption."""
    seen: dict[str, Hit] = {}
    for hit in hits:
        seen.setdefault(caption_of(hit), hit)
    return list(seen.values())


def caption_of(hit: Hit) -> str:
    """A hit's caption, whatever its case."""
    return hit.item.words.casefold()


def _without_what_nobody_proposes(filters: Filters, words: str, outfit: Sequence[Thing]) -> Filters:
    """The filters, without kinds that go with nothing unless they are asked for: nobody proposes slippers with a coat."""
    named = {
        mention.name
        for text in (words, *(thing.words for thing in outfit))
        for mention in vocabulary().mentions(text, "garment")
    }
    unasked = [
        kind
        for kind, occasions in UNASKED.items()
        if kind not in named and kind not in filters.kinds and not {*occasions} & {*filters.occasions}
    ]
    return filters.model_copy(update={"exclude_kinds": (*filters.exclude_kinds, *unasked)})

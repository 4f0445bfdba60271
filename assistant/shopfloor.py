"""What the assistant can do in a shop: propose what completes an outfit, search, judge, and show, with true reasons.

Every result is plain data (`Result`), so that the page and the JSON never parse prose.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from assistant.harmony import best_harmony
from assistant.variety import varied
from catalog.items import Garment, Item
from catalog.taxonomy import vocabulary
from finetune.reranking import reranked
from finetune.stylist import ScoreKind, Stylist
from retrieval.complement import Complement
from retrieval.embeddings import Vectors
from retrieval.filters import Filters
from retrieval.index import CaptionIndex, Hit
from retrieval.lexical import RANKS
from retrieval.relaxing import Relaxation, relaxation

CANDIDATES = 50  # items that are proposed before the best are shown
SOFT = ("occasions", "seasons")  # wishes that give way, with a word about it, when nothing else is left

OCCASION_WORDS = {
    "casual": "every day", "work": "work", "formal": "formal occasions", "party": "a party", "wedding": "a wedding", "sport": "sport",
    "outdoor": "the outdoors", "beach": "the beach",
}  # fmt: skip

Recommendation = dict[str, Any]


class Result(BaseModel):
    """What a tool found. `items` are recommendations; a judgement rests on `facts` and `warnings`."""

    tool: str
    slot: str | None = None
    items: list[Recommendation] = []
    relaxed: list[str] = []  # soft wishes that gave way
    relaxation: Relaxation | None = None
    score: float | None = None
    score_kind: ScoreKind = "uncalibrated"
    facts: list[str] = []
    warnings: list[str] = []  # facts that speak against wearing the things together


@dataclass
class Stopwatch:
    """Seconds spent in each stage of a turn."""

    stages: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what happens inside, added to what the stage took before."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.stages[name] = self.stages.get(name, 0.0) + time.perf_counter() - start


Thing = Item | Garment


@dataclass(frozen=True)
class Considered:
    """What may be shown: n hits of different captions, these' vectors, shape (n, size), and what each is worth, shape (n,)."""

    hits: list[Hit]
    vectors: Vectors
    fit: NDArray[np.float64]
    relaxed: list[str]  # soft wishes that gave way


class ShopFloor:
    """One shop with its stylist. Tools may be called from several threads; the stylist serves one at a time."""

    def __init__(self, index: CaptionIndex, stylist: Stylist, complement: Complement) -> None:
        self.index, self.stylist, self._complement = index, stylist, complement
        self._stylist_lock = Lock()

    def thing(self, words: str) -> Thing:
        """The catalogue's item with this id, else a garment put in words."""
        found = self.index.get([words.strip()])
        if found:
            return found[0]
        caption = " ".join(words.split())[:300] or "garment"
        return Garment(caption=caption, slot=vocabulary().slot_of(caption))

    def complement(
        self, outfit: Sequence[Thing], slot: str, filters: Filters, words: str, exclude: Sequence[str], k: int, watch: Stopwatch
    ) -> Result:
        """The k items of a slot that go best with the outfit, scored by the stylist."""
        found = self.considered(outfit, slot, filters, words, exclude, watch)
        with watch.stage("stylist"), self._stylist_lock:
            chosen = [found.hits[place].item for place in arranged(found, outfit, k)]
            scores = self.stylist.scores([[*outfit, item] for item in chosen])
        items = [self._recommend(item, score, filters, outfit) for item, score in zip(chosen, scores, strict=True)]
        return self._result("complement", slot, items, found.relaxed, filters, [slot], exclude)

    def considered(
        self, outfit: Sequence[Thing], slot: str, filters: Filters, words: str, exclude: Sequence[str], watch: Stopwatch
    ) -> Considered:
        """What is proposed by nearness and by the shopper's words, with what the stylist thinks of each."""
        with watch.stage("retrieve"):
            query = self._complement.query(outfit, slot, wish=_wish(words, filters))
            hits, relaxed = self._candidates(query, filters, [slot], exclude)
            described = self._described(words, filters.without(*relaxed), slot, exclude) if hits else []
            hits = _distinct([*hits, *described])
            vectors = np.stack([hit.vector for hit in hits]) if hits else np.empty((0, len(query)), dtype=np.float32)
        with watch.stage("stylist"), self._stylist_lock:
            fit = self._fit(outfit, hits, vectors @ query, [caption_of(hit) for hit in _distinct(described)])
        return Considered(hits, vectors, fit, relaxed)

    def search(
        self, words: str, slots: Sequence[str], filters: Filters, exclude: Sequence[str], k: int, watch: Stopwatch
    ) -> Result:
        """The k items nearest to the words, scored by the similarity of their captions."""
        with watch.stage("retrieve"):
            wanted = _wish(words, filters) or (slots[0] if slots else "")
            hits, relaxed = self._candidates(wanted, filters, slots, exclude)
        items = [self._recommend(hit.item, max(0.0, hit.similarity), filters, ()) for hit in _distinct(hits)[:k]]
        return self._result("search", slots[0] if slots else None, items, relaxed, filters, slots, exclude)

    def judge(self, outfit: Sequence[Thing], watch: Stopwatch) -> Result:
        """How well things go together: the stylist's score, and what their colours, weather and occasions say."""
        with watch.stage("stylist"), self._stylist_lock:
            score = self.stylist.score(outfit)
        pairs = [(thing, other) for place, thing in enumerate(outfit) for other in outfit[:place]]
        relations = [relation for pair in pairs if (relation := best_harmony(*map(colours_of, pair)))]
        bold = [relation.sentence for relation in relations if relation.relation == "bold"]
        unfit = [
            f"{thing.words} and {other.words} are for different weather or occasions"
            for thing, other in pairs
            if _unfit(thing, other)
        ]
        items = [self._recommend(thing, None, Filters(), ()) for thing in outfit if isinstance(thing, Item)]
        return Result(
            tool="judge",
            items=items,
            score=score,
            score_kind=self.stylist.score_kind,
            facts=[relation.sentence for relation in relations],
            warnings=bold + unfit,
        )

    def show(self, ids: Sequence[str]) -> Result:
        """Items in full, by id."""
        return Result(tool="show", items=[self._recommend(item, None, Filters(), ()) for item in self.index.get(ids)])

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
        return self.index.search_words(words, filters, [slot], CANDIDATES, exclude) if _describe(words) else []

    def _candidates(
        self, query: Vectors | str, filters: Filters, slots: Sequence[str], exclude: Sequence[str]
    ) -> tuple[list[Hit], list[str]]:
        """The nearest items under the filters; soft wishes give way only when nothing is left."""
        soft = [name for name in SOFT if getattr(filters, name)]
        for relaxed in ([], soft) if soft else ([],):
            passing = filters.without(*relaxed), slots, CANDIDATES, exclude
            if isinstance(query, str):
                hits = self.index.search_words(query, *passing, distinct=True)
            else:
                hits = self.index.search(query, *passing, distinct=True)
            if hits:
                return hits, relaxed
        return [], []

    def _result(
        self,
        tool: str,
        slot: str | None,
        items: list[Recommendation],
        relaxed: list[str],
        filters: Filters,
        slots: Sequence[str],
        exclude: Sequence[str],
    ) -> Result:
        way_out = None if items else relaxation(self.index, filters, slots, exclude)
        kind = self.stylist.score_kind if tool == "complement" else "uncalibrated"
        return Result(tool=tool, slot=slot, items=items, relaxed=relaxed, relaxation=way_out, score_kind=kind)

    def _recommend(self, item: Item, score: float | None, filters: Filters, outfit: Sequence[Thing]) -> Recommendation:
        known = item.model_dump(mode="json", exclude_none=True, exclude={"pattern", "material"})
        said: Recommendation = {"reason": reason(item, filters, outfit)}
        if score is not None:
            kind = self.stylist.score_kind if outfit else "uncalibrated"  # without an outfit it is a mere similarity
            said |= {"score": round(score, 4), "score_kind": kind}
        return known | said


def arranged(found: Considered, outfit: Sequence[Thing], k: int) -> list[int]:
    """The places of k hits: what does not clash with the outfit before what does, and each kind of them varied."""
    basic = vocabulary().basic
    worn = [basic(named[0]) for named in map(colours_of, outfit) if named]
    shades = [colours_of(hit.item) for hit in found.hits]
    colours = [basic(named[0]) if named else "" for named in shades]
    clashes = np.array([_clashes(hit.item, outfit) for hit in found.hits])
    order: list[int] = []
    for count in sorted(set(clashes.tolist())):
        alike = np.flatnonzero(clashes == count)
        places = varied(found.fit[alike], found.vectors[alike], [colours[place] for place in alike], k - len(order), worn)
        order += [int(alike[place]) for place in places]
    return order


def _clashes(item: Item, outfit: Sequence[Thing]) -> int:
    """How many of the worn things an item clashes with, by weather and occasion, or by colours that are a bold mix."""
    relations = [best_harmony(colours_of(item), colours_of(thing)) for thing in outfit]
    bold = sum(relation is not None and relation.relation == "bold" for relation in relations)
    return bold + sum(_unfit(item, thing) for thing in outfit)


def _unfit(thing: Thing, other: Thing) -> bool:
    """Whether two things are for different weather or occasions: sandals and a wool coat, joggers and a tie."""
    return vocabulary().clash(thing.words, other.words)


def colours_of(thing: Thing) -> tuple[str, ...]:
    """A thing's colours, as stated, else as its caption names them."""
    if isinstance(thing, Item) and thing.colours:
        return thing.colours
    return tuple(mention.name for mention in vocabulary().mentions(thing.words, "colour"))


def reason(item: Item, filters: Filters, outfit: Sequence[Thing]) -> str:
    """Why this item, from facts alone: how its colour goes with what is worn, what was asked for, what it is made for."""
    facts = [harmony.sentence for thing in outfit if (harmony := best_harmony(colours_of(item), colours_of(thing)))][:1]
    asked = [name for name in filters.occasions if name in item.occasions]
    seasons = [name for name in filters.seasons if name in item.seasons]
    if asked or seasons:
        facts.append("made for " + " and ".join([*(OCCASION_WORDS[name] for name in asked), *seasons]))
    facts += [f"comes in {size.upper()}" for size in filters.sizes if size.casefold() in map(str.casefold, item.sizes)]
    if not facts and item.occasions:
        facts.append("made for " + " and ".join(OCCASION_WORDS[name] for name in item.occasions[:2]))
    return "; ".join(facts)


def _wish(words: str, filters: Filters) -> str:
    """What is looked for, in words: the shopper's own; colours, occasions and seasons say more."""
    return " ".join(dict.fromkeys(filter(None, [words, *filters.colours, *filters.occasions, *filters.seasons])))


def _describe(words: str) -> bool:
    """Whether words say more than what kind of thing is wanted: "chunky boots", but not "boots"."""
    for mention in reversed(vocabulary().mentions(words, "garment")):
        words = words[: mention.start] + words[mention.end :]
    return bool(words.split())


def _distinct(hits: Sequence[Hit]) -> list[Hit]:
    """The hits, without a second item of the same caption."""
    seen: dict[str, Hit] = {}
    for hit in hits:
        seen.setdefault(caption_of(hit), hit)
    return list(seen.values())


def caption_of(hit: Hit) -> str:
    """A hit's caption, whatever its case."""
    return hit.item.words.casefold()

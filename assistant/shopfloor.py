"""What the assistant can do in a shop: propose what completes an outfit, search, judge, and show, with true reasons.

Every result is plain data (`Result`), so that the page and the JSON never parse prose.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from pydantic import BaseModel

from assistant.harmony import best_harmony
from catalog.items import Garment, Item
from catalog.taxonomy import vocabulary
from finetune.stylist import ScoreKind, Stylist
from retrieval.complement import complement_query
from retrieval.filters import Filters
from retrieval.index import CaptionIndex, Hit

CANDIDATES = 50  # nearest captions that are looked at before the best are shown
RANKS = 60  # how slowly a rank's worth falls where two rankings are fused (Cormack et al. 2009)
SOFT = ("occasions", "seasons")  # wishes that give way, with a word about it, when nothing else is left

OCCASION_WORDS = {
    "casual": "every day", "work": "work", "formal": "formal occasions", "party": "a party", "wedding": "a wedding", "sport": "sport",
    "outdoor": "the outdoors", "beach": "the beach",
}  # fmt: skip

Recommendation = dict[str, Any]


class Relaxation(BaseModel):
    """The filter to relax where nothing is left: with it lifted, or set to `value`, there are `count` items."""

    name: str
    value: float | None = None
    count: int


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


class ShopFloor:
    """One shop with its stylist. Tools may be called from several threads; the stylist serves one at a time."""

    def __init__(self, index: CaptionIndex, stylist: Stylist) -> None:
        self.index, self.stylist = index, stylist
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
        with watch.stage("retrieve"):
            query = complement_query(self.index.embedder, [thing.words for thing in outfit], _wanted(slot, filters, words))
            hits, relaxed = self._candidates(query, filters, [slot], exclude)
            described = self._by_words(words, filters.without(*relaxed), slot) if _describe(words) else []
        with watch.stage("stylist"), self._stylist_lock:
            chosen = _arranged(self._ranked(outfit, _distinct(hits), described), outfit, k)
            scores = self.stylist.scores([[*outfit, hit.item] for hit in chosen])
        items = [self._recommend(hit.item, score, filters, outfit) for hit, score in zip(chosen, scores, strict=True)]
        return self._result("complement", slot, items, relaxed, filters, [slot], exclude)

    def search(
        self, words: str, slots: Sequence[str], filters: Filters, exclude: Sequence[str], k: int, watch: Stopwatch
    ) -> Result:
        """The k items nearest to the words, scored by the similarity of their captions."""
        with watch.stage("retrieve"):
            query = self.index.embedder.embed([_wanted(slots[0] if slots else "", filters, words)])[0]
            hits, relaxed = self._candidates(query, filters, slots, exclude)
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

    def _ranked(self, outfit: Sequence[Thing], hits: list[Hit], described: Sequence[str]) -> list[Hit]:
        """The hits as the stylist has them, best first; where ids are given that fit a description, by both ranks."""
        if not hits:
            return []
        odds = self.stylist.pick(outfit, [hit.item for hit in hits]).log_odds
        best = [hits[place] for place in sorted(range(len(hits)), key=lambda place: -odds[place])]
        fit = {item: rank for rank, item in enumerate(described)}

        def worth(rank: int) -> float:
            return 1 / (RANKS + rank) + 1 / (RANKS + fit.get(best[rank].item.id, len(hits)))

        return [best[rank] for rank in sorted(range(len(best)), key=worth, reverse=True)] if fit else best

    def _by_words(self, words: str, filters: Filters, slot: str) -> list[str]:
        """The ids of the items whose captions lie nearest to the shopper's words."""
        hits = self.index.search(self.index.embedder.embed([words])[0], filters, [slot], CANDIDATES)
        return [hit.item.id for hit in hits]

    def _candidates(
        self, query: Any, filters: Filters, slots: Sequence[str], exclude: Sequence[str]
    ) -> tuple[list[Hit], list[str]]:
        """The nearest items under the filters; soft wishes give way only when nothing is left."""
        soft = [name for name in SOFT if getattr(filters, name)]
        for relaxed in ([], soft) if soft else ([],):
            hits = self.index.search(query, filters.without(*relaxed), slots, CANDIDATES + len(exclude))
            if kept := [hit for hit in hits if hit.item.id not in exclude]:
                return kept, relaxed
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
        relaxation = None if items else self.relaxation(filters, slots, exclude)
        kind = self.stylist.score_kind if tool == "complement" else "uncalibrated"
        return Result(tool=tool, slot=slot, items=items, relaxed=relaxed, relaxation=relaxation, score_kind=kind)

    def relaxation(self, filters: Filters, slots: Sequence[str], exclude: Sequence[str] = ()) -> Relaxation | None:
        """The single filter that, lifted or moved to its nearest value, leaves something to show."""
        for name in filters.stated():
            if name == "currency":
                continue
            open_ = filters.without(name)
            count = self.index.count(open_, slots)
            if not count:
                continue
            prices = self.index.prices(open_, slots)
            nearest = {
                "max_price": min(prices, default=None),
                "total_max": min(prices, default=None),
                "min_price": max(prices, default=None),
            }
            return Relaxation(name=name, value=nearest.get(name), count=count)
        return None

    def _recommend(self, item: Item, score: float | None, filters: Filters, outfit: Sequence[Thing]) -> Recommendation:
        known = item.model_dump(mode="json", exclude_none=True, exclude={"pattern", "material"})
        said: Recommendation = {"reason": reason(item, filters, outfit)}
        if score is not None:
            kind = self.stylist.score_kind if outfit else "uncalibrated"  # without an outfit it is a mere similarity
            said |= {"score": round(score, 4), "score_kind": kind}
        return known | said


def _arranged(hits: list[Hit], outfit: Sequence[Thing], k: int) -> list[Hit]:
    """The first k: what does not clash with the outfit before what does, and among those the best of each colour first.

    Captions of one colour lie close together; without the turns, everything proposed for a navy coat is navy.
    """
    clashes = [_clashes(hit.item, outfit) for hit in hits]
    turns: Counter[str] = Counter(vocabulary().basic(colours[0]) for thing in outfit if (colours := colours_of(thing)))
    order: list[tuple[int, int, int]] = []
    for place in sorted(range(len(hits)), key=clashes.__getitem__):
        colour = vocabulary().basic((*colours_of(hits[place].item), "")[0])
        order.append((clashes[place], turns[colour], place))
        turns[colour] += 1
    return [hits[place] for _, _, place in sorted(order)][:k]


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


def _wanted(slot: str, filters: Filters, words: str) -> str:
    """What is looked for, in words: the shopper's own, else the slot; occasions and seasons say more."""
    return " ".join(dict.fromkeys([words or slot, *filters.colours, *filters.occasions, *filters.seasons]))


def _describe(words: str) -> bool:
    """Whether words say more than what kind of thing is wanted: "chunky boots", but not "boots"."""
    for mention in reversed(vocabulary().mentions(words, "garment")):
        words = words[: mention.start] + words[mention.end :]
    return bool(words.split())


def _distinct(hits: Sequence[Hit]) -> list[Hit]:
    """The hits, without a second item of the same caption."""
    seen: dict[str, Hit] = {}
    for hit in hits:
        seen.setdefault(hit.item.words.casefold(), hit)
    return list(seen.values())

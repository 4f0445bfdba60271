"""Whole looks, put together piece by piece: a beam search over what complements, scored by the stylist as one set."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assistant.floor.considering import Considering
from assistant.floor.liking import push
from assistant.floor.plans import Piece, Plan, cents, up_to
from assistant.floor.stopwatch import Stopwatch
from assistant.floor.templates import EVERY_DAY, seasons_of
from assistant.floor.things import Thing, basic_of, discord, sameness, unseasonal
from assistant.floor.variety import varied
from catalog.items import Item
from retrieval.filters import Filters
from retrieval.index import Hit

# Measured over 16 wishes in the sample shop, by the mean worth of the look that won, in log-odds, and the time that it took.
WIDTH = 12  # unfinished looks kept after each piece, over all ways to make one: 6 lose .17, 24 gain .06 in 1.7 times the time
FIRST = 24  # candidates for the piece that a look begins with, of which different ones are kept
OFFERED = 10  # candidates for each further piece of an unfinished look: 20 gain nothing
TRIED = 4  # of these, as the stylist's pick has them, how many it weighs as a whole set: 2 lose .02, 8 gain nothing
FAMILY = 3  # unfinished looks that may begin with one piece: 1 loses .13, and without a bound one piece fills the beam
CHEAP = 2  # of the cheapest that are offered too where there is a budget: without them the beam may end in front of it
MISSED = 0.5  # what an occasion costs, in log-odds, that was asked for and that a piece is not made for
AGAIN = 1.0  # and a main piece of a kind that another look has


@dataclass(frozen=True)
class Asked:
    """What a look is to be: with what is worn, for which wishes, without which ids, to whose liking."""

    given: tuple[Thing, ...]
    filters: Filters
    words: str = ""
    exclude: tuple[str, ...] = ()
    prefer: tuple[str, ...] = ()

    @property
    def occasions(self) -> tuple[str, ...]:
        """Those asked for; of a look from nothing, every day."""
        return self.filters.occasions or (() if self.given else (EVERY_DAY,))


@dataclass(frozen=True)
class Made:
    """A look, finished or not: its pieces, cents spent, what is said for and against it but the stylist's word, and its worth."""

    items: tuple[Item, ...]
    plan: Plan
    spent: int = 0
    said: float = 0.0
    worth: float = 0.0


class Weaver:
    """Makes looks for one wish."""

    def __init__(self, considering: Considering, asked: Asked, watch: Stopwatch) -> None:
        self._considering, self._asked, self._watch = considering, asked, watch

    def looks(self, plans: Sequence[Plan], others: Sequence[Made] = ()) -> list[Made]:
        """Looks by any of the plans, best first, whose main piece differs in kind or colour from those of the others."""
        width = -(-WIDTH // max(len(plans), 1))
        found = [made for plan in plans for made in self._by(plan, width, [made.items[0] for made in others])]
        return sorted(found, key=lambda made: -made.worth)

    def _by(self, plan: Plan, width: int, mains: Sequence[Item]) -> list[Made]:
        beam = self._begun(plan, width, mains)
        for place in range(1, len(plan.pieces)):
            offers = [(made, self._offered(made, place, OFFERED)) for made in beam]
            self._considering.read([hit.item for _, hits in offers for hit in hits], self._watch)
            beam = self._kept([longer for made, hits in offers for longer in self._longer(made, hits, place)], width)
        return beam

    def _begun(self, plan: Plan, width: int, mains: Sequence[Item]) -> list[Made]:
        """Looks of one piece: good ones that differ."""
        start = Made((), plan)
        hits = [hit for hit in self._offered(start, 0, FIRST) if not any(_same(hit.item, main) for main in mains)]
        if not hits:
            return []
        fit = self._fit(start, hits) - AGAIN * np.array([sum(_alike(hit.item, main) for main in mains) for hit in hits])
        places = varied(fit, np.stack([hit.vector for hit in hits]), [basic_of(hit.item) for hit in hits], width)
        begun = self._weighed([self._with(start, hits[place].item) for place in places])
        self._considering.read_worn([made.items[0] for made in begun], self._watch)
        return begun

    def _longer(self, made: Made, hits: Sequence[Hit], place: int) -> list[Made]:
        """A look with each of the few best next pieces."""
        if not hits:
            return [] if made.plan.pieces[place].required else [made]
        best = np.argsort(-self._fit(made, hits), kind="stable")[:TRIED]
        return [self._with(made, hits[int(at)].item) for at in best]

    def _kept(self, beam: Sequence[Made], width: int) -> list[Made]:
        """The best, no more than a few of which begin alike."""
        families: Counter[str] = Counter()
        kept: list[Made] = []
        for made in sorted(self._weighed(beam), key=lambda made: -made.worth):
            families[made.items[0].id] += 1
            if families[made.items[0].id] <= FAMILY and len(kept) < width:
                kept.append(made)
        self._considering.read_worn([made.items[-1] for made in kept], self._watch)
        return kept

    def _offered(self, made: Made, place: int, k: int) -> list[Hit]:
        """Candidates for a place that the budget reaches."""
        piece, room = made.plan.pieces[place], made.plan.room(place, made.spent)
        if room is not None and room < piece.cheapest:
            return []
        hits = self._proposed(made, piece, room, k)
        if room is not None:
            known = {hit.item.id for hit in hits}
            hits += [hit for hit in self._proposed(made, piece, piece.cheapest, CHEAP) if hit.item.id not in known]
        return hits

    def _proposed(self, made: Made, piece: Piece, limit: int | None, k: int) -> list[Hit]:
        asked, filters = self._asked, piece.filters
        if limit is not None:
            filters = up_to(filters, limit)
        words = " ".join(dict.fromkeys(filter(None, [asked.words, *asked.prefer])))
        outfit = [*asked.given, *made.items]
        return self._considering.proposed(outfit, piece.slot, filters, words, asked.exclude, k, self._watch)

    def _fit(self, made: Made, hits: Sequence[Hit]) -> NDArray[np.float64]:
        """How well each hit continues a look, in log-odds but for what all share, shape (hits,)."""
        odds = self._considering.odds([*self._asked.given, *made.items], hits, self._watch)
        fit: NDArray[np.float64] = odds + np.array([self._said(made, hit.item) for hit in hits])
        return fit

    def _with(self, made: Made, item: Item) -> Made:
        spent, said = made.spent + cents(item.price), made.said + self._said(made, item)
        return replace(made, items=(*made.items, item), spent=spent, said=said)

    def _said(self, made: Made, item: Item) -> float:
        """What is said for and against a piece beside the stylist's word, in log-odds."""
        missed = sum(bool(item.occasions) and name not in item.occasions for name in self._asked.occasions)
        others = [*self._asked.given, *made.items]
        against = discord(item, others) + sameness(item, others) + unseasonal(item, seasons_of(self._asked.filters))
        return push(item, self._asked.prefer) - MISSED * missed - against

    def _weighed(self, beam: Sequence[Made]) -> list[Made]:
        odds = self._considering.log_odds([[*self._asked.given, *made.items] for made in beam], self._watch)
        return [replace(made, worth=worth + made.said) for made, worth in zip(beam, odds, strict=True)]


def _same(item: Item, other: Item) -> bool:
    return _alike(item, other) and basic_of(item) == basic_of(other)


def _alike(item: Item, other: Item) -> bool:
    return item.kind == other.kind

"""What the assistant can do in a shop: propose what completes an outfit, search, judge, build, swap, and show.

Every result is plain data (`Result`), so that the page and the JSON never parse prose.
"""

from collections.abc import Sequence
from typing import Any

from assistant.floor.cheapest import cheapest as low_priced
from assistant.floor.considering import Considered, Considering, arranged, distinct, made_for, wish
from assistant.floor.dressing import dress
from assistant.floor.judging import colour_facts, shares, warnings, weakest_and_better
from assistant.floor.keeping import keeping
from assistant.floor.liking import described_as, liked, named_looks
from assistant.floor.looks import Asked
from assistant.floor.reasons import OCCASION_WORDS, reason, reasons, why
from assistant.floor.results import Contribution, Look, Recommendation, Result, Rival, Why, recommended
from assistant.floor.stopwatch import Stopwatch
from assistant.floor.swapping import swap
from assistant.floor.templates import implied_gender
from assistant.floor.things import Thing, colours_of
from catalog.items import Garment, Item
from catalog.taxonomy import vocabulary
from finetune.stylist import Stylist
from retrieval.complement import Complement
from retrieval.filters import Filters
from retrieval.index import CaptionIndex, Hit
from retrieval.relaxing import relaxation

# What others know the shop floor's parts by.
__all__ = [
    "OCCASION_WORDS",
    "Considered",
    "Contribution",
    "Look",
    "Recommendation",
    "Result",
    "Rival",
    "ShopFloor",
    "Stopwatch",
    "Why",
    "arranged",
    "colours_of",
]

NOBODY = "unnamed stylist"
LIFT = 10  # places by which each liked word that holds lifts an item of a search

ANYTHING = Filters()


class ShopFloor:
    """One shop with its stylist, which `stylist_name` tells from others. Tools may be called from several threads."""

    def __init__(self, index: CaptionIndex, stylist: Stylist, complement: Complement, stylist_name: str = NOBODY) -> None:
        self.index, self.stylist, self.stylist_name = index, stylist, stylist_name
        self._considering = Considering(index, stylist, complement)
        self.considered = self._considering.considered

    def thing(self, words: str) -> Thing:
        """The catalogue's item with this id, else a garment put in words."""
        found = self.index.get([words.strip()])
        if found:
            return found[0]
        caption = " ".join(words.split())[:300] or "garment"
        return Garment(caption=caption, slot=vocabulary().slot_of(caption))

    def complement(
        self,
        outfit: Sequence[Thing],
        slot: str,
        filters: Filters,
        words: str,
        exclude: Sequence[str],
        k: int,
        watch: Stopwatch,
        prefer: Sequence[str] = (),
    ) -> Result:
        """The k items of a slot that go best with the outfit, scored by the stylist."""
        found = self._for_whom(outfit, slot, filters, words, exclude, watch, prefer)
        chosen = [found.hits[place].item for place in arranged(found, outfit, k)]
        chosen.sort(key=lambda item: not made_for(item, filters.without(*found.relaxed)))
        scores = self._considering.scores([[*outfit, item] for item in chosen], watch)
        kind = self.stylist.score_kind if outfit else "uncalibrated"  # without an outfit it says nothing
        told = reasons(chosen, filters, outfit, prefer)
        items = [recommended(item, text, score, kind) for item, text, score in zip(chosen, told, scores, strict=True)]
        result = Result(tool="complement", slot=slot, items=items, relaxed=found.relaxed, score_kind=self.stylist.score_kind)
        return result.model_copy(update=self._held_against(chosen, words, [slot], filters, found.relaxed, exclude))

    def search(
        self,
        words: str,
        slots: Sequence[str],
        filters: Filters,
        exclude: Sequence[str],
        k: int,
        watch: Stopwatch,
        prefer: Sequence[str] = (),
        cheapest: bool = False,
    ) -> Result:
        """The k items nearest to the words, scored by the similarity of their captions; or the cheapest that suit them."""
        with watch.stage("retrieve"):
            if cheapest:
                hits, relaxed = low_priced(self.index, words, slots, filters, exclude, k)
            else:
                wanted = wish(words, filters) or (slots[0] if slots else "")
                hits, relaxed = self._considering.candidates(wanted, filters, slots, exclude)
                hits = sorted(_lifted(distinct(hits), prefer), key=lambda hit: not described_as(hit.item, words))[:k]
                hits.sort(key=lambda hit: not made_for(hit.item, filters.without(*relaxed)))
        told = reasons([hit.item for hit in hits], filters, (), prefer)
        items = [recommended(hit.item, text, max(0.0, hit.similarity)) for hit, text in zip(hits, told, strict=True)]
        result = Result(tool="search", slot=slots[0] if slots else None, items=items, relaxed=relaxed)
        chosen = [hit.item for hit in hits]
        return result.model_copy(update=self._held_against(chosen, words, slots, filters, relaxed, exclude))

    def _held_against(
        self,
        chosen: Sequence[Item],
        words: str,
        slots: Sequence[str],
        filters: Filters,
        relaxed: Sequence[str],
        exclude: Sequence[str],
    ) -> dict[str, Any]:
        """How far what was chosen is what was wished; where nothing was, whether all was seen, and what to relax."""
        if not chosen:
            seen = self.index.count(filters, slots) if exclude else 0
            return {"seen": seen, "relaxation": relaxation(self.index, filters, slots, exclude)}
        looks, soft = " ".join(named_looks(words)), filters.without(*relaxed)
        return {
            "lacking": sum(not made_for(item, soft) for item in chosen),
            "described": sum(described_as(item, looks) for item in chosen) if looks else None,
        }

    def judge(self, outfit: Sequence[Thing], filters: Filters, watch: Stopwatch) -> Result:
        """How well things go together: the score, what each adds, what their colours, weather and occasions say, what is better."""
        score, added = shares(self._considering, outfit, watch)
        place, better = weakest_and_better(self._considering, outfit, score, added, filters, watch)
        items = [recommended(thing, reason(thing, Filters(), ())) for thing in outfit if isinstance(thing, Item)]
        if better:
            rest = [*outfit[: better.place], *outfit[better.place + 1 :]]
            items.append(recommended(better.item, reason(better.item, filters, rest), better.score, self.stylist.score_kind))
        return Result(
            tool="judge",
            items=items,
            score=score if len(outfit) > 1 else None,  # one thing goes with nothing
            score_kind=self.stylist.score_kind,
            facts=colour_facts(outfit),
            warnings=warnings(outfit, filters),
            contributions=[_contribution(thing, share) for thing, share in zip(outfit, added, strict=True)],
            weakest=None if place is None else _called(outfit[place]),
            better=better.item.id if better else None,
        )

    def build(
        self,
        asked: Asked,
        slots: Sequence[str],
        without: Sequence[str],
        looks: int,
        watch: Stopwatch,
        stays: Sequence[str] = (),
    ) -> Result:
        """Whole looks, around what is worn or from nothing; or one of which these ids stay, as far as the wishes let them."""
        kept = self.index.get(stays)
        goes_on = keeping(self._considering, asked, kept, slots, without, watch) if kept else None
        return goes_on or dress(self._considering, asked, slots, without, looks, watch)

    def swap(self, asked: Asked, slot: str, watch: Stopwatch) -> Result:
        """One new item of a slot beside what stays of a look, and the look with it."""
        return swap(self._considering, asked, slot, watch)

    def show(self, ids: Sequence[str], worn: Sequence[Thing], watch: Stopwatch, filters: Filters = ANYTHING) -> Result:
        """Items in full, by id; with what each was chosen to go with, and under which filters, also why each won."""
        items = self.index.get(ids)
        shown = [recommended(item, reason(item, Filters(), worn)) for item in items]
        return Result(tool="show", items=shown, whys=[self._why(item, worn, filters, watch) for item in items] if worn else [])

    def _why(self, item: Item, worn: Sequence[Thing], filters: Filters, watch: Stopwatch) -> Why:
        """What was considered for an item's slot beside what is worn, scored anew."""
        outfit = [thing for thing in worn if thing != item]
        ids = [thing.id for thing in outfit if isinstance(thing, Item)]
        whose = filters.gender or (item.gender if item.gender != "unisex" else implied_gender(outfit, Filters()))
        under = filters.for_slot(item.slot).model_copy(update={"gender": whose})
        found = self._considering.considered(outfit, item.slot, under, "", ids, watch)
        others = [hit.item for hit in found.hits if hit.item.words.casefold() != item.words.casefold()]
        own, *scores = self._considering.scores([[*outfit, one] for one in (item, *others)], watch)
        return why(item, own if outfit else None, list(zip(others, scores, strict=True)), self.stylist_name)

    def _for_whom(
        self,
        outfit: Sequence[Thing],
        slot: str,
        filters: Filters,
        words: str,
        exclude: Sequence[str],
        watch: Stopwatch,
        prefer: Sequence[str],
    ) -> Considered:
        """What is considered; where the worn things tell for whom, and something is left, only what is for them."""
        gender = implied_gender(outfit, filters, words)
        if gender and not filters.gender:
            whose = filters.model_copy(update={"gender": gender})
            found = self._considering.considered(outfit, slot, whose, words, exclude, watch, prefer)
            if found.hits and not found.relaxed:
                return found
        return self._considering.considered(outfit, slot, filters, words, exclude, watch, prefer)


def _lifted(hits: Sequence[Hit], prefer: Sequence[str]) -> list[Hit]:
    """Hits in their order, those that are liked some places higher."""
    places = sorted(range(len(hits)), key=lambda place: place - LIFT * len(liked(hits[place].item, prefer)))
    return [hits[place] for place in places]


def _called(thing: Thing) -> str:
    return thing.title if isinstance(thing, Item) else thing.caption


def _contribution(thing: Thing, share: float) -> Contribution:
    return Contribution(caption=thing.words, id=thing.id if isinstance(thing, Item) else None, share=round(share, 4))

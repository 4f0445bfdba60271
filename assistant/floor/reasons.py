"""Why an item is recommended, from facts alone: its words and the worn things', colours, price, what was asked for and liked."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from assistant.floor.harmony import best_harmony
from assistant.floor.liking import liked
from assistant.floor.results import Rival, Why
from assistant.floor.things import Thing, colours_of
from catalog.items import Item
from catalog.taxonomy import vocabulary
from retrieval.filters import Filters

OCCASION_WORDS = {
    "casual": "every day", "work": "work", "formal": "formal occasions", "party": "a party", "wedding": "a wedding", "sport": "sport",
    "outdoor": "the outdoors", "beach": "the beach",
}  # fmt: skip

MOST = 3  # facts of a reason: nobody reads a list under each of five things
FILLED = 2  # facts up to which those that nobody asked for are added
TELLING = 0.2  # share of a stated limit that a price must stay below it to be worth a word
RIVALS = 3  # losers that "why this?" names


class Fact(NamedTuple):
    """A true sentence; facts of one shape read alike."""

    shape: str
    text: str


def reason(item: Item, filters: Filters, outfit: Sequence[Thing], prefer: Sequence[str] = ()) -> str:
    """Why this item beside an outfit, in a few facts, the most telling first; "" where nothing is known."""
    return reasons([item], filters, outfit, prefer)[0]


def reasons(items: Sequence[Item], filters: Filters, outfit: Sequence[Thing], prefer: Sequence[str] = ()) -> list[str]:
    """A reason for each of the items shown together; where an item has several facts to tell, not the same for all."""
    return _told([(item, outfit) for item in items], filters, prefer)


def look_reasons(items: Sequence[Item], given: Sequence[Thing], filters: Filters, prefer: Sequence[str] = ()) -> list[str]:
    """A reason for each piece of a look beside the others; what all of it is made for, the look's facts say."""
    beside = [(item, [*given, *(other for other in items if other.id != item.id)]) for item in items]
    return _told(beside, filters.without("occasions", "seasons"), prefer)


def look_facts(items: Sequence[Item], filters: Filters, total: float | None) -> list[str]:
    """What is true of a look as a whole: its colours, what all of it is made for, what is left of the budget."""
    colours = list(dict.fromkeys(colour[0] for item in items if (colour := colours_of(item))))
    facts = (
        [f"in {', '.join(colours[:-1])} and {colours[-1]}" if len(colours) > 1 else f"all in {colours[0]}"] if colours else []
    )
    asked = [OCCASION_WORDS[name] for name in filters.occasions if all(name in item.occasions for item in items)]
    facts += [f"every piece made for {' and '.join(asked)}"] if asked else []
    if filters.total_max is not None and total is not None and total < filters.total_max:
        facts.append(f"{filters.total_max - total:.2f} under your budget")
    return facts


def why(item: Item, score: float | None, rivals: Sequence[tuple[Item, float]], model: str) -> Why:
    """Why an item with this score was chosen among rivals, in any order, with theirs."""
    behind = sorted(((rival, at) for rival, at in rivals if score is not None and at <= score), key=lambda pair: -pair[1])
    return Why(
        id=item.id,
        rank=1 + len(rivals) - len(behind),
        of=1 + len(rivals),
        score=None if score is None else round(score, 4),
        rivals=[Rival(id=rival.id, title=rival.title, score=round(at, 4)) for rival, at in behind[:RIVALS]],
        caption=item.words,
        caption_source=item.caption_source,
        model=model,
    )


def _told(beside: Sequence[tuple[Item, Sequence[Thing]]], filters: Filters, prefer: Sequence[str]) -> list[str]:
    told: Counter[str] = Counter()
    found = []
    for item, outfit in beside:
        facts = _chosen(item, filters, outfit, prefer, told)
        told.update(fact.shape for fact in facts)
        found.append("; ".join(fact.text for fact in facts))
    return found


def _chosen(item: Item, filters: Filters, outfit: Sequence[Thing], prefer: Sequence[str], told: Counter[str]) -> Sequence[Fact]:
    fresh = sorted(_beside(item, outfit), key=lambda fact: told[fact.shape])  # stable: of the untold, the first
    facts = [*_preferred(item, prefer), *fresh[:1], *_asked(item, filters)][:MOST]
    rest = sorted([*fresh[1:], *_made_for(item)], key=lambda fact: told[fact.shape])
    for fact in rest:
        if not facts or (len(facts) < FILLED and not told[fact.shape] and fact.shape not in [other.shape for other in facts]):
            facts.append(fact)
    return facts


def _preferred(item: Item, prefer: Sequence[str]) -> Iterator[Fact]:
    held = liked(item, prefer)
    if held:
        yield Fact("liked", f"{' and '.join(held[:2])}, which you like")


def _beside(item: Item, outfit: Sequence[Thing]) -> Iterator[Fact]:
    """How an item relates to what it is worn with: by colour, by material, by pattern, by weather."""
    for thing in outfit:
        if relation := best_harmony(colours_of(item), colours_of(thing)):
            yield Fact(relation.relation, relation.sentence)
    for thing in outfit:
        worn = _name(thing)
        if shared := sorted(_materials(item) & _materials(thing)):
            yield Fact("material", f"{shared[0]}, like the {worn}")
        if item.pattern == "solid" and (pattern := _pattern(thing)):
            yield Fact("pattern", f"plain beside the {pattern} {worn}")
        if "cold" in vocabulary().moods(item.words) & vocabulary().moods(thing.words):
            yield Fact("cold", f"warm, like the {worn}")


def _asked(item: Item, filters: Filters) -> Iterator[Fact]:
    occasions = [OCCASION_WORDS[name] for name in filters.occasions if name in item.occasions]
    seasons = [name for name in filters.seasons if name in item.seasons]
    if occasions or seasons:
        yield Fact("made for", "made for " + " and ".join([*occasions, *seasons]))
    for size in filters.sizes:
        if size.casefold() in map(str.casefold, item.sizes):
            yield Fact("size", f"comes in {size.upper()}")
    if filters.max_price and item.price is not None and item.price <= (1 - TELLING) * filters.max_price:
        yield Fact("price", f"{filters.max_price - item.price:.2f} under your limit")


def _made_for(item: Item) -> Iterator[Fact]:
    if item.occasions:
        names = " and ".join(OCCASION_WORDS[name] for name in item.occasions[:2])
        yield Fact("made for", f"made for {names}")


def _materials(thing: Thing) -> set[str]:
    """Materials that stand in the caption itself."""
    return {mention.name for mention in vocabulary().mentions(thing.words, "material")}


def _pattern(thing: Thing) -> str | None:
    named = [mention.name for mention in vocabulary().mentions(thing.words, "pattern")]
    return named[0] if named and named[0] not in ("solid", "graphic") else None


def _name(thing: Thing) -> str:
    """What a thing is, in a word: "coat", "jeans"."""
    kind = vocabulary().kind_in(thing.words)
    return (kind.one if kind else thing.words).removeprefix("pair of ").removeprefix("piece of ")

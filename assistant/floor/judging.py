"""What a set of things is worth: its score, what each thing adds, which adds least, and a better one for its place."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from assistant.floor.considering import Considering, arranged
from assistant.floor.harmony import best_harmony
from assistant.floor.reasons import OCCASION_WORDS
from assistant.floor.stopwatch import Stopwatch
from assistant.floor.templates import implied_gender
from assistant.floor.things import Thing, bold, colours_of, unfit
from catalog.items import Item
from catalog.taxonomy import vocabulary
from retrieval.filters import Filters

MOST = 3  # sentences about colours: a set of five has ten pairs
TRIED = 10  # candidates for the weakest thing's place that are weighed within the whole set
WELL = 0.6  # score of two things from which neither is weak: who asks whether they go together wants no others
WORTH = 0.02  # what a better one must add to the score for it to be worth a word


class Better(NamedTuple):
    """The thing at a place of a set, an item that would do better there, and the set's score with it."""

    place: int
    item: Item
    score: float


def shares(considering: Considering, outfit: Sequence[Thing], watch: Stopwatch) -> tuple[float, list[float]]:
    """A set's score in (0, 1), and what each thing adds to it: the score less the score without the thing.

    Two things add the same: either is nothing to go with without the other.
    """
    without = [[*outfit[:place], *outfit[place + 1 :]] for place in range(len(outfit))]
    whole, *rest = considering.scores([outfit, *without], watch)
    return whole, [whole - part for part in rest]


def weakest_and_better(
    considering: Considering, outfit: Sequence[Thing], score: float, added: Sequence[float], filters: Filters, watch: Stopwatch
) -> tuple[int | None, Better | None]:
    """The place of the weakest thing, and what would do better there.

    The weakest clashes with most of the others; of those that clash with as many it adds least. Two things clash and add the
    same; of these it is the lesser, which people change first: the shoes and not the coat.
    """
    if len(outfit) < 2 or (len(outfit) == 2 and score >= WELL):
        return None, None
    places = [_weakest(outfit, added)] if len(outfit) > 2 else sorted(range(2), key=lambda at: -_rank(outfit[at]))
    for place in places:
        better = _better(considering, outfit, place, filters, watch)
        if better and better.score >= score + WORTH:
            return place, better
    return (places[0] if len(outfit) > 2 else None), None


def _weakest(outfit: Sequence[Thing], added: Sequence[float]) -> int:
    against = [sum(unfit(thing, other) + bold(thing, other) for other in outfit if other is not thing) for thing in outfit]
    return min(range(len(outfit)), key=lambda place: (-against[place], added[place]))


def _rank(thing: Thing) -> int:
    """A thing's place in the vocabulary's order of slots, which begins with what an outfit is made of."""
    return vocabulary().slots.index(slot) if (slot := thing.slot or vocabulary().slot_of(thing.words)) else -1


def _better(considering: Considering, outfit: Sequence[Thing], place: int, filters: Filters, watch: Stopwatch) -> Better | None:
    """The best item for a place among those that do not clash more than others."""
    rest = [*outfit[:place], *outfit[place + 1 :]]
    slot = outfit[place].slot or vocabulary().slot_of(outfit[place].words)
    if slot is None:
        return None
    filters = filters.for_slot(slot).model_copy(update={"gender": implied_gender(outfit, filters)})
    ids = [thing.id for thing in outfit if isinstance(thing, Item)]
    found = considering.considered(rest, slot, filters, "", ids, watch)
    places = arranged(found, rest, len(found.hits))
    items = [
        found.hits[at].item for at in places if not any(_for_other_occasions(found.hits[at].item, other) for other in rest)
    ]
    items = items[:TRIED]
    if not items:
        return None
    scores = considering.scores([[*rest, item] for item in items], watch)
    best = int(np.argmax(scores))
    return Better(place, items[best], scores[best])


def _for_other_occasions(item: Item, other: Thing) -> bool:
    """Whether two things are made for different occasions: a slip dress for a party, a shoe for work."""
    return isinstance(other, Item) and bool(item.occasions and other.occasions) and not {*item.occasions} & {*other.occasions}


def colour_facts(outfit: Sequence[Thing]) -> list[str]:
    """How the colours of a set relate, in a few sentences."""
    relations = [relation for thing, other in _pairs(outfit) if (relation := best_harmony(*map(colours_of, (thing, other))))]
    return list(dict.fromkeys(relation.sentence for relation in relations))[:MOST]


def warnings(outfit: Sequence[Thing], filters: Filters) -> list[str]:
    """What speaks against wearing things together, or for what the shopper asked."""
    relations = [best_harmony(*map(colours_of, pair)) for pair in _pairs(outfit) if bold(*pair)]
    found = [relation.sentence for relation in relations if relation]
    found += [
        f"{thing.words} and {other.words} are for different weather or occasions"
        for thing, other in _pairs(outfit)
        if unfit(thing, other)
    ]
    for thing in outfit:
        if isinstance(thing, Item) and thing.occasions and filters.occasions and not {*thing.occasions} & {*filters.occasions}:
            asked = " or ".join(OCCASION_WORDS.get(name, name) for name in filters.occasions)
            found.append(f"{thing.words} is not made for {asked}")
    return list(dict.fromkeys(found))


def _pairs(outfit: Sequence[Thing]) -> list[tuple[Thing, Thing]]:
    return [(thing, other) for place, thing in enumerate(outfit) for other in outfit[:place]]

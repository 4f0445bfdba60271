"""What is worn or offered, and what speaks against wearing two of them together."""

from collections.abc import Sequence
from functools import lru_cache

from assistant.floor.harmony import best_harmony, is_neutral
from catalog.items import Garment, Item
from catalog.taxonomy import vocabulary

Thing = Item | Garment

# What each costs a set, in log-odds of the stylist's score. Chosen by eye over looks in the sample shop: a clash outweighs
# what one piece commonly gains over another (about 1), and a bold mix alone does not.
UNFIT, APART, BOLD, BUSY = 2.0, 1.0, 0.8, 0.8
SAME, LOUD, TONES = 0.7, 1.5, 2
WEATHER = {"summer": "cold", "winter": "warm"}  # the mood that is out of place
PLAIN = (None, "solid")


def colours_of(thing: Thing) -> tuple[str, ...]:
    """A thing's colours, as stated, else as its caption names them."""
    if isinstance(thing, Item) and thing.colours:
        return thing.colours
    return _named_colours(thing.words)


def basic_of(thing: Thing) -> str:
    """The basic colour of a thing's main colour; "" where none is known."""
    named = colours_of(thing)
    return vocabulary().basic(named[0]) if named else ""


def clashes(item: Item, outfit: Sequence[Thing]) -> int:
    """How many of the worn things an item clashes with, by weather and occasion, or by colours that are a bold mix."""
    return sum(bold(item, thing) + unfit(item, thing) for thing in outfit)


def unfit(thing: Thing, other: Thing) -> bool:
    """Whether two things are for different weather or occasions: sandals and a wool coat, joggers and a tie."""
    return _clash(*sorted((thing.words, other.words)))


def bold(thing: Thing, other: Thing) -> bool:
    """Whether the colours of two things are a bold mix."""
    relation = best_harmony(colours_of(thing), colours_of(other))
    return relation is not None and relation.relation == "bold"


def sameness(thing: Thing, others: Sequence[Thing]) -> float:
    """What one more of a colour costs where two are worn already, in log-odds: tone on tone is fine, a uniform is not."""
    colour = basic_of(thing)
    if not colour or sum(basic_of(other) == colour for other in others) < TONES:
        return 0.0
    return SAME if is_neutral(colour) else LOUD


def unseasonal(thing: Thing, seasons: Sequence[str]) -> float:
    """What a thing for other weather than the seasons' costs, in log-odds: wool in summer, linen in winter."""
    wrong = {WEATHER[season] for season in seasons if season in WEATHER}
    return UNFIT * bool(wrong & _moods(thing.words))


def discord(thing: Thing, others: Sequence[Thing]) -> float:
    """What speaks against a thing beside others, in log-odds, 0 or more."""
    return sum(_discord(thing, other) for other in others)


def _discord(thing: Thing, other: Thing) -> float:
    cost = UNFIT * unfit(thing, other) + BOLD * bold(thing, other)
    if isinstance(thing, Item) and isinstance(other, Item):
        cost += APART * (_apart(thing.occasions, other.occasions) + _apart(thing.seasons, other.seasons))
        cost += BUSY * (thing.pattern not in PLAIN and other.pattern not in PLAIN)
    return cost


def _apart(values: Sequence[str], others: Sequence[str]) -> bool:
    """Whether both state something, and nothing in common; who states nothing is for all."""
    return bool(values and others and not set(values) & set(others))


@lru_cache(maxsize=100_000)  # the same few pieces are compared over and over while a look is put together
def _clash(words: str, other: str) -> bool:
    return vocabulary().clash(words, other)


@lru_cache(maxsize=20_000)
def _moods(words: str) -> frozenset[str]:
    return frozenset(vocabulary().moods(words))


@lru_cache(maxsize=20_000)
def _named_colours(words: str) -> tuple[str, ...]:
    return tuple(mention.name for mention in vocabulary().mentions(words, "colour"))

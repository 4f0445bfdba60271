"""What a shopper likes, in words, and which of it holds for an item: a small push in a ranking, never a filter."""

from collections.abc import Sequence
from functools import lru_cache

from assistant.floor.things import Thing, colours_of
from catalog.items import Item
from catalog.taxonomy import Mention, vocabulary

PUSH = 0.7  # what each liked word that holds is worth, in log-odds: below what a clash costs
MOST = 2  # liked words that count: one item need not be everything


def liked(thing: Thing, prefer: Sequence[str]) -> list[str]:
    """The preferred words that hold for a thing: its colour, kind, material, pattern, brand, or a word of its caption."""
    return [word for word in prefer if _holds(thing, word)]


def described_as(thing: Thing, words: str) -> bool:
    """Whether a thing has all the materials, patterns and colours that words name: "wool", "striped cotton". True where they name none.

    Of colours the family counts: a beige coat is as "stone coat" says.
    """
    families = {vocabulary().basic(colour) for colour in colours_of(thing)}
    return all(
        vocabulary().basic(mention.name) in families if mention.field == "colour" else _bears(thing, mention)
        for mention in _looks(words)
    )


def named_looks(words: str) -> tuple[str, ...]:
    """The materials and patterns that words name."""
    found = dict.fromkeys(mention.name for mention in _looks(words) if mention.field != "colour")
    return tuple(name for name in found if name != "solid")  # plain is what most things are


@lru_cache(maxsize=1_000)
def _looks(words: str) -> tuple[Mention, ...]:
    return tuple(vocabulary().mentions(words, "material", "pattern", "colour"))


def push(thing: Thing, prefer: Sequence[str]) -> float:
    """What a thing gains by being liked, in log-odds."""
    return PUSH * min(len(liked(thing, prefer)), MOST)


def _holds(thing: Thing, word: str) -> bool:
    meant = _meant(word)
    places = {mention.start for mention in meant}  # one word may be of several fields, any of which will do
    held = {mention.start for mention in meant if _bears(thing, mention)}
    return held == places if meant else _says(thing, word)


def _bears(thing: Thing, mention: Mention) -> bool:
    """Whether a thing is of a colour, kind, material or other that the vocabulary knows."""
    words, name = vocabulary(), mention.name
    if mention.field == "colour":
        return any(name in (colour, words.basic(colour)) for colour in colours_of(thing))
    if mention.field == "garment":
        kind = thing.kind if isinstance(thing, Item) else getattr(words.kind_in(thing.words), "name", None)
        return words.covers(name, kind)
    if isinstance(thing, Item):
        stated = {
            "material": (thing.material,),
            "pattern": (thing.pattern,),
            "occasion": thing.occasions,
            "season": thing.seasons,
        }
        if name in stated.get(mention.field, ()):
            return True
    return any(found.name == name for found in words.mentions(thing.words, mention.field))


def _says(thing: Thing, word: str) -> bool:
    brand = (thing.brand or "").casefold() if isinstance(thing, Item) else ""
    return word.casefold() == brand or f" {word.casefold()} " in f" {thing.words.casefold()} "


@lru_cache(maxsize=1_000)
def _meant(word: str) -> tuple[Mention, ...]:
    """What the vocabulary reads in a word; nothing where it reads only a part of it."""
    found = vocabulary().mentions(word)
    read = {place for mention in found for place in range(mention.start, mention.end)}
    return tuple(found) if all(place in read or letter.isspace() for place, letter in enumerate(word)) else ()

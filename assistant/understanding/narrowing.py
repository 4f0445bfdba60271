"""Narrower types that a message names without their noun: "only round ones" of sunglasses, "cat eye only", "something flat"."""

import re
from collections.abc import Iterable

from assistant.understanding.turned_down import ruled_out
from catalog.taxonomy import vocabulary

_WORDS = re.compile(r"(?=\b([a-z][\w-]{2,}(?: [a-z][\w-]+)?)\b)")
_APART = re.compile(
    r"\b(?P<before>[a-z][\w-]+(?: [a-z][\w-]+)?) (?:only|ones?|if possible|if you(?: have|'ve got| got)|if there (?:are|is)|for preference)\b|"
    r"\b(?:only|preferably|ideally|prefer|rather) (?P<after>[a-z][\w-]+(?: [a-z][\w-]+)?)\b"
)


_LENGTHS = {"minis": "mini", "midis": "midi", "maxis": "maxi"}


def narrower(text: str, bases: Iterable[str]) -> tuple[list[str], list[str]]:
    """The types narrower than the bases that words of a message name: those wanted, and those ruled out."""
    wanted: list[str] = []
    never: list[str] = []
    known = list(bases)
    for match in _WORDS.finditer(text.lower()):
        if vocabulary().mentions(match[1].split()[0], "garment"):
            continue  # "the dress is gorgeous, but other shoes": no dress shoes
        named = _named(match[1], known)
        (never if ruled_out(text[: match.start()]) else wanted).extend(kind for kind in named if kind not in (*wanted, *never))
    return wanted, never


def preferred(text: str, base: str) -> list[str]:
    """The narrower types of a base that a message names apart from it: "sunglasses, cat eye only"."""
    found = [
        _named(match["before"] or match["after"], [base])
        for match in _APART.finditer(text.lower())
        if not ruled_out(text[: match.start()])
    ]
    return list(dict.fromkeys(kind for kinds in found for kind in kinds))


def _named(words: str, bases: list[str]) -> list[str]:
    """The longest of the words that name a type with a base: "cat eye", "round" of "round ones"."""
    first = words.split()[0]
    for form in dict.fromkeys([words, first, _LENGTHS.get(first, first)]):
        kinds = [kind for base in bases if (kind := vocabulary().lookup("garment", f"{form} {base}")) and kind not in bases]
        if kinds:
            return kinds
    return []


def shared(text: str, words: str, noun: str) -> list[str]:
    """Types that share a noun with the next: midi skirts in "midi or maxi skirts"."""
    match = re.search(rf"\b([a-z][\w-]+)\s*(?:/|or|and|&)\s*{re.escape(words.lower())}", text.lower())
    if match is None or vocabulary().mentions(match[1], "garment"):
        return []  # "dress and shoes" are no dress shoes
    kind = vocabulary().lookup("garment", f"{match[1]} {noun.split()[-1]}")
    return [kind] if kind else []

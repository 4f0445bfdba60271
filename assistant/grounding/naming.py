"""Which items a text names: by title, in whole or without its colour, or by place ("the second one")."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Self

from assistant.grounding.facts import Facts, Known, said_of
from assistant.grounding.phrases import Token, tokens
from catalog.taxonomy import Mention, vocabulary

Kind = Literal["name", "price", "count", "colour", "material", "size", "score", "claim", "free", "link"]

PLACES = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "1st": 1,
    "2nd": 2,
    "3rd": 3,
    "4th": 4,
    "5th": 5,
}
_BY_PLACE = re.compile(
    rf"\bthe (?P<word>{'|'.join(PLACES)})(?: (?:one|pair|item|option|piece))?\b(?!-)|\b(?:number|no\.|option|item)\s?(?P<number>\d{{1,2}})\b|#(?P<hash>\d{{1,2}})\b",
    re.I,
)
_TAIL = re.compile(r"\s+in\s+(?:an?\s+)?(?:(?:deep|rich|bright|soft|lovely|beautiful|classic|warm|pale|solid)\s+)?", re.I)
_JOINT = re.compile(r"\s*(?:,|and|&|/|with|or)\s*", re.I)
SMALL = frozenset(
    "a an the in and or of for with to on at by from as is are it its this that these those your you my our i me we us here there "
    "which who what how so but not no if be was were will would can could have has had do does did".split()
)
PRAISE = frozenset(
    "classic elegant simple cosy cozy warm chic timeless lovely beautiful great nice good new stylish versatile perfect soft smart "
    "sleek modern relaxed comfortable casual everyday favourite favorite best top pretty fine gorgeous understated sturdy matching "
    "option look outfit choice pick item piece pair style women womens men mens size price".split()
)


@dataclass(frozen=True)
class Named:
    """`text[start:end]` names one of `items`; `wrong` is a colour beside it that none of them has."""

    start: int
    end: int
    items: tuple[Known, ...]
    wrong: str | None = None
    placed: bool = False  # by its place, not by its title


@dataclass(frozen=True)
class Misfit:
    """A word of a phrase that is not true of an item."""

    kind: Kind
    word: str


def named_in(text: str, facts: Facts) -> list[Named]:
    """The items that a text names, in reading order. `text` is without Markdown."""
    titled = [
        _with_colours(text, start, end, tuple(dict.fromkeys(items)))
        for start, end, items in facts.titles.find(tokens(text))
        if " " in text[start:end].strip() or text[start].isupper()  # a title of one word, "Boots", is a word too
    ]
    found = [name for name in titled if name]
    placed = [name for name in _placed(text, facts) if not any(one.start < name.end and name.start < one.end for one in found)]
    return sorted([*found, *placed], key=lambda name: name.start)


def _placed(text: str, facts: Facts) -> Iterator[Named]:
    for match in _BY_PLACE.finditer(text):
        word = match["word"]
        place = PLACES[word.lower()] if word else int(match["number"] or match["hash"])
        items = tuple(dict.fromkeys(found[place - 1] for found in facts.lists if 0 < place <= len(found)))
        if items:
            yield Named(match.start(), match.end(), items, placed=True)


def _with_colours(text: str, start: int, end: int, items: tuple[Known, ...]) -> Named | None:
    """A title with the colours that stand right before and after it; None where it is another thing's description."""
    end, colours = colours_after(text, end)
    before = _colour_before(text, start)
    begins = before.start if before else start
    for colour in [*([before] if before else []), *colours]:
        fitting = tuple(item for item in items if item.holds(colour))
        if not fitting:
            sure = text[start].isupper() or items[0].brand
            return Named(begins, end, items, wrong=colour.name) if sure else None
        items = fitting
    return Named(begins, end, items)


def colours_after(text: str, end: int) -> tuple[int, list[Mention]]:
    """The colours of "in navy and white" right after `end`, and where they end."""
    found: list[Mention] = []
    joint = _TAIL.match(text, end)
    near = text[: end + 80]  # no colours stand further from their title
    while joint and (mention := _mention_at(near, joint.end())):
        found.append(mention)
        end = mention.end
        joint = _JOINT.match(text, end)
    return end, found


def _mention_at(text: str, place: int) -> Mention | None:
    mentions = vocabulary().mentions(text[place:], "colour")
    if not mentions or mentions[0].start:
        return None
    return Mention("colour", mentions[0].name, place, place + mentions[0].end)


def _colour_before(text: str, start: int) -> Mention | None:
    begin = max(0, start - 20)
    mentions = vocabulary().mentions(text[begin:start], "colour")
    if not mentions or text[begin + mentions[-1].end : start].strip(" "):
        return None
    last = mentions[-1]
    return Mention("colour", last.name, begin + last.start, begin + last.end)


@dataclass(frozen=True)
class Phrase:
    """A name or description, read: the vocabulary's words in it, those of them that must hold, and what only a name explains."""

    text: str
    must: tuple[Mention, ...]
    strange: tuple[Token, ...]

    @classmethod
    def read(cls, text: str, *, strict: bool) -> Self:
        """Where not `strict`, words in lower case beside the vocabulary's say nothing."""
        mentions = said_of(text)
        garments = [mention for mention in mentions if mention.field == "garment"]
        must = tuple(mention for mention in mentions if mention.field != "garment" or mention is garments[-1])
        rest = [token for token in tokens(text) if not any(mention.start <= token.start < mention.end for mention in mentions)]
        return cls(text, must, tuple(token for token in rest if _is_strange(token, text, strict)))

    def misfits(self, item: Known) -> list[Misfit]:
        """What of the phrase is not true of an item."""
        kinds: dict[str, Kind] = {"colour": "colour", "material": "material"}
        strange = [Misfit("name", self.text[token.start : token.end]) for token in self.strange if not item.bears(token.word)]
        return strange + [
            Misfit(kinds.get(mention.field, "name"), self.text[mention.start : mention.end])
            for mention in self.must
            if not item.holds(mention) and not self._is_called_so(mention, item)
        ]

    def _is_called_so(self, mention: Mention, item: Known) -> bool:
        """Whether the shop calls it so, whatever the vocabulary makes of it; a material and a colour must be its own."""
        written = tokens(self.text[mention.start : mention.end])
        return mention.field in ("garment", "pattern") and all(item.bears(token.word) for token in written)


def _is_strange(token: Token, text: str, strict: bool) -> bool:
    plain = token.word in SMALL or token.word in PRAISE or token.word.isdigit() or len(token.word) == 1
    return not plain and (strict or text[token.start].isupper())


def nearest(items: Sequence[Known], text: str, *, strict: bool) -> list[Misfit]:
    """What keeps a phrase from naming any of the items: the misfits of the best of them, empty where one fits."""
    phrase = Phrase.read(text, strict=strict)
    wrong = [Misfit("name", text)]
    for item in items:
        if any(not item.bears(token.word) for token in phrase.strange):
            continue  # another thing's name
        found = phrase.misfits(item)
        if not found:
            return []
        if len(found) < len(wrong) or (len(found) == len(wrong) and wrong[0].kind == "name"):
            wrong = found
    return wrong

"""A reply cut into passages, sentences and lines of a list, each with the items it names or goes on about."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.grounding.facts import Facts, Known, said_of
from assistant.grounding.naming import Kind, Named, named_in

_MARKDOWN = str.maketrans({**dict.fromkeys("*_`#~|", " "), "’": "'", "‘": "'"})
MARKER = re.compile(r"\s*(?:[-*•–+]\s+|\(?(?P<number>\d{1,2})[.)]\s+|\|\s*|[*_#\s]+(?P<bold>\d{1,2})[.)]\s+)")
_END = re.compile(r"(?<=[.!?…])(?<!\b[Nn]o\.)(?<!e\.g\.)(?<!i\.e\.)(?<!\b[DMS][rst]\.)[\"”'’)*_]*(\s+)(?=[^\sa-z])")
GOES_ON = re.compile(
    r"\W*(?:(?:and|but|also|plus|so|yes|well|besides|now)\W+)?(?:it|it's|its|they|they're|their|this|that|these|those|both|each)\b",
    re.I,
)
LONGEST_SENTENCE = 500  # letters; what is longer is checked in pieces, or a model gone astray would take minutes
HIDDEN = "¤"  # stands for each letter of a title, so that its words are not read as claims


@dataclass(frozen=True)
class Slip:
    """Something that no fact bears out: the words, and why; `instead` is what is true in their place, where it is certain."""

    kind: Kind
    quote: str
    why: str
    instead: str | None = None


@dataclass(frozen=True)
class Passage:
    """A sentence, or the first one of a line in a list. `plain` is `text` without Markdown, letter for letter."""

    text: str
    gap: str  # the white space that follows
    line: int
    listed: bool  # in a line of a list
    marker: int  # letters of the list's mark before it, 0 where there is none
    numbered: bool
    names: tuple[Named, ...]
    about: tuple[Known, ...]  # what it goes on about, where it names nothing itself
    beside: tuple[Known, ...]  # all that the text names

    @property
    def plain(self) -> str:
        return plain(self.text)

    @property
    def bare(self) -> str:
        """`plain`, the titles hidden."""
        text = self.plain
        for name in self.names:
            if not name.placed:
                text = text[: name.start] + HIDDEN * (name.end - name.start) + text[name.end :]
        return text

    @property
    def subjects(self) -> tuple[Known, ...]:
        """The items it may be about."""
        return tuple(dict.fromkeys(item for name in self.names for item in name.items)) or self.about


def plain(text: str) -> str:
    """A text without Markdown; every letter stays in its place."""
    return text.translate(_MARKDOWN)


def passages(text: str, facts: Facts) -> list[Passage]:
    """The passages of a text; their texts and gaps joined are the text."""
    cut = [(number, part) for number, line in enumerate(text.splitlines(keepends=True)) for part in _sentences(line, facts)]
    beside = tuple(
        dict.fromkeys(item for _, (_, _, names) in cut for name in names if len(name.items) == 1 for item in name.items)
    )
    found: list[Passage] = []
    for number, (body, gap, names) in cut:
        first = not found or found[-1].line != number
        mark = MARKER.match(body) if first else None
        listed = bool(mark) or (not first and found[-1].listed)
        about = () if first and listed else _about(body, found[-1] if found else None, facts, listed=listed)
        numbered = bool(mark and (mark["number"] or mark["bold"]))
        found.append(Passage(body, gap, number, listed, mark.end() if mark else 0, numbered, names, about, beside))
    return found


def _sentences(line: str, facts: Facts) -> Iterator[tuple[str, str, tuple[Named, ...]]]:
    """A line's sentences with the white space after them; no title is cut."""
    names = named_in(plain(line), facts)
    mark = MARKER.match(line)
    ends = [match.span(1) for match in _END.finditer(line.rstrip()) if match.start() >= (mark.end() if mark else 0)]
    ends = [(end, start) for end, start in ends if not any(name.start < end < name.end for name in names)]
    rest = len(line.rstrip())
    begin = 0
    for end, start in _shortened([*ends, (rest, len(line))], line, names):
        own = [name for name in names if begin <= name.start < end]
        moved = [Named(one.start - begin, one.end - begin, one.items, one.wrong, one.placed) for one in own]
        yield line[begin:end], line[end:start], tuple(moved)
        begin = start


def _shortened(ends: Sequence[tuple[int, int]], line: str, names: Sequence[Named]) -> Iterator[tuple[int, int]]:
    """The ends of sentences, and of the pieces of those that no person would write."""
    begin = 0
    for end, start in ends:
        while end - begin > LONGEST_SENTENCE:
            gap = re.compile(r"\s+|$").search(line, begin + LONGEST_SENTENCE)
            place = gap.start() if gap else end
            place = next((name.end for name in names if name.start < place < name.end), place)
            if place >= end:
                break
            begin = place + len(line[place:]) - len(line[place:].lstrip())
            yield place, begin
        yield end, start
        begin = start


def _about(text: str, before: Passage | None, facts: Facts, *, listed: bool) -> tuple[Known, ...]:
    """What a sentence that begins with "it" or "the coat" goes on about."""
    earlier = before.subjects if before else ()
    if listed or GOES_ON.match(text):
        return earlier or (facts.turn if len(facts.turn) == 1 else ())
    garments = [mention for mention in said_of(text[:60]) if mention.field == "garment"]
    if re.match(r"\W*the\b", text, re.I) and garments:
        return tuple(item for item in earlier if item.holds(garments[0]))
    return ()

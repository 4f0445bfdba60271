"""Finding any of thousands of phrases, such as titles, in a text, whatever the case, hyphens, quotes and Markdown."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

_TOKEN = re.compile(r"[^\W_]+")
MEMORY = 20_000  # titles and messages whose words are kept: a reply is checked against the same ones turn after turn
Value = TypeVar("Value")


@dataclass(frozen=True)
class Token:
    """A word of a text in lower case: it stands at `text[start:end]`."""

    word: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """The words of a text; hyphens, quotes and Markdown only part them."""
    return [Token(match.group().casefold(), match.start(), match.end()) for match in _TOKEN.finditer(text)]


@lru_cache(maxsize=MEMORY)
def words_of(text: str) -> tuple[str, ...]:
    """The words of a title or message."""
    return tuple(token.word for token in tokens(text))


class Phrases(Generic[Value]):
    """Finds any of many phrases among a text's words, the longest first; several values may bear one phrase.

    Phrases are read when a text holds their first word: of the thousands of a long conversation few are.
    """

    def __init__(self, phrases: Iterable[tuple[str, Value]], forms: Callable[[str], Iterable[str]]) -> None:
        self._unread: dict[str, list[tuple[str, Value]]] = {}
        self._forms = forms
        self._values: dict[str, dict[tuple[str, ...], list[Value]]] = {}
        for phrase, value in phrases:
            if first := _TOKEN.search(phrase):
                self._unread.setdefault(first.group().casefold(), []).append((phrase, value))

    def find(self, found: Sequence[Token]) -> Iterator[tuple[int, int, list[Value]]]:
        """Where phrases begin and end in the text, and their values; no two overlap."""
        place = 0
        while place < len(found):
            known = self._beginning_with(found[place].word)
            for length in sorted({len(words) for words in known}, reverse=True):
                values = known.get(tuple(token.word for token in found[place : place + length]))
                if values and place + length <= len(found):
                    yield found[place].start, found[place + length - 1].end, values
                    place += length - 1
                    break
            place += 1

    def _beginning_with(self, word: str) -> dict[tuple[str, ...], list[Value]]:
        if word in self._unread and word not in self._values:
            read: dict[tuple[str, ...], list[Value]] = {}
            for phrase, value in self._unread[word]:
                for form in self._forms(phrase):
                    read.setdefault(words_of(form), []).append(value)
            self._values[word] = read
        return self._values.get(word, {})

"""What the shopper sees of a reply while it comes: only what was checked, and taken back where the reply begins anew."""

import re
from collections.abc import Callable
from dataclasses import dataclass

_ENDS = re.compile(r"(?<!\d)[.!?]\s|\n")  # of a sentence or a line; not of the "1." that numbers an item
_THOUGHTS = re.compile(r"<think>.*?(?:</think>\s*|\Z)", re.S)
_MARKS = re.compile(r"\*\*|__|`+|^#{1,6}\s+|^\s*[*•]\s+(?=\S)", re.M)


@dataclass(frozen=True)
class Token:
    """A piece of the reply, as it comes. Where `anew` is set, what came before it is withdrawn."""

    text: str
    anew: bool = False


@dataclass(frozen=True)
class Status:
    """What is being done."""

    text: str


@dataclass
class Voice:
    """The reply of one turn: `show` brings it before the shopper."""

    show: Callable[[Token | Status], None]
    said: str = ""
    _held: bool = False

    def hear(self, text: str, clean: Callable[[str], bool]) -> None:
        """Pass on the whole sentences of a text that grows; from the first that is not clean on, wait for the end."""
        for end in _ENDS.finditer(text, len(self.said)):
            line = text[text.rfind("\n", 0, end.start()) + 1 : end.end()]
            if self._held or not text.startswith(self.said) or not clean(line):
                self._held = True
                return
            self._say(text[len(self.said) : end.end()])

    def take_back(self) -> None:
        """Withdraw what was said: another reply takes its place."""
        if self.said:
            self.show(Token("", anew=True))
        self.said, self._held = "", False

    def finish(self, text: str) -> None:
        """Say what is missing of the reply as it stands at last."""
        if not text.startswith(self.said):
            self.take_back()
        for word in re.findall(r"\s*\S+|\s+\Z", text[len(self.said) :]):
            self._say(word)

    def _say(self, piece: str) -> None:
        self.said += piece
        self.show(Token(piece))


def plain(text: str) -> str:
    """A model's text without its thoughts and without Markdown, which nobody renders."""
    return _MARKS.sub("", _THOUGHTS.sub("", text)).lstrip()

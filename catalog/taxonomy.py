"""The one vocabulary: slots, garment types, colours and the other words that describe clothes.

The words themselves are data (`vocabulary.yaml`); this module finds them in text and answers what covers what.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

import yaml

Field = Literal["garment", "colour", "pattern", "material", "season", "occasion", "gender"]


@dataclass(frozen=True)
class Kind:
    """A garment type. `parent` covers it, and `also` does where it is of two types; a slot's own name is the root of its kinds."""

    name: str
    slot: str
    parent: str | None
    one: str
    also: str | None = None


@dataclass(frozen=True)
class Colour:
    """A basic colour or a shade of one. `hex` is its anchor in sRGB."""

    name: str
    basic: str
    hex: str


@dataclass(frozen=True)
class Mention:
    """A vocabulary word found in a text: `text[start:end]` stands for `name` of `field`."""

    field: Field
    name: str
    start: int
    end: int


def singular(plural: str) -> str:
    """The singular of an English plural as the vocabulary writes them: "midi dresses" -> "midi dress"."""
    stem, _, last = plural.rpartition(" ")
    for ending, instead in (("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("rves", "rf"), ("ies", "y"), ("s", "")):
        if last.endswith(ending) and not (ending == "s" and last.endswith("ss")):
            last = last.removesuffix(ending) + instead
            break
    return f"{stem} {last}".strip()


def plural(word: str) -> str:
    """The regular plural of a vocabulary word."""
    if word.endswith(("s", "x", "sh", "ch")):
        return word if word.endswith("s") and not word.endswith("ss") else f"{word}es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word[:-1]}ves" if word.endswith("rf") else f"{word}s"


def _fold(text: str) -> str:
    """Lower case and plain apostrophes, character for character: places in the text stay where they are."""
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text.replace("’", "'"))


class _Finder:
    """Finds any of many phrases in a text, the longest first, whatever the case and hyphens."""

    def __init__(self, phrases: Iterable[tuple[str, str]]) -> None:
        self.names: dict[str, str] = {}
        for phrase, name in phrases:
            self.names.setdefault(self._key(phrase), name)
        ordered = sorted(self.names, key=len, reverse=True)
        body = "|".join(re.escape(key).replace(r"\ ", r"[\s\-]+") for key in ordered)
        self._pattern = re.compile(rf"(?<![\w-])(?:{body})(?![\w])")

    @staticmethod
    def _key(text: str) -> str:
        return re.sub(r"[\s\-]+", " ", _fold(text)).strip()

    def find(self, text: str) -> Iterator[tuple[str, int, int]]:
        for match in self._pattern.finditer(_fold(text)):
            yield self.names[self._key(match.group())], match.start(), match.end()

    def exact(self, text: str) -> str | None:
        return self.names.get(self._key(text))


class Vocabulary:
    """All canonical names, and how people write them. Get the shipped one from `vocabulary()`."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.slots: tuple[str, ...] = tuple(data["slots"])
        self.kinds = self._read_kinds(data)
        self.colours = self._read_colours(data["colours"])
        self.basic_colours: tuple[str, ...] = tuple(data["colours"])
        self.patterns: tuple[str, ...] = tuple(data["patterns"])
        self.materials: tuple[str, ...] = tuple(data["materials"])
        self.seasons: tuple[str, ...] = tuple(data["seasons"])
        self.occasions: tuple[str, ...] = tuple(data["occasions"])
        self.genders: tuple[str, ...] = tuple(data["genders"])
        self._moods: dict[str, dict[str, list[str]]] = data["moods"]
        self._finders: dict[Field, _Finder] = {
            "garment": _Finder(self._garment_phrases(data)),
            "colour": _Finder(self._colour_phrases(data["colours"])),
            "pattern": self._plain(data["patterns"]),
            "material": self._plain(data["materials"]),
            "season": self._plain(data["seasons"]),
            "occasion": self._plain(data["occasions"]),
            "gender": self._plain(data["genders"]),
        }

    @staticmethod
    def _read_kinds(data: dict[str, Any]) -> dict[str, Kind]:
        kinds = {name: Kind(name, name, None, slot["one"]) for name, slot in data["slots"].items()}
        for name, entry in data["kinds"].items():
            parent = entry.get("of") or entry["slot"]
            kinds[name] = Kind(name, kinds[parent].slot, parent, entry.get("one") or singular(name), entry.get("also_of"))
        return kinds

    @staticmethod
    def _read_colours(data: dict[str, Any]) -> dict[str, Colour]:
        colours = {name: Colour(name, name, entry["hex"]) for name, entry in data.items()}
        for basic, entry in data.items():
            colours |= {shade: Colour(shade, basic, value) for shade, value in entry["shades"].items()}
        return colours

    @staticmethod
    def _garment_phrases(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
        for name, entry in (data["kinds"] | data["slots"]).items():
            one = entry.get("one") or singular(name)
            in_pairs = one.startswith("pair of ")  # "short" is no garment, and "flat ones" are not flats
            own = one.removeprefix("pair of ").removeprefix("piece of ")
            yield from ((form, name) for form in (name, own, plural(own)))
            for phrase in entry["also"]:
                yield from ((form, name) for form in (phrase, plural(phrase), phrase if in_pairs else singular(phrase)))

    @staticmethod
    def _colour_phrases(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
        for basic, entry in data.items():
            yield from ((word, basic) for word in [basic, *entry["also"]])
            yield from ((shade.replace("grey", spelling), shade) for shade in entry["shades"] for spelling in ("grey", "gray"))

    @staticmethod
    def _plain(table: dict[str, list[str]]) -> _Finder:
        return _Finder(((word, name) for name, also in table.items() for word in [name, *also]))

    def mentions(self, text: str, *fields: Field) -> list[Mention]:
        """Every vocabulary word of `fields` (all fields if none is named) in `text`, in reading order."""
        found = [
            Mention(field, name, start, end)
            for field in fields or tuple(self._finders)
            for name, start, end in self._finders[field].find(text)
        ]
        return sorted(found, key=lambda mention: (mention.start, -mention.end))

    def spellings(self, field: Field) -> list[str]:
        """Every way to write a name of a field, in lower case."""
        return sorted(self._finders[field].names)

    def lookup(self, field: Field, words: str) -> str | None:
        """The canonical name for words that are, as a whole, a way of writing it; None if they are not."""
        return self._finders[field].exact(words)

    def kind_in(self, text: str) -> Kind | None:
        """The garment a caption or title is about: the last one named ("dress shoes", "coat with scarf print" aside).

        English puts the head noun last; what follows "with", "in", "for" or "and" only describes it.
        """
        head = re.split(r"\b(?:with|in|for|and|on|by|from)\b|,", text.lower())
        for part in (*head, text):
            found = self.mentions(part, "garment")
            if found:
                return self.kinds[found[-1].name]
        return None

    def slot_of(self, text: str) -> str | None:
        """The slot a caption or title belongs to, or None if it names no garment."""
        kind = self.kind_in(text)
        return kind.slot if kind else None

    def covers(self, general: str, special: str | None) -> bool:
        """Whether kind `general` is `special` or one of its ancestors ("boots" covers "chelsea boots")."""
        if special is None or special == general:
            return special is not None
        kind = self.kinds.get(special)
        return kind is not None and (self.covers(general, kind.parent) or self.covers(general, kind.also))

    def kinds_under(self, general: str) -> list[str]:
        """`general` and every kind it covers."""
        return [name for name in self.kinds if self.covers(general, name)]

    def moods(self, text: str) -> set[str]:
        """What a caption says of weather and occasion by its garment and materials: "wool coat" -> {"cold"}."""
        kind = self.kind_in(text)
        materials = {mention.name for mention in self.mentions(text, "material")}
        return {
            mood
            for mood, signs in self._moods.items()
            if materials & set(signs["materials"])
            or (kind and (kind.name in signs.get("bare", ()) or any(self.covers(sign, kind.name) for sign in signs["kinds"])))
        }

    def clash(self, text: str, other: str) -> bool:
        """Whether two captions' moods do not go together: sandals with a wool coat, joggers with a tie."""
        others = self.moods(other)
        return any(others & set(self._moods[mood]["clashes"]) for mood in self.moods(text))

    def basic(self, colour: str) -> str:
        """The basic colour of a colour or shade: "navy" -> "blue". Unknown words come back as they are."""
        return self.colours[colour].basic if colour in self.colours else colour


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The vocabulary that ships with the package."""
    return Vocabulary(yaml.safe_load(files("catalog").joinpath("vocabulary.yaml").read_text(encoding="utf-8")))

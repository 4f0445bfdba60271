"""Conversations to evaluate: what a file of cases says, every key known and every photo there before anything is asked."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from assistant.understanding.understood import Intent
from catalog.items import currency_code
from catalog.taxonomy import Field as VocabularyField
from catalog.taxonomy import vocabulary
from retrieval.filters import Filters

AMOUNTS = ("max_price", "min_price", "cheaper_than", "total_max")
FIELDS: dict[str, VocabularyField] = {
    "colours": "colour", "exclude_colours": "colour", "kinds": "garment", "exclude_kinds": "garment",
    "exclude_materials": "material", "exclude_patterns": "pattern", "gender": "gender", "seasons": "season", "occasions": "occasion",
}  # fmt: skip


class CasesError(ValueError):
    """A file of cases that cannot be used; the message names the file, the case, the turn and the key."""


def as_words(value: Any) -> tuple[str, ...]:
    """One word or several, numbers among them, as text. Raises ValueError for what is neither."""
    words = value if isinstance(value, (list, tuple)) else [value]
    if any(isinstance(word, bool) or not isinstance(word, (str, int, float)) for word in words):
        raise ValueError("must be a word or a list of words; put quotes around yes and no")
    return tuple(map(str, words))


Words = Annotated[tuple[str, ...], BeforeValidator(as_words)]
Comparable = float | frozenset[str]


def comparable(name: str, value: Any) -> Comparable:
    """A filter's value in the one form in which equal wishes are equal: cents, or the set of the vocabulary's names.

    Raises ValueError where a price is no amount, or where words are none.
    """
    if name in AMOUNTS:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"{name} must be an amount")
        return round(float(value), 2)
    return frozenset(_canonical(name, word) for word in as_words(value))


def _canonical(name: str, word: str) -> str:
    if name == "currency":
        return currency_code(word)
    known = vocabulary().lookup(FIELDS[name], word) if name in FIELDS else None
    return known or word.casefold()


class Expected(BaseModel):
    """What one turn must fulfil. Only the keys that a case states are checked, by `assistant/evaluation/expectations.py`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    intent: Intent = "chat"
    slot: str = ""
    filters: dict[str, Any] = {}
    filters_absent: Words = ()
    items_min: int = Field(default=0, ge=0)
    items_max: int = Field(default=0, ge=0)
    items_max_price: float = Field(default=0, ge=0)
    items_slots: Words = ()
    items_new: bool = True
    look_max_total: float = Field(default=0, ge=0)
    look_lacks_slots: Words = ()
    reply_has: Words = ()
    reply_has_any: Words = ()
    reply_lacks: Words = ()
    state_empty: bool = True
    grounded: bool = True

    @field_validator("slot", "items_slots", "look_lacks_slots")
    @classmethod
    def _known_slots(cls, slots: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for slot in (slots,) if isinstance(slots, str) else slots:
            if slot not in vocabulary().slots:
                raise ValueError(f"{slot!r} is no slot; there are {', '.join(vocabulary().slots)}")
        return slots

    @field_validator("filters", "filters_absent")
    @classmethod
    def _known_filters(cls, filters: dict[str, Any] | tuple[str, ...]) -> dict[str, Any] | tuple[str, ...]:
        for name in filters:
            if name not in Filters.model_fields:
                raise ValueError(f"unknown key {name!r}; there are {', '.join(Filters.model_fields)}")
            if isinstance(filters, dict):
                comparable(name, filters[name])
        return filters


class Turn(BaseModel):
    """What the shopper says, with which photos, and what is expected."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    say: str
    photos: tuple[Path, ...] = ()
    expect: Expected = Expected()


class Case(BaseModel):
    """One conversation, in the sample shop or in a folder that `python -m retrieval build` wrote."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    shop: str | None = None
    turns: tuple[Turn, ...] = Field(min_length=1)


_CASES = TypeAdapter(Annotated[list[Case], Field(min_length=1)])


def read_cases(path: Path) -> list[Case]:
    """The cases of a file, photos and shops found beside it or in the current folder. Raises CasesError."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        return [_located(case, path) for case in _CASES.validate_python(data)]
    except OSError as error:
        raise CasesError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CasesError(f"{path} is not text in UTF-8.") from error
    except yaml.YAMLError as error:
        raise CasesError(f"{path} is not YAML: {' '.join(str(error).split())}.") from error
    except ValidationError as error:
        raise CasesError(_sentence(path, data, error)) from error


def _sentence(path: Path, data: Any, error: ValidationError) -> str:
    """The first thing that is wrong, and where."""
    first, *others = error.errors()
    message, place = re.sub("^Value error, ", "", first["msg"]), first["loc"]
    if first["type"] == "extra_forbidden":
        message, place = f"unknown key {str(place[-1])!r}", place[:-1]
    more = f" ({len(others)} more like it.)" if others else ""
    return f"{': '.join([str(path), *_where(data, place)])}: {message}.{more}"


def _where(data: Any, place: Sequence[Any]) -> list[str]:
    """The case, the turn and the keys that a place in the file lies under."""
    match place:
        case [int(number), "turns", int(turn), *keys]:
            names = [_name(data[number], number), f"turn {turn + 1}"]
        case [int(number), *keys]:
            names = [_name(data[number], number)]
        case [*keys]:
            names = []
    return [*names, ".".join(map(str, keys))] if keys else names


def _name(case: Any, number: int) -> str:
    named = case.get("name") if isinstance(case, dict) else None
    return f"case {named!r}" if named else f"case {number + 1}"


def _located(case: Case, path: Path) -> Case:
    """The case with paths that lead somewhere from here."""
    turns = [
        turn.model_copy(update={"photos": tuple(_photo(photo, path, case.name, number) for photo in turn.photos)})
        for number, turn in enumerate(case.turns, 1)
    ]
    beside = path.parent / case.shop if case.shop else None
    shop = str(beside) if beside and beside.is_dir() and case.shop != "sample" else case.shop
    return case.model_copy(update={"turns": tuple(turns), "shop": shop})


def _photo(photo: Path, path: Path, case: str, turn: int) -> Path:
    for found in (path.parent / photo, photo):
        if found.is_file():
            return found
    raise CasesError(f"{path}: case {case!r}: turn {turn}: there is no photo {photo}.")

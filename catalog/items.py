"""Items and outfits, and reading a shop's catalogue of them from CSV, JSONL or Parquet.

A row that cannot be an item is rejected with its line number and the reason; it never stops the rest unless `strict`.
"""

import csv
import io
import json
import math
import re
import string
from collections import Counter
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from price_parser import Price
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from catalog.taxonomy import Field as VocabularyField
from catalog.taxonomy import vocabulary

Gender = Literal["women", "men", "unisex"]
LISTS = ("colours", "sizes", "seasons", "occasions")


class CatalogueError(ValueError):
    """A catalogue, mapping or item that cannot be used; the message is a sentence that says what to do."""


def parse_price(text: str) -> tuple[float, str | None]:
    """Amount and currency of a price as shops write it: "12,90 €" -> (12.9, "EUR").

    Raises ValueError where there is no amount, or a negative one.
    """
    price = Price.fromstring(text)
    if price.amount is None:
        raise ValueError(f"price {text!r} is not an amount")
    if re.match(r"\D*[-−]\D*\d", text):  # a minus before the first digit; "12.-" is twelve
        raise ValueError(f"price {text!r} is negative")
    return float(price.amount), currency_code(price.currency) if price.currency else None


def currency_code(sign: str) -> str:
    """The ISO 4217 code for a sign or name of a currency; what is not known comes back in capitals."""
    known = {"€": "EUR", "$": "USD", "US$": "USD", "£": "GBP", "¥": "JPY", "KR": "SEK", "₹": "INR", "ZŁ": "PLN"}
    names = {"EURO": "EUR", "EUROS": "EUR", "DOLLAR": "USD", "DOLLARS": "USD", "POUND": "GBP", "POUNDS": "GBP", "QUID": "GBP"}
    return (known | names).get(sign.strip().upper(), sign.strip().upper())


class Item(BaseModel):
    """One thing a shop sells. `price` is in `currency` (ISO 4217); `image` is a path or None."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1, max_length=200)
    title: str = Field(min_length=1, max_length=500)
    slot: str
    kind: str | None = None
    colours: tuple[str, ...] = ()
    pattern: str | None = None
    material: str | None = None
    price: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    currency: str | None = None
    brand: str | None = None
    sizes: tuple[str, ...] = ()
    gender: Gender | None = None
    seasons: tuple[str, ...] = ()
    occasions: tuple[str, ...] = ()
    stock: int | None = Field(default=None, ge=0)
    url: str | None = None
    image: Path | None = None
    image_url: str | None = None  # where the catalogue names a picture on the web: shown, never fetched
    caption: str | None = None
    caption_source: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _fill_from_words(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Split lists, read prices, and infer slot and kind from the title where the catalogue is silent."""
        given = {key: _stripped(value) for key, value in values.items() if not _is_missing(value)}
        given |= {key: _parts(given[key]) for key in LISTS if key in given}
        if isinstance(given.get("price"), str):
            given["price"], currency = parse_price(given["price"])
            given.setdefault("currency", currency)
        if isinstance(given.get("currency"), str):
            given["currency"] = currency_code(given["currency"])
        for key in ("id", "title", "brand"):
            if isinstance(given.get(key), (int, float)) and not isinstance(given[key], bool):
                given[key] = _number_text(given[key])
        return given | _garment(given)

    @field_validator("price", mode="before")
    @classmethod
    def _no_yes_or_no(cls, price: Any) -> Any:
        if isinstance(price, bool):
            raise ValueError(f"price {price!r} is not an amount")
        return price

    @field_validator("id", "title", "brand", "caption")
    @classmethod
    def _text_that_can_be_kept(cls, text: str | None) -> str | None:
        if text and "\x00" in text:
            raise ValueError(f"{text[:60]!r} holds a NUL character")
        return text

    @field_validator("slot")
    @classmethod
    def _known_slot(cls, slot: str) -> str:
        if slot not in vocabulary().slots:
            raise ValueError(f"slot {slot!r} is not one of {', '.join(vocabulary().slots)}")
        return slot

    @field_validator("kind", "pattern", "material", "gender", mode="before")
    @classmethod
    def _canonical_word(cls, word: Any, info: Any) -> str | None:
        names = _canonical("garment" if info.field_name == "kind" else info.field_name, word)
        if info.field_name == "gender" and {"women", "men"} <= set(names):
            return "unisex"
        return names[0] if names else None

    @field_validator("colours", "seasons", "occasions", mode="before")
    @classmethod
    def _canonical_words(cls, words: Any, info: Any) -> tuple[str, ...]:
        names = [_canonical(info.field_name.removesuffix("s"), word) for word in words]
        return tuple(dict.fromkeys(name for found in names for name in found))

    @field_validator("sizes", mode="before")
    @classmethod
    def _sizes_as_text(cls, sizes: Any) -> tuple[str, ...]:
        return tuple(_number_text(size) if isinstance(size, float) else str(size) for size in sizes)

    @property
    def words(self) -> str:
        """The text that is embedded and that the stylist reads: the caption, else the title."""
        return self.caption or self.title


class Garment(BaseModel):
    """A thing that somebody wears or asks about, seen on a photo or put in words: what a shop's item is compared with."""

    model_config = ConfigDict(frozen=True)

    caption: str = Field(min_length=1)
    slot: str | None = None
    image: Path | None = None

    @property
    def words(self) -> str:
        """The caption, as an item's `words`."""
        return self.caption


class Outfit(BaseModel):
    """Items worn together."""

    model_config = ConfigDict(frozen=True)

    id: str
    items: tuple[Item, ...]


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or (isinstance(value, float) and math.isnan(value))


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _number_text(number: float) -> str:
    """A number as a shop would write it: pandas turns the id 1234567 into 1234567.0 where a column has gaps."""
    return str(int(number)) if isinstance(number, float) and number.is_integer() else str(number)


def _parts(value: Any) -> tuple[Any, ...]:
    """The members of a list, however it is written: "S|M", "36,5; 37", "S, M", ["S", "M"], 38."""
    if isinstance(value, str):  # the first of these that occurs parts it: a comma may be a decimal one
        value = value.split(next((separator for separator in "|;" if separator in value), ","))
    members = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    return tuple(_stripped(member) for member in members if not _is_missing(member))


def _canonical(field: VocabularyField, word: Any) -> list[str]:
    """The vocabulary's name for a word, or those of the vocabulary's words in a phrase ("navy and white")."""
    exact = vocabulary().lookup(field, str(word))
    return [exact] if exact else [mention.name for mention in vocabulary().mentions(str(word), field)]


def _garment(given: dict[str, Any]) -> dict[str, Any]:
    """Slot and kind, from the row's own words, else from kind, title and caption."""
    words = vocabulary()
    slot_word = given.get("slot")
    slot_kind = words.lookup("garment", str(slot_word)) if slot_word else None
    slot = words.kinds[slot_kind].slot if slot_kind else slot_word
    kind = words.kind_in(str(given["kind"])) if "kind" in given else None
    for text in (given.get("title"), given.get("caption")):
        named = words.kind_in(str(text)) if text else None
        if kind is None and named and slot in (None, named.slot):
            kind = named
    slot = slot or (kind.slot if kind else None)
    if slot is None and "title" in given:
        raise ValueError("no slot is given, and the title names no garment that the vocabulary knows")
    if kind is None and slot_kind:
        kind = words.kinds[slot_kind]  # a shop may file its things under "Boots"
    return {"slot": slot, "kind": kind.name if kind and kind.slot == slot else slot}


class Mapping(BaseModel):
    """How a shop's columns become an item's fields: by column name, by constant, or by a template of columns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: dict[str, str] = {}
    constants: dict[str, Any] = {}
    templates: dict[str, str] = {}

    @model_validator(mode="after")
    def _only_item_fields(self) -> Self:
        for name in (*self.columns, *self.constants, *self.templates):
            if name not in Item.model_fields:
                hint = get_close_matches(name, Item.model_fields, 1)
                raise ValueError(f"{name!r} is not a field of an item" + (f" (did you mean {hint[0]!r}?)" if hint else ""))
        for template in self.templates.values():
            if not all(name is None or re.fullmatch(r"[^.\[\]]+", name) for _, name, _, _ in _template_parts(template)):
                raise ValueError(f"the template {template!r} needs plain column names between its braces")
        return self

    def sources(self) -> set[str]:
        """The catalogue's columns that this mapping reads."""
        parsed = (_template_parts(template) for template in self.templates.values())
        return set(self.columns.values()) | {name for parts in parsed for _, name, _, _ in parts if name}

    def apply(self, row: dict[str, Any]) -> dict[str, Any]:
        """The item fields of one row; columns that already bear a field's name need no mapping."""
        fields = {key: value for key, value in row.items() if key in Item.model_fields}
        fields |= {field: row.get(column) for field, column in self.columns.items()}
        known = dict.fromkeys(self.sources(), "") | {key: value for key, value in row.items() if not _is_missing(value)}
        for field, template in self.templates.items():
            fields[field] = " ".join(template.format_map(known).split())
        return fields | self.constants


def _template_parts(template: str) -> list[tuple[str, str | None, str | None, str | None]]:
    try:
        return list(string.Formatter().parse(template))
    except ValueError as error:
        raise ValueError(f"the template {template!r} cannot be read: {error}") from error


def read_mapping(path: Path) -> Mapping:
    """A mapping from a YAML file. Raises CatalogueError."""
    try:
        return Mapping.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except OSError as error:
        raise CatalogueError(f"The mapping {path} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, ValidationError, UnicodeDecodeError) as error:
        raise CatalogueError(f"The mapping {path} is not valid: {_reason(error)}.") from error


class Reject(BaseModel):
    """A row that is no item: the line it begins on (a Parquet file's first row is 1) and why."""

    line: int
    id: str | None
    reason: str


class Catalogue(BaseModel):
    """What was read: items in file order, and what was left out."""

    path: Path
    items: list[Item]
    rejects: list[Reject]

    def reasons(self) -> Counter[str]:
        """How often each reason for rejecting a row occurred, quoted values and other rows' lines taken out."""
        value = re.compile(r"""'[^']*'|"[^"]*"|(?<=line )\d+""")
        return Counter(value.sub("…", reject.reason) for reject in self.rejects)

    def summary(self) -> str:
        """One line for people: how many items, how many rejects, and why."""
        why = "; ".join(f"{count}× {reason}" for reason, count in self.reasons().most_common(5))
        return f"{len(self.items)} items read from {self.path}, {len(self.rejects)} rows rejected" + (
            f" ({why})" if why else ""
        )


def read_catalogue(path: Path, mapping: Mapping | None = None, *, strict: bool = False) -> Catalogue:
    """The items of a catalogue file; the suffix (.csv, .jsonl, .parquet) tells the format.

    Image paths are taken relative to the file. Raises CatalogueError for a file that cannot be read, a missing
    column, no good row at all, or, with `strict`, any rejected row.
    """
    mapping = mapping or Mapping()
    items: list[Item] = []
    rejects: list[Reject] = []
    first_line: dict[str, int] = {}
    for line, row in _checked_rows(path, mapping):
        read = _read_row(row, mapping, path.parent) if isinstance(row, dict) else row
        if isinstance(read, Item) and read.id in first_line:
            read = f"duplicate id {read.id!r}, first seen on line {first_line[read.id]}"
        if isinstance(read, str):
            rejects.append(Reject(line=line, id=_identity(row, mapping) if isinstance(row, dict) else None, reason=read))
            continue
        first_line[read.id] = line
        items.append(read)
    if strict and rejects:
        raise CatalogueError(
            f"{path}, line {rejects[0].line}: {rejects[0].reason} ({len(rejects)} such rows; --strict accepts none)."
        )
    if not items:
        why = f" The first reason, on line {rejects[0].line}: {rejects[0].reason}." if rejects else " It has no rows."
        raise CatalogueError(f"{path} holds no usable item.{why}")
    return Catalogue(path=path, items=items, rejects=rejects)


def _picture(named: str, folder: Path) -> dict[str, Any]:
    """A picture's path, relative to the catalogue, or its address."""
    if named.lower().startswith(("http://", "https://")):
        return {"image": None, "image_url": named}
    return {"image": folder / named}


def _identity(row: dict[str, Any], mapping: Mapping) -> str | None:
    """The id that a rejected row's item would have; None where it has none that can be read."""
    try:
        identity = _stripped(mapping.apply(row).get("id"))
    except (ValueError, TypeError, LookupError):
        return None
    if _is_missing(identity):
        return None
    return _number_text(identity) if isinstance(identity, (int, float)) else str(identity)


def _read_row(row: dict[str, Any], mapping: Mapping, folder: Path) -> Item | str:
    """The item of a row, or the reason why it is none."""
    try:
        fields = mapping.apply(row)
        if not _is_missing(fields.get("image")):
            fields |= _picture(str(fields["image"]).strip(), folder)
        return Item.model_validate(fields)
    except (ValueError, TypeError, LookupError) as error:  # the last two from a template's format
        return _reason(error)


def _reason(error: Exception) -> str:
    """The first thing that is wrong, as a clause without the frame that pydantic and PyYAML put around it."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"line {error.problem_mark.line + 1}: {error.problem}"
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        return f"no {where}"
    if first["type"] == "model_type":
        return "it must hold `columns`, `constants` or `templates`"
    message = first["msg"].removeprefix("Value error, ")
    return message if first["type"] == "value_error" else f"{where}: {message} (got {str(first.get('input'))[:60]!r})"


def _checked_rows(path: Path, mapping: Mapping) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """The rows, with a check that the file has the columns the mapping reads.

    The first row of a CSV or Parquet file shows it; in JSON Lines one row may leave out what another has.
    """
    columns: set[str] = set()
    for line, row in _rows(path):
        if isinstance(row, dict):
            if not columns and path.suffix.lower() != ".jsonl":
                _check_columns(path, set(row), mapping)
            columns |= set(row)
        yield line, row
    if columns:
        _check_columns(path, columns, mapping)


def _check_columns(path: Path, columns: set[str], mapping: Mapping) -> None:
    have = ", ".join(sorted(columns))
    missing = sorted(mapping.sources() - columns)
    if missing:
        raise CatalogueError(f"{path} has no column {missing[0]!r}, which the mapping reads. It has: {have}.")
    given = columns | set(mapping.columns) | set(mapping.constants) | set(mapping.templates)
    for field in ("id", "title"):
        if field not in given:
            raise CatalogueError(
                f"{path} has no column {field!r}. It has: {have}. "
                f"Say where it comes from in a mapping file (--mapping), for example `columns: {{{field}: YOUR_COLUMN}}`."
            )


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    readers: dict[str, Callable[[Path], Iterator[tuple[int, dict[str, Any] | str]]]]
    readers = {".csv": _csv_rows, ".jsonl": _jsonl_rows, ".parquet": _parquet_rows}
    if path.suffix.lower() not in readers:
        raise CatalogueError(f"{path} is not a catalogue: give a .csv, .jsonl or .parquet file.")
    try:
        yield from readers[path.suffix.lower()](path)
    except OSError as error:
        raise CatalogueError(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise CatalogueError(f"{path} is not UTF-8 text (line {line}); save it as UTF-8.") from error


def _csv_rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    text = path.read_bytes().decode("utf-8-sig")
    first = next((line for line in text.splitlines() if line.strip()), "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    header: list[str] = []
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lost = f", lines {start} to {reader.line_num} are lost" if reader.line_num > start else ""
            yield start, f"not a CSV row: {error}{lost}"
            continue
        if not any(cells):
            continue  # a blank line, or a spreadsheet's empty row
        if not header:
            header = _header(path, cells)
        elif len(cells) > len(header):
            yield start, f"more cells than columns: {len(cells)}, not {len(header)}"
        else:
            yield start, dict(zip_longest(header, cells))


def _header(path: Path, cells: list[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    twice = next((name for name, count in Counter(names).items() if name and count > 1), None)
    if twice:
        raise CatalogueError(f"{path} has two columns named {twice!r}; rename or remove one.")
    return names


def _jsonl_rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    for number, line in enumerate(path.read_bytes().decode("utf-8-sig").split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:  # also a number of 5000 digits, or brackets 100,000 deep
            yield number, f"not JSON: {getattr(error, 'msg', error)}"
            continue
        yield number, row if isinstance(row, dict) else "not a JSON object"


def _parquet_rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise CatalogueError('Reading Parquet needs pyarrow: pip install "outfit-assistant[parquet]".') from error
    try:
        batches = ParquetFile(io.BytesIO(path.read_bytes())).iter_batches()
        rows = (row for batch in batches for row in batch.to_pylist())
        yield from enumerate(rows, 1)
    except ArrowException as error:
        raise CatalogueError(f"{path} is not a Parquet file: {error}.") from error

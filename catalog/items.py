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
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from price_parser import Price
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from catalog.taxonomy import Field as VocabularyField
from catalog.taxonomy import vocabulary

Gender = Literal["women", "men", "unisex"]
LIST_SEPARATOR = re.compile(r"\s*[|;,]\s*")


class CatalogueError(ValueError):
    """A catalogue, mapping or item that cannot be used; the message is a sentence that says what to do."""


def parse_price(text: str) -> tuple[float, str | None]:
    """Amount and currency of a price as shops write it: "12,90 €" -> (12.9, "EUR").

    Raises ValueError where there is no amount.
    """
    price = Price.fromstring(text)
    if price.amount is None or text.strip().startswith("-"):
        raise ValueError(f"price {text!r} is not an amount")
    return float(price.amount), currency_code(price.currency) if price.currency else None


def currency_code(sign: str) -> str:
    """The ISO 4217 code for a sign or name of a currency; what is not known comes back in capitals."""
    known = {"€": "EUR", "$": "USD", "US$": "USD", "£": "GBP", "¥": "JPY", "KR": "SEK", "₹": "INR", "ZŁ": "PLN"}
    names = {"EURO": "EUR", "EUROS": "EUR", "DOLLAR": "USD", "DOLLARS": "USD", "POUND": "GBP", "POUNDS": "GBP", "QUID": "GBP"}
    return (known | names).get(sign.upper(), sign.upper())


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
    caption: str | None = None
    caption_source: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _fill_from_words(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Split lists, read prices, and infer slot and kind from the title where the catalogue is silent."""
        given = {key: value for key, value in values.items() if not _is_missing(value)}
        for key in ("colours", "sizes", "seasons", "occasions"):
            if isinstance(given.get(key), str):
                given[key] = tuple(part for part in LIST_SEPARATOR.split(given[key].strip()) if part)
        if isinstance(given.get("price"), str):
            given["price"], currency = parse_price(given["price"])
            given.setdefault("currency", currency)
        if isinstance(given.get("currency"), str):
            given["currency"] = currency_code(given["currency"])
        for key in ("id", "title", "brand"):
            if isinstance(given.get(key), (int, float)):
                given[key] = f"{given[key]:g}" if isinstance(given[key], float) else str(given[key])
        return given | _garment(given)

    @field_validator("slot")
    @classmethod
    def _known_slot(cls, slot: str) -> str:
        if slot not in vocabulary().slots:
            raise ValueError(f"slot {slot!r} is not one of {', '.join(vocabulary().slots)}")
        return slot

    @field_validator("kind", "pattern", "material", "gender", mode="before")
    @classmethod
    def _canonical_word(cls, word: str, info: Any) -> str | None:
        return _canonical("garment" if info.field_name == "kind" else info.field_name, word)

    @field_validator("colours", "seasons", "occasions", mode="before")
    @classmethod
    def _canonical_words(cls, words: Any, info: Any) -> tuple[str, ...]:
        names = [_canonical(info.field_name.removesuffix("s"), word) for word in words]
        return tuple(dict.fromkeys(name for name in names if name))

    @field_validator("sizes", mode="before")
    @classmethod
    def _sizes_as_text(cls, sizes: Any) -> tuple[str, ...]:
        return tuple(str(size).strip() for size in sizes)

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
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _canonical(field: VocabularyField, word: str) -> str | None:
    """The vocabulary's name for a word, or for the first vocabulary word in a phrase; None if there is none."""
    exact = vocabulary().lookup(field, str(word))
    found = vocabulary().mentions(str(word), field)
    return exact or (found[0].name if found else None)


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
    if slot is None:
        raise ValueError("no slot is given, and the title names no garment that the vocabulary knows")
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
                raise ValueError(f"{name!r} is not a field of an item" + (f"; did you mean {hint[0]!r}?" if hint else ""))
        return self

    def sources(self) -> set[str]:
        """The catalogue's columns that this mapping reads."""
        parsed = (string.Formatter().parse(template) for template in self.templates.values())
        return set(self.columns.values()) | {name for parts in parsed for _, name, _, _ in parts if name}

    def apply(self, row: dict[str, Any]) -> dict[str, Any]:
        """The item fields of one row; columns that already bear a field's name need no mapping."""
        fields = {key: value for key, value in row.items() if key in Item.model_fields}
        fields |= {field: row.get(column) for field, column in self.columns.items()}
        known = {key: "" if _is_missing(value) else value for key, value in row.items()}
        for field, template in self.templates.items():
            fields[field] = " ".join(template.format_map(known).split())
        return fields | self.constants


def read_mapping(path: Path) -> Mapping:
    """A mapping from a YAML file. Raises CatalogueError."""
    try:
        return Mapping.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except OSError as error:
        raise CatalogueError(f"The mapping {path} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, ValidationError, UnicodeDecodeError) as error:
        raise CatalogueError(f"The mapping {path} is not valid: {_reason(error)}.") from error


class Reject(BaseModel):
    """A row that is no item: its line in the file (first data line of a CSV is 2) and why."""

    line: int
    id: str | None
    reason: str


class Catalogue(BaseModel):
    """What was read: items in file order, and what was left out."""

    path: Path
    items: list[Item]
    rejects: list[Reject]

    def reasons(self) -> Counter[str]:
        """How often each reason for rejecting a row occurred, quoted values taken out."""
        return Counter(re.sub(r"'[^']*'", "…", reject.reason) for reject in self.rejects)

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
            identity = row.get(mapping.columns.get("id", "id")) if isinstance(row, dict) else None
            rejects.append(Reject(line=line, id=None if identity is None else str(identity), reason=read))
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


def _read_row(row: dict[str, Any], mapping: Mapping, folder: Path) -> Item | str:
    """The item of a row, or the reason why it is none."""
    try:
        fields = mapping.apply(row)
        if fields.get("image"):
            fields["image"] = folder / str(fields["image"])
        return Item.model_validate(fields)
    except (ValidationError, ValueError, AttributeError, IndexError) as error:
        return _reason(error)


def _reason(error: Exception) -> str:
    """The first thing that is wrong, as a clause without pydantic's frame."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        return f"no {where}"
    message = first["msg"].removeprefix("Value error, ")
    return message if first["type"] == "value_error" else f"{where}: {message} (got {str(first.get('input'))[:60]!r})"


def _checked_rows(path: Path, mapping: Mapping) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """The rows, once the first has shown that it has the columns the mapping reads."""
    rows = _rows(path)
    for number, (line, row) in enumerate(rows):
        if number == 0 and isinstance(row, dict):
            _check_columns(path, set(row), mapping)
        yield line, row


def _check_columns(path: Path, columns: set[str], mapping: Mapping) -> None:
    have = ", ".join(sorted(columns))
    missing = sorted(mapping.sources() - columns)
    if missing and path.suffix != ".jsonl":
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
    if path.suffix not in readers:
        raise CatalogueError(f"{path} is not a catalogue: give a .csv, .jsonl or .parquet file.")
    try:
        yield from readers[path.suffix](path)
    except OSError as error:
        raise CatalogueError(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise CatalogueError(f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8.") from error


def _csv_rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = file.readline()
        file.seek(0)
        delimiter = max(",;\t", key=header.count)
        reader = csv.DictReader(file, delimiter=delimiter, strict=True)
        while True:
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield reader.line_num, f"not a CSV row: {error}"
                continue
            if None in row:
                yield reader.line_num, "more cells than columns"
                continue
            yield reader.line_num, dict(row)


def _jsonl_rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                yield number, f"not JSON: {error.msg}"
                continue
            yield number, row if isinstance(row, dict) else "not a JSON object"


def _parquet_rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    try:
        from pyarrow import ArrowInvalid
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise CatalogueError('Reading Parquet needs pyarrow: pip install "outfit-assistant[parquet]".') from error
    try:
        batches = ParquetFile(io.BytesIO(path.read_bytes())).iter_batches()
        rows = (row for batch in batches for row in batch.to_pylist())
        yield from enumerate(rows, 1)
    except ArrowInvalid as error:
        raise CatalogueError(f"{path} is not a Parquet file: {error}.") from error

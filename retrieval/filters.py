"""Hard filters: what the shopper stated, as a condition on the ledger's rows, applied before ranking and never broken silently.

An item that does not say its price, colour, brand or size cannot satisfy a filter on it. Gender, seasons and
occasions that an item does not state exclude nothing: such an item is for everybody and every day.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from catalog.items import Gender, Item
from catalog.taxonomy import vocabulary

ONE_SIZE = "one size"
Tag = tuple[str, str]  # a field and one of the item's values of it
Condition = tuple[str, list[Any]]  # SQL on a row of the ledger's `items`, and what its question marks stand for


class Filters(BaseModel):
    """What items must be. Prices are in the shop's currency; `total_max` bounds a whole look, not one item.
    `cheaper_than` is no limit that the shopper stated: "cheaper" than what they saw, and so below it.

    Colours, kinds, seasons and occasions bear the vocabulary's names; a basic colour covers its shades and a kind
    its children. `currency` records what the shopper named, and does not filter.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_price: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    min_price: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    cheaper_than: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    total_max: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    currency: str | None = None
    colours: tuple[str, ...] = ()
    exclude_colours: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    exclude_kinds: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    exclude_brands: tuple[str, ...] = ()
    exclude_materials: tuple[str, ...] = ()
    exclude_patterns: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    gender: Gender | None = None
    seasons: tuple[str, ...] = ()
    occasions: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _sensible_range(self) -> Self:
        if self.min_price is not None and self.max_price is not None and self.min_price > self.max_price:
            raise ValueError(f"the lowest price {self.min_price:g} is above the highest {self.max_price:g}")
        return self

    def stated(self) -> dict[str, Any]:
        """Only what was stated, for JSON and for people."""
        return self.model_dump(exclude_defaults=True, mode="json")

    def without(self, *names: str) -> Self:
        """The same filters, the named ones lifted."""
        return type(self)(**self.model_dump(exclude=set(names)))

    def for_slot(self, slot: str) -> Self:
        """The filters as they bear on one slot: kinds of other slots say nothing about it."""
        kinds = vocabulary().kinds
        return self.model_copy(
            update={"kinds": tuple(kind for kind in self.kinds if kind not in kinds or kinds[kind].slot == slot)}
        )


def tags_of(item: Item) -> Iterator[Tag]:
    """What filters look for in an item, each value a row: a colour's basic colour and a kind's ancestors too."""
    words = vocabulary()
    values: dict[str, Iterable[str]] = {
        "kinds": [name for name in words.kinds if words.covers(name, item.kind)] or [item.slot],
        "colours": [name for colour in item.colours for name in (colour, words.basic(colour))],
        "sizes": [size.casefold() for size in item.sizes],
        "brand": [item.brand.casefold()] if item.brand else [],
        "material": [item.material] if item.material else [],
        "pattern": [item.pattern] if item.pattern else [],
    }
    for field, found in values.items():
        yield from ((field, value) for value in dict.fromkeys(found))


def ruled_out(item: Item, filters: Filters) -> bool:
    """Whether an item is what the filters say shall not be: of a brand, colour, type, material or pattern turned down."""
    unwanted = {(field, value) for field, values in _unwanted(filters).items() for value in values}
    return not unwanted.isdisjoint(tags_of(item))


def suits(item: Item) -> int:
    """For whom and when an item is, a bit for each gender, season and occasion; all of a field's where it says none.

    Nearly every item suits nearly everything: as tags these would be the most of all, and sought through for each query.
    """
    stated = {"gender": [item.gender] if item.gender else [], "seasons": item.seasons, "occasions": item.occasions}
    return sum(_bits(field, stated[field] or values) for field, values in _open().items())


def _open() -> dict[str, Sequence[str]]:
    """The fields that an item may leave open, with all their values."""
    words = vocabulary()
    return {"gender": words.genders, "seasons": words.seasons, "occasions": words.occasions}


@cache
def _places() -> dict[tuple[str, str], int]:
    """Each value's bit."""
    return {named: place for place, named in enumerate((field, value) for field, values in _open().items() for value in values)}


def _bits(field: str, values: Iterable[str]) -> int:
    """The bits of values; one that nobody knows has none."""
    return sum(1 << _places()[field, value] for value in set(values) if (field, value) in _places())


def condition(filters: Filters, slots: Sequence[str] = (), but: Sequence[str] = ()) -> Condition:
    """What a row must fulfil: the filters, one of the slots (any where none is named), in stock, and no id of `but`.

    Slot, stock, price and what it suits stand in one index; each other filter is a set of items that the tags name.
    """
    ceilings = [limit for limit in (filters.max_price, filters.total_max) if limit is not None]  # no part exceeds the whole
    clauses: list[Condition] = [("in_stock = 1", []), _among("slot", slots or vocabulary().slots)]
    clauses += [("price <= ?", [min(ceilings)])] if ceilings else []
    clauses += [("price < ?", [filters.cheaper_than])] if filters.cheaper_than is not None else []
    clauses += [("price >= ?", [filters.min_price])] if filters.min_price is not None else []
    clauses += [("suits & ? != 0", [_bits(field, values)]) for field, values in _suited(filters).items() if values]
    clauses += [_tagged(field, values) for field, values in _wanted(filters).items() if values]
    clauses += [_tagged(field, values, "NOT IN") for field, values in _unwanted(filters).items() if values]
    clauses += [("id NOT IN (SELECT value FROM json_each(?))", [json.dumps(list(but))])] if but else []
    return " AND ".join(sql for sql, _ in clauses), [value for _, values in clauses for value in values]


def _wanted(filters: Filters) -> dict[str, Sequence[str]]:
    """By field, the tags of which an item must bear one."""
    return {
        "brand": [brand.casefold() for brand in filters.brands],
        "colours": filters.colours,
        "kinds": filters.kinds,
        "sizes": [*(size.casefold() for size in filters.sizes), ONE_SIZE] if filters.sizes else (),
    }


def _suited(filters: Filters) -> dict[str, Sequence[str]]:
    """By field that may be left open, the values of which an item must suit one."""
    return {
        "gender": [filters.gender, "unisex"] if filters.gender else (),
        "seasons": filters.seasons,
        "occasions": filters.occasions,
    }


def _unwanted(filters: Filters) -> dict[str, Sequence[str]]:
    """By field, the tags of which an item must bear none."""
    return {
        "brand": [brand.casefold() for brand in filters.exclude_brands],
        "colours": filters.exclude_colours,
        "kinds": filters.exclude_kinds,
        "material": filters.exclude_materials,
        "pattern": filters.exclude_patterns,
    }


def _among(column: str, values: Sequence[str]) -> Condition:
    return f"{column} IN ({', '.join('?' * len(values))})", list(values)


def _tagged(field: str, values: Sequence[str], how: str = "IN") -> Condition:
    sql, wanted = _among("value", values)
    return f"number {how} (SELECT item FROM tags WHERE field = ? AND {sql})", [field, *wanted]

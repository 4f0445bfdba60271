"""Hard filters: what the shopper stated, as a Chroma `where`, applied before ranking and never broken silently.

An item that does not say its price, colour, brand or size cannot satisfy a filter on it. Gender, seasons and
occasions that an item does not state exclude nothing: such an item is for everybody and every day.
"""

from collections.abc import Iterable
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from catalog.items import Gender, Item
from catalog.taxonomy import vocabulary

Where = dict[str, Any]
Metadata = dict[str, str | int | float | list[str]]
ONE_SIZE = "one size"


class Filters(BaseModel):
    """What items must be. Prices are in the shop's currency; `total_max` bounds a whole look, not one item.

    Colours, kinds, seasons and occasions bear the vocabulary's names; a basic colour covers its shades and a kind
    its children. `currency` records what the shopper named, and does not filter.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_price: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    min_price: float | None = Field(default=None, ge=0, allow_inf_nan=False)
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


def metadata_of(item: Item) -> Metadata:
    """What the index keeps of an item beside its caption, in the form that `where` filters on."""
    words = vocabulary()
    colours = dict.fromkeys(name for colour in item.colours for name in (colour, words.basic(colour)))
    ancestors = [name for name in words.kinds if words.covers(name, item.kind)] or [item.slot]
    genders = ["women", "men", "unisex"] if item.gender in (None, "unisex") else [item.gender]
    fields: dict[str, Any] = {
        "slot": item.slot,
        "kinds": ancestors,
        "colours": list(colours),
        "sizes": [size.casefold() for size in item.sizes],
        "gender": genders,
        "seasons": list(item.seasons or words.seasons),
        "occasions": list(item.occasions or words.occasions),
        "brand": item.brand.casefold() if item.brand else None,
        "material": item.material,
        "pattern": item.pattern,
        "price": None if item.price is None else float(item.price),
        "in_stock": int(item.stock is None or item.stock > 0),
        "item": item.model_dump_json(exclude_defaults=True),
    }
    return {key: value for key, value in fields.items() if value not in (None, [])}  # Chroma refuses both


def where(filters: Filters, slots: Iterable[str] = ()) -> Where:
    """The Chroma condition for the filters and slots; what is out of stock is never offered."""
    clauses: list[Where] = [{"in_stock": {"$eq": 1}}]
    if slots := list(slots):
        clauses.append({"slot": {"$in": slots}})
    ceilings = [limit for limit in (filters.max_price, filters.total_max) if limit is not None]  # no part exceeds the whole
    if ceilings:
        clauses.append({"price": {"$lte": float(min(ceilings))}})
    if filters.min_price is not None:
        clauses.append({"price": {"$gte": float(filters.min_price)}})
    if filters.brands:
        clauses.append({"brand": {"$in": [brand.casefold() for brand in filters.brands]}})
    if filters.exclude_brands:
        clauses.append({"brand": {"$nin": [brand.casefold() for brand in filters.exclude_brands]}})
    sizes = [size.casefold() for size in filters.sizes]
    clauses += _any_of("colours", filters.colours) + _any_of("kinds", filters.kinds)
    clauses += _any_of("sizes", [*sizes, ONE_SIZE] if sizes else [])
    clauses += _any_of("gender", [filters.gender] if filters.gender else [])
    clauses += _any_of("seasons", filters.seasons) + _any_of("occasions", filters.occasions)
    if filters.exclude_materials:
        clauses.append({"material": {"$nin": list(filters.exclude_materials)}})
    if filters.exclude_patterns:
        clauses.append({"pattern": {"$nin": list(filters.exclude_patterns)}})
    clauses += [{"colours": {"$not_contains": colour}} for colour in filters.exclude_colours]
    clauses += [{"kinds": {"$not_contains": kind}} for kind in filters.exclude_kinds]
    return clauses[0] if len(clauses) == 1 else {"$and": clauses}


def _any_of(field: str, values: Iterable[str]) -> list[Where]:
    """One clause: the item's list holds any of the values (Chroma wants no `$or` of a single condition)."""
    clauses: list[Where] = [{field: {"$contains": value}} for value in values]
    return [{"$or": clauses}] if len(clauses) > 1 else clauses

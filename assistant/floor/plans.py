"""A look before its pieces are chosen: under which filters each stands, and the least that it costs."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.floor.templates import Wanted, leading, seasons_of
from catalog.items import Gender, Item
from retrieval.filters import Filters
from retrieval.index import CaptionIndex


class NothingLeft(LookupError):
    """A piece that a look needs is not there under the filters."""

    def __init__(self, slot: str) -> None:
        super().__init__(slot)
        self.slot = slot


@dataclass(frozen=True)
class Piece:
    """A slot of a look, the filters as they bear on it, its cheapest item in cents, and the stated wishes that gave way.

    A piece that is not `required` is left out where the budget does not reach.
    """

    slot: str
    filters: Filters
    cheapest: int
    required: bool = True
    relaxed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The pieces of a look in the order in which they are chosen. `budget`: cents for all, None without one."""

    pieces: tuple[Piece, ...]
    budget: int | None
    gender: Gender | None

    @property
    def least(self) -> int:
        """The least that the look costs, in cents."""
        return self._needed(0)

    @property
    def relaxed(self) -> tuple[str, ...]:
        """The stated wishes that gave way for some piece."""
        return tuple(dict.fromkeys(name for piece in self.pieces for name in piece.relaxed))

    def room(self, place: int, spent: int) -> int | None:
        """What the piece at a place may cost, in cents, so that what is needed after it can be bought still."""
        return None if self.budget is None else self.budget - spent - self._needed(place + 1)

    def _needed(self, place: int) -> int:
        return sum(piece.cheapest for piece in self.pieces[place:] if piece.required)


def cents(price: float | None) -> int:
    """A price in whole cents, rounded up; 0 where none is stated."""
    return math.ceil(round((price or 0.0) * 100, 4))


def plan(
    index: CaptionIndex, wanted: Sequence[Wanted], filters: Filters, gender: Gender | None, exclude: Sequence[str]
) -> Plan:
    """What is wanted, under filters that leave something. Raises NothingLeft for a required piece that is not there.

    A colour asked of a look is that of its first piece that comes in it: a green look is not green all over.
    """
    budget = None if filters.total_max is None else math.floor(round(filters.total_max * 100, 4))
    found, coloured = [], not filters.colours
    for one in wanted:
        piece = None if coloured else _piece(index, one, filters, gender, exclude)
        coloured = coloured or piece is not None
        piece = piece or _piece(index, one, filters.without("colours"), gender, exclude)
        if piece is None and one.required:
            raise NothingLeft(one.slot)
        found += [piece] if piece else []
    if not coloured:
        raise NothingLeft(wanted[0].slot)
    return Plan(tuple(found), budget, gender)


def _piece(index: CaptionIndex, one: Wanted, filters: Filters, gender: Gender | None, exclude: Sequence[str]) -> Piece | None:
    for narrowed, relaxed in _ladder(_bearing(index, one.slot, filters, gender), one):
        prices = index.price_range(narrowed, [one.slot], exclude)
        if prices or (filters.total_max is None and index.count(narrowed, [one.slot], exclude)):
            stated = tuple(name for name in relaxed if getattr(filters, name))
            return Piece(one.slot, narrowed, cents(prices[0]) if prices else 0, one.required, stated)
    return None


def _bearing(index: CaptionIndex, slot: str, filters: Filters, gender: Gender | None) -> Filters:
    """The filters as they bear on a slot of a look: without what bounds the whole, and without a size of other slots."""
    sizes = filters.sizes
    if sizes and not _known(index, sizes, [slot]) and _known(index, sizes, []):
        sizes = ()
    return filters.for_slot(slot).model_copy(
        update={"total_max": None, "gender": gender, "sizes": sizes, "seasons": seasons_of(filters)}
    )


def _known(index: CaptionIndex, sizes: Sequence[str], slots: Sequence[str]) -> bool:
    there = {size for size, _ in index.frequent("sizes", Filters(), slots)}
    return any(size.casefold() in there for size in sizes)


def _ladder(filters: Filters, one: Wanted) -> Iterator[tuple[Filters, tuple[str, ...]]]:
    """From all that is wished for down to what was stated hard; optional pieces give no wish away."""
    lead = leading(filters.occasions)
    soft = ("occasions", "seasons")
    avoiding = {"exclude_kinds": (*filters.exclude_kinds, *one.avoid)}
    suited = avoiding | ({"kinds": one.only} if one.only and not filters.kinds else {})
    led = filters.model_copy(update={"occasions": (lead,) if lead else ()})
    yield led.model_copy(update=suited), ()
    yield filters.model_copy(update=suited), ()
    yield led.model_copy(update=avoiding), ()
    if one.required:
        bare = filters.without(*soft)
        yield bare.model_copy(update=suited), soft
        yield bare.model_copy(update=avoiding), soft
        yield bare, soft


def total(items: Sequence[Item]) -> float | None:
    """The sum of prices; None where one states none."""
    prices = [item.price for item in items if item.price is not None]
    return round(sum(prices), 2) if len(prices) == len(items) else None


def up_to(filters: Filters, room: int) -> Filters:
    """The filters with a highest price in cents, where theirs is not lower."""
    limit = room / 100 if filters.max_price is None else min(filters.max_price, room / 100)
    return filters.model_copy(update={"max_price": limit})

"""A look that goes on: most of its pieces stay, one is left out, one comes to them, one gives way to a wish stated since."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.floor.considering import SOFT, Considering
from assistant.floor.dressing import dressed
from assistant.floor.looks import Asked, Made, Weaver
from assistant.floor.plans import NothingLeft, Piece, Plan, cents, plan
from assistant.floor.results import Result
from assistant.floor.stopwatch import Stopwatch
from assistant.floor.templates import implied_gender, wanted
from catalog.items import Item
from retrieval.filters import Filters, ruled_out, tags_of


def keeping(
    considering: Considering, asked: Asked, kept: Sequence[Item], slots: Sequence[str], without: Sequence[str], watch: Stopwatch
) -> Result | None:
    """The look with what may stay of `kept`, and new pieces for the named slots and for those that may not.

    None where that cannot be: nothing stays, what stays is above the budget, or nothing is left for a new piece.
    """
    may_stay = [
        item for item in kept if item.stock != 0 and item.id not in asked.exclude and not ruled_out(item, asked.filters)
    ]
    stay = [item for item in may_stay if item.slot not in without]
    given_way = [item.slot for item in kept if item.slot not in without and item not in stay]
    there = {item.slot for item in stay}
    missing = [slot for slot in dict.fromkeys([*given_way, *slots]) if slot not in there and slot not in without]
    made = completed(considering, asked, stay, missing, watch) if stay else None
    return dressed("build", considering, asked, [made], watch) if made else None


def completed(
    considering: Considering, asked: Asked, stay: Sequence[Item], missing: Sequence[str], watch: Stopwatch
) -> Made | None:
    """A look of what stays and of new pieces for the missing slots, within what the budget leaves; None where there is none."""
    spent = sum(cents(item.price) for item in stay)
    budget = asked.filters.total_max
    if budget is not None and spent > round(budget * 100):
        return None
    as_they_are = tuple(_staying(item, asked.filters) for item in stay)
    coloured = not asked.filters.colours or any(_has_a_colour(item, asked.filters.colours) for item in stay)
    if not missing:
        return Made(tuple(stay), Plan(as_they_are, None, None)) if coloured else None
    left = asked.filters if budget is None else asked.filters.model_copy(update={"total_max": budget - spent / 100})
    left = left.without("colours") if coloured else left
    beside = replace(asked, given=(*asked.given, *stay), filters=left, exclude=(*asked.exclude, *(item.id for item in stay)))
    gender = implied_gender(beside.given, left, asked.words)
    try:
        pieces = plan(
            considering.index, wanted(beside.given, left, gender or "unisex", missing)[0], left, gender, beside.exclude
        )
    except NothingLeft:
        return None
    if pieces.budget is not None and pieces.least > pieces.budget:
        return None
    found = Weaver(considering, beside, watch).looks([pieces])
    if not found:
        return None
    new = found[0]
    return replace(new, items=(*stay, *new.items), plan=replace(new.plan, pieces=(*as_they_are, *new.plan.pieces)))


def _has_a_colour(item: Item, colours: Sequence[str]) -> bool:
    return not {("colours", colour) for colour in colours}.isdisjoint(tags_of(item))


def _staying(item: Item, filters: Filters) -> Piece:
    """A piece that stays, with the wishes that it does not keep."""
    missed = [name for name in SOFT if {*getattr(filters, name)}.isdisjoint(getattr(item, name) or getattr(filters, name))]
    return Piece(item.slot, filters, cents(item.price), relaxed=tuple(name for name in missed if getattr(filters, name)))

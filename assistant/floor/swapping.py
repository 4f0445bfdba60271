"""One piece of a look exchanged: what stays, and another item of the slot that goes with it, within what the budget leaves."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.floor.considering import SOFT, Considering, arranged
from assistant.floor.dressing import dressed
from assistant.floor.keeping import completed
from assistant.floor.looks import Asked, Made
from assistant.floor.plans import NothingLeft, Piece, cents, plan, up_to
from assistant.floor.results import Result
from assistant.floor.stopwatch import Stopwatch
from assistant.floor.templates import implied_gender, wanted
from catalog.items import Item
from catalog.taxonomy import vocabulary
from retrieval.relaxing import Relaxation, relaxation


def swap(considering: Considering, asked: Asked, slot: str, watch: Stopwatch) -> Result:
    """A new item of a slot beside what stays, `asked.given`, whose catalogue items count for the budget; and the look with it.

    Where the budget forbids it, one more piece gives way, and the result's items are both. Occasions and seasons give way where
    nothing else is left.
    """
    found = _swapped(considering, asked, slot, watch)
    soft = [name for name in SOFT if getattr(asked.filters, name)]
    if found.items or not soft:
        return found
    instead = _swapped(considering, replace(asked, filters=asked.filters.without(*soft)), slot, watch)
    return instead.model_copy(update={"relaxed": [*instead.relaxed, *soft]}) if instead.items else found


def _swapped(considering: Considering, asked: Asked, slot: str, watch: Stopwatch) -> Result:
    asked = _staying(asked, slot)
    stays = [thing for thing in asked.given if isinstance(thing, Item)]
    exclude, spent = [*asked.exclude, *(item.id for item in stays)], sum(cents(item.price) for item in stays)
    gender = implied_gender(asked.given, asked.filters, asked.words)
    pieces = wanted(asked.given, asked.filters, gender or "unisex", [slot])[0]
    try:
        alone = plan(considering.index, pieces, asked.filters, gender, exclude)
    except NothingLeft:
        way_out = relaxation(considering.index, asked.filters.for_slot(slot), [slot], exclude)
        return Result(tool="swap", slot=slot, relaxation=way_out)
    room, piece = alone.room(0, spent), alone.pieces[0]
    if room is not None and room < piece.cheapest:
        worn = replace(asked, given=tuple(thing for thing in asked.given if not isinstance(thing, Item)))
        if made := _with_another(considering, worn, stays, slot, watch):
            whole = dressed("swap", considering, worn, [made], watch)
            return whole.model_copy(update={"slot": slot, "items": [item for item in whole.items if item["id"] not in exclude]})
        needed = Relaxation(name="total_max", value=(spent + piece.cheapest) / 100, count=1)
        return Result(tool="swap", slot=slot, relaxation=needed)
    new = _chosen(considering, asked, piece, room, exclude, watch)
    result = dressed("swap", considering, asked, [Made((*stays, new), alone)], watch)
    return result.model_copy(update={"slot": slot, "items": [item for item in result.items if item["id"] == new.id]})


def _with_another(considering: Considering, asked: Asked, stays: Sequence[Item], slot: str, watch: Stopwatch) -> Made | None:
    """The look with a new piece of the slot where one more piece, the dearest that helps, is exchanged to afford it."""
    stated = {name for name, value in asked.filters.stated().items() if value}
    if stated & {"max_price", "min_price", "cheaper_than", "colours", "brands", "sizes"}:
        return None  # said of the piece alone
    for gone in sorted(stays, key=lambda item: -(item.price or 0)):
        rest = [item for item in stays if item is not gone]
        if made := completed(considering, asked, rest, [slot, gone.slot], watch):
            return made
    return None


def _chosen(
    considering: Considering, asked: Asked, piece: Piece, room: int | None, exclude: Sequence[str], watch: Stopwatch
) -> Item:
    filters = piece.filters if room is None else up_to(piece.filters, room)
    found = considering.considered(asked.given, piece.slot, filters, asked.words, exclude, watch, asked.prefer)
    return found.hits[arranged(found, asked.given, 1)[0]].item


def _staying(asked: Asked, slot: str) -> Asked:
    """Without worn things of the slot: of two bags one would be too many, and the old one is not wanted again."""
    gone = [thing for thing in asked.given if (thing.slot or vocabulary().slot_of(thing.words)) == slot]
    ids = [thing.id for thing in gone if isinstance(thing, Item)]
    kept = tuple(thing for thing in asked.given if thing not in gone)
    return replace(asked, given=kept, exclude=(*asked.exclude, *ids))

"""What the shopper stated holds: a model may narrow a filter, but neither loosen nor forget one, whatever a text tells it."""

from collections.abc import Callable, Sequence
from typing import Any

from assistant.profile import merged
from assistant.understanding.understood import Understood
from catalog.taxonomy import vocabulary
from retrieval.filters import Filters

_OF_ONE_SLOT = ("colours", "kinds", "sizes")  # a shoe's size and colour say nothing about a bag


def tightened(args: dict[str, Any], understood: Understood, takes: Sequence[str]) -> dict[str, Any]:
    """A tool's arguments with all that was stated, where the tool takes it; `takes` names its arguments."""
    tight = dict(args)
    wanted = _wanted(understood)
    if "slot" in takes and not args.get("slot") and len(wanted) == 1:
        tight["slot"] = wanted[0]
    if "filters" in takes:
        filters = joined(
            Filters.model_validate(args.get("filters", {})), _stated(understood, tight.get("slot"), str(args.get("words", "")))
        )
        tight["filters"] = filters.stated()
    if "exclude" in takes:
        tight["exclude"] = list(dict.fromkeys([*args.get("exclude", ()), *understood.exclude, *understood.rejected]))
    return {name: value for name, value in tight.items() if value not in ({}, [])}


# Turns aside that are understood beyond doubt: nothing is to be looked up.
ASIDE = frozenset(
    ["injection", "thanks", "fresh", "greeting", "declined", "below zero", "contradiction", "ordering", "distress"]
)


def idle(names: Sequence[str], understood: Understood) -> str | None:
    """What to say of calls of these tools in a turn that wants none, or of a look to which none of them does anything; else None."""
    if names and understood.topic in ASIDE:
        return "The shopper asks for nothing that is in the shop: answer in words, without a tool."
    wanted = "swap_item" if understood.swapped else "build_outfit" if understood.intent == "build" else None
    if names and wanted and not {"swap_item", "build_outfit"} & set(names):
        return f"The shopper speaks of a whole look: call {wanted}."
    return None


def astray(calls: Sequence[dict[str, Any]], understood: Understood) -> str | None:
    """What to say of calls that look for none of the things the shopper named; None where one does."""
    looked = [slot for args in calls if (slot := args.get("slot"))]
    wanted = _wanted(understood)
    if not wanted or not looked or len(looked) < len(calls) or set(looked) & set(wanted):
        return None
    return f"The shopper asks for {', '.join(wanted)}, not for {', '.join(dict.fromkeys(looked))}."


def _wanted(understood: Understood) -> tuple[str, ...]:
    """The slots that the shopper named, where the turn looks for things."""
    return understood.slots if understood.intent in ("complement", "search") and not understood.proposed else ()


def _stated(understood: Understood, slot: str | None, words: str) -> Filters:
    """What was stated, now and for good, as it bears on a slot, or on any where none is named."""
    if slot is None:
        return merged(understood.filters, understood.profile, None, words)
    stated = understood.filters_of(slot)
    if understood.slots and slot not in understood.slots:
        stated = stated.without(*_OF_ONE_SLOT)
    return merged(stated, understood.profile, slot, words)


def joined(asked: Filters, stated: Filters) -> Filters:
    """Filters that what passes both passes, as far as they can be met together; where not, the stated ones."""
    basic, covers = vocabulary().basic, vocabulary().covers
    highest = min(_given(asked.max_price, stated.max_price), default=None)
    lowest = max(_given(asked.min_price, stated.min_price), default=None)
    if highest is not None and lowest is not None and lowest > highest:
        highest, lowest = (stated.max_price, stated.min_price) if stated.max_price is not None else (highest, None)
    values: dict[str, Any] = {
        "max_price": highest,
        "min_price": lowest,
        "cheaper_than": min(_given(asked.cheaper_than, stated.cheaper_than), default=None),
        "total_max": min(_given(asked.total_max, stated.total_max), default=None),
        "currency": stated.currency or asked.currency,
        "gender": stated.gender or asked.gender,
        "colours": _within(asked.colours, stated.colours, lambda wide, narrow: wide in (narrow, basic(narrow))),
        "kinds": _within(asked.kinds, stated.kinds, covers),
    }
    for name in ("brands", "sizes", "seasons", "occasions"):
        values[name] = _within(
            getattr(asked, name), getattr(stated, name), lambda one, other: one.casefold() == other.casefold()
        )
    for name in ("exclude_colours", "exclude_kinds", "exclude_brands", "exclude_materials", "exclude_patterns"):
        values[name] = tuple(dict.fromkeys([*getattr(stated, name), *getattr(asked, name)]))
    return Filters(**values)


def _given(*amounts: float | None) -> list[float]:
    return [amount for amount in amounts if amount is not None]


def _within(asked: Sequence[str], stated: Sequence[str], covers: Callable[[str, str], bool]) -> tuple[str, ...]:
    """What was asked for, as far as it lies within what was stated; all that was stated where nothing does."""
    if not stated:
        return tuple(asked)
    return tuple(one for one in asked if any(covers(wide, one) for wide in stated)) or tuple(stated)

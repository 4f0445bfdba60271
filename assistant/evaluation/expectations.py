"""What a case expects of a turn, checked on the answer's JSON: each key of `Expected` has its one check."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.evaluation.cases import Expected, comparable
from catalog.items import Item

CENT = 0.005
STATE = ("anchors", "slots", "filters", "shown", "look")  # what a conversation that stands at its beginning has none of


@dataclass(frozen=True)
class Seen:
    """One answered turn: the JSON of `ask`, the ids that earlier answers showed, the shop by id, and what is not grounded."""

    answer: Mapping[str, Any]
    stock: Mapping[str, Item]
    before: Collection[str] = ()
    ungrounded: Sequence[str] = ()

    @property
    def items(self) -> list[dict[str, Any]]:
        """The answer's items."""
        return list(self.answer.get("items", ()))

    @property
    def understood(self) -> dict[str, Any]:
        """What the answer says it understood."""
        return dict(self.answer.get("understood", {}))

    @property
    def filters(self) -> dict[str, Any]:
        """The filters that the answer says it understood."""
        return dict(self.understood.get("filters", {}))

    def sets(self) -> list[list[str]]:
        """The ids of each look; where there is none, of all items together."""
        looks = [list(look["items"]) for look in self.answer.get("looks") or ()]
        return looks or [[item["id"] for item in self.items]]

    def total(self, ids: Sequence[str]) -> float | None:
        """What the items cost together by the shop's prices; None where one is not in the shop or has no price."""
        prices = [self.stock[name].price if name in self.stock else None for name in ids]
        known = [price for price in prices if price is not None]
        return round(sum(known), 2) if len(known) == len(ids) else None


def failures(expected: Expected, seen: Seen) -> list[str]:
    """A sentence for each key that does not hold, in the order of `Expected`: "slot: expected shoes, got bags"."""
    stated = expected.model_fields_set
    return [
        f"{key}: expected {_told(getattr(expected, key))}, got {_told(got)}"
        for key, check in CHECKS.items()
        if key in stated
        for got in check(getattr(expected, key), seen)
    ]


def _told(value: Any) -> str:
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_told(held)}" for name, held in value.items()) or "none"
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _intent(wanted: str, seen: Seen) -> Iterator[Any]:
    if seen.understood.get("intent") != wanted:
        yield seen.understood.get("intent")


def _slot(wanted: str, seen: Seen) -> Iterator[Any]:
    if seen.understood.get("slot") != wanted:
        yield seen.understood.get("slot")


def _filters(wanted: dict[str, Any], seen: Seen) -> Iterator[Any]:
    """Each wanted filter equals the one understood; what else was understood does not matter."""
    got = {name: seen.filters.get(name) for name in wanted}
    if any(value is None or comparable(name, value) != comparable(name, wanted[name]) for name, value in got.items()):
        yield got


def _filters_absent(names: Sequence[str], seen: Seen) -> Iterator[Any]:
    present = {name: seen.filters[name] for name in names if seen.filters.get(name) not in (None, [], ())}
    if present:
        yield present


def _items_min(least: int, seen: Seen) -> Iterator[Any]:
    if len(seen.items) < least:
        yield len(seen.items)


def _items_max(most: int, seen: Seen) -> Iterator[Any]:
    if len(seen.items) > most:
        yield len(seen.items)


def _items_max_price(limit: float, seen: Seen) -> Iterator[Any]:
    """Every item states a price, and none above the limit."""
    prices = [item.get("price") for item in seen.items]
    above = [price for price in prices if price is None or price > limit + CENT]
    if above:
        yield above


def _items_slots(slots: Sequence[str], seen: Seen) -> Iterator[Any]:
    shown = {item.get("slot") for item in seen.items}
    if not set(slots) <= shown:
        yield sorted(map(str, shown))


def _items_new(new: bool, seen: Seen) -> Iterator[Any]:
    """True: no item was in an earlier answer of the conversation; false: one was."""
    old = [item["id"] for item in seen.items if item["id"] in seen.before]
    if new == bool(old):
        yield f"shown before: {_told(old)}"


def _look_max_total(limit: float, seen: Seen) -> Iterator[Any]:
    """Every look costs at most so much, by the shop's prices; without looks, all items together."""
    totals = [seen.total(ids) for ids in seen.sets()]
    above = ["no known total" if total is None else total for total in totals if total is None or total > limit + CENT]
    if above:
        yield above


def _look_lacks_slots(slots: Sequence[str], seen: Seen) -> Iterator[Any]:
    """No look has a piece of these slots, as the shop files it; without looks, no item has."""
    found = {seen.stock[name].slot for ids in seen.sets() for name in ids if name in seen.stock}
    named = {str(slot) for look in seen.answer.get("looks") or () for slot in look.get("slots", ())}
    if (found | named) & set(slots):
        yield sorted((found | named) & set(slots))


def _reply_has(words: Sequence[str], seen: Seen) -> Iterator[Any]:
    missing = [word for word in words if not _says(seen, word)]
    if missing:
        yield f"a reply without {_told(missing)}"


def _reply_has_any(words: Sequence[str], seen: Seen) -> Iterator[Any]:
    if not any(_says(seen, word) for word in words):
        yield "a reply with none of them"


def _reply_lacks(words: Sequence[str], seen: Seen) -> Iterator[Any]:
    said = [word for word in words if _says(seen, word)]
    if said:
        yield f"a reply with {_told(said)}"


def _says(seen: Seen, word: str) -> bool:
    return word.casefold() in str(seen.answer.get("reply", "")).casefold()


def _state_empty(empty: bool, seen: Seen) -> Iterator[Any]:
    """True: nothing of `STATE` is left; false: something is."""
    state = seen.answer.get("state") or {}
    held = [name for name in STATE if state.get(name) not in (None, [], (), {}, "")]
    if empty == bool(held):
        yield f"a state with {_told(held)}"


def _grounded(wanted: bool, seen: Seen) -> Iterator[Any]:
    if wanted == bool(seen.ungrounded):
        yield list(seen.ungrounded)


CHECKS: dict[str, Callable[[Any, Seen], Iterator[Any]]] = {
    "intent": _intent, "slot": _slot, "filters": _filters, "filters_absent": _filters_absent, "items_min": _items_min,
    "items_max": _items_max, "items_max_price": _items_max_price, "items_slots": _items_slots, "items_new": _items_new,
    "look_max_total": _look_max_total, "look_lacks_slots": _look_lacks_slots, "reply_has": _reply_has,
    "reply_has_any": _reply_has_any, "reply_lacks": _reply_lacks, "state_empty": _state_empty, "grounded": _grounded,
}  # fmt: skip

"""Hard filters that an answer's items break, told from the items' own fields.

By code of its own beside `retrieval/filters.py`, so that a mistake there is not made twice. Seasons and occasions are soft.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from assistant.evaluation.expectations import CENT, Seen
from catalog.items import Item
from catalog.taxonomy import vocabulary
from retrieval.filters import ONE_SIZE

CHOOSING = ("complement", "search", "build", "swap")  # who judges or shows may speak of what no filter lets pass any more


def broken(seen: Seen) -> Iterator[str]:
    """Each item that the answer chose although it breaks a filter that the answer understood, and how."""
    if seen.understood.get("intent") in CHOOSING:
        for shown in seen.items:
            item = seen.stock.get(str(shown.get("id")))
            if item:
                yield from (f"{item.title} ({item.id}): {why}" for why in breaches(item, _bearing(seen, item)))
        yield from _colourless_looks(seen)


def _bearing(seen: Seen, item: Item) -> dict[str, Any]:
    """The understood filters as they bear on one item.

    Kinds of other slots say nothing about it. Where several slots are wanted, each may have colours of its own, which
    the call of the tool for it states; a new look must have the colour in some piece; and shoe sizes are no sizes of coats.
    """
    filters, kinds = seen.filters, vocabulary().kinds
    if "kinds" in filters:
        filters["kinds"] = [kind for kind in filters["kinds"] if kind not in kinds or kinds[kind].slot == item.slot]
    if _built(seen):
        filters.pop("colours", None)
    elif _several(seen):
        own = [call["args"].get("filters") for call in seen.answer.get("tools", ()) if call["args"].get("slot") == item.slot]
        if own and isinstance(own[0], dict):
            filters["colours"] = own[0].get("colours", ())
    if _several(seen) and "sizes" in filters:
        filters["sizes"] = [size for size in filters["sizes"] if _is_size_of(size, item.slot, seen.stock)]
    return filters


def _built(seen: Seen) -> bool:
    """Whether the answer's items are whole looks, not the one piece that was exchanged."""
    pieces = sum(len(look["items"]) for look in seen.answer.get("looks") or ())
    return pieces > 0 and (seen.understood.get("intent") == "build" or pieces == len(seen.items) > 1)


def _several(seen: Seen) -> bool:
    """Whether the answer is about more than one slot."""
    slots = {*seen.understood.get("slots", ()), *(item.get("slot") for item in seen.items)}
    return bool(seen.answer.get("looks")) or len(slots) > 1


def _is_size_of(size: str, slot: str, stock: Mapping[str, Item]) -> bool:
    """Whether anything of the slot comes in the size: 38 is one of shoes, M is not."""
    return any(item.slot == slot and size.casefold() in map(str.casefold, item.sizes) for item in stock.values())


def _colourless_looks(seen: Seen) -> Iterator[str]:
    """New looks in which nothing has a colour that was asked for."""
    wanted = set(seen.filters.get("colours", ())) if _built(seen) else set()
    for number, look in enumerate(seen.answer.get("looks") or (), 1):
        pieces = [seen.stock[name] for name in look["items"] if name in seen.stock]
        if wanted and not any(wanted & _shades(piece) for piece in pieces):
            yield f"look {number}: nothing in {', '.join(sorted(wanted))}"


def breaches(item: Item, filters: Mapping[str, Any]) -> Iterator[str]:
    """How an item breaks filters, as the JSON states them, in words."""
    yield from _price_breaches(item, filters)
    words = vocabulary()
    colours, brand = _shades(item), {(item.brand or "").casefold()}
    kinds = {name for name in words.kinds if words.covers(name, item.kind or item.slot)}
    sizes = {size.casefold() for size in item.sizes}
    for name, has in (("colours", colours), ("kinds", kinds), ("brands", brand), ("sizes", sizes | _fits_all(sizes, filters))):
        wanted = {str(word).casefold() for word in filters.get(name) or ()}
        if wanted and not wanted & has:
            yield f"{name} {', '.join(sorted(wanted))} asked for"
    unwanted: dict[str, set[Any]] = {
        "colours": colours,
        "kinds": kinds,
        "brands": brand,
        "materials": {item.material},
        "patterns": {item.pattern},
    }
    for name, held in unwanted.items():
        found = {str(word).casefold() for word in filters.get(f"exclude_{name}") or ()} & held
        if found:
            yield f"{', '.join(sorted(map(str, found)))} ruled out"
    if filters.get("gender") and item.gender not in (None, "unisex", filters["gender"]):
        yield f"for {item.gender}, not for {filters['gender']}"
    if item.stock == 0:
        yield "sold out"


def _price_breaches(item: Item, filters: Mapping[str, Any]) -> Iterator[str]:
    for name, sign in (("max_price", 1), ("cheaper_than", 1), ("total_max", 1), ("min_price", -1)):
        limit = filters.get(name)
        if limit is not None and (item.price is None or sign * (item.price - limit) > CENT):
            yield f"costs {item.price}, {name} is {limit:g}"


def _shades(item: Item) -> set[str]:
    """An item's colours, and the basic colours that they are shades of."""
    return {*item.colours, *map(vocabulary().basic, item.colours)}


def _fits_all(sizes: set[str], filters: Mapping[str, Any]) -> set[str]:
    """The wanted sizes, if the item comes in the one size that fits everybody."""
    return {str(size).casefold() for size in filters.get("sizes") or ()} if ONE_SIZE in sizes else set()

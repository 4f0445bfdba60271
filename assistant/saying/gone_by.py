"""What the assistant goes by, as words to show beside the conversation, each with the message that takes it back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assistant.saying.phrasing import SLOT_WORDS, money

# A filter's words, and what a shopper would say to lift it.
WISHES = {
    "max_price": ("up to {}", "forget the price limit"), "cheaper_than": ("cheaper than {}", "forget the price limit"), "min_price": ("from {}", "forget the lowest price"),
    "total_max": ("all together up to {}", "forget the budget"), "colours": ("{}", "forget the colour"), "kinds": ("{}", "forget the type"),
    "brands": ("by {}", "forget the brand"), "sizes": ("size {}", "forget the size"), "gender": ("for {}", "forget the gender"),
    "seasons": ("for {}", "forget the season"), "occasions": ("for {}", "forget the occasion"),
}  # fmt: skip
RULED_OUT = {
    "exclude_colours": ("not {}", "{} is fine after all"), "exclude_kinds": ("no {}", "{} are fine after all"),
    "exclude_brands": ("not by {}", "any brand is fine"), "exclude_materials": ("no {}", "{} is fine after all"),
    "exclude_patterns": ("not {}", "{} is fine after all"),
}  # fmt: skip


@dataclass(frozen=True)
class Chip:
    """A few words, and the message that takes them back, if one does."""

    words: str
    take_back: str | None = None


def chips(state: Mapping[str, Any], items: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Chip]]:
    """What is gone by, under headings, from the state in an answer; `items` by id, of which the current look and refusals are."""
    filters = state.get("filters", {})
    refused = [items[id_]["title"] for id_ in state.get("rejected", ()) if id_ in items]
    said = {
        "You have": [Chip(anchor["caption"]) for anchor in state.get("anchors", ())],
        "Looking for": [Chip(SLOT_WORDS.get(slot, slot)) for slot in state.get("slots", ())],
        "Wishes": list(_wishes(filters)),
        "Ruled out": [
            *_refusals(filters),
            *(Chip(f"no {SLOT_WORDS.get(slot, slot)}") for slot in state.get("without", ())),
            *(Chip(title) for title in refused),
        ],
        "Your look": list(_look([items[id_] for id_ in state.get("look") or () if id_ in items], state.get("budget_left"))),
    }
    return {heading: found for heading, found in said.items() if found}


def in_words(filters: Mapping[str, Any]) -> list[str]:
    """Filters as words: "up to 50", "not yellow"."""
    low, high = filters.get("min_price"), filters.get("max_price")
    between = [f"between {low:g} and {high:g}"] if low is not None and high is not None else []
    rest = {name: value for name, value in filters.items() if not (between and name in ("min_price", "max_price"))}
    return [*between, *(chip.words for chip in (*_wishes(rest), *_refusals(rest)))]


def _wishes(filters: Mapping[str, Any]) -> Iterator[Chip]:
    whole = filters.get("total_max")
    for name, (words, take_back) in WISHES.items():
        if filters.get(name) and not (name == "max_price" and filters[name] == whole):  # no piece costs more than all
            yield Chip(words.format(_listed(filters[name])), take_back)


def _refusals(filters: Mapping[str, Any]) -> Iterator[Chip]:
    for name, (words, take_back) in RULED_OUT.items():
        yield from (Chip(words.format(value), take_back.format(value)) for value in filters.get(name, ()))


def _listed(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " or ".join(str(each) for each in value)
    return f"{value:g}" if isinstance(value, float | int) else str(value)


def _look(pieces: list[Mapping[str, Any]], left: float | None) -> Iterator[Chip]:
    """The pieces of a look, their sum, and what is left of the budget."""
    yield from (Chip(" ".join(piece["title"].split())) for piece in pieces)
    prices = [piece["price"] for piece in pieces if piece.get("price") is not None]
    currency = next((piece["currency"] for piece in pieces if piece.get("currency")), "")
    if pieces and len(prices) == len(pieces):
        yield Chip(f"{money(sum(prices), currency)} together")
    if pieces and left is not None:
        yield Chip(f"{money(left, currency)} left of the budget")

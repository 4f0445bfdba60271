"""What must hold of every answer, asked for or not: hard filters, budgets, and products and prices that are the shop's.

It reads the answer's JSON and the shop's items. Names and prices in the reply are held against both the shop's titles and
the grounding check that every reply has been through.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.evaluation.breaches import broken
from assistant.evaluation.expectations import CENT, Seen
from assistant.grounding.check import Facts, slips
from catalog.items import Item

ASKED_FOR = 3  # words of a title from which its occurrence in a sentence is no coincidence: "Dress" is a word
_NUMBERED = re.compile(r"^[\s*_]*\d{1,2}[.)][\s*_]+(.*\S)", re.MULTILINE)
_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}


@dataclass(frozen=True)
class Audit:
    """A sentence for each thing that is wrong with an answer."""

    broken: list[str]
    ungrounded: list[str]
    over_budget: list[str]

    def sentences(self) -> list[str]:
        """All of them, each after what it is a matter of."""
        named = {"broken filter": self.broken, "ungrounded": self.ungrounded, "over budget": self.over_budget}
        return [f"{name}: {text}" for name, texts in named.items() for text in texts]


@dataclass
class Told:
    """What may be spoken of: what the shopper said, and what tools returned, in this turn (`now`) and in all (`results`)."""

    said: list[str] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    now: list[dict[str, Any]] = field(default_factory=list)

    def returned(self, results: Sequence[dict[str, Any]]) -> None:
        """Take in what the tools returned in a new turn."""
        self.now = list(results)
        self.results += self.now

    def ids(self) -> set[str]:
        """The items that tools gave, those of looks and of rivals too."""
        pieces = {piece for result in self.results for look in result.get("looks") or () for piece in look["items"]}
        return pieces | set(_ids(self.results))


def _ids(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        if isinstance(data.get("id"), str):
            yield data["id"]
        for value in data.values():
            yield from _ids(value)
    elif isinstance(data, list):
        for value in data:
            yield from _ids(value)


@dataclass(frozen=True)
class Stock:
    """A shop's items by id, and the titles that are told from everyday words, the longest first."""

    items: Mapping[str, Item]
    titles: Sequence[tuple[str, frozenset[str]]]  # each title, folded, and the ids that bear it
    brands: Sequence[str]

    @classmethod
    def of(cls, items: Sequence[Item]) -> "Stock":
        """The stock that these items are."""
        bearers: dict[str, set[str]] = {}
        for item in items:
            bearers.setdefault(_folded(item.title), set()).add(item.id)
        titles = sorted(((title, frozenset(ids)) for title, ids in bearers.items()), key=lambda named: -len(named[0]))
        return cls({item.id: item for item in items}, titles, sorted({item.brand for item in items if item.brand}))

    def titled(self, text: str) -> Iterator[tuple[str, frozenset[str]]]:
        """The titles in a text and who bears them; of one that lies within another, only the longer."""
        left = _folded(text)
        for title, ids in self.titles:
            if title in left:
                yield title, ids
                left = left.replace(title, "\n")


def audit(answer: Mapping[str, Any], stock: Stock, told: Told) -> Audit:
    """What is wrong with an answer, after what was told in its conversation, this turn included."""
    seen = Seen(answer, stock.items)
    invented = [*_strangers(seen), *_invented(seen, stock, told), *_unborne(seen, stock, told)]
    return Audit(list(broken(seen)), invented, list(_over_budget(seen)))


def _over_budget(seen: Seen) -> Iterator[str]:
    """Looks that cost more than the whole may, by the shop's prices."""
    limit = seen.filters.get("total_max")
    for number, look in enumerate(seen.answer.get("looks") or (), 1):
        total = seen.total(look["items"])
        if limit is not None and (total is None or total > limit + CENT):
            yield f"look {number} costs {total}, the limit is {limit:g}"
        if total is not None and look.get("total") is not None and abs(look["total"] - total) > CENT:
            yield f"look {number} costs {total}, not {look['total']}"


def _strangers(seen: Seen) -> Iterator[str]:
    """Items that are not in the shop, or not with this title, price and currency."""
    for shown in seen.items:
        item = seen.stock.get(str(shown.get("id")))
        if item is None:
            yield f"{shown.get('id')} is not in the shop"
            continue
        for name in ("title", "price", "currency"):
            if shown.get(name) != getattr(item, name):
                yield f"{item.id}: {name} is {getattr(item, name)}, not {shown.get(name)}"
    for name in dict.fromkeys(name for look in seen.answer.get("looks") or () for name in look["items"]):
        if name not in seen.stock:
            yield f"{name}, in a look, is not in the shop"


def _invented(seen: Seen, stock: Stock, told: Told) -> Iterator[str]:
    """Titles in the reply that no tool returned, and lines of its lists that name nothing returned or a wrong price."""
    reply, returned = str(seen.answer.get("reply", "")), told.ids() | {item["id"] for item in seen.items}
    spoken = _spoken(stock, told)
    for title, ids in stock.titled(reply):
        if len(title.split()) >= ASKED_FOR and not ids & returned and title not in spoken:
            yield f"“{title}” was not returned by a tool"
    for line in _NUMBERED.findall(reply) if seen.items else ():
        known = [stock.items[name] for _, ids in stock.titled(line) for name in ids & returned]
        if not known:
            yield f"“{line}” names nothing that a tool returned"
        elif (price := _first_price(line, known[0].currency)) is not None and price not in {item.price for item in known}:
            yield f"“{line}”: the price is {known[0].price}"


def _unborne(seen: Seen, stock: Stock, told: Told) -> Iterator[str]:
    """Names and prices in the reply that the house's own check finds nothing for, which every reply has been through."""
    anchors = [str(anchor.get("caption")) for anchor in seen.understood.get("anchors", ())]
    amounts = [*seen.filters.values(), (seen.answer.get("state") or {}).get("budget_left")]
    limits = [float(amount) for amount in amounts if isinstance(amount, (int, float))]
    facts = Facts.of(told.results, turn=told.now, said=[*told.said, *anchors], brands=stock.brands, limits=limits)
    for slip in slips(str(seen.answer.get("reply", "")), facts):
        if slip.kind == "price" or (slip.kind == "name" and _folded(slip.quote) not in _spoken(stock, told)):
            yield f"“{slip.quote}”: {slip.why}"


def _spoken(stock: Stock, told: Told) -> str:
    """What the shopper said, and the titles of all that tools gave, rivals too."""
    given = [stock.items[name].title for name in told.ids() if name in stock.items]
    return _folded("\n".join([*told.said, *given]))


def _first_price(line: str, currency: str | None) -> float | None:
    """The first amount of money in a line; None where there is none."""
    sign = re.escape(_SIGNS.get(currency or "", currency or "€"))
    amount = r"(\d[\d,]*(?:\.\d+)?)"
    found = re.search(rf"(?:{sign}|{currency})\s*{amount}|{amount}\s*(?:{sign}|{currency})", line)
    return float((found[1] or found[2]).replace(",", "")) if found else None


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())

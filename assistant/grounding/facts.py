"""What may truly be said in a conversation: what its tools returned and what the shopper said."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Self

from assistant.grounding.phrases import MEMORY, Phrases, words_of
from assistant.understanding.amounts import read_budget
from catalog.taxonomy import Field, Mention, vocabulary

_NUMBER = re.compile(r"(?<![\w.,])\d{1,6}(?:[.,]\d{1,2})?(?![\w%])")
CENT = 0.005  # prices nearer than this are the same
SIDES: tuple[Field, ...] = ("colour", "material", "pattern")  # what describes a garment


@lru_cache(maxsize=MEMORY)
def said_of(text: str) -> tuple[Mention, ...]:
    """The garments and what describes them in a title, caption or message."""
    return tuple(vocabulary().mentions(text, "garment", *SIDES))


@lru_cache(maxsize=MEMORY)
def _limits_in(message: str) -> frozenset[float]:
    """Every amount that a message may mean as a limit, whatever it is called there."""
    budget, _ = read_budget(message)
    stated = {amount for amount in (budget.lowest, budget.highest, budget.total) if amount is not None}
    return frozenset(stated | {float(number.replace(",", ".")) for number in _NUMBER.findall(message)})


@dataclass(frozen=True)
class Known:
    """An item as tools returned it. What it does not state is None or empty, and may not be said of it."""

    id: str
    title: str
    slot: str = ""
    kind: str | None = None
    colours: tuple[str, ...] = ()
    material: str | None = None
    price: float | None = None
    currency: str | None = None
    brand: str | None = None
    sizes: tuple[str, ...] = ()
    stock: int | None = None
    caption: str = ""
    score: float | None = None
    links: tuple[str, ...] = ()

    @classmethod
    def of(cls, item: dict[str, Any]) -> Self:
        """From an item of a tool's result."""
        title, price, score = str(item.get("title") or item.get("id") or ""), item.get("price"), item.get("score")
        return cls(
            id=str(item.get("id", title)),
            title=title,
            slot=str(item.get("slot") or ""),
            kind=item.get("kind"),
            colours=tuple(item.get("colours") or ()),
            material=item.get("material"),
            price=None if price is None else float(price),
            currency=item.get("currency"),
            brand=item.get("brand"),
            sizes=tuple(map(str, item.get("sizes") or ())),
            stock=item.get("stock"),
            caption=str(item.get("caption") or ""),
            score=None if score is None else float(score),
            links=tuple(str(item[key]) for key in ("url", "image_url") if item.get(key)),
        )

    def bears(self, word: str) -> bool:
        """Whether the shop itself uses a word for the item."""
        return any(word in words_of(text) for text in (self.title, self.caption, self.brand, self.kind) if text)

    @cached_property
    def described(self) -> frozenset[tuple[Field, str]]:
        """The vocabulary's names for what it is, is made of and looks like, stated or read from its title and caption."""
        read = {(mention.field, mention.name) for text in (self.title, self.caption) for mention in said_of(text)}
        if self.colours:
            read = {(field, name) for field, name in read if field != "colour"} | {("colour", name) for name in self.colours}
        return frozenset(read | ({("material", self.material)} if self.material else set()))

    def holds(self, mention: Mention) -> bool:
        """Whether a vocabulary word may be said of the item: a basic colour covers its shades, a kind its children."""
        if (mention.field, mention.name) in self.described:
            return True
        if mention.field == "garment":
            kind = self.kind or vocabulary().slot_of(self.title) or self.slot
            return mention.name == self.slot or vocabulary().covers(mention.name, kind)
        return mention.field == "colour" and any(
            vocabulary().basic(name) == mention.name for field, name in self.described if field == "colour"
        )

    def costs(self, amount: float) -> bool:
        """Whether this is its price."""
        return self.price is not None and abs(self.price - amount) < CENT


@dataclass(frozen=True)
class Facts:
    """What a reply may say. `items` are all that tools returned, `turn` those of the turn that is being answered."""

    items: tuple[Known, ...] = ()
    turn: tuple[Known, ...] = ()
    lists: tuple[tuple[Known, ...], ...] = ()  # what "the second one" may count from: this turn's items, and the ones before
    results: tuple[dict[str, Any], ...] = ()
    now: tuple[dict[str, Any], ...] = ()  # this turn's results
    said: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    stated: tuple[float, ...] = ()

    @classmethod
    def of(
        cls,
        artifacts: Sequence[dict[str, Any]],
        *,
        turn: Sequence[dict[str, Any]] = (),
        said: Sequence[str] = (),
        brands: Sequence[str] = (),
        limits: Sequence[float] = (),
    ) -> Self:
        """From all tool results of the conversation in order, this turn's among them again as `turn`.

        `said` are the shopper's messages, what is known of them in words, and the captions of their photos; `brands` the
        shop's; `limits` amounts that follow from what they said in ways this module does not read ("cheaper").
        """
        before = [result for result in artifacts if not any(result is one for one in turn)]
        lists = [tuple(map(Known.of, result.get("items") or ())) for result in (*before, *turn)]
        rivals = [rival for result in (*before, *turn) for why in result.get("whys") or () for rival in why.get("rivals") or ()]
        items = {item.id: item for found in (map(Known.of, rivals), *lists) for item in found}
        now = tuple(item for found in lists[len(before) :] for item in found)
        latest = next((found for found in reversed(lists[: len(before)]) if found), ())
        counted = tuple(found for found in (now, latest, *lists[len(before) :]) if found)
        results = (*before, *turn)
        return cls(tuple(items.values()), now, counted, results, tuple(turn), tuple(said), tuple(brands), tuple(limits))

    @cached_property
    def titles(self) -> Phrases[Known]:
        """Titles, whole and without the colours at their end: "Northfold wool coat" of "Northfold wool coat in navy"."""
        return Phrases([(item.title, item) for item in self.items], _forms)

    @cached_property
    def brand_names(self) -> Phrases[str]:
        """The shop's brands, and those of items that it returned."""
        names = dict.fromkeys([*self.brands, *(item.brand for item in self.items if item.brand)])
        return Phrases([(name, name) for name in names], lambda name: [name])

    @cached_property
    def brand_words(self) -> frozenset[str]:
        """Every word of a brand."""
        return frozenset(
            word for name in [*self.brands, *(item.brand for item in self.items if item.brand)] for word in words_of(name)
        )

    @cached_property
    def own(self) -> frozenset[tuple[Field, str]]:
        """The garments, colours and so on that the shopper spoke of or showed."""
        return frozenset((mention.field, mention.name) for text in self.said for mention in said_of(text))

    @cached_property
    def own_words(self) -> frozenset[str]:
        """Every word of the shopper."""
        return frozenset(word for text in self.said for word in words_of(text))

    @cached_property
    def prices(self) -> tuple[float, ...]:
        """What the items cost."""
        return tuple({item.price for item in self.items if item.price is not None})

    @cached_property
    def limits(self) -> tuple[float, ...]:
        """The amounts that the shopper named, and those that a tool proposed instead."""
        spoken = {amount for text in self.said for amount in _limits_in(text)}
        ways = [(result.get("relaxation") or {}).get("value") for result in self.results]
        return tuple(spoken | set(self.stated) | {float(way) for way in ways if isinstance(way, (int, float))})

    @cached_property
    def totals(self) -> tuple[float, ...]:
        """What looks cost as a whole, and this turn's items together."""
        looks = [look["total"] for result in self.results for look in result.get("looks") or () if look.get("total")]
        return tuple({*looks, round(sum(item.price or 0.0 for item in self.turn), 2)})

    @cached_property
    def counts(self) -> frozenset[int]:
        """How many of something this turn's results give."""
        counted = {len(self.turn), len({item.id for item in self.turn})}
        for result in self.now:
            looks, whys = result.get("looks") or (), result.get("whys") or ()
            counted |= {len(result.get("items") or ()), len(looks), len(result.get("contributions") or ())}
            counted |= {len(look.get("items") or ()) for look in looks} | {
                why[key] for why in whys for key in ("rank", "of") if key in why
            }
            counted |= {len(why.get("rivals") or ()) for why in whys}
            counted |= {way["count"] for way in (result.get("relaxation"),) if way}
        return frozenset(counted)

    @cached_property
    def scores(self) -> tuple[float, ...]:
        """Every score that a tool returned, between 0 and 1."""
        found = [number for result in self.results for number in _scores(result)]
        return tuple({float(score) for score in found if isinstance(score, (int, float))})


def _forms(title: str) -> Iterator[str]:
    yield title
    head, between, tail = title.rpartition(" in ")
    if between and any(mention.field == "colour" for mention in said_of(tail)):
        yield head


def _scores(result: dict[str, Any]) -> Iterator[Any]:
    yield result.get("score")
    for name in ("items", "looks"):
        yield from (one.get("score") for one in result.get(name) or ())
    yield from (part.get("share") for part in result.get("contributions") or ())
    for why in result.get("whys") or ():
        rivals = [rival.get("score") for rival in why.get("rivals") or ()]
        yield from (why.get("score"), *rivals)
        yield from (why["score"] - score for score in rivals if why.get("score") is not None and score is not None)

"""Amounts of money in a reply: each must follow from what tools returned or the shopper said."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from assistant.grounding.facts import CENT, Facts, Known, said_of
from assistant.grounding.naming import Named
from assistant.grounding.passages import Passage, Slip
from catalog.items import parse_price
from catalog.taxonomy import Mention

_CODES = r"EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|JPY|AUD|CAD|CZK|HUF|INR|euros?|dollars?|pounds?|bucks|quid|zł|kr"
_AMOUNT = re.compile(
    rf"(?<![\w.,])(?P<sign>[€$£¥₹]|(?:EUR|USD|GBP|CHF)\b)?\s?(?P<number>\d{{1,3}}(?:[,. ]\d{{3}})+(?:[.,]\d{{1,2}})?|\d+(?:[.,]\d{{1,2}})?)(?![\d%]|[.,]\d|\s?%)"
    rf"(?:\s?(?P<word>[€$£¥₹]|(?:{_CODES})(?!\w)))?",
    re.I,
)
_TENS = {
    "ten": 10,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
    "hundred": 100,
}
_SPELT = re.compile(
    rf"\b(?P<tens>{'|'.join(_TENS)})(?:[- ](?P<ones>one|two|three|four|five|six|seven|eight|nine))?\s(?:{_CODES})\b", re.I
)
_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SCORED = re.compile(r"(?:\bscor(?:e[sd]?|ing)|\brat(?:e[sd]?|ing)|similarity|margin|odds|points?)\W+(?:\w+\W+){0,4}$", re.I)
_PRICED = r"(?:costs?|priced at|price[ds]?(?: is| of|:)?|sells? for|goes for|yours for|pay|available for|(?:only|just|for) (?:only |just )?(?=\d))"
_ENDS_PRICED = re.compile(rf"{_PRICED}\s*(?:only |just )?[\s:]*$", re.I)
_TIE = re.compile(
    rf"[\s,;:()\[\]\-–—=@\"”']*(?:(?:which|that|it|they|is|are|at|for|now|only|just|comes? (?:in )?at|{_PRICED})[\s,:(]*){{0,4}}",
    re.I,
)
_LIMIT = re.compile(
    r"\b(?:up to|under|below|within|limit|budget|at most|max(?:imum)?|less than|no more than|over|above|at least|between|around|about|"
    r"you (?:said|asked|named|want|wanted|spoke|have|set|can spend)|your|noted|spend|raise|lower|from|stay(?:s|ing)?|keep(?:s|ing)?|within)\b",
    re.I,
)
_TOTAL = re.compile(
    r"\b(?:total|together|altogether|in all|sum|adds? up|comes? to|both|combined|whole|set|look|outfit|everything|all (?:of it|three|four|five))\b",
    re.I,
)
_APART_AFTER = re.compile(
    r"\s*(?:cheaper|less|more|dearer|apart|under|below|over|above|within|to spare|left|remain|still to|saved|off your|of your budget|between)\b",
    re.I,
)
_APART_BEFORE = re.compile(
    r"\b(?:sav(?:e[sd]?|ing)|difference(?: is| of)?|leav(?:es|ing)|left)\W+(?:you\W+)?(?:with\W+)?$", re.I
)
_BOUND = re.compile(
    r"\b(?P<most>under|below|less than|at most|up to|within)|(?P<least>over|above|more than|at least|from|upwards of)\W*$", re.I
)
_HEDGE = re.compile(
    r"\b(?:about|around|roughly|approximately|nearly|almost|just (?:under|over|below|above)|circa|ca\.?)\W*$", re.I
)
_ROUNDING = 0.03  # "about 60" may be said of 58.90


@dataclass(frozen=True)
class Amount:
    """Money in a text: it stands at `text[start:end]`."""

    value: float
    currency: str | None
    start: int
    end: int


def amounts_in(text: str) -> list[Amount]:
    """The amounts of money in a text: with a currency, with cents, or after a word such as "costs"."""
    found = [Amount(*_read(match), match.start(), match.end()) for match in _AMOUNT.finditer(text) if _is_money(match, text)]
    for match in _SPELT.finditer(text):
        ones = _ONES.index(match["ones"].lower()) + 1 if match["ones"] else 0
        found.append(Amount(_TENS[match["tens"].lower()] + ones, None, match.start(), match.end()))
    return sorted(found, key=lambda amount: amount.start)


def _read(match: re.Match[str]) -> tuple[float, str | None]:
    try:
        value, currency = parse_price(match.group().strip())
    except ValueError:
        return float("nan"), None  # equal to no price
    return value, currency if match["sign"] or match["word"] else None


def _is_money(match: re.Match[str], text: str) -> bool:
    if match["sign"] or match["word"]:
        return True
    before, after = text[: match.start("number")], text[match.end() :]
    if _SCORED.search(before):
        return False
    with_cents = bool(re.search(r"[.,]\d\d$", match["number"]))
    in_range = bool(re.match(rf"\s?(?:-|–|to|and)\s?[€$£]?\d+(?:[.,]\d+)?\s?(?:[€$£]|(?:{_CODES})\b)", after, re.I))
    costs = bool(_ENDS_PRICED.search(before)) and bool(re.match(r"\s*(?:$|[.,;:!?)]|and\b|each\b|or\b)", after))
    return with_cents or in_range or (costs and float(match["number"].replace(",", "").replace(" ", "")) >= 5)


def wrong_prices(passage: Passage, facts: Facts) -> Iterator[Slip]:
    """The amounts of a passage that follow from nothing."""
    text = passage.bare
    for amount in amounts_in(text):
        tied = _tied(passage, amount)
        if _follows_from_context(amount, passage, facts, tied=bool(tied)):
            continue
        items = tied.items if tied else passage.subjects
        if items:
            if not any(_matches(item, amount) for item in items):
                yield _priced_wrong(amount, passage, items if tied or len(items) == 1 else ())
        elif not _is_some_price(amount, text, facts):
            yield _priced_wrong(amount, passage, ())


def _tied(passage: Passage, amount: Amount) -> Named | None:
    """The name that an amount follows directly: "Northfold coat (59.90 EUR)"."""
    before = [name for name in passage.names if name.end <= amount.start]
    return before[-1] if before and _TIE.fullmatch(passage.bare[before[-1].end : amount.start]) else None


def _matches(item: Known, amount: Amount) -> bool:
    return item.costs(amount.value) and (not amount.currency or not item.currency or amount.currency == item.currency)


def _priced_wrong(amount: Amount, passage: Passage, items: Sequence[Known]) -> Slip:
    quote = passage.text[amount.start : amount.end].strip()
    priced = {(item.price, item.currency) for item in items}
    price, currency = next(iter(priced)) if len(priced) == 1 else (None, None)
    if price is None:
        return Slip("price", quote, "no tool returned this price, and the shopper named no such limit")
    return Slip(
        "price", quote, f"{items[0].title} costs {price:.2f} {currency or ''}".rstrip(), _rewritten(quote, price, currency)
    )


def _rewritten(quote: str, price: float, currency: str | None) -> str:
    """The true price, written as the wrong one was."""
    sign = {"EUR": "€", "USD": "$", "GBP": "£"}.get(currency or "", "")
    if sign and quote.startswith(sign):
        return f"{sign}{price:.2f}"
    return f"{price:.2f} {currency or ''}".strip() if re.search(r"[^\d.,\s]", quote) else f"{price:.2f}"


def _is_some_price(amount: Amount, text: str, facts: Facts) -> bool:
    """Whether an item costs this much; if a garment stands right before the amount, such a one."""
    priced = [item for item in facts.items if _matches(item, amount)]
    described = _described_before(text, amount)
    return any(all(item.holds(mention) for mention in described) for item in priced)


def _described_before(text: str, amount: Amount) -> list[Mention]:
    """The garment that an amount follows directly, and the colours and materials right before the garment."""
    mentions = said_of(text[: amount.start])
    place = next((place for place in reversed(range(len(mentions))) if mentions[place].field == "garment"), None)
    if place is None or not _TIE.fullmatch(text[mentions[place].end : amount.start]):
        return []
    found = [mentions[place]]
    for mention in reversed(mentions[:place]):
        if mention.field == "garment" or text[mention.end : found[-1].start].strip(" -"):
            break
        found.append(mention)
    return found


def _follows_from_context(amount: Amount, passage: Passage, facts: Facts, *, tied: bool) -> bool:
    """Whether an amount is no price but a limit, a sum, a difference or a bound that holds."""
    text = passage.bare
    before, after = text[: amount.start], text[amount.end :]
    sense: list[Callable[[], bool]] = []
    if _APART_AFTER.match(after) or _APART_BEFORE.search(before):
        sense.append(lambda: _near(amount, _differences(passage, facts)))
    if _TOTAL.search(text):
        sense.append(lambda: _near(amount, [*facts.totals, *_sums(passage)]))
    if not tied and _LIMIT.search(text) and not _ENDS_PRICED.search(before):
        sense.append(lambda: _near(amount, facts.limits))
    if not tied and (bound := _BOUND.search(before[-24:])):
        sense.append(lambda: _holds_for_all(amount, bound, passage.subjects or facts.turn))
    if _HEDGE.search(before):
        prices = [item.price for item in passage.subjects if item.price] or facts.prices
        sense.append(
            lambda: any(abs(price - amount.value) <= max(1.0, _ROUNDING * price) for price in [*prices, *facts.totals])
        )
    return any(true() for true in sense)


def _near(amount: Amount, values: Iterable[float]) -> bool:
    return any(abs(value - amount.value) < CENT for value in values)


def _differences(passage: Passage, facts: Facts) -> Iterator[float]:
    """What lies between what the passage speaks of and what may stand against it: other prices, sums and limits."""
    spoken = passage.subjects or facts.turn
    others = passage.beside if len(passage.beside) > 1 else facts.turn
    rivals = [
        item for item in (*passage.subjects, *others) if any(item.slot == one.slot for one in spoken) or item in passage.beside
    ]
    prices = [item.price for item in spoken if item.price is not None]
    whole = [*(item.price for item in rivals if item.price is not None), *facts.limits, *facts.totals, *_sums(passage)]
    yield from (abs(one - other) for one in prices for other in whole)
    yield from (abs(total - limit) for total in [*facts.totals, *_sums(passage)] for limit in facts.limits)


def _sums(passage: Passage) -> Iterator[float]:
    """What the items named in the passage, and in the text, cost together."""
    for items in (passage.subjects, passage.beside):
        yield sum(item.price or 0.0 for item in items)


def _holds_for_all(amount: Amount, bound: re.Match[str], items: Sequence[Known]) -> bool:
    prices = [item.price for item in items]
    if not prices:
        return False
    most = bool(bound["most"])
    return all(price is not None and (price <= amount.value if most else price >= amount.value) for price in prices)

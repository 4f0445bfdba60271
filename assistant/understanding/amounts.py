"""Amounts of money in a message: "under 80", "100-150 €", "not more than £50", "a bag, all under 150"."""

import re
from dataclasses import dataclass, replace

from catalog.items import currency_code

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d{1,3}(?:\.\d{3})+(?:,\d{1,2})?|\d{1,6}(?:[.,]\d{1,2})?)(?![\d%])"
_SIGN = r"[€$£]"
_WORD = r"(?:€|\$|£|euros?|eur|usd|dollars?|bucks|gbp|pounds?|quid|chf|francs?|kr|sek|zł|pln|yen|jpy|aud|cad|rupees?)(?!\w)"
_AMOUNT = rf"(?P<sign@>{_SIGN})?\s*(?P<number@>{_NUMBER})\s*(?P<word@>{_WORD})?"
_ONE = _AMOUNT.replace("@", "")
_TWO = _AMOUNT.replace("@", "1") + r"\s*(?:-|–|to|and)\s*" + _AMOUNT.replace("@", "2")

_ONES = dict(zip("one two three four five six seven eight nine".split(), range(1, 10), strict=True))
_TENS = dict(zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True))
_TEENS = dict(
    zip("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(), range(10, 20), strict=True)
)
_BELOW_A_HUNDRED = _TENS | {f"{ten}{gap}{one}": _TENS[ten] + _ONES[one] for ten in _TENS for one in _ONES for gap in "- "}
_HUNDREDS = {f"{many} hundred": 100 * _ONES.get(many, 1) for many in ("a", *_ONES)}
_NUMBER_WORDS = (
    _BELOW_A_HUNDRED
    | _HUNDREDS
    | {
        f"{hundred}{joined}{rest}": _HUNDREDS[hundred] + value
        for hundred in _HUNDREDS
        for joined in (" and ", " ")
        for rest, value in (_BELOW_A_HUNDRED | _TEENS).items()
    }
    | {"a thousand": 1000, "one thousand": 1000}
)
_SPELT_OUT = re.compile(r"\b(?:" + "|".join(sorted(_NUMBER_WORDS, key=len, reverse=True)) + r")\b")
_MOST = (
    r"(?:under|below|beneath|sub|less than|lower than|cheaper than|(?:not|no|nothing|never|neither|none|n't)\s+(?:\w+\s+){0,4}?(?:more|over|above|higher|dearer|pricier)(?:\s+than)?|"
    r"(?:not|n't|never|cannot) (?:to )?(?:cross|exceed|go (?:over|beyond|above|past)|be (?:over|above|more than))|(?:only|just) (?:had|have|got)(?= [€$£]?\d{2})|at most|up to|max(?:imum|\.)?(?:\s+(?:of|is|would be|price is))?|come in (?:at|under|below)|(?:could|can|should|must) [\w ]{1,20} come to|within|inside|<=?|≤|budget(?:\s+for(?:\s+\w+){1,3}?(?=\s+(?:is|about|around)\s))?(?:\s+(?:is|of|around|about|still|now|remains|stays|to))*:?|make (?:it|that)|say(?= ?\W?\d\d)|can be(?= ?\W?\d\d)|can cost|may cost|(?:what|how) about(?= ?\W?\d{3})|(?:can|could|to|will|if (?:i|we)) (?:spend|pay|go to(?= \W?\d\d))|(?:manage|cope|make do|do it|get by) (?:with|on)(?= \W?\d\d)|stretch(?:ing)? to|go (?:up )?(?:as high as |to )|push (?:it )?to|as (?:high|much) as|upto|anywhere up to|(?:raise|increase|lower|cut|drop|bring|set|change|put) (?:the |my |it |our )?(?:budget |limit |price |max |maximum )?(?:up |down )?(?:to|at)|(?:get|bring|take|keep|make|squeeze|pull) (?:[\w']+ ){1,4}(?:down )?to|down to|"
    r"afford|capped at|limit(?:\s+(?:is|of))?|for under|for less than)"
)
_LEAST = r"(?:over|above|more than|at least|min(?:imum)?(?:\s+of)?|from|starting (?:at|from)|upwards of|>=?|higher than)"
_NOT_LESS = r"(?:not|nothing|never|no|n't)\s+(?:\w+\s+)?(?:below|under|beneath|less than|cheaper than|lower than)"
_WHOLE = r"(?:for (?:both|the (?:two|three|four|five|pair|set))|in (?:all|total)|altogether|all together|all (?:in|up|told|included)|total|combined|for (?:everything|all(?: of it)?|the (?:lot|whole (?:thing|look|outfit))|it all))"
_ABOUT = r"(?:around|about|roughly|approximately|circa|~)"
_MOST_AFTER = r"(?:to spend|budget|limit|at the (?:very )?(?:most|outside)|at a push|or (?:less|under|below|cheaper)|max(?:imum)?|at most|tops|and under|and below)"
_LEAST_AFTER = r"(?:or (?:more|above|over)|and up|and above|minimum|\+)"
_TOTAL = re.compile(
    r"\b(?:all up|all told|all included|for both|both together|for the (?:two|three|four|five|set)|all in|for it all|for the lot|total|altogether|all together|in all|combined|everything|whole (?:look|outfit|thing)|all (?:of (?:it|them)|under|below|for|within|up))\b"
)
_BELOW_ZERO = re.compile(r"(?:^|(?<![\d€$£]\s)(?<=[\s€$£(]))[-−][€$£]?\d|\bminus [€$£]\d")
_OF_MONEY = re.compile(
    r"[€$£]|\b(?:budget|euros?|eur|dollars?|pounds?|price|spend|pay|cost|costs|max|under|below|limit|up to|bucks|quid)\b"
)
_NO_MONEY = re.compile(
    r"\s*(?:hours?|hrs?|minutes?|mins?|days?|weeks?|months?|years?|yrs?|people|persons?|kids|km|miles|kg|cm|inch(?:es)?|degrees|stars|x\b|th\b|nd\b|rd\b|st\b)"
)
_SIZE = re.compile(r"\b(?:size|sizes|eu|uk|us|number|no\.?|waist|#)\s*$")
_ITS_PRICE = re.compile(
    r"\b(?:(?:are|is|was|were) (?:like|about|around)|(?:they|those|these)(?:'re| are)|costs?)\s*$"
)  # "those are like 80 bucks"
_ABOUT_SHARE = 0.2  # "around 80" reaches from 64 to 96


@dataclass(frozen=True)
class Budget:
    """Bounds on prices that a message states, in whatever currency it names."""

    lowest: float | None = None
    highest: float | None = None
    total: float | None = None
    currency: str | None = None
    each: tuple[tuple[int, float], ...] = ()  # where several highest prices stand in the text: "boots under 90, a bag under 50"
    below_zero: bool = False  # "-5", which is no budget at all


def _own_sentences(text: str) -> str:
    """The sentences of a message that hold a number: "in all" of another says nothing of its amount."""
    return " ".join(part for part in re.split(r"(?<=[.!?;])\s+", _SPELT_OUT.sub("0", text)) if re.search(r"\d", part))


def impossible(budget: Budget) -> tuple[str, str] | None:
    """Why no price can be within a budget, and its ends in words; None if one can."""
    if budget.below_zero:
        return "below zero", ""
    if budget.lowest is not None and budget.highest is not None and budget.lowest > budget.highest:
        return "contradiction", f"{budget.lowest:g} {budget.highest:g}"
    return None


def read_budget(text: str) -> tuple[Budget, str]:
    """The budget in a message, and the message with the amounts blanked out, so that "50" is read once."""
    lowered = _SPELT_OUT.sub(lambda match: str(_NUMBER_WORDS[match[0]]), text.lower())
    lowered = _PUT_RIGHT.sub("", lowered)
    lowered = _GIVEN_UP.sub(lambda match: " " * len(match[0]), lowered)
    budget = Budget(below_zero=bool(_BELOW_ZERO.search(lowered) and _OF_MONEY.search(lowered)))
    for pattern, kind in _PATTERNS:
        for match in pattern.finditer(lowered):
            stated = _stated(match, kind, lowered)
            if stated is None:
                continue
            budget = _merge(budget, stated, match.start())
            lowered = lowered[: match.start()] + " " * len(match.group()) + lowered[match.end() :]
    if len({price for _, price in budget.each}) < 2:
        budget = replace(budget, each=())
    if budget.highest is not None and not budget.each and _TOTAL.search(_own_sentences(text.lower())):
        budget = replace(budget, highest=None, total=budget.highest)
    return budget, lowered


# "what if I spend 250 rather than 180": the second amount is the one given up.
_GIVEN_UP = re.compile(rf"\b(?:rather than|instead of)\s+{_SIGN}?\s*{_NUMBER}(?:\s*{_WORD})?")
# "under 8000 yen? no sorry, 80 euro": the first amount is taken back.
_PUT_RIGHT = re.compile(
    rf"{_SIGN}?\s*{_NUMBER}\s*{_WORD}?\W*(?:(?:no|oh|oops)\W+)?(?:sorry|i mean|i meant|wait|make that|actually)\W+(?:(?:i mean|make (?:it|that)|no)\W+)?(?={_SIGN}?\s*\d)"
)
_PATTERNS = [
    (re.compile(rf"{_NOT_LESS}\s*{_ONE}"), "least"),
    (re.compile(rf"(?:between|from)?\s*{_TWO}"), "range"),
    (re.compile(rf"{_MOST}\s*{_ONE}"), "most"),
    (re.compile(rf"{_ONE}\s*{_MOST_AFTER}\b"), "most"),
    (
        re.compile(
            rf"{_ONE}\s*(?:is|'s|would be)\s+(?:the|my|our|his|her|their)\s+(?:\w+ )?(?:ceiling|limit|max|maximum|cap|budget|most)\b"
        ),
        "most",
    ),
    (
        re.compile(
            rf"\b(?:cap|ceiling|gave me|gives me|give me|have got|i've got|i got|we've got|got)(?:\s+(?:is|of|at|only|just|about))*:?\s*(?=[€$£]?\d{{2}}){_ONE}(?=\s*(?:$|[,.!?;]|to spend|for|and|but|in|all|so))"
        ),
        "most",
    ),
    (re.compile(rf"(?<!\d)(?=[€$£]?\d\d){_ONE}\s*(?:would be|is|'s|are) (?:ok|okay|fine|alright|all right)\b"), "most"),
    (re.compile(rf"(?<!\d)(?=[€$£]?\d\d){_ONE}\s*{_WHOLE}\b"), "most"),
    (re.compile(rf"\b(?:all together|altogether|in total|in all|all in)\W{{1,2}}(?=[€$£]?\d\d){_ONE}"), "most"),
    (re.compile(rf"\bbudget\b[^.!?\d]{{0,30}}\bso (?=[€$£]?\d\d){_ONE}"), "most"),
    (re.compile(rf"(?<!\d)(?=[€$£]?\d\d){_ONE}\s*(?:then|each)\b"), "most"),  # "60 then", but not "number 3 then"
    (re.compile(rf"{_LEAST}\s*{_ONE}"), "least"),
    (re.compile(rf"{_ONE}\s*{_LEAST_AFTER}"), "least"),
    (re.compile(rf"{_ABOUT}\s*{_ONE}"), "about"),
    (re.compile(rf"\bfor\s+(?=\d\d){_ONE}(?=\s*(?:$|[,.!?]))"), "most"),
    (re.compile(_ONE), "bare"),
]


def _stated(match: re.Match[str], kind: str, text: str) -> Budget | None:
    """What one match says; None where the number is a size, a count or a year rather than money."""
    groups = match.groupdict()
    signs = [groups[name] for name in groups if name.startswith(("sign", "word")) and groups[name]]
    if kind == "bare" and _ITS_PRICE.search(text[: match.start()]):
        return None
    if _NO_MONEY.match(text[match.end() :]) or _SIZE.search(text[: match.start()]) or (kind == "bare" and not signs):
        return None
    currency = currency_code(signs[0].replace("bucks", "dollars")) if signs else None
    if kind == "range":
        low, high = sorted((_value(groups["number1"]), _value(groups["number2"])))
        counted = high < 10 or (not signs and not match.group().startswith("between") and high < 20)
        return None if counted and not signs else Budget(low, high, None, currency)
    value = _value(groups["number"])
    if kind == "about":
        return Budget(value * (1 - _ABOUT_SHARE), value * (1 + _ABOUT_SHARE), None, currency)
    return Budget(value, None, None, currency) if kind == "least" else Budget(None, value, None, currency)


def _value(number: str) -> float:
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+", number):
        return float(number.replace(",", ""))
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d{1,2})?", number):  # 1.000,50 as on the Continent
        number = number.replace(".", "")
    return float(number.replace(",", "."))


def _merge(first: Budget, second: Budget, start: int) -> Budget:
    """What was read first stands: patterns go from the most to the least telling. Of several highest prices, the highest."""
    each = first.each if second.highest is None else (*first.each, (start, second.highest))
    return replace(
        first,
        lowest=second.lowest if first.lowest is None else first.lowest,
        highest=max((price for _, price in each), default=None),
        currency=first.currency or second.currency,
        each=each,
    )

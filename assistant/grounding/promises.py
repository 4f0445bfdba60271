"""Promises that no tool can bear out: that something is free, reduced, delivered, ordered or selling fast.

Nothing makes them true, neither a caption nor a title nor the shopper's own words; only denying them is true.
"""

import re
from collections.abc import Iterator

from assistant.grounding.facts import Facts
from assistant.grounding.passages import HIDDEN, Passage, Slip, plain

_FREE = (
    r"(?:(?<!feel )(?<![\w]-)(?<!hands )\bfree\b(?!\s*(?:of(?! charge)|to\b|from\b|spirit|size|flowing|time|hand\b|-\w|People\b))|"
    r"\bcomplimentary\b(?!\s+colou?r)|\bgratis\b|\bon the house\b|\bat no (?:extra )?(?:cost|charge)\b|\bfor nothing\b|"
    r"\bzero (?:euros|dollars|pounds)\b)"
)
_REDUCED = (
    r"(?:\bon sale\b|\b(?:sale|special|promotional|introductory|reduced|discounted) (?:price|offer|deal)s?\b|\d+\s?(?:%|percent|per cent) "
    r"(?:off|discount|cheaper|reduction)|\bsave \d+\s?(?:%|percent)|\b\d+\s?(?:€|eur|euros?|\$|dollars|£|pounds) off\b|[€$£]\s?\d+(?:[.,]\d+)? off\b|"
    r"\bhalf[- ]price\b|\bhalf off\b|\bmarked down\b|\b(?:is|are|been|was|were|now) (?:now )?(?:reduced|discounted)\b|\bprice drop\b|\bclearance\b|"
    r"\bbuy one\b.{0,12}\bget\b|\b(?:best deal|great deal on|black friday|bundle deal)\b|\bused to (?:cost|be)\b.{0,12}\d|\binstead of [€$£]?\d)"
)
_DONE = (
    r"(?:\b(?:added|put|placed) [^.!?]{0,90}?\s?(?:in|into|to|on) (?:your|the) (?:cart|basket|bag|order|wish ?list)\b|"
    r"\b(?:i|we)(?:'ve| have|'ll| will| can)? (?:just )?(?:order(?:ed)?|reserve[d]?|hold|held|book(?:ed)?|gift[- ]wrap(?:ped)?|ship(?:ped)?|deliver(?:ed)?|send|sent) "
    r"(?:it|this|them|that|these|one|a pair|you|the|your)\b|\border (?:is )?(?:confirmed|placed))"
)
_HURRY = (
    r"(?:\bsell(?:ing|s)? (?:out )?fast\b|\bbest-?\s?sell(?:er|ers|ing)\b|\blimited[- ](?:edition|time|stock)\b|\blast chance\b|\bcustomers? (?:love|favou?rite|say)\b|"
    r"\bmost popular\b|\btop[- ]rated\b|\bexclusive (?:to|offer|price)\b|\bjust (?:arrived|in)\b(?=[.!,]|$)|\bnew arrivals?\b|\bwhile (?:stocks?|supplies) lasts?\b|"
    r"\baward[- ]winning\b|\bguarantee[ds]?\b|\bwarranty\b|\bmoney[- ]back\b|\bloyalty\b|\bgift cards?\b)"
)
_SERVICE = (
    r"\b(?:deliver(?:y|ies|ed)|delivers? (?:to|it|them|within|in|for|free)|shipping|ships?|shipped|postage|refunds?|refunded|returns? (?:policy|are|within|it|them|for|is)|free returns|"
    r"easy returns|returnable|(?:can|may) (?:be )?(?:returned?|exchanged?)|exchanges?|discounts?|vouchers?|coupons?|promo(?:tion|tional)?s?|promo code|cash ?back|"
    r"in[- ]store|click and collect|express (?:delivery|shipping)|try before you buy)\b"
)
_PROMISE = re.compile("|".join([_FREE, _REDUCED, _DONE, _HURRY]), re.I)
_SERVED = re.compile(_SERVICE, re.I)
_STARS = re.compile(
    r"\b\d(?:[.,]\d)?\s?(?:/\s?(?:5|10)\b|out of (?:5|10|five|ten)\b|[- ]?stars?\b)|★|\b(?:\d+|customers?'?|many|great|good|excellent|positive|rave) (?:customer )?reviews?\b",
    re.I,
)
_DENIED = re.compile(
    r"\b(?:no|not|never|nothing|neither|none|without|unable|cannot|can't|don't|doesn't|isn't|aren't|won't|couldn't|nor)\b"
    r"(?!\s+(?:just|only|merely|problem|worr))(?:(?!\b(?:but|just|only|it's|it is|they are|they're|however|because|instead)\b)[^.;!?:])*$"
    r"|\bwhether\b[^.;!?:]*$",
    re.I,
)
_ELSEWHERE = re.compile(r"\b(?:page|check|ask|contact|depends?|tells? you|website|staff|customer service)\b", re.I)
_TITLE_THAT_PROMISES = re.compile(
    r"\b(?:is|are|it's|be|for|now|all|everything)\s+(?:\w+\s+)?free\b|\bfree of charge\b|\bignore\b|" + _REDUCED, re.I
)


def promised(passage: Passage, facts: Facts) -> Iterator[Slip]:
    """The promises of a passage."""
    text = _without_titles(passage)
    for match in _PROMISE.finditer(text):
        if not _DENIED.search(text[: match.start()]):
            yield Slip("free", passage.text[match.start() : match.end()], "no tool returned such an offer")
    for match in _SERVED.finditer(text):
        if not _DENIED.search(text[: match.start()]) and not _ELSEWHERE.search(text):
            yield Slip("free", passage.text[match.start() : match.end()], "no tool knows of delivery, returns or discounts")
    for match in _STARS.finditer(text):
        yield Slip("score", passage.text[match.start() : match.end()], "no tool returned such a rating")


def _without_titles(passage: Passage) -> str:
    """The text, titles hidden; but a title that itself makes a promise is none that we repeat."""
    text = plain(passage.text)
    for name in passage.names:
        if not name.placed and not _TITLE_THAT_PROMISES.search(text[name.start : name.end]):
            text = text[: name.start] + HIDDEN * (name.end - name.start) + text[name.end :]
    return text

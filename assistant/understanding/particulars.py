"""Particulars that shoppers state of themselves for good: sizes, the most they ever pay, the climate, and for whom they shop."""

import re
from collections.abc import Iterator
from typing import Any

from assistant.understanding.amounts import read_budget
from catalog.taxonomy import vocabulary

REMEMBER = r"\b(?:(?:remember|note|keep in mind|bear in mind|for the future|in future|from now on)\b(?: that)?[,:]? *)"
CLIMATES = {
    "cold": "cold freezing chilly snowy icy arctic", "warm": "warm hot tropical sunny mediterranean", "mild": "mild temperate",
    "rainy": "rainy wet", "dry": "dry",
}  # fmt: skip

_SIZE = r"(?:\d{1,2}(?:[.,]5)?|x{0,3}[sl]|xxs|m|small|medium|large|extra large)"
_SIZE_CUE = re.compile(
    r"\bmy (?P<of>[a-z-]+ )?sizes? (?:is|are)\b|\bmy (?P<feet>feet) are\b|"
    r"\bi (?:(?:always|usually|normally|generally|mostly) )?(?:wear|take|have)(?: an?)? (?=size )|"
    r"\bi(?:'m|m| am)(?: usually| always| normally)?(?: an?)? (?=size )|"
    r"\bi (?:always|usually|normally|generally|mostly) (?:wear|take|buy|need)\b|\bi (?:wear|take)(?= (?:an? )?\d+(?:[.,]5)? in )"
)
_LABEL = re.compile(
    rf"(?:,? (?:and|or)\b|,)?(?: ?\b(?:an?|eu|size|usually|always|about)\b)* ?\b({_SIZE})(?!\w|[.,']\w)(?: (in )?([a-z-]+))?"
)
_AFTER_SIZE = frozenset("in and or but so for now usually mostly normally please thanks can what do which show".split())
_SPENDING = re.compile(
    r"\bi (?:(?:would |will )?never|don'?t ever|do not ever) (?:spend|pay) (.*?)(?: (?:on|for) (.*))?$|"
    rf"\bmy (?:usual|normal|general) (?:budget|limit|maximum) (?:is|are) (.*)|{REMEMBER}my budget is (.*)"
)
_ANY_ITEM = re.compile(r"(?:anything|clothes|(?:one|an?|a single|any|each) (?:item|piece|thing|garment)s?)\W*")
_WEATHER = re.compile(
    r"\bi live (?:in|somewhere|where)\b[^.!?;]*|\bit(?:'s| is) (?:always|usually|mostly) \w+ (?:here|where i live)\b"
)
_INDOORS = frozenset(["flat", "house", "office", "apartment", "home", "room"])
_PERSON = re.compile(
    r"\bi(?:'m|m| am) an? (?:(?!size)\w+ )?(woman|girl|lady|female|man|guy|bloke|male|gentleman)\b|"
    r"\bi (?:only |always )?(?:shop for|wear|buy) (women|men)(?:'?s)?\b(?: clothes| clothing| things| fashion)?(?= *(?:$|[.,;!?]))"
)


def particulars(text: str) -> dict[str, Any]:
    """The fields of a Profile that a message in lower case states: sizes, budget, climate and gender; each may be empty."""
    person = next((word for match in [_PERSON.search(text)] if match for word in match.groups() if word), None)
    return {
        "sizes": tuple(size for size, _ in _sizes(text)),
        "budget": _budget(text),
        "climate": next((climate for climate, _ in _climates(text)), None),
        "gender": vocabulary().lookup("gender", person) if person else None,
    }


def places(text: str) -> Iterator[slice]:
    """Where a message states sizes and the climate: no wish of the moment stands there."""
    yield from (place for _, place in (*_sizes(text), *_climates(text)))


def _climates(text: str) -> Iterator[tuple[str, slice]]:
    for match in _WEATHER.finditer(text):
        words = set(re.findall(r"[a-z]+", match[0]))
        climate = next((climate for climate, signs in CLIMATES.items() if words & set(signs.split())), None)
        if climate and not words & _INDOORS:
            yield climate, slice(*match.span())


def _sizes(text: str) -> Iterator[tuple[str, slice]]:
    """Sizes, each with the garment that it is said of, if any: "dress 38"."""
    for cue in _SIZE_CUE.finditer(text):
        start, place, owner = cue.start(), cue.end(), "shoe" if cue["feet"] else (cue["of"] or "").strip()
        while label := _LABEL.match(text, place):
            size, following = label[1].replace("extra large", "xl"), label[3] or ""
            named = (label[2] or size[0].isdigit()) and vocabulary().slot_of(following)
            garment = following if named else owner if vocabulary().slot_of(owner) else ""
            if following and not named and following not in _AFTER_SIZE:
                break  # "I usually wear small hoops"
            place = label.end(3) if named else label.end(1)
            yield f"{garment} {size}".strip(), slice(start, place)


def _budget(text: str) -> float | None:
    """The most for one item; a limit for shoes alone is none for everything."""
    for clause in re.split(r"[!?;]|\.(?!\d)| but ", text):
        match = _SPENDING.search(clause)
        if match and (not match[2] or _ANY_ITEM.fullmatch(match[2])):
            amount = next(part for part in (match[1], match[3], match[4]) if part)
            return read_budget(f"never {amount}" if match[1] else f"up to {amount}")[0].highest
    return None

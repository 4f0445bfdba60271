"""Sizes in a message: "size 38", "she takes a 38", "XL", and British and American shoe sizes as European ones."""

import re

_LETTERS = r"x{0,4}[sl]|m|small|medium|large"
_WORDS = {"small": "s", "medium": "m", "large": "l"}
_STATED = re.compile(
    rf"\b(?:sizes?\b|sz|eu|in an? size|size is)\s*:?\s*(?:a |an )?(?:eu\s*)?(?P<first>\d{{1,3}}(?:[.,]5)?|{_LETTERS}|one size)\b(?:\s*(?:or|/|and)\s*(?P<second>\d{{2,3}}|{_LETTERS})\b(?! ?(?:€|eur|pounds)))?",
    re.I,
)
_WORN = re.compile(
    rf"\b(?:takes?|wears?|i'?m|i am|she'?s|he'?s|(?:model|client|actress|actor|bride|groom|wife|husband|girl|boy|lady|guy|she|he) (?:is|'s)|need|in)\s+an?\s+(?P<first>\d{{2}}|{_LETTERS})(?=\W|$)(?!\s*[€$£%]|['-]|\s*(?:y/?o|years?|yrs?)\b)",
    re.I,
)
_IN = re.compile(
    r"\bin\s+(3[4-9]|4\d|50)(?![\w.,]*\d)(?!\s*(?:€|\$|£|eur|euros?|pounds?|dollars?|quid|%|minutes|days|hours))\b", re.I
)
_AFTER_WHOM = re.compile(
    rf"\b(?:women|men|ladies|gents|womens|mens|gentlemen)(?:'?s)?(?!')\b\W+({_LETTERS}|3[4-9]|4\d)(?=\s*(?:[,.;!?]|$|and\b|please\b|pls\b|eur\b))(?!\s*(?:€|euro))",
    re.I,
)
_LETTER_IN = re.compile(
    r"\bin (?:an? |size )?(x{0,3}s|m|x{0,3}l)(?=\s*(?:[.,;!?]|$|please\b|pls\b|if\b|for\b|under\b|and\b))", re.I
)
_LETTER_ALONE = re.compile(r"(?:^|[.,;!?]\s+)(x{1,3}[sl]|[sml])(?=\s*(?:[.,;!?]|$))", re.I)  # "what hoodies go with it? L"
_ALONE = re.compile(r"(?:^|[.,;!?]\s+)(?:a |in )?(3[4-9]|4\d)(?=\s*(?:[.,;!?](?!\d)|$))")
_ABOVE = re.compile(r"\b(xxs|xs|xl|xxl|xxxl|[2-4]xl)\b(?! (?:is|are|was|were|would be) too\b)", re.I)
_ABROAD = re.compile(
    r"\b(?P<where>uk|us|british|american)\s*(?:size\s*)?(?P<number>\d{1,2}(?:[.,]5)?)\b|\bsize\s*(?P<after>\d{1,2}(?:[.,]5)?)\s*(?P<land>uk|us)\b",
    re.I,
)
# European shoe sizes from British and American ones, for women and men (ISO/TS 19407's tables, rounded).
_ADDED = {("uk", "women"): 33, ("uk", "men"): 34, ("us", "women"): 31, ("us", "men"): 33}


def sizes_in(text: str, gender: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The sizes that a message states, in lower case; and what was taken as what, in words."""
    found: list[str] = []
    notes: list[str] = []
    for match in _ABROAD.finditer(text):
        where = {"british": "uk", "american": "us"}.get(
            (match["where"] or match["land"]).lower(), (match["where"] or match["land"]).lower()
        )
        number = float((match["number"] or match["after"]).replace(",", "."))
        size = f"{round(number + _ADDED[where, gender if gender == 'men' else 'women'])}"
        found.append(size)
        notes.append(f"I take {where.upper()} {number:g} as EU {size}.")
    rest = _ABROAD.sub(" ", text)
    for match in (*_STATED.finditer(rest), *_WORN.finditer(rest)):
        found += [_WORDS.get(size.lower(), size.lower()) for size in match.groups() if size]
    found += [match[1].lower() for match in _AFTER_WHOM.finditer(rest)]
    found += [match[1] for match in _ALONE.finditer(rest)]
    found += [match[1].lower() for match in _LETTER_IN.finditer(rest)]
    found += re.findall(r"\b(?:i|he|she|they) (?:usually |normally )?(?:takes?|wears?) (?:size )?(3[4-9]|4\d|50)\b", rest, re.I)
    found += [match[1].lower() for match in _LETTER_ALONE.finditer(rest)]
    found += _IN.findall(rest)
    found += re.findall(r"\b(3[4-9]|4\d|50)\s+(?:i have|i wear|i take|is mine|is my size)\b", rest, re.I)
    found += [size.lower() for size in _ABOVE.findall(rest)]
    return tuple(dict.fromkeys(found)), tuple(notes)

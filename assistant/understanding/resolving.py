"""A turn with what it points at, and a number that stands alone, taken for what was spoken of."""

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.understanding import cues
from assistant.understanding.amounts import Budget
from assistant.understanding.reading import read
from assistant.understanding.references import Pointed, pointed
from assistant.understanding.roles import Phrase
from assistant.understanding.told import Told

_BARE_PRICE = re.compile(r"\W*(?:o+k+\w*|fine|yes|then|alright|hm+|well|maybe)?\W*(\d{2,5})\W*(?:then|max)?\W*", re.I)
# "it could be cheaper. 180?", "no tie, 250"
_PRICE_ALONE = re.compile(
    r"\bcheaper\b[^.!?]*[.!?]\s*(?:like )?[€$£]?(\d{2,4})\W*$|[,.;!?]\s*[€$£]?(?!(?:19|20)\d\d)(\d{3,4})\W*$", re.I
)
_BARE_SIZE = re.compile(
    r"\W*(?:(?:i'm|i am|it's|he's|she's|in|eu|make (?:it|that))\W+(?:an? )?)?(3[4-9]|4\d|50)\W*(?:i have|i am|i wear|i take|for me|is my size|it is|please|for (?:her|him)|is mine)?\W*",
    re.I,
)
_NOT_THAT = re.compile(
    r"\b(\d{2,4})\W+(?:and )?not (\d{2,4})\b|\bnot (?:a |size )?(\d{2,4})\W+(?:but )?(?:a |size )?(\d{2,4})\b", re.I
)


def with_what_is_pointed_at(told: Told, brands: Sequence[str]) -> Told:
    """The turn with the shown items that it points at. The words that point ("the black boots") are read as "it": they wish nothing."""
    found = _after_the_praise(told, pointed(told.text, told.before, told.reading.unpriced))
    text = told.text
    for span in sorted(found.spans, key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(span)}(?!\w)", "it", text, flags=re.I)
    reading = read(text, brands) if text != told.text else told.reading
    reading = replace(reading, phrases=tuple(_as_it_is(phrase, told) for phrase in reading.phrases))
    return replace(told, reading=replace(reading, taken=told.reading.taken), pointed=found)


_PRAISE = re.compile(
    r"\b(?:love|like|adore|gorgeous|lovely|nice|great|perfect|beautiful|cute|good|pretty|keep)\b[^?]*?\bbut\b", re.I
)


def _after_the_praise(told: Told, found: Pointed) -> Pointed:
    """Which piece of a look is meant by who praises another first: "I love the dress! but the shoes are too high"."""
    praise = _PRAISE.search(told.text)
    if not praise or not told.before or not told.before.pieces():
        return found
    rest = pointed(told.text[praise.end() :], told.before)
    return replace(rest, spans=found.spans) if rest.items else found


def _as_it_is(phrase: Phrase, told: Told) -> Phrase:
    """A garment named, or "the shirt" that something is wanted for, which is no wish: "no stripes, the shirt has a stripe"."""
    before = told.before
    if before is None or phrase.role != "target" or phrase.colours or before.task != "complement":
        return phrase
    known = {thing.slot for thing in before.anchors} - set(before.slots)
    definite = re.search(r"\bthe\s+$", told.reading.unpriced[: phrase.start], re.I)
    return (
        replace(phrase, role="detail") if definite and phrase.slot in known and not cues.LOOKS_FOR.search(told.text) else phrase
    )


def bare_number(told: Told) -> Told:
    """The turn with a number that stands alone taken for what was spoken of: a price offered, a size, a limit put right."""
    before = told.before
    if before is None:
        return told
    if before.task == "build" and (alone := _PRICE_ALONE.search(told.text)) and told.reading.budget == Budget():
        return replace(told, reading=replace(told.reading, budget=Budget(highest=float(alone[1] or alone[2]))))
    match = _BARE_PRICE.fullmatch(told.text)
    if match and before.offer is not None and before.offer.value is not None:
        return replace(told, reading=replace(told.reading, budget=Budget(highest=float(match[1]))))
    if "shoes" in before.slots and (size := _BARE_SIZE.fullmatch(told.text)):
        return replace(told, reading=replace(told.reading, sizes=(size[1],)))
    if (put_right := _NOT_THAT.search(told.text)) and len(told.text) < 60:
        right, wrong = (put_right[1], put_right[2]) if put_right[1] else (put_right[4], put_right[3])
        if wrong in before.filters.sizes:
            return replace(told, reading=replace(told.reading, sizes=(right,), budget=Budget()))
        if float(wrong) == before.filters.max_price:
            return replace(told, reading=replace(told.reading, budget=Budget(highest=float(right))))
        if float(wrong) == before.filters.total_max:
            return replace(told, reading=replace(told.reading, budget=Budget(total=float(right))))
    return told

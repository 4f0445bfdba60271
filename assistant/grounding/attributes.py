"""What a reply says of items beside name and price: colours, materials, sizes, stock, scores, and how many there are."""

import re
from collections.abc import Iterator, Sequence

from assistant.grounding.facts import Facts, Known, said_of
from assistant.grounding.naming import Kind
from assistant.grounding.passages import Passage, Slip
from catalog.taxonomy import Field, Mention, vocabulary

NUMBERS = {word: place for place, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())} | {
    "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "a dozen": 12, "hundreds": 100, "dozens": 24, "thousands": 1000, "hundred": 100,
}  # fmt: skip
_N = r"(?P<number>\d{1,5}|" + "|".join(sorted(NUMBERS, key=len, reverse=True)) + r")"
_SIZE = r"(?:\d{1,3}(?:[.,]5)?|x{0,4}[sml]|[2-6]xl|xx?s)"
_SIZES = re.compile(
    rf"\b(?:sizes?:?(?: range)?(?: from)?|(?:comes?|available|is|are|stocked) in)\s+(?P<sizes>{_SIZE}(?:\s*(?:,|and|or|to|/|-|–|through)+\s*{_SIZE})*)\b(?![.,]\d| ?[€$£%])",
    re.I,
)
_COLOURED = re.compile(
    r"\b(?:(?:also )?com(?:es?|ing) in|(?:also |only )?(?:available|offered|sold) (?:also )?in|(?:is|are) (?:also )?(?:available|offered|sold|made) in|"
    r"(?:there is|there's|it is|it's|is|are|they're|they are) (?:also )?(?:an? )?(?:in )?)\s*(?:(?:deep|rich|bright|soft|lovely|beautiful|classic|warm|pale|all|both|colou?r)\s+)*",
    re.I,
)
_MADE = re.compile(
    r"\b(?:made (?:of|from|with|in|out of)|crafted (?:of|from|in|with)|woven from|100\s?%|(?:pure|real|genuine|finest|luxurious|in|fine|lined with)) (?:(?:soft|fine|pure|real|genuine|rich|warm|100\s?%|italian|organic)\s+)*",
    re.I,
)
_STOCK = re.compile(
    rf"\b(?:(?:just|only) )?{_N} (?:(?:pairs?|pieces?|items?|of (?:it|them|these)|units?|are|is|still) )*(?:left|in stock|remaining|available)\b|\bin stock:? {_N.replace('number', 'other')}\b",
    re.I,
)
_SCARCE = re.compile(
    r"\b(?:(?:almost|nearly) (?:gone|sold out)|(?:only a )?few (?:left|remaining)|low (?:in|on) stock|low stock|(?:the )?last (?:one|pair|piece) (?:left|in stock)|running low)\b",
    re.I,
)
_GONE = re.compile(r"\b(?:out of stock|sold out|no longer available)\b", re.I)
_OFFERED = (
    r"\b(?:found|have|has|'ve|got|here(?: are|'re| is|'s)|there(?: are|'re| is|'s)|carry|stock|sell|offer|shown?|showing|pick(?:ed)?|chose|chosen|"
    r"selected|these|those|below are|following|considered|compared|looked (?:at|through)|out of|of (?:the|my|our)|my|our|of)\s+(?:you\s+|just\s+|only\s+|over\s+|about\s+|more than\s+|a total of\s+|the\s+|at\s+)*"
)
_THING = r"items?|options?|pieces?|things?|pairs?|looks?|outfits?|products?|choices?|matches|results?|styles?|alternatives?|ideas?|suggestions?|designs?|candidates?"
_COUNTED = re.compile(rf"{_OFFERED}{_N}\b(?P<rest>[^.;:!?\n]{{0,60}})", re.I)
_OWN = re.compile(r"\byou (?:have|own|said|asked|want|wanted|gave|sent|showed|named)\s+(?:me\s+|for\s+)?$", re.I)
_PERCENT = re.compile(
    r"(?<![\d.])(\d{1,3}(?:[.,]\d+)?)\s?(?:%|percent\b|per cent\b)(?!\s?(?:off|discount|cheaper|reduction|cotton|wool))", re.I
)
_SCORE = re.compile(
    r"\b(?:score[sd]?|rated?|rating|similarity|margin)\b(?:\s+(?:of|is|at|as|it|this|the|set|by|:)){0,4}[\s:]+(\d?[.,]\d{1,4})\b",
    re.I,
)
_DENIED = re.compile(r"(?:\bno\b|\bnot\b|n't\b|\bnever\b|\bnothing\b|\bwithout\b|\bnone\b)[^,.;]*$", re.I)


def wrong_looks(passage: Passage, facts: Facts) -> Iterator[Slip]:
    """Colours and materials that are said of an item and that it does not have."""
    text, items = passage.bare, passage.subjects
    if not items:
        return
    for pattern, field in ((_COLOURED, "colour"), (_MADE, "material")):
        for match in pattern.finditer(text):
            for mention in _stated(text, match.end(), "colour" if field == "colour" else "material"):
                if not _DENIED.search(text[: match.start()]) and not any(
                    item.holds(mention) for item in _said_of(passage, match.start())
                ):
                    yield Slip(
                        mention.field if mention.field == "colour" else "material",
                        passage.text[mention.start : mention.end],
                        f"{items[0].title} is not {mention.name}",
                    )


def _stated(text: str, start: int, field: Field) -> list[Mention]:
    """The words of a field that follow right at `start`: "navy and white". One that describes a garment or a noun is none."""
    found: list[Mention] = []
    for mention in vocabulary().mentions(text[start : start + 80], field):
        moved = Mention(mention.field, mention.name, start + mention.start, start + mention.end)
        between = text[found[-1].end if found else start : moved.start]
        if between.strip(" ,&/") not in ("", "and", "or"):
            break
        found.append(moved)
    if found and re.match(r"\s+(?:neutrals?|with|on|against|lets|brightens|picks|tone|wheel)\b", text[found[-1].end :]):
        return []
    return [mention for mention in found if text[mention.start : mention.end].lower() not in ("neutral", "nude")]


def _said_of(passage: Passage, place: int) -> Sequence[Known]:
    """The items named last before a place, else all that the passage may be about."""
    before = [name for name in passage.names if name.end <= place]
    return before[-1].items if before else passage.subjects


def wrong_sizes(passage: Passage, facts: Facts) -> Iterator[Slip]:
    """Sizes that an item does not come in; where no item is spoken of, that nobody mentioned."""
    for match in _SIZES.finditer(passage.bare):
        items = _said_of(passage, match.start()) or facts.turn
        known = [{size.casefold() for size in item.sizes} for item in items]
        named = [size.casefold() for size in re.findall(rf"\b{_SIZE}\b", match["sizes"], re.I)]
        own = not passage.subjects and all(size in facts.own_words for size in named)
        if not own and not _DENIED.search(passage.bare[: match.start()]) and not any(set(named) <= sizes for sizes in known):
            yield Slip("size", passage.text[match.start() : match.end()], "no tool returned such sizes")


def wrong_stock(passage: Passage, facts: Facts) -> Iterator[Slip]:
    """What is left of an item, where its stock says otherwise."""
    text = passage.bare
    for match in _STOCK.finditer(text):
        items, number = _said_of(passage, match.start()) or facts.turn, _value(match["number"] or match["other"])
        if not any(item.stock == number for item in items):
            yield Slip("count", passage.text[match.start() : match.end()], "no tool returned this stock")
    for pattern, true in ((_SCARCE, range(1, 4)), (_GONE, range(1))):
        for match in pattern.finditer(text):
            items = _said_of(passage, match.start()) or facts.turn
            if not any(item.stock in true for item in items if item.stock is not None) and not _DENIED.search(
                text[: match.start()]
            ):
                yield Slip("count", passage.text[match.start() : match.end()], "no tool returned this stock")


def wrong_counts(passage: Passage, facts: Facts) -> Iterator[Slip]:
    """How many things there are said to be, where no result counts so many."""
    text = passage.bare
    for match in _COUNTED.finditer(text):
        number, noun = _value(match["number"]), _noun(match["rest"])
        if number < 2 or noun is None or _OWN.search(text[: match.start("number")]):
            continue
        if number not in facts.counts | _alike(noun, passage, facts):
            quote = passage.text[match.start("number") : match.start("rest") + len(noun)]
            yield Slip("count", quote, "no tool returned so many")


def _value(number: str) -> int:
    return int(number) if number.isdigit() else NUMBERS[number.lower()]


def _noun(rest: str) -> str | None:
    """The words up to the things that are counted; None where it is something else, such as days or per cent."""
    if re.match(r"\s*(?:$|,|of them\b|that fit\b|in all\b|more\b)", rest):
        return ""
    thing = re.match(rf"(?:\s+(?!and\b|or\b|with\b|to\b|for\b)[\w'-]+){{0,4}}?\s+(?:{_THING})\b", rest, re.I)
    garment = next((mention for mention in said_of(rest) if mention.field == "garment"), None)
    ends = [thing.end()] if thing else []
    ends += [garment.end] if garment and len(rest[: garment.start].split()) <= 4 else []
    return rest[: min(ends)] if ends and not re.search(r"%|\d", rest[: min(ends)]) else None


def _alike(noun: str, passage: Passage, facts: Facts) -> set[int]:
    """How many of this turn's items the words describe, and how many the text names."""
    wanted = said_of(noun)
    alike = {item.id for item in facts.turn if all(item.holds(mention) for mention in wanted)}
    return {len(alike), len(passage.beside), len({item.slot for item in facts.turn})}


def wrong_scores(passage: Passage, facts: Facts) -> Iterator[Slip]:
    """Percentages and scores that no tool returned."""
    for match in _PERCENT.finditer(passage.bare):
        stated = float(match[1].replace(",", "."))
        if not any(abs(abs(score) * 100 - stated) <= 0.5 + 1e-9 for score in facts.scores):
            yield Slip("score", passage.text[match.start() : match.end()], "no tool returned this score")
    for match in _SCORE.finditer(passage.bare):
        number = match[1].replace(",", ".")
        places = len(number.partition(".")[2])
        if not any(abs(abs(score) - float(number)) <= 0.51 * 10**-places for score in facts.scores):
            yield Slip("score", passage.text[match.start() : match.end()], "no tool returned this score")


def wrong_offers(passage: Passage, facts: Facts) -> Iterator[Slip]:
    """Garments that the shop is said to have, of a colour in which no tool returned them."""
    for match in _HAVING.finditer(passage.bare):
        rest = passage.bare[match.end() : match.end() + 70]
        rest = re.split(r"[,.;:!?¤]|\b(?:for|with|to|that|which|your|in your|under|over|from|and|or)\b", rest)[0]
        wanted = said_of(rest)
        if not any(mention.field == "garment" for mention in wanted) or re.search(r"\b(?:no|not|nothing|your|you)\b", rest):
            continue
        if not any(all(item.holds(mention) for mention in wanted) for item in facts.items):
            yield Slip(
                _lacking(wanted, facts),
                passage.text[match.start() : match.end() + len(rest.rstrip())],
                "no tool returned such a thing",
            )


def _lacking(wanted: Sequence[Mention], facts: Facts) -> Kind:
    """What keeps the offered thing from being one that tools returned: that there is no such garment, or its colour or material."""
    garments = [mention for mention in wanted if mention.field == "garment"]
    alike = [item for item in facts.items if all(item.holds(mention) for mention in garments)]
    fields = {mention.field for mention in wanted if alike and not any(item.holds(mention) for item in alike)}
    return "colour" if "colour" in fields else "material" if "material" in fields else "name"


_HAVING = re.compile(
    r"\b(?:here(?: is|'s| are)|(?:i|we)(?:'ve| have)? found(?: you)?|(?:i|we)(?:'ve| also)? (?:have|carry|stock|sell)|we've got|i've got|there(?: is|'s| are)) "
    r"(?=(?:an?|some|several|many|lots of|these|two|three|four|five|six|seven|eight|nine|ten|\d+|[a-z]+ [a-z]+s|[a-z]+s)\b)(?!the\b|nothing\b|no\b)",
    re.I,
)

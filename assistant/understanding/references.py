"""Which of the shown items a message points at: "the second", "1 and 3", "that bag", "the cheaper one", "the black boots"."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.understanding.understood import Shown, Understood
from catalog.taxonomy import Mention, vocabulary

ORDINALS = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5, "5th": 5, "sixth": 6, "6th": 6,
    "seventh": 7, "7th": 7, "eighth": 8, "8th": 8,
}  # fmt: skip
MOST_PLACES = 15  # no list is longer: "you only turn 60 once"
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
_COUNTED = r"(?:\s+(?:and|&|or|,|vs\.?|versus|to|with)\s+(?:number |no\.? ?|#)?(?P<more>\d{1,2}|" + "|".join(_NUMBERS) + r"))?"
_PLACE = re.compile(
    rf"\b(?:the\s+)?(?:(?P<word>{'|'.join(ORDINALS)}|last|middle)\b(?!\s+(?:time|times|of all|thought|thoughts|hand|date|day|week|month|year|night|job|impression|thing|things|aid|name|look|looks|outfit|outfits))"
    rf"(?:\s+(?:one|pair|item|option|choice|pick))?|(?P<top>top)\s+(?:one|pair|item|option|choice|pick)\b"
    rf"|(?:number|num|no\.?|nr\.?|item|option|pick|choice)\s*#?(?P<number>\d{{1,2}}|{'|'.join(_NUMBERS)})\b)|#(?P<hash>\d{{1,2}})\b",
    re.I,
)
_BARE = re.compile(
    r"(?<![\d€$£.,+*/=-])\b(\d{1,2})\b(?![.,]?\d)(?!\s*(?:€|eur|usd|gbp|pounds?|quid|dollars?|bucks|%|looks?|outfits?|more|other|options?))",
    re.I,
)
_LISTING = re.compile(
    r"\b(?:compare|between|both|differ|side by side|difference|about|versus|vs\.?|or|how much|together)\b|\b\d{1,2} (?:and|with|plus|&) (?:the )?\d{1,2}\b|^\W*\d{1,2}\W*(?:$|and|or|please)",
    re.I,
)
_BEGIN_WITH = re.compile(r"\b([a-z]+s) first(?=\W*(?:$|[.,;!?]))", re.I)  # "comfy shoes first" points at nothing
_LAST_OF = re.compile(r"\blast\s+(?:year|week|month|night|time|summer|winter|season)\b", re.I)
_PAIR = re.compile(r"\b(?:the )?(?P<which>first|last) (?:two|2)\b", re.I)
_ALL = re.compile(
    r"\b(?:both|all (?:of them|three|of these|four|five)|them all|(?:these|those|the) two(?! (?:colou?rs|metals|shades|materials|brands|sizes)))\b",
    re.I,
)
_EXTREMES: tuple[tuple[re.Pattern[str], Callable[[Sequence[Shown]], Shown]], ...] = (
    (
        re.compile(
            r"\b(?:(?:the |that )(?:cheaper|less expensive)|(?:the |that )?(?:cheapest|most cheap|least expensive|most affordable))(?: \w+)?\b",
            re.I,
        ),
        lambda items: min(items, key=lambda item: item.price or 0.0),
    ),
    (
        re.compile(
            r"\b(?:the |that )(?:dearer|dearest|priciest|pricier|most expensive|more expensive|expensive)(?: \w+)?\b", re.I
        ),
        lambda items: max(items, key=lambda item: item.price or 0.0),
    ),
)
_SHALL = re.compile(r"\s*(?:should(?:n't)?|must|can|could|has to|have to|needs? to|may|might|shouldn't|mustn't|were)\b", re.I)
_COULD = re.compile(
    r"\b(?:could|can|should|must|may|make|have|rather|wish|prefer|would like|'d like|if)\s+$", re.I
)  # "could the bag be red?" wishes for a red one
_LEFT_OUT = re.compile(r"\b(?:leave out|skip|drop|forget|without|not|no|minus)\s+$", re.I)
_DROPPED = re.compile(
    r"\b(?:lose|drop|skip|ditch|leave out|take out|without|minus|remove|(?:don't|do not|doesn't) need|no need for)\s+$", re.I
)
_LEAVING = re.compile(r"\b(?:leave|leaving|take|keep|cut|cross)\s+$", re.I)
_ONLY_THOSE = re.compile(r"\b(?:show me|only|just|see|prefer|want)\s+(?:only |just |all )?$", re.I)
_POINTED = re.compile(
    r"\b(?P<that>the|that|those|this|these)\s+(?P<words>(?:(?!(?:and|or|with|how|that|which|what|in|for|is|are|please|but|then|than|to|go|goes|the|look|looks|work|come|cost|i|you|a|an|be|not|should|shouldn't|must|mustn't|can|could|has|have|had|needs?|may|might|was|were|does|do|would|will|on|at|from|under|over|too|again|as|of|by|because|so|if)\b)[\w'’-]+\s*){1,5})",
    re.I,
)
_ONE_WITH = re.compile(
    r"(?:\b(?P<that>the|that) |^\W*(?:yes |yeah |ok |ooh |oh )?)(?P<words>(?:one|ones|pair) (?:with|in|made of|made from) (?:the |a |an )?[\w-]+(?: and [\w-]+)?|"
    r"[\w-]+(?: [\w-]+)? and [\w-]+(?: [\w-]+){0,2} (?:one|ones|pair)|(?<!the )\b(?!another|other|different|which|that|this|only|any|no|the|new|each|every|first|second|third|last)[\w-]+ one(?= (?:for sure|please|pls|it is|then|is|looks)|[.!,]))\b",
    re.I,
)
_IT = re.compile(r"\b(?:it|that one|this one|that|them|those|these|they)\b", re.I)
_LOOK_OF_SEVERAL = re.compile(rf"\b(?P<word>{'|'.join(ORDINALS)}|last) one\b", re.I)
_LOOK = re.compile(rf"\b(?:look|outfit)\s*#?(?P<number>\d)\b|\b(?P<word>{'|'.join(ORDINALS)}|last)\s+(?:look|outfit)\b", re.I)


@dataclass(frozen=True)
class Pointed:
    """What a message points at among what was shown: items, and places that nothing was shown at."""

    items: tuple[Shown, ...] = ()
    missing: tuple[int, ...] = ()
    spans: tuple[str, ...] = ()  # the words that point at them: "the second bag", "the black ones"

    @property
    def ids(self) -> tuple[str, ...]:
        """The items' ids."""
        return tuple(item.id for item in self.items)


def pointed(text: str, before: Understood | None, unpriced: str = "") -> Pointed:
    """The shown items that a message names by place, price, colour or type; none where nothing was shown.

    unpriced: the message without its amounts of money, whose numbers are no places.
    """
    if before is None or not before.shown:
        return Pointed()
    shown = _of_look(text, before)
    by_place = _by_place(unpriced or text, shown)
    by_words = _by_words(text, shown, before.spoken_of)
    if by_place.items or by_place.missing:
        more = [item for item in by_words.items if item not in by_place.items and by_words.apart]
        return Pointed((*by_place.items, *more), by_place.missing, (*by_place.spans, *(by_words.spans if more else ())))
    if _ALL.search(text) and len(shown) > 1:
        return Pointed(tuple(shown[:2]) if re.search(r"\btwo\b|\bboth\b", text, re.I) else tuple(shown))
    return by_words if by_words.items else Pointed(_at_price(text, shown) or _by_price(text, shown))


def look_named(text: str, before: Understood) -> int | None:
    """The look that a message names: "look 2", "the first outfit"; None if it names none that was shown."""
    looks = sorted({item.look for item in before.shown if item.look is not None})
    match = _LOOK.search(text) or (_LOOK_OF_SEVERAL.search(text) if len(looks) > 1 else None)
    if not match or not looks:
        return None
    word = (match.groupdict().get("word") or "").lower()
    number = looks[-1] if word == "last" else ORDINALS.get(word) or int(match.groupdict().get("number") or 0)
    return number if number in looks else None


def speaks_of_it(text: str) -> bool:
    """Whether a message says "it", "that one", "those"."""
    return bool(_IT.search(text))


def _of_look(text: str, before: Understood) -> Sequence[Shown]:
    named = look_named(text, before)
    return [item for item in before.shown if item.look == named] if named else before.shown


def _by_place(text: str, shown: Sequence[Shown]) -> Pointed:
    text = _LOOK.sub(" ", _LAST_OF.sub(" ", _BEGIN_WITH.sub(r"\1", text)))
    if pair := _PAIR.search(text):
        return Pointed(tuple(shown[:2] if pair["which"].lower() == "first" else shown[-2:]), (), (pair[0],))
    matches = list(_PLACE.finditer(text))
    places = [_place(match, shown, text) for match in matches]
    if places or _LISTING.search(text):
        spelt = re.sub(
            rf"\b({'|'.join(_NUMBERS)})\b(?=\s+(?:and|or|vs))|(?<=and )({'|'.join(_NUMBERS)})\b", _digit, text, flags=re.I
        )
        places += [int(number) for number in _BARE.findall(spelt) if int(number) <= MOST_PLACES]
    by_place = {item.place: item for item in shown}
    known = dict.fromkeys(place for place in places if place in by_place)
    spans = tuple(_span(match, text) for match in matches)
    return Pointed(
        tuple(by_place[place] for place in known),
        tuple(dict.fromkeys(place for place in places if place not in by_place)),
        spans,
    )


def _digit(match: re.Match[str]) -> str:
    return str(_NUMBERS[match[0].lower()])


def _span(match: re.Match[str], text: str) -> str:
    """The pointing words, with the garment right after them: "the second bag"."""
    garment = next(iter(vocabulary().mentions(text[match.end() :][:30], "garment")), None)
    verb = re.match(r"\s*suits?\s+(?:an?|my|the|me|him|her|this|that|it|these|those)\b", text[match.end() :], re.I)
    if verb or re.search(r"\b(?:one|item|option|choice|pick)$", match[0], re.I):
        return match[0]  # "does the first one suit my coat?"
    follows = garment is not None and not text[match.end() : match.end() + garment.start].strip()
    return text[match.start() : match.end() + garment.end] if garment and follows else match[0]


def _place(match: re.Match[str], shown: Sequence[Shown], text: str) -> int:
    word = (match["word"] or "").lower()
    if word == "last":
        return shown[-1].place
    if word == "middle":
        return shown[len(shown) // 2].place
    if match["top"]:
        return shown[0].place
    if word:
        return _among(word, match, shown, text)
    number = (match["number"] or match["hash"]).lower()
    return _NUMBERS.get(number) or int(number)


def _among(word: str, match: re.Match[str], shown: Sequence[Shown], text: str) -> int:
    """The place of "the second bag": the second of the bags, where bags and other things were shown."""
    number = ORDINALS[word]
    garment = next(iter(vocabulary().mentions(text[match.end() :][:30], "garment")), None)
    if garment is None or text[match.end() : match.end() + garment.start].strip():
        return number
    alike = [item for item in shown if _is(item, garment)]
    return alike[number - 1].place if 0 < number <= len(alike) < len(shown) else number


def _at_price(text: str, shown: Sequence[Shown]) -> tuple[Shown, ...]:
    """ "The ones at 138.90": of that price."""
    prices = [float(price.replace(",", ".")) for price in re.findall(r"\b(?:at|for|the)\s+[€$£]?(\d+[.,]\d{2})\b", text)]
    return tuple(item for item in shown if item.price in prices)


def _by_price(text: str, shown: Sequence[Shown]) -> tuple[Shown, ...]:
    priced = [item for item in shown if item.price is not None]
    garments = vocabulary().mentions(text, "garment")
    alike = [item for item in priced if not garments or _is(item, garments[-1])]
    return tuple(extreme(alike) for pattern, extreme in _EXTREMES if alike and pattern.search(text))


@dataclass(frozen=True)
class Named(Pointed):
    """What words name; `apart` if a colour, material or brand told it from the others."""

    apart: bool = False


def _by_words(text: str, shown: Sequence[Shown], spoken_of: Sequence[str]) -> Named:
    """Items named by what they are: "that bag", "the black ones", "the Northfold coat"."""
    items: list[Shown] = []
    spans, apart = [], False
    for match in (*_POINTED.finditer(text), *_ONE_WITH.finditer(text)):
        if (
            _ONLY_THOSE.search(text[: match.start()])
            or _COULD.search(text[: match.start()])
            or re.match(r"\s*i mean\w*\b", text[match.end() :], re.I)  # "the totes i mean" puts right what is looked for
            or _SHALL.match(text[match.end() :])
            or (_DROPPED.search(text[: match.start()]) and any(item.look is not None for item in shown))
            or (
                _LEAVING.search(text[: match.start()])
                and re.search(r"\b(?:out|off|away)\b", match[0] + text[match.end() :][:8])
            )
        ):
            continue  # "show me only the black ones" looks for more of them
        found, told_apart = _named(match["words"], shown)
        if _LEFT_OUT.search(text[: match.start()]) and not vocabulary().mentions(match["words"], "garment"):
            continue  # "leave out the suede" rules suede out
        if len(found) > 1:  # "that bag": the one spoken of
            found = [item for item in found if item.id in spoken_of] if (match["that"] or "the").lower() != "the" else []
        if found:
            items.append(found[0])
            spans.append(_up_to_the_name(match))
            apart = apart or told_apart
    return Named(tuple(dict.fromkeys(items)), (), tuple(spans), apart)


def _up_to_the_name(match: re.Match[str]) -> str:
    """The words that point, up to the last that names the thing: "the shoes" of "are the shoes comfy"."""
    ends = [mention.end for mention in vocabulary().mentions(match["words"]) if mention.field != "occasion"]
    ends += [one.end() for one in re.finditer(r"\b(?:ones?|pair)\b", match["words"], re.I)]
    skipped = match.start("words") - match.start()
    return match[0][: skipped + max(ends, default=len(match["words"]))].strip()


def _named(words: str, shown: Sequence[Shown]) -> tuple[list[Shown], bool]:
    """The items that words name, and whether a colour, material or brand tells them apart, of which the first is meant."""
    mentions = [m for m in vocabulary().mentions(words) if m.field in ("garment", "colour", "material", "pattern")]
    brands = [item for item in shown if item.brand and item.brand.casefold() in words.casefold()]
    candidates: Sequence[Shown] = brands or shown
    for mention in mentions:
        candidates = [item for item in candidates if _is(item, mention)]
    told_apart = bool(brands) or any(mention.field != "garment" for mention in mentions)
    if not (mentions or brands) or not _names_it(words, mentions, bool(brands)):
        return [], False
    return list(candidates[:1] if told_apart else candidates), told_apart


def _names_it(words: str, mentions: Sequence[Mention], brand: bool) -> bool:
    """Whether the words name a thing at all: a garment, "the black one", or nothing but colours or a brand."""
    rest = words
    for mention in reversed(mentions):
        rest = rest[: mention.start] + rest[mention.end :]
    garment = any(mention.field == "garment" for mention in mentions)
    return garment or brand or bool(re.search(r"\b(?:ones?|pair)\b", words, re.I)) or not rest.strip(" -")


def _is(item: Shown, mention: Mention) -> bool:
    """Whether an item is what a mention says: of the type, colour or material."""
    words = vocabulary()
    if mention.field == "garment":
        return mention.name == item.slot or words.covers(mention.name, item.kind)
    if mention.field == "colour":
        return any(mention.name in (colour, words.basic(colour)) for colour in item.colours)
    return mention.name.casefold() in item.title.casefold()

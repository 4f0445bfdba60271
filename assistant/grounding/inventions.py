"""Names of things that no tool returned: in lists, in capitals, with a brand, as ids and links."""

import re
from collections.abc import Iterator, Sequence

from assistant.grounding.facts import SIDES, Facts, Known, said_of
from assistant.grounding.naming import PRAISE, SMALL, Kind, Misfit, colours_after, nearest
from assistant.grounding.passages import HIDDEN, Passage, Slip
from assistant.grounding.phrases import Token, tokens
from catalog.taxonomy import Mention, vocabulary

_LEAD_END = re.compile(r"\s[-–—]\s|[:;,(—]|\.\s|\s(?:for|at|from|costs?)\s(?=\W?\d)|[€$£]|\d+[.,]\d\d|$")
_ID = re.compile(r"\[([\w-]{3,})\](?!\()")
_LINK = re.compile(r"(?:https?://|www\.)[^\s)\]>\"]+", re.I)
_NOT_CLAIMED = re.compile(
    r"\b(?:no|not|never|without|nothing|any|n't|your|you|my|other|more|like|beyond|besides|than)\W+(?:\w+\W+){0,2}$", re.I
)
_MONEY = re.compile(r"[€$£]\s?\d|\d\s?(?:€|\$|£|eur\b|usd\b|gbp\b|euros?\b|dollars?\b|pounds?\b)|\b\d+[.,]\d\d\b", re.I)
LEAD_WORDS, REACH = 10, 4  # a name has no more words; a garment's noun stands no further from its brand

# Words that people write with a capital and that are no names of things.
ORDINARY = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october "
    "november december christmas easter halloween valentine british french dutch german swiss nordic cuban breton american european "
    "african oxford chelsea derby isle mary jane peter pan prince wales wellington panama harris windsor eur usd gbp ok hello hi "
    "thanks yes sorry sure note tip price total budget colour color look why".split()
)
_OF_A_LAND = ("ian", "ish", "ese")
FIELDS = (*SIDES, "garment", "season", "occasion", "gender")


def invented(passage: Passage, facts: Facts) -> Iterator[Slip]:
    """What a passage names that no tool returned."""
    yield from (
        Slip("colour", passage.text[name.start : name.end], f"{name.items[0].title} is not {name.wrong}")
        for name in passage.names
        if name.wrong
    )
    yield from _addresses(passage, facts)
    lead = _lead(passage, facts)
    yield from lead
    branded = list(_branded(passage, facts))
    yield from branded
    if not lead:
        known = [passage.text.find(slip.quote) for slip in branded]
        yield from (slip for slip in _capitals(passage, facts) if passage.text.find(slip.quote) not in known)


def _addresses(passage: Passage, facts: Facts) -> Iterator[Slip]:
    for match in _ID.finditer(passage.text):
        written = "-" in match[1] or "_" in match[1]
        if written and not any(item.id.casefold() == match[1].casefold() for item in facts.items):
            yield Slip("name", match.group(), "no tool returned this id")
    for match in _LINK.finditer(passage.text):
        address = match.group().rstrip(".,;!?*_")
        if not any(address in item.links for item in facts.items) and not any(address in text for text in facts.said):
            yield Slip("link", match.group(), "no tool returned this address")


def _lead(passage: Passage, facts: Facts) -> list[Slip]:
    """The name that a line of a list begins with, where no tool returned it."""
    if not passage.marker or any(not name.placed for name in passage.names):
        return []
    body = passage.bare[passage.marker :]
    end = _LEAD_END.search(body, len(body) - len(body.lstrip()))
    lead = body[: end.start() if end else len(body)].strip()
    if not 0 < len(tokens(lead)) <= LEAD_WORDS or not _means_a_product(lead, passage, facts):
        return []
    return _judged(lead, passage, facts.items, strict=True)


def _means_a_product(lead: str, passage: Passage, facts: Facts) -> bool:
    """Whether the start of a list's line is a name and not advice: by a price, an unknown name, or among this turn's items."""
    garment = any(mention.field == "garment" for mention in said_of(lead))
    if _MONEY.search(passage.bare) and (garment or _titled(lead)):
        return not _limit_only(passage)
    if garment and _proper(lead, _named_words(lead, passage, facts), facts):
        return True
    return passage.numbered and bool(facts.turn) and (_noun_phrase(lead) if garment else _titled(lead))


def _named_words(lead: str, passage: Passage, facts: Facts) -> list[Token]:
    """The words that may be a name: not the first, which has its capital anyway, unless more do or a product is due here."""
    found = tokens(lead)
    capitals = [token for token in found if lead[token.start].isupper() and token.word not in SMALL]
    due = passage.numbered and bool(facts.turn) and not any(token.word in SMALL for token in found)
    return found if len(capitals) > 1 or due else found[1:]


def _limit_only(passage: Passage) -> bool:
    return bool(re.search(r"\b(?:under|below|within|up to|at most|budget|limit)\W+(?:\w+\W+){0,2}?\W?\d", passage.bare, re.I))


def _noun_phrase(lead: str) -> bool:
    """Whether all words describe a garment: "navy wool blazer", but not "start with the coat"."""
    spans = [(mention.start, mention.end) for mention in vocabulary().mentions(lead, *FIELDS)]
    rest = [token for token in tokens(lead) if not any(start <= token.start < end for start, end in spans)]
    return all(token.word in PRAISE or len(token.word) < 3 or token.word in ("the", "and", "with") for token in rest)


def _titled(words: str) -> bool:
    """Whether words are written like a name: two or more, each that counts with a capital."""
    counting = [token for token in tokens(words) if token.word not in SMALL]
    return len(counting) > 1 and all(words[token.start].isupper() for token in counting)


def _branded(passage: Passage, facts: Facts) -> Iterator[Slip]:
    """A brand with a garment that no tool returned of it."""
    text = passage.bare
    for start, end, brands in facts.brand_names.find(tokens(text)):
        garment = next((mention for mention in said_of(text[end:]) if mention.field == "garment"), None)
        if not text[start].isupper() or garment is None or not _adjoins(text[end : end + garment.start]):
            continue
        finish, _ = colours_after(text, end + garment.end)
        begin = _described_from(text, start)
        if not _NOT_CLAIMED.search(text[:begin]):
            named = {brand.casefold() for brand in brands}
            own = [
                item
                for item in facts.items
                if (item.brand or "").casefold() in named or text[start:end].casefold() in item.title.casefold()
            ]
            yield from _judged(passage.text[begin:finish], passage, own, strict=False)


def _adjoins(between: str) -> bool:
    """Whether only words that describe stand between a brand and a garment."""
    found = tokens(between)
    return len(found) <= REACH and not re.search(r"[,;:.!?()¤]", between) and not any(token.word in SMALL for token in found)


def _described_from(text: str, start: int) -> int:
    """Where the colours and materials right before a brand begin."""
    for mention in reversed(vocabulary().mentions(text[:start], "colour", "material")):
        if text[mention.end : start].strip(" "):
            break
        start = mention.start
    return start


def _capitals(passage: Passage, facts: Facts) -> Iterator[Slip]:
    """A garment with a name in capitals: "the Aurelia velvet coat", "a Navy Wool Coat"."""
    text = passage.bare
    found = tokens(text)
    for first, last in _runs(text, found):
        garments = [mention for mention in said_of(text[found[first].start :]) if mention.field == "garment"]
        end = _garment_end(text, found[first].start, found[last].end, garments)
        if end is None:
            continue
        words, run = text[found[first].start : end], found[first : last + 1]
        run_of_name = run if len(run) > 1 or not _leads(text, found[first]) else []
        titled = _reads_as_title(text, found[first], found[last].end, end, run) and not _is_own(words, facts)
        if titled or _proper(text, run_of_name, facts):
            yield from _judged(words, passage, facts.items, strict=False)


def _runs(text: str, found: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Words in capitals that stand together, as places among the words: small words may stand between."""
    place = 0
    while place < len(found):
        if not text[found[place].start].isupper() or found[place].word in SMALL or len(found[place].word) == 1:
            place += 1
            continue
        last = place
        for after in range(place + 1, len(found)):
            if text[found[after - 1].end : found[after].start].strip(" -'&"):
                break
            if text[found[after].start].isupper() and len(found[after].word) > 1:
                last = after
            elif found[after].word not in ("in", "and", "of", "the", "s", "t", "v", "a"):
                break
        yield place, last
        place = last + 1


def _garment_end(text: str, start: int, end: int, garments: Sequence[Mention]) -> int | None:
    """Where a name with a garment ends: the garment stands in it, or a few words after; None where there is none."""
    for mention in garments:
        if start + mention.start < end:
            return max(end, start + mention.end)
        if _adjoins(text[end : start + mention.start]):
            return start + mention.end
    return None


def _proper(text: str, run: Sequence[Token], facts: Facts) -> list[Token]:
    """The words in capitals that only a name explains."""
    explained = [(mention.start, mention.end) for mention in vocabulary().mentions(text, *FIELDS)]
    return [
        token
        for token in run
        if text[token.start].isupper()
        and len(token.word) > 1
        and token.word not in SMALL | PRAISE | ORDINARY
        and not token.word.endswith(_OF_A_LAND)
        and token.word not in facts.own_words | facts.brand_words  # a brand is judged by itself
        and not any(start <= token.start < end for start, end in explained)
    ]


def _leads(text: str, token: Token) -> bool:
    """Whether a word has its capital from standing first."""
    before = text[: token.start].rstrip(" \"'“‘(" + HIDDEN)
    return not before or before[-1] in ".!?:;\n)"


def _reads_as_title(text: str, first: Token, last: int, end: int, run: Sequence[Token]) -> bool:
    """Whether plain words stand in capitals within a sentence, as only a title does; a heading does so too."""
    heading = not text[end:].strip(" :") or text[end:].lstrip().startswith(":")
    starts = not text[: first.start].strip(" \"'“‘(")
    return last == end and len(run) > 1 and not (starts and heading) and (not _leads(text, first) or ":" in text[: first.start])


def _is_own(words: str, facts: Facts) -> bool:
    """Whether the shopper spoke of such a thing."""
    return all((mention.field, mention.name) in facts.own for mention in said_of(words))


def _judged(words: str, passage: Passage, items: Sequence[Known], *, strict: bool) -> list[Slip]:
    found = nearest(items, words, strict=strict)
    if not found:
        return []
    quote = words if words in passage.text else passage.text[passage.marker :].strip()
    return [Slip(_kind(found), quote, f"of what tools returned nothing fits {found[0].word!r}")]


def _kind(found: Sequence[Misfit]) -> Kind:
    kinds = {misfit.kind for misfit in found}
    return kinds.pop() if len(kinds) == 1 else "name"

"""What one message says, word by word: the garments it names and the part each plays, and the filters it states.

Rules over the vocabulary; nothing here knows of earlier turns (understanding.py does).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import lru_cache
from typing import Literal

from assistant.amounts import Budget, read_budget
from catalog.taxonomy import Mention, vocabulary

Role = Literal["target", "anchor", "detail", "unwanted"]

# Words that end the adjectives of a garment, going backwards from it.
_STOP = frozenset(
    """a an the this that these those my your his her our their some any which what whose i i'm i've we you me it is
    are was be do does did can could would will should shall may has have had got get go goes going went wear wears
    wearing worn with for to of on at in under over and or but not no nor without except than then as like by from
    need want looking look looks find show buy bought see match matches matching pair pairs style styled complement
    complements combine suit suits suiting please also plus both all only just more other another different cheaper
    there here what's it's that's here's hi hello hey thanks so if when where how why who own prefer recommend
    suggest really anything something kind kinds sort type types colour color don't doesn't never hate avoid instead
    maybe perhaps together work works fit fits new nice good best great cool cute lovely pretty beautiful perfect""".split()
)
_POINTING = frozenset(["this", "these", "those", "that", "my", "his", "her", "our", "their"])
_INDEFINITE = frozenset(["a", "an", "some", "any", "another"])
_STRONG_CUE = re.compile(
    r"\b(?:go|goes|going|wear|pair|pairs|paired|combine|style|team|work|works|look|looks|fit|fits|well|good|great|nice|best)"
    r"(?: \w+){0,2}? with\b|\bmatch(?:es|ing)?\b|\bcomplement(?:s|ing)?\b|\bto suit\b|\bthat suits?\b|\bwould suit\b|\bto accompany\b",
    re.IGNORECASE,
)
_OWNED = re.compile(
    r"(?:\b(?:i|we|he|she|they|my \w+|his \w+|her \w+|their \w+)(?:'s|'ve|'m|'re| am| is| are| has| have)?\s+(?:(?:already|just|also|do)\s+)*"
    r"(?:has|have|had|own|owns|bought|got|wear|wears|wearing)|\bhere(?:'s| is| are)|\bthis is|\bthese are|\balready (?:have|own|got)|^\W*got)\s+(?:on\s+)?"
    r"(?!to\b|no\b|not\b)(?:(?:a|an|the|some|these|those|this|my|new|old|nice|lovely|great|really|very)\s+)*$",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"(?:\b(?:no|not|nothing|without|except(?: for)?|never|hates?|avoids?|avoiding|nor|anything but|everything but|other than|instead of|"
    r"isn't|aren't|ain't|wasn't|allergic to|not (?:a fan|keen) (?:of|on)|(?:he|she|they)(?:'s| has| have)? already (?:has|have|got))|"
    r"\b(?:don't|do not|dont|doesn't|does not|won't|wouldn't|can't|cannot|can not|cant|refuses? to|rather not)\s+(?:\w+\s+){0,1}?"
    r"(?:like|want|wear|need|do|have|show me|walk in|stand|love)|\bnot (?:a|any)|\bno more)\s+"
    r"(?:(?:a|an|any|the|in|my|too|more|wearing|from|by|of|made|with|anything|something|real|genuine|fake)\s+)*$",
    re.IGNORECASE,
)
_LISTED = re.compile(r"\s*(?:,|or|nor|and|&|,\s*(?:or|and|no|not))\s*(?:in\s+|a\s+|any\s+)*", re.IGNORECASE)
_SIZE = re.compile(
    r"\b(?:sizes?|eu|in an? size)\s*:?\s*(\d{1,3}(?:[.,]5)?|x{0,4}[sl]|m|small|medium|large|one size)\b", re.IGNORECASE
)
_SIZE_WORDS = {"small": "s", "medium": "m", "large": "l"}
# Verbs that the vocabulary would take for a garment or an occasion: "what would suit it", "do these work together".
_VERBS = (
    (
        re.compile(r"\b(would|to|that|could|does|do|will|might|which|best|not) suits?(?! (?:jacket|trousers|pants))\b", re.I),
        r"\1 match",
    ),
    (re.compile(r"\b(?:work|works|working)(?= (?:with|together|for|well|best))|(?<=these )works?\b", re.I), "go"),
    (re.compile(r"\bon top(?: of)?\b", re.I), "over"),
    (re.compile(r"\b(?:up )?to date\b", re.I), "modern"),
)
# How people write on phones.
_SHORTHAND = (
    (re.compile(r"\bw/\s*(?=\w)|(?<=\s)w(?=\s)", re.I), "with "),
    (re.compile(r"(?<=\s)n(?=\s)", re.I), "and"),
    (re.compile(r"\bwat\b|\bwot\b", re.I), "what"),
    (re.compile(r"\bsmth\b|\bsth\b", re.I), "something"),
    (re.compile(r"\bpl[sz]\b", re.I), "please"),
    (re.compile(r"\b(?:birthday|wedding|christmas|xmas) (?:present|gift)s?\b", re.I), "gift"),
)


@dataclass(frozen=True)
class Phrase:
    """A garment as the message names it: "my navy wool coat" has words "navy wool coat", kind coats, colours navy."""

    words: str
    kind: str
    role: Role
    start: int
    end: int
    colours: tuple[str, ...] = ()
    pointing: bool = False
    noun: str = ""  # the shopper's own word for the garment

    @property
    def slot(self) -> str:
        """The slot of the garment."""
        return vocabulary().kinds[self.kind].slot


@dataclass(frozen=True)
class Reading:
    """A message, read: its garments in order, filters that stand beside them, and which cues it holds."""

    text: str
    phrases: tuple[Phrase, ...] = ()
    colours: tuple[str, ...] = ()  # of the wanted things
    exclude_colours: tuple[str, ...] = ()
    budget: Budget = field(default_factory=Budget)
    sizes: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    exclude_brands: tuple[str, ...] = ()
    gender: str | None = None
    seasons: tuple[str, ...] = ()
    occasions: tuple[str, ...] = ()
    descriptive: tuple[str, ...] = ()  # patterns and materials of the wanted things
    exclude_materials: tuple[str, ...] = ()
    exclude_patterns: tuple[str, ...] = ()
    goes_with: bool = False
    taken: tuple[tuple[str, str], ...] = ()  # misspelt words, and what they were taken for

    def of_role(self, role: Role) -> tuple[Phrase, ...]:
        """The phrases that play one part."""
        return tuple(phrase for phrase in self.phrases if phrase.role == role)


def read(message: str, brands: Sequence[str] = ()) -> Reading:
    """Read a message against the vocabulary and the shop's brands."""
    text = " ".join(message.replace("’", "'").split())
    for written, meant in _SHORTHAND:
        text = written.sub(meant, text)
    text, taken = _spelt(text)
    budget, rest = read_budget(text)
    sizes = tuple(_SIZE_WORDS.get(size.lower(), size.lower()) for size in _SIZE.findall(rest))
    liked, unliked = _brands(rest, brands)
    for verb, instead in _VERBS:
        rest = verb.sub(instead, rest)
    phrases = _phrases(rest)
    colours, excluded, phrases = _assign_colours(rest, phrases)
    free = [mention for mention in vocabulary().mentions(rest) if not _inside(mention, _anchors(phrases))]
    ruled_out = _ruled_out(rest, free)
    loose = [mention for mention in free if mention not in ruled_out]
    return Reading(
        text=text,
        phrases=phrases,
        colours=colours,
        exclude_colours=excluded,
        budget=budget,
        sizes=sizes,
        brands=liked,
        exclude_brands=unliked,
        gender=next((mention.name for mention in loose if mention.field == "gender"), None),
        seasons=_names(loose, "season"),
        occasions=_names(loose, "occasion"),
        descriptive=_names(loose, "pattern") + _names(loose, "material"),
        exclude_materials=_names(ruled_out, "material"),
        exclude_patterns=_names(ruled_out, "pattern"),
        goes_with=bool(_STRONG_CUE.search(text)),
        taken=taken,
    )


def _spelt(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The text with misspelt garments put right, where it names none as it stands; and what was taken for what."""
    if vocabulary().mentions(text, "garment"):
        return text, ()
    taken = []
    for word in re.findall(r"[a-z]{5,}", text.lower()):
        near = get_close_matches(word, _single_words(), 1, cutoff=0.84)
        if near and near[0] != word and word not in _STOP:
            taken.append((word, near[0]))
            text = re.sub(rf"\b{word}\b", near[0], text, flags=re.IGNORECASE)
    return text, tuple(taken)


@lru_cache(maxsize=1)
def _single_words() -> list[str]:
    """Names of garments and colours of one word and five letters or more: what a misspelling may stand for."""
    return [name for name in (*vocabulary().kinds, *vocabulary().colours) if re.fullmatch(r"[a-z]{5,}", name)]


def _ruled_out(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions that are negated, and those listed after them: "no leather or suede"."""
    found: list[Mention] = []
    for mention in mentions:
        after = found and found[-1].field == mention.field and _LISTED.fullmatch(text[found[-1].end : mention.start])
        if after or _NEGATION.search(text[: mention.start]):
            found.append(mention)
    return found


def _names(mentions: Sequence[Mention], wanted: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(mention.name for mention in mentions if mention.field == wanted))


def _inside(mention: Mention, phrases: Sequence[Phrase]) -> bool:
    return any(phrase.start <= mention.start < phrase.end for phrase in phrases)


def _anchors(phrases: Sequence[Phrase]) -> list[Phrase]:
    return [phrase for phrase in phrases if phrase.role in ("anchor", "unwanted")]


def _brands(text: str, brands: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Brands wanted and unwanted; a list after "not" is unwanted as a whole."""
    places = [(match.start(), match.end(), brand) for brand in brands for match in [_word(brand).search(text)] if match]
    liked: list[str] = []
    unliked: list[str] = []
    last = -1
    for start, end, brand in sorted(places):
        if _NEGATION.search(text[:start]) or (last >= 0 and _LISTED.fullmatch(text[last:start])):
            unliked.append(brand)
            last = end
        else:
            liked.append(brand)
    return tuple(liked), tuple(unliked)


def _word(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(words)}(?!\w)", re.IGNORECASE)


def _phrases(text: str) -> tuple[Phrase, ...]:
    """The garments named, each with its adjectives and its role."""
    found: list[Phrase] = []
    for mention in vocabulary().mentions(text, "garment"):
        floor = found[-1].end if found else 0
        start = _adjectives_start(text, floor, mention.start)
        before = text[floor:start]
        phrase = Phrase(
            text[start : mention.end].strip(),
            mention.name,
            "target",
            start,
            mention.end,
            pointing=_points(before),
            noun=text[mention.start : mention.end].lower(),
        )
        found.append(replace(phrase, role=_role(text, phrase, before, found[-1] if found else None)))
    return tuple(found)


def _adjectives_start(text: str, floor: int, garment: int) -> int:
    """Where the garment's noun phrase begins: back over its adjectives to the first word that cannot be one."""
    start = garment
    for word in reversed(list(re.finditer(r"\S+", text[floor:garment]))[-6:]):
        token = word.group().strip("\"'()").lower()
        if token in _STOP or not re.fullmatch(r"[\w&'/-]+", word.group().strip("\"'()")) or token.isdigit():
            break
        start = floor + word.start()
    return start


def _points(before: str) -> bool:
    words = re.findall(r"[\w']+", before.lower())
    return bool(words) and words[-1] in _POINTING


def _role(text: str, phrase: Phrase, before: str, previous: Phrase | None) -> Role:
    """The part a garment plays: what is wanted, what is already there, what only describes, what is unwanted."""
    clause = re.split(r"[.!?;:]", before)[-1]
    head = text[: phrase.start]
    if _NEGATION.search(head):
        return "unwanted"
    if previous and previous.role == "unwanted" and re.fullmatch(r"\s*(?:or|nor|and|,)\s*(?:\w+\s+)?", before.lower()):
        return "unwanted"
    if re.match(r"\W*[,.:;–-]\s*(?:so )?(?:what|which)\b", text[phrase.end :].lower()) and not re.search(
        r"\b(?:what|which)\b", head.lower()
    ):
        return "anchor"  # "grey suit, what tie?"
    if phrase.pointing or _OWNED.search(f"{head} "[-40:].rstrip() + " "):
        return "anchor"
    cue = re.search(
        r"\b(with|for|match(?:es|ing)?|complements?|to suit|suits?|accompany|over|under|underneath)\s+(?:(?:a|an|the|some|\w+'s)\s+)*$",
        clause.lower(),
    )
    if cue and (cue.group(1) not in ("with", "for", "over", "under", "underneath") or _STRONG_CUE.search(head[-60:])):
        return "anchor"
    if cue and cue.group(1) == "for" and previous and previous.role == "target":
        return "anchor"
    if cue and cue.group(1) == "with" and previous:
        return "detail"
    if previous and previous.role in ("anchor", "detail") and _continues(clause):
        return previous.role
    return "target"


def _continues(between: str) -> bool:
    """Whether a list of worn things goes on: "... with a coat and grey pants", but not "..., and a bag"."""
    joined = between.lower().strip()
    if re.fullmatch(r"(?:and|&|,|\+|plus|or)(?:\s+(?:a|an|my|the|this|these|some))?", joined):
        return not (joined.startswith(",") and joined.split()[-1] in _INDEFINITE)
    return bool(re.fullmatch(r",\s*and(?:\s+(?:my|the|this|these))?", joined))


def _assign_colours(text: str, phrases: tuple[Phrase, ...]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Phrase, ...]]:
    """Colours wanted and unwanted, and the phrases with the colours that are theirs."""
    wanted: list[str] = []
    excluded: list[str] = []
    owned: dict[int, list[str]] = {}
    last_excluded = -10
    for mention in vocabulary().mentions(text, "colour"):
        owner = _owner(text, mention, phrases)
        negated = _NEGATION.search(text[: mention.start]) or (0 <= mention.start - last_excluded <= 5)
        if negated and (owner is None or phrases[owner].role != "anchor"):
            excluded.append(mention.name)
            last_excluded = mention.end
        elif owner is None or phrases[owner].role == "target":
            wanted.append(mention.name)
        if owner is not None:
            owned.setdefault(owner, []).append(mention.name)
    # "no brown shoes": the colour is unwanted, not the shoes
    mended = tuple(
        replace(
            phrase,
            colours=tuple(dict.fromkeys(owned.get(place, ()))),
            role="target" if phrase.role == "unwanted" and set(owned.get(place, ())) & set(excluded) else phrase.role,
        )
        for place, phrase in enumerate(phrases)
    )
    return tuple(dict.fromkeys(c for c in wanted if c not in excluded)), tuple(dict.fromkeys(excluded)), mended


def _owner(text: str, mention: Mention, phrases: tuple[Phrase, ...]) -> int | None:
    """The phrase a colour belongs to: the one it stands in, the next in a list ("black or navy shoes"), or "coat in navy"."""
    for place, phrase in enumerate(phrases):
        if phrase.start <= mention.start < phrase.end:
            return place
        between = text[mention.end : phrase.start]
        if mention.end <= phrase.start and re.fullmatch(
            r"(?:\s*(?:,|or|and|&)?\s*[\w-]+){0,2}\s*(?:or|and|&|,)\s*", between.lower()
        ):
            return place
    for place, phrase in reversed(list(enumerate(phrases))):
        if phrase.role == "anchor" and vocabulary().mentions(phrase.words, "colour"):
            continue  # "with my red dress, in black": the dress has its colour, black is wanted
        if phrase.end <= mention.start and re.fullmatch(
            r"\s*,?\s*(?:in|is|are)(?:\s+(?:a|the))?(?:\s+[\w-]+\s+(?:or|and))?\s*", text[phrase.end : mention.start].lower()
        ):
            return place
    return None

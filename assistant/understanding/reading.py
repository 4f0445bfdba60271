"""What one message says, word by word: the garments it names and the part each plays, and the filters it states.

Rules over the vocabulary; nothing here knows of earlier turns (rules.py does).
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.understanding.amounts import Budget, read_budget
from assistant.understanding.colours import assign_colours
from assistant.understanding.persons import by_pronoun, is_for
from assistant.understanding.phrases import STOP, phrases_in
from assistant.understanding.roles import FOR_IT, STRONG_CUE, Phrase, Role
from assistant.understanding.sizes import sizes_in
from assistant.understanding.tidying import tidied, without_lookalikes
from assistant.understanding.turned_down import LISTED, NEGATION, mentions_ruled_out
from catalog.taxonomy import Mention, vocabulary

_MATCHING = re.compile(r"\b(?:a|some|any|the) matching\b", re.I)
_COUNTED = re.compile(
    r"\b(?:just|only|show me|give me|find me|pick)\s+(?:me\s+)?(?:the |your )?(one|two|three|four|[1-9])\b(?!\s*(?:€|eur|pounds?|look|outfit))",
    re.I,
)


_COUNTS = {"one": 1, "two": 2, "three": 3, "four": 4}


_ADJECTIVES = re.compile(r"\b(?:something|anything)\s+((?:[a-z-]+[\s,]*){1,4})", re.I)


@dataclass(frozen=True)
class Reading:
    """A message, read: its garments in order, filters that stand beside them, and which cues it holds."""

    text: str
    unpriced: str = ""  # the text without its amounts of money
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
    adjectives: tuple[str, ...] = ()  # of "something": "something warm and cosy"
    descriptive: tuple[str, ...] = ()  # patterns and materials of the wanted things
    exclude_materials: tuple[str, ...] = ()
    exclude_patterns: tuple[str, ...] = ()
    goes_with: bool = False
    for_it: bool = False  # "a bag for it": goes with something, if there is something
    count: int | None = None  # how many things are asked for
    taken: tuple[tuple[str, str], ...] = ()  # misspelt words, and what they were taken for
    notes: tuple[str, ...] = ()  # what else was taken as what, in words

    def of_role(self, role: Role) -> tuple[Phrase, ...]:
        """The phrases that play one part."""
        return tuple(phrase for phrase in self.phrases if phrase.role == role)


def read(message: str, brands: Sequence[str] = ()) -> Reading:
    """Read a message against the vocabulary and the shop's brands."""
    text, taken = tidied(message)
    budget, rest = read_budget(text)
    liked, unliked = _brands(rest, brands)
    rest = without_lookalikes(rest)
    phrases = phrases_in(rest)
    colours, excluded, phrases = assign_colours(rest, phrases)
    free = [mention for mention in vocabulary().mentions(rest) if not _inside(mention, _anchors(phrases))]
    ruled_out = mentions_ruled_out(rest, free)
    loose = [mention for mention in free if mention not in ruled_out]
    loose = [mention for mention in loose if mention.field == "garment" or not _within_a_garment(mention, phrases)]
    gender = next((m.name for m in loose if m.field == "gender" and is_for(rest, m)), None) or by_pronoun(rest)
    sizes, notes = sizes_in(rest, gender)
    strongly = bool(STRONG_CUE.search(text))
    for_it = (
        not strongly
        and bool(FOR_IT.search(text) or _MATCHING.search(text))
        and any(phrase.role == "target" for phrase in phrases)
    )
    return Reading(
        text=text,
        unpriced=rest,
        phrases=phrases,
        colours=colours,
        exclude_colours=excluded,
        budget=budget,
        sizes=sizes,
        brands=liked,
        exclude_brands=unliked,
        gender=gender,
        seasons=_names(loose, "season"),
        occasions=_occasions(rest, loose),
        adjectives=_adjectives(rest),
        descriptive=_names(loose, "pattern") + _names(loose, "material"),
        exclude_materials=_names(ruled_out, "material"),
        exclude_patterns=_names(ruled_out, "pattern"),
        goes_with=strongly or for_it,
        for_it=for_it,
        count=_count(text),
        taken=taken,
        notes=(*notes, *_at_odds(rest, excluded)),
    )


def _count(text: str) -> int | None:
    match = _COUNTED.search(text)
    return (_COUNTS.get(match[1].lower()) or int(match[1])) if match else None


def _at_odds(text: str, excluded: Sequence[str]) -> list[str]:
    """What is wanted and ruled out at once, to be said: it is left out."""
    times = Counter(mention.name for mention in vocabulary().mentions(text, "colour"))
    return [f"You name {colour} and rule it out; I leave {colour} out." for colour in excluded if times[colour] > 1]


def _within_a_garment(mention: Mention, phrases: Sequence[Phrase]) -> bool:
    """Whether a word is part of a garment's name: "running" in "running shoes" is no occasion."""
    return any(mention.end <= phrase.end and mention.start >= phrase.end - len(phrase.noun) for phrase in phrases)


def _adjectives(text: str) -> tuple[str, ...]:
    """How the something is that is wanted: "something warm and cosy"."""
    match = _ADJECTIVES.search(text)
    found: list[str] = []
    for word in re.findall(r"[\w-]+", match[1].lower()) if match else ():
        if word in ("else", "other", "different"):
            break
        if word in ("and", "but", "more", "less", "very", "really", "a", "bit", "nice"):
            continue
        if word in STOP or word in ("should", "please", "new") or vocabulary().mentions(word, "garment"):
            break
        found.append(word)
    return tuple(found)


def _names(mentions: Sequence[Mention], wanted: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(mention.name for mention in mentions if mention.field == wanted))


def _occasions(text: str, loose: Sequence[Mention]) -> tuple[str, ...]:
    """What a thing is for; a weekend is casual, but for one in the mountains."""
    named = [mention for mention in loose if mention.field == "occasion" and not _NOT_FOR.search(text[: mention.start])]
    telling = [mention for mention in named if text[mention.start : mention.end].lower() != "weekend"]
    return _names(telling or named, "occasion")


# "without looking as if I were off to the office", "not for work"
_NOT_FOR = re.compile(r"\b(?:without|not (?:for|to)|rather than|instead of)\b[^.,;!?]{0,40}$", re.I)


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
        if NEGATION.search(text[:start]) or (last >= 0 and LISTED.fullmatch(text[last:start])):
            unliked.append(brand)
            last = end
        else:
            liked.append(brand)
    return tuple(liked), tuple(unliked)


def _word(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(words)}(?!\w)", re.IGNORECASE)

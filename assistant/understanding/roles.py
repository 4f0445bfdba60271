"""The part that each garment of a message plays: wanted, there already, unwanted, or a detail that only describes."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from assistant.understanding.turned_down import NEGATION, is_turned_down
from catalog.taxonomy import vocabulary

Role = Literal["target", "anchor", "detail", "unwanted"]


POINTING = frozenset(["this", "these", "those", "that", "my", "his", "her", "our", "their"])


_INDEFINITE = frozenset(["a", "an", "some", "any", "another"])


STRONG_CUE = re.compile(
    r"\bwhat (?:do|would|can|could|should|might) (?:you|i|we|one) \w+(?: \w+)? with\b|\b(?:would|do|should|can|could) (?:you|i|one|we) (?:carry|wear|put|pair|choose|pick|add|use|take)(?: \w+)? with\b|\b(?:recommend|suggest|choose|pick|propose|advise)(?: \w+)? with (?:an?|my|the|this|that|these|those|his|her)\b|\b(?:go|goes|going|wear|pair|pairs|paired|combine|style|team|work|works|look|looks|fit|fits|well|good|great|nice|best)"
    r"(?: \w+){0,2}? with\b|\bto wear(?: \w+){1,5}? with (?:an?|my|the|this|that|these|those|his|her)\b|(?<!the )(?<!a )(?<!this )\bmatch(?:es|ing)?\b|\bcomplement(?:s|ing)?\b|\bto suit\b|\b(?:fits?|goes|go|suits?) to (?:the|my|this|that|it)\b|\bthat suits?\b|\bwould suit\b|\bto accompany\b|\bgo(?:es)? (?:under|over|underneath)\b(?! [€$£]?\d)",
    re.IGNORECASE,
)


FOR_IT = re.compile(
    r"(?<!\d )(?<!\d€ )\b(?:for|with|over|under|underneath|beneath|on top of|to) (?:it|them|that one|this one|those|that|these|all (?:of )?(?:that|it|this))\b(?! i\b| all)",
    re.I,
)


# "grey suit, what tie?", but not "white trainers, what have you got?"
_ASKS_WITH_IT = re.compile(
    r"\W*[,.:;–-]\s*(?:so )?(?:what|which)\b(?!'ve| (?:have|do|can|did|would) (?:you|u|we|i)\b(?: \w+)?\W*$|'s (?:there|available|in)\b| (?:is|are) there)"
)


ASKED = re.compile(r"\b(?:what|which)\s+(?:kind of |sort of |colou?r )?(?:other )?$", re.I)


_OWNED = re.compile(
    r"(?:(?<!can )(?<!could )(?<!may )(?<!do )(?<!shall )(?<!should )(?<!would )\b(?:i|we|he|she|they|my \w+|his \w+|her \w+|their \w+)(?:'s|'ve|'m|'re| am| is| are| has| have)?\s+(?:(?:already|just|also|do|still|recently|finally|now|even)\s+)*"
    r"(?:has|have|had|own|owns|bought|got|wear|wears|wearing|ordered|received|inherited|remembered|(?:bought|got|found|treated) (?:my|him|her|them)sel(?:f|ves)(?: to)?|treated (?:my|him|her)self to|splashed out on|picked up)|\b(?:i|we|they)'ve(?= an? | the | my | some | this )|\b(?:lent|gave|bought|got|made|left|handed|passed) (?:me|us)(?= an? | the | this | her | his )|\bhere(?:'s| is| are)|\bthis is|\bthese are|\balready (?:have|own|got)|(?:^|[.!?:;)]\s)\W*(?:(?:just|finally|recently)\s+)?(?:got|(?:bought|treated|got|found)(?: (?:myself|me))?(?: to)?|inherited)(?! (?:any|some)\b)|"
    r"\b(?:wants?|going|plans?|thinking) (?:to|of) wear(?:ing)?(?: this| these)?:?|\bwearing)\s+(?:on\s+)?"
    r"(?!to\b|no\b|not\b)(?:(?:a|an|the|some|these|those|this|my|own|decent|good|new|old|nice|lovely|great|really|very|pair|of)\s+)*$",
    re.IGNORECASE,
)


_OWNED_AFTER = re.compile(
    r"\W*(?:that |which )?(?:i|she|he|we|they)(?:'ve)? (?:already |just |recently |shall |will )?(?:own|owns|have|has|got|bought|found|inherited|wear|'ll wear|'m wearing|am wearing)\b(?! to)",
    re.I,
)


_ON_SALE = re.compile(
    r"\b(?:do you (?:have|sell|carry|stock|do|got)|have you got|show me|find me|looking for|i (?:want|need)|i'd like)\s+(?:\w+\s+){0,2}$",
    re.I,
)


_PRAISED = re.compile(
    r"\s*(?:is|are|'s|looks?)\s+(?:(?:really|so|just|absolutely|very|all|totally|quite)\s+)*(?:gorgeous|lovely|great|perfect|good|fine|beautiful|nice|fab|fabulous|amazing|stunning|cute|spot on|ok|okay)\b"
    r"(?! (?:with|for|to|on|in|at|over|under)\b)(?=.*\b(?:but|though|just|only|now|and|other|another|different|on the|about the|as for)\b)",
    re.I,
)


_RATHER = re.compile(
    r"\s+(?:would|might|could|are (?:nicer|better|fine)|is (?:nicer|better|fine)|instead|rather|sounds?)\b", re.I
)  # "espadrilles would be nicer"
_SETTLED = re.compile(r"\s*(?:(?:is|are|'s)\s+)?(?:all )?(?:settled|sorted|done|decided|taken care of|ticked off)\b", re.I)


_OF_A_SORT = re.compile(r"\s+with\s+(?:polka|dots?|stripes?|checks?|flowers|patterns?|prints?|logos?)\b", re.I)


_NOT_YET = re.compile(r"\s*(?:yet|so far|as yet|to (?:go|wear|match|speak))\b", re.I)  # "and no shoes yet": they are wanted


_ITS_PRICE = re.compile(
    r"[\s,:]*(?:i|we|you|the (?:budget|limit|max)|my (?:budget|limit)|up to|max|under|below|no more|not more|nothing|can be|at most|less)\b[^.!?]{0,40}\d|\W*(?:the )?(?:budget|limit|price)\b",
    re.I,
)


_WORN_OUT = re.compile(
    r"\s*(?:(?:just|have|has|finally|are|is)\s+)*(?:gave up|given up|died|fell apart|falling apart|broken?|wore out|worn out|had it|ripped|torn|past it|lost|stolen|gone)\b",
    re.I,
)


BEGINS = re.compile(r"\b(?:start|begin|kick off) with\b(?= (?:the |some )?\w+)", re.I)


_GALORE = re.compile(r"\s*(?:coming out of (?:her|his|my|their|our) ears|galore\b|to last (?:a lifetime|for ever))", re.I)
_SOMEBODY_ELSE_S = re.compile(r"\b(?:everyone|everybody|(?:other )?people|someone|somebody|(?:the )?others?)'s\s+$", re.I)
_GOING_IN = re.compile(
    r"\b(?:going|goes|coming|turning up|dressed|showing up|getting married|walking)\b[^.!?]*\bin (?:an?|her|his|my|this|that|the)\s+$",
    re.I,
)


_WANTED = re.compile(
    r"\b(?:need|needs|want|wants|looking|look|show|find|any|after|which|what|recommend|suggest|build|make|put together)\b(?!.*\b(?:but|already)\b)",
    re.I,
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


# "it doesn't have to be a gown"
_NEED_NOT_BE = re.compile(r"\b(?:(?:doesn'?t|don'?t|does not|do not) (?:have|need) to|needn'?t) be (?:an? |the )?$", re.I)


def role_of(text: str, phrase: Phrase, before: str, previous: Phrase | None) -> Role:
    """The part a garment plays: what is wanted, what is already there, what only describes, what is unwanted."""
    clause = re.split(r"[.!?;:]", before)[-1]
    head = text[: phrase.start]
    if _NEED_NOT_BE.search(head):
        return "detail"
    if NEGATION.search(head) and not (_OF_A_SORT.match(text[phrase.end :]) or _NOT_YET.match(text[phrase.end :])):
        return "unwanted"
    if (
        previous
        and previous.role == "unwanted"
        and re.fullmatch(r"\s*(?:or|nor|and|,)\s*(?:(?!what|which|show|i\b|how|can|could|do\b|just)\w+\s+)?", before.lower())
        and not _RATHER.match(text[phrase.end :])
    ):
        return "unwanted"
    if _ASKS_WITH_IT.match(text[phrase.end :].lower()) and not re.search(r"\b(?:what|which)\b", head.lower()):
        return "anchor"  # "grey suit, what tie?"
    if _GALORE.match(text[phrase.end :]):
        return "unwanted"  # "she has bags coming out of her ears"
    if _SOMEBODY_ELSE_S.search(head) or _SOMEBODY_ELSE_S.search(phrase.words[: -len(phrase.noun)]):
        return "detail"  # "I carry everyone's coats"
    if _GOING_IN.search(head):
        return "anchor"  # "she is going to the ball in an emerald dress"
    if phrase.pointing and _WORN_OUT.match(text[phrase.end :]):
        return "target"  # "my boots fell apart"
    if phrase.pointing and (_ON_SALE.search(head) or re.search(r"\bnone of (?:my|our|his|her) (?:\w+ )?$", head, re.I)):
        return "target"  # "none of my shoes seem right with it"
    if phrase.pointing or (
        _OWNED.search(f"{head} "[-40:].rstrip() + " ") and not _ASKS_FOR_ONE.search(_sentence(text, phrase))
    ):
        return "anchor"
    if re.search(r"\b(?:looks?|outfits?|ensemble)(?: and| but|,)? with (?:an? |some )?(?:[\w-]+ ){0,2}$", head, re.I):
        return "target"  # a look shall have it
    if re.match(r"\W*instead\b", text[phrase.end :], re.I) or re.search(r"\bbut (?:with|add) (?:an? |some )?$", head, re.I):
        return "target"
    if _OWNED_AFTER.match(text[phrase.end :]):
        return "anchor"
    if re.search(r"\bnot (?:just|only|necessarily) (?:the |in |an? )?$", head, re.I):
        return "detail"
    if is_turned_down(text, phrase.start, phrase.end):
        return "unwanted"
    if re.search(r"\bback to (?:the |my |that )?$", head, re.I):
        return "anchor"
    if re.search(r"\btoo \w+ for\s+(?:the |my |any )?$", head, re.I):
        return "detail"  # "too hot for leggings"
    if (_PRAISED.match(text[phrase.end :]) and not re.search(r"\bany (?:\w+ of )?$", head, re.I)) or _SETTLED.match(
        text[phrase.end :]
    ):
        return "detail"
    cue = re.search(
        r"\b(with|for|around|round|match(?:es)?|(?<!\ba )(?<!\bthe )(?<!\bsome )(?<!\bany )matching|complements?|to suit|suits?|accompany|over|under|underneath)\s+(?:(?:a|an|the|some|\w+'s)\s+)*$",
        clause.lower(),
    )
    if cue and cue.group(1) == "for" and re.search(r"\b(?:look|search|hunt|shop|ask)\w*\s+for\s+(?:\w+\s+)*$", clause, re.I):
        return "target"  # "what goes with it? looking for a top"
    if cue and (cue.group(1) not in ("with", "for") or STRONG_CUE.search(head[-60:])):
        return "anchor"
    if cue and re.search(r"\b(?:something|anything|stuff|things)\b", clause, re.I):
        if cue.group(1) == "with" and re.search(r"\b(?:look|outfit)\b", head, re.I):
            return "target"  # "a casual look, something with jeans"
        return "anchor"  # "something sporty for blue jeans"
    if cue and cue.group(1) == "with" and previous and previous.role == "target" and _worn_with(text, phrase, previous):
        return "anchor"
    if cue and cue.group(1) == "for" and _ITS_PRICE.match(text[phrase.end :]):
        return "target"  # "for the clutch no more than 50"
    if cue and cue.group(1) == "for" and previous and previous.role == "target":
        return "anchor"
    if (
        cue
        and cue.group(1) == "with"
        and re.search(r"\b(?:\w+er|more \w+|better|okay|fun|ok) with\s+(?:\w+\s+)?$", clause, re.I)
    ):
        return "anchor"  # "denim would be cuter with boots"
    if cue and cue.group(1) == "with" and previous:
        return "detail"
    if previous and previous.role in ("anchor", "detail") and _continues(clause):
        return "target" if _asked_beside(text, phrase, previous) else previous.role
    return "target"


_ASKS_FOR_ONE = re.compile(r"^\W*got\b.*\?$", re.I)  # "got a coat for my wife?"


def _sentence(text: str, phrase: Phrase) -> str:
    """The sentence in which a garment is named, with the sign that ends it."""
    start = max((match.end() for match in re.finditer(r"[.!?;]\s", text[: phrase.start])), default=0)
    end = re.search(r"[.!?;](?=\s|$)", text[phrase.end :])
    return text[start : phrase.end + end.end() if end else len(text)]


def _worn_with(text: str, phrase: Phrase, previous: Phrase) -> bool:
    """Whether "boots with a red dress" names two things to be worn, and not, as "coat with a hood", a part of one."""
    between = text[previous.end : phrase.start].lower().split()
    worn = ("tops", "bottoms", "all-body", "outerwear", "shoes")
    return (
        phrase.slot in worn
        and previous.slot != phrase.slot
        and between[:1] == ["with"]
        and between[-1] in (*_INDEFINITE, *POINTING, "the")
    )


def _asked_beside(text: str, phrase: Phrase, previous: Phrase) -> bool:
    """Whether a bare thing after one that is described is asked for: "what's good with a lilac slip dress, shoes and a bag?"."""
    described = previous.words.lower() != previous.noun or previous.role == "target"
    asked = re.search(
        r"\bwhat(?:'s| is| would be| looks) (?:good|nice|best|right|great) (?:with|for|to)\b[^.!?]*$",
        text[: phrase.start],
        re.I,
    )
    return bool(asked) and described and phrase.words.lower() == phrase.noun and phrase.kind == phrase.slot


def _continues(between: str) -> bool:
    """Whether a list of worn things goes on: "... with a coat and grey pants", but not "..., and a bag"."""
    joined = between.lower().strip()
    if re.fullmatch(r"(?:and|&|,|\+|plus|or)(?:\s+(?:a|an|my|the|this|these|some))?", joined):
        return not (joined.startswith(",") and joined.split()[-1] in _INDEFINITE)
    return bool(re.fullmatch(r",\s*and(?:\s+(?:my|the|this|these))?", joined))


def begun(phrase: Phrase, first: Phrase) -> Phrase:
    """A garment where one is to be begun with: that one is wanted now, those before it later."""
    if phrase is first:
        return replace(phrase, role="target")
    return replace(phrase, role="detail") if phrase.role == "target" and phrase.start < first.start else phrase


def beside(text: str, phrase: Phrase, asked: Phrase) -> Role:
    """The part of a garment named before what is asked for: "navy suit, light blue shirt. what tie?", "I saw a coat, what bag …"."""
    sentence = re.split(r"[.!?;]", text[: phrase.start])[-1]
    between = text[phrase.end : asked.start]
    if _WANTED.search(sentence) or (not re.search(r"[.,!?;:]", between) and not FOR_IT.search(text)):
        return "target"
    return "detail" if phrase.slot == asked.slot else "anchor"  # "midi skirts are too long, what mini skirts …"

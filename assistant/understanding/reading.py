"""What one message says, word by word: the garments it names and the part each plays, and the filters it states.

Rules over the vocabulary; nothing here knows of earlier turns (understanding.py does).
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

from assistant.understanding.amounts import Budget, read_budget
from assistant.understanding.sizes import sizes_in
from assistant.understanding.tidying import tidied, without_lookalikes
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
    first second third fourth fifth last 1st 2nd 3rd 4th 5th
    needs wants likes loves takes wore son daughter husband wife mum mom dad father mother brother sister boyfriend girlfriend friend
    man woman guy lady kid kids boy girl client partner grandson granddaughter nephew niece uncle aunt boss colleague right now today
    tomorrow tonight definitely actually probably ok okay yes yeah well then too pls thx them those both each every per one ones
    stand manage bear abide hate hates loathe loathes detest despise dislike dislikes avoid choose chose pick take leave out skip keep add swap change
    isn't aren't wasn't weren't won't can't couldn't wouldn't shouldn't lets let's
    maybe perhaps together work works fit fits new nice good best great cool cute lovely pretty beautiful perfect""".split()
)
_POINTING = frozenset(["this", "these", "those", "that", "my", "his", "her", "our", "their"])
_INDEFINITE = frozenset(["a", "an", "some", "any", "another"])
_STRONG_CUE = re.compile(
    r"\bwhat (?:do|would|can|could|should|might) (?:you|i|we|one) \w+(?: \w+)? with\b|\b(?:would|do|should|can|could) (?:you|i|one|we) (?:carry|wear|put|pair|choose|pick|add|use|take)(?: \w+)? with\b|\b(?:recommend|suggest|choose|pick|propose|advise)(?: \w+)? with (?:an?|my|the|this|that|these|those|his|her)\b|\b(?:go|goes|going|wear|pair|pairs|paired|combine|style|team|work|works|look|looks|fit|fits|well|good|great|nice|best)"
    r"(?: \w+){0,2}? with\b|(?<!the )(?<!a )(?<!this )\bmatch(?:es|ing)?\b|\bcomplement(?:s|ing)?\b|\bto suit\b|\b(?:fits?|goes|go|suits?) to (?:the|my|this|that|it)\b|\bthat suits?\b|\bwould suit\b|\bto accompany\b|\bgo(?:es)? (?:under|over|underneath)\b",
    re.IGNORECASE,
)
_FOR_IT = re.compile(
    r"(?<!\d )(?<!\d€ )\b(?:for|with|over|under|underneath|beneath|on top of|to) (?:it|them|that one|this one|those|that|these|all (?:of )?(?:that|it|this))\b(?! i\b| all)",
    re.I,
)
_ASKED = re.compile(r"\b(?:what|which)\s+(?:kind of |sort of |colou?r )?(?:other )?$", re.I)
_OWNED = re.compile(
    r"(?:(?<!can )(?<!could )(?<!may )(?<!do )(?<!shall )(?<!should )(?<!would )\b(?:i|we|he|she|they|my \w+|his \w+|her \w+|their \w+)(?:'s|'ve|'m|'re| am| is| are| has| have)?\s+(?:(?:already|just|also|do|still|recently|finally|now|even)\s+)*"
    r"(?:has|have|had|own|owns|bought|got|wear|wears|wearing|ordered|received|inherited|treated (?:my|him|her)self to|splashed out on|picked up)|\b(?:i|we|they)'ve(?= an? | the | my | some | this )|\b(?:lent|gave|bought|got|made|left|handed|passed) (?:me|us)(?= an? | the | this | her | his )|\bhere(?:'s| is| are)|\bthis is|\bthese are|\balready (?:have|own|got)|^\W*got|"
    r"\b(?:wants?|going|plans?|thinking) (?:to|of) wear(?:ing)?(?: this| these)?:?|\bwearing)\s+(?:on\s+)?"
    r"(?!to\b|no\b|not\b)(?:(?:a|an|the|some|these|those|this|my|own|decent|good|new|old|nice|lovely|great|really|very|pair|of)\s+)*$",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"(?:\b(?:(?<!have )(?<!has )(?<!got )(?<!'ve )no|not|nothing|without|except(?: for)?|never(?: ever)?(?: wears?| buys?| likes?| wore)?|hates?|loathes?|detests?|despises?|dislikes?|none of (?:your|the|those|them|these)|avoids?|avoiding|nor|anything but|everything but|too \w+ in|other than|besides|apart from|aside from|instead of|rather than|refuses?|"
    r"any(?: \w+)? but|isn't|aren't|ain't|wasn't|allergic to|(?:not|isn't|aren't|never|'m not) (?:a |an |much of a |really |very |too )?(?:one for|fan of|keen on|into|fond of|mad about|crazy about)|"
    r"(?:(?:'ve|have|has|got) (?:got )?enough)|(?:everything|all|anything|the lot) (?:bar|apart from|besides)|(?:anything|something) (?:else|other) than|never ?mind(?: about)?|(?:nobody|no one|no-one)(?: \w+)?|leave out|leave off|skip|drop|lose|remove|minus|scratch|sick of|tired of|(?:has|have|'s|'ve|had)? ?(?:got )?(?:loads|lots|plenty|enough|too many|so many|a lot|dozens|tons) of|"
    r"(?:he|she|they)(?:'s| has| have)? already (?:has|have|got))|"
    r"\b(?:don't|do not|doesn't|does not|won't|wouldn't|can't|couldn't|refuses? to|rather not)\s+(?:\w+\s+){0,2}?"
    r"(?:like|want|wear|need|do|have|see|go for|touch|abide|show me|walk in|stand|love|manage|bear|care for)|\bnot (?:a|any)|\bno more|(?:(?:should|must)(?:n't| not)|may not|can't|can not) (?:be|have|contain|come in))\s+"
    r"(?:(?:a|an|any|the|in|my|those|these|too|more|wearing|from|by|of|made|with|high|anything|something|real|genuine|fake)\s+)*$",
    re.IGNORECASE,
)
_LISTED = re.compile(
    r"\s*(?:,|or|nor|and|&|,\s*(?:or|and|no|not)|(?:and|or)\s+(?:no|not|nothing))\s*(?:in\s+|a\s+|any\s+)*", re.IGNORECASE
)
_AFTERWARDS = re.compile(
    r"\W*(?:never again|no thanks?|(?:just |simply )?(?:is|are|look|looks|feel|feels|make|makes|give|gives|hurt|hurts|itch|itches|flicker|flickers)\b(?: (?:so|just|too|really|very|me|on camera|look|a bit|bit))* ?(?:ugly|hideous|awful|horrible|horrid|dreadful|gross|disgusting|tacky|cheesy|itch|itchy|scratchy|blisters|boring|not for me|not my (?:thing|style|taste)|too much)\b|"
    r"[^.!?]{0,60}?\b(?:leave|take|keep|cut|cross) (?:those|them|that|it|these) (?:out|off|away)\b|[^.!?]{0,60}?\bso (?:not|no|none of|neither of|nothing like|no more of) (?:those|them|that|these)\b|"
    r"(?:i|she|he|we|they) (?:really )?(?:(?:don't|do not|doesn't|can't|never) (?:like|want|wear|walk|stand)|hate|hates)\b(?=\W*(?:$|[.,;!?]|and\b|them\b|those\b|it\b|that\b|in (?:them|those)|any\b))|(?:is|are) (?:\w+ )?(?:out of the question|not an option|a no[- ]go|off the table)|are out\b|is out\b|(?:aren't|isn't) (?:really |quite |at all )?(?:me|for me)\b|not for me|(?:don't|do not|doesn't|never) (?:mix|work|go)\b(?! (?:with|for)))",
    re.I,
)
_OWNED_AFTER = re.compile(
    r"\W*(?:that |which )?(?:i|she|he|we|they)(?:'ve)? (?:already |just |recently |shall |will )?(?:own|owns|have|has|got|bought|inherited|wear|'ll wear|'m wearing|am wearing)\b(?! to)",
    re.I,
)
_ON_SALE = re.compile(
    r"\b(?:do you (?:have|sell|carry|stock|do|got)|have you got|show me|find me|looking for|i (?:want|need)|i'd like)\s+(?:\w+\s+){0,2}$",
    re.I,
)
_PRAISED = re.compile(
    r"\s*(?:is|are|'s|looks?)\s+(?:(?:really|so|just|absolutely|very|all|totally|quite)\s+)*(?:gorgeous|lovely|great|perfect|good|fine|beautiful|nice|fab|fabulous|amazing|stunning|cute|spot on|ok|okay)\b"
    r"(?! (?:with|for|to|on|in|at|over|under)\b)(?=.*\b(?:but|though|just|only|now|and|other|another|different)\b)",
    re.I,
)
_OF_A_SORT = re.compile(r"\s+with\s+(?:polka|dots?|stripes?|checks?|flowers|patterns?|prints?|logos?)\b", re.I)
_ITS_PRICE = re.compile(
    r"[\s,:]*(?:i|we|you|the (?:budget|limit|max)|my (?:budget|limit)|up to|max|under|below|no more|not more|nothing|can be|at most|less)\b[^.!?]{0,40}\d|\W*(?:the )?(?:budget|limit|price)\b",
    re.I,
)
_WORN_OUT = re.compile(
    r"\s*(?:(?:just|have|has|finally|are|is)\s+)*(?:gave up|given up|died|fell apart|falling apart|broken?|wore out|worn out|had it|ripped|torn|past it|lost|stolen|gone)\b",
    re.I,
)
_WANTED = re.compile(
    r"\b(?:need|needs|want|wants|looking|look|show|find|any|after|which|what|recommend|suggest|build|make|put together)\b(?!.*\b(?:but|already)\b)",
    re.I,
)
_TAKEN = re.compile(r"\b(?:leave|leaving|take|keep|cut|cross|rule|count)\s+(?:(?:the|those|any|all|that|these|my)\s+)*$", re.I)
_OUT = re.compile(r"\s*(?:out|off|away)\b", re.I)
# People whom a message speaks of, and who do not wear what is looked for: "my mom says the budget is 150".
_BYSTANDER = re.compile(
    r"(?:[- ]in[- ]law)?(?:'?s (?:\w+ )?(?:wedding|graduation|engagement|christening|baptism|funeral|prom|recital|communion|ceremony|school|house|place)\b|'s party|'s birthday party|\s+(?:\([^)]*\)\s+)?(?:always |has |have |had |is |was )?(?:says?|said|insists?|reckons?|suggests?|wants me|keeps|lends?|lending|thinks?|told|pays?|paying|paid|gave|passed|died|set|made|got married|"
    r"getting married|invited|asked|recommend\w*|bought))\b|[- ]in[- ]law (?:has|passed|is|was|died)\b",
    re.I,
)
_FAMILY = re.compile(
    r"(?:grand|step)?(?:wife|mum|mom|mother|sister|daughter|girlfriend|boyfriend|husband|dad|father|brother|son|ma|pa)s?|niece|nephew|aunt|auntie|uncle|gran|granny|nan|"
    r"grandma|grandpa|grandad|granddad|bride|groom|fianc[ée]e?",
    re.I,
)
_FOR_WHOM = re.compile(
    r"\b(?:for|it's|it is|gift|dress|dressing|as|i'?m|i am|buying|get|give|surprise|of)\s+(?:my |his |her |our |the |a |an |their )?(?:\w+ ){0,2}$",
    re.I,
)
_WHO_NEEDS = re.compile(
    r"(?:'s)?\s*(?:\([^)]*\))?\s*,?\s*(?:who(?:'s)? |she |he |they |and )?(?:is |'s )?(?:\w+ ){0,3}?(?:here\b|going|off to|has nothing|\d+(?:st|nd|rd|th)\b|could (?:do with|use)|needs?|wants?|would like|likes?|loves?|wears?|takes?|looking|turns|size|birthday|starts|gets|goes|"
    r"\d|[xsml]{1,3}\b|fortieth|fiftieth|sixtieth|graduates?|gift|present)",
    re.I,
)
_SOMEBODY = re.compile(r"(?<!for )(?<!as )\b(?:the|that|some|this)\s+(?:\w+\s+)?$", re.I)
_COUNTED = re.compile(
    r"\b(?:just|only|show me|give me|find me|pick)\s+(?:me\s+)?(?:the |your )?(one|two|three|four|[1-9])\b(?!\s*(?:€|eur|pounds?|look|outfit))",
    re.I,
)
_COUNTS = {"one": 1, "two": 2, "three": 3, "four": 4}
_ADJECTIVES = re.compile(r"\b(?:something|anything)\s+((?:[a-z-]+[\s,]*){1,4})", re.I)


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
    phrases = _phrases(rest)
    colours, excluded, phrases = _assign_colours(rest, phrases)
    free = [mention for mention in vocabulary().mentions(rest) if not _inside(mention, _anchors(phrases))]
    ruled_out = _ruled_out(rest, free)
    loose = [mention for mention in free if mention not in ruled_out]
    loose = [mention for mention in loose if mention.field == "garment" or not _within_a_garment(mention, phrases)]
    gender = next((m.name for m in loose if m.field == "gender" and _is_for(rest, m)), None) or _by_pronoun(rest)
    sizes, notes = sizes_in(rest, gender)
    strongly = bool(_STRONG_CUE.search(text))
    for_it = not strongly and bool(_FOR_IT.search(text)) and any(phrase.role == "target" for phrase in phrases)
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
        occasions=_names(loose, "occasion"),
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


def ruled_out(head: str) -> bool:
    """Whether what follows these words of a message is ruled out by them: "I can't walk in "."""
    return bool(_NEGATION.search(head))


def _turned_down(text: str, start: int, end: int) -> bool:
    """Whether what follows a thing turns it down: "puffers are ugly", "leave the hat out"."""
    no_sort = re.match(r"\s+(?:person|type|sort)\b", text[end:], re.I) and re.search(
        r"\b(?:not|isn't|aren't|'m not)\b[\w\s]{0,16}$", text[:start], re.I
    )
    if no_sort:
        return True  # "not really an earrings person"
    may_go = re.search(r"\bcan (?:the|that|those)\s+$", text[:start], re.I) and re.match(
        r"\s*go\b(?! (?:with|to))", text[end:], re.I
    )
    return bool(_AFTERWARDS.match(text[end:]) or may_go or (_TAKEN.search(text[:start]) and _OUT.match(text[end:])))


def _count(text: str) -> int | None:
    match = _COUNTED.search(text)
    return (_COUNTS.get(match[1].lower()) or int(match[1])) if match else None


def _at_odds(text: str, excluded: Sequence[str]) -> list[str]:
    """What is wanted and ruled out at once, to be said: it is left out."""
    times = Counter(mention.name for mention in vocabulary().mentions(text, "colour"))
    return [f"You name {colour} and rule it out; I leave {colour} out." for colour in excluded if times[colour] > 1]


def _is_for(text: str, mention: Mention) -> bool:
    """Whether a person that a message speaks of is the one to wear it: "for my wife", "my son needs", but not "my wife says"."""
    if not _FAMILY.fullmatch(text[mention.start : mention.end]):
        return not _SOMEBODY.search(text[: mention.start]) or not re.match(
            r"\s+(?:on|in|at|who|next|over|from)\b", text[mention.end :]
        )
    if _BYSTANDER.match(text[mention.end :]) or re.search(
        r"\b(?:late|ex|my husband's|my wife's)[- ]$", text[: mention.start], re.I
    ):
        return False
    return bool(_FOR_WHOM.search(text[: mention.start]) or _WHO_NEEDS.match(text[mention.end :]))


def _by_pronoun(text: str) -> str | None:
    """For whom, where only a pronoun tells it: "make him an outfit"."""
    match = re.search(
        r"\b(?:make|buy|order|get|find|dress|clothing|build|give|show) (him|her)\b(?! (?:coat|dress|jacket|bag))|\b(?:should|would|could|can|will|does) (he|she) (?:wear|pair|put|need|go)\b",
        text,
        re.I,
    )
    return {"him": "men", "her": "women", "he": "men", "she": "women"}[(match[1] or match[2]).lower()] if match else None


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
        if word in _STOP or word in ("should", "please", "new") or vocabulary().mentions(word, "garment"):
            break
        found.append(word)
    return tuple(found)


def _ruled_out(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions that are negated, and those listed after them: "no leather or suede"."""
    found: list[Mention] = []
    for mention in mentions:
        after = found and found[-1].field == mention.field and _LISTED.fullmatch(text[found[-1].end : mention.start])
        of_a_sort = re.search(r"\s+(?:\S+\s+)?(?:with|in|made of)\s+$", text[: mention.start]) and _NEGATION.search(
            re.sub(r"\S+\s+(?:with|in|made of)\s+$", "", text[: mention.start])
        )  # "refuses ties with polka dots"
        if after or of_a_sort or _NEGATION.search(text[: mention.start]) or _turned_down(text, mention.start, mention.end):
            found.append(mention)
    first = [
        mention
        for mention, following in pairwise(mentions)
        if mention not in found
        and following in found
        and mention.field == following.field
        and _turned_down(text, following.start, following.end)
        and _LISTED.fullmatch(text[mention.end : following.start])
    ]  # "stripes and checks are out"
    return [*first, *found]


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
        general = any(p.role == "target" and p.kind != phrase.kind and vocabulary().covers(p.kind, phrase.kind) for p in found)
        role = _role(text, phrase, before, found[-1] if found else None)
        again = (
            general
            and role in ("anchor", "detail")
            and not phrase.pointing
            and re.search(r",\s*(?:ideally|preferably|maybe)?\s*$", before)
        )
        found.append(replace(phrase, role="target" if again else role))  # "earrings with that, hoops"
    asked = next((place for place, phrase in enumerate(found) if _ASKED.search(text[: phrase.start])), 0)
    found = [
        replace(p, role=_beside(text, p, found[asked])) if p.role == "target" and place < asked else p
        for place, p in enumerate(found)
    ]
    never = {phrase.kind for phrase in found if phrase.role == "unwanted"}  # "any shoes but boots, my feet hurt in boots"
    return tuple(replace(phrase, role="unwanted") if phrase.kind in never else phrase for phrase in found)


def _beside(text: str, phrase: Phrase, asked: Phrase) -> Role:
    """The part of a garment named before what is asked for: "navy suit, light blue shirt. what tie?", "I saw a coat, what bag …"."""
    sentence = re.split(r"[.!?;]", text[: phrase.start])[-1]
    between = text[phrase.end : asked.start]
    if _WANTED.search(sentence) or (not re.search(r"[.,!?;:]", between) and not _FOR_IT.search(text)):
        return "target"
    return "detail" if phrase.slot == asked.slot else "anchor"  # "midi skirts are too long, what mini skirts …"


def _adjectives_start(text: str, floor: int, garment: int) -> int:
    """Where the garment's noun phrase begins: back over its adjectives to the first word that cannot be one."""
    start = garment
    for word in reversed(list(re.finditer(r"\S+", text[floor:garment]))[-6:]):
        token = word.group().strip("\"'()").lower()
        if token in ("and", "&") and _between_colours(text[floor : floor + word.start()], text[floor + word.end() : garment]):
            continue  # "a navy and white dress"
        if token in _STOP or not re.fullmatch(r"[\w&'/-]+", word.group().strip("\"'()")) or token.isdigit():
            break
        start = floor + word.start()
    return start


def _between_colours(before: str, after: str) -> bool:
    """Whether a joining word stands between two colours."""
    colours = vocabulary().mentions(before, "colour")
    following = vocabulary().mentions(after, "colour")
    return bool(colours and following and not before[colours[-1].end :].strip() and not after[: following[0].start].strip())


def _points(before: str) -> bool:
    last = re.search(r"([\w']+)\s*$", before.lower().replace(" own ", " "))
    if re.search(r"\b(?:buy|get|give|find|make|order|bring|gift) (?:her|his|their)\s*$", before.lower()):
        return False  # "I want to buy her gloves"
    return last is not None and last[1] in _POINTING


def _role(text: str, phrase: Phrase, before: str, previous: Phrase | None) -> Role:
    """The part a garment plays: what is wanted, what is already there, what only describes, what is unwanted."""
    clause = re.split(r"[.!?;:]", before)[-1]
    head = text[: phrase.start]
    if _NEGATION.search(head) and not _OF_A_SORT.match(text[phrase.end :]):
        return "unwanted"
    if (
        previous
        and previous.role == "unwanted"
        and re.fullmatch(r"\s*(?:or|nor|and|,)\s*(?:(?!what|which|show|i\b|how|can|could|do\b|just)\w+\s+)?", before.lower())
    ):
        return "unwanted"
    if re.match(r"\W*[,.:;–-]\s*(?:so )?(?:what|which)\b", text[phrase.end :].lower()) and not re.search(
        r"\b(?:what|which)\b", head.lower()
    ):
        return "anchor"  # "grey suit, what tie?"
    if phrase.pointing and _WORN_OUT.match(text[phrase.end :]):
        return "target"  # "my boots fell apart"
    if phrase.pointing and _ON_SALE.search(head):
        return "target"
    if phrase.pointing or _OWNED.search(f"{head} "[-40:].rstrip() + " "):
        return "anchor"
    if re.search(r"\b(?:looks?|outfits?|ensemble) with (?:an? |some )?(?:[\w-]+ ){0,2}$", head, re.I):
        return "target"  # a look shall have it
    if re.match(r"\W*instead\b", text[phrase.end :], re.I):
        return "target"
    if _OWNED_AFTER.match(text[phrase.end :]):
        return "anchor"
    if re.search(r"\bnot (?:just|only|necessarily) (?:the |in |an? )?$", head, re.I):
        return "detail"
    if _turned_down(text, phrase.start, phrase.end):
        return "unwanted"
    if re.search(r"\bback to (?:the |my |that )?$", head, re.I):
        return "anchor"
    if re.search(r"\btoo \w+ for\s+(?:the |my |any )?$", head, re.I):
        return "detail"  # "too hot for leggings"
    if _PRAISED.match(text[phrase.end :]):
        return "detail"
    cue = re.search(
        r"\b(with|for|around|round|match(?:es|ing)?|complements?|to suit|suits?|accompany|over|under|underneath)\s+(?:(?:a|an|the|some|\w+'s)\s+)*$",
        clause.lower(),
    )
    if cue and (cue.group(1) not in ("with", "for") or _STRONG_CUE.search(head[-60:])):
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
        return previous.role
    return "target"


def _worn_with(text: str, phrase: Phrase, previous: Phrase) -> bool:
    """Whether "boots with a red dress" names two things to be worn, and not, as "coat with a hood", a part of one."""
    between = text[previous.end : phrase.start].lower().split()
    worn = ("tops", "bottoms", "all-body", "outerwear", "shoes")
    return (
        phrase.slot in worn
        and previous.slot != phrase.slot
        and between[:1] == ["with"]
        and between[-1] in (*_INDEFINITE, *_POINTING, "the")
    )


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
        begun = owner is not None and phrases[owner].start == mention.start and text[last_excluded : mention.start] == ", "
        negated = (
            _turned_down(text, mention.start, mention.end)
            or _NEGATION.search(text[: mention.start])
            or (0 <= mention.start - last_excluded <= 5 and "but" not in text[last_excluded : mention.start] and not begun)
        )
        if negated and (owner is None or phrases[owner].role != "anchor"):
            excluded.append(mention.name)
            last_excluded = mention.end
        elif phrases[owner].role == "target" if owner is not None else not _of_what_is_there(mention, phrases):
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


def _of_what_is_there(mention: Mention, phrases: Sequence[Phrase]) -> bool:
    """Whether a colour that stands alone is that of a thing that is there: "I love fuchsia. I have a fuchsia dress, which bag …"."""
    captions = [phrase.words for phrase in phrases if phrase.role == "anchor"]
    return any(m.name == mention.name for words in captions for m in vocabulary().mentions(words, "colour"))


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
        apart = text[phrase.end : mention.start].lstrip().startswith(",")
        if phrase.role == "anchor" and (apart or vocabulary().mentions(phrase.words, "colour")):
            continue  # "with my red dress, in black": the dress has its colour, black is wanted
        if phrase.end <= mention.start and re.fullmatch(
            r"\s*,?\s*(?:in|is|are|was|were)(?:\s+(?:a|the))?(?:\s+[\w-]+\s+(?:or|and))?\s*",
            text[phrase.end : mention.start].lower(),
        ):
            return place
    return None

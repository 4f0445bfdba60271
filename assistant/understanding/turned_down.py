"""What a message turns down: what follows a no ("not heels or boots"), and what a verdict follows ("puffers are ugly")."""

import re
from collections.abc import Sequence
from itertools import pairwise

from catalog.taxonomy import Mention

NEGATION = re.compile(
    r"(?:\b(?:(?<!have )(?<!has )(?<!got )(?<!'ve )no|not|nothing|(?:rather|prefer to|like to|please) have no|without|except(?: for)?|never(?: ever)?(?: wears?| buys?| likes?| wore)?|hates?|loathes?|detests?|despises?|dislikes?|none of (?:your|the|those|them|these)|avoids?|avoiding|nor|anything but|everything but|too \w+ in|other than|(?:rather|sooner|prefer)(?: (?:have|see|wear|go for|something|it|them))?(?: in)? [\w-]+(?: [\w-]+)? (?:than|to|over)|besides|apart from|aside from|instead of|rather than|refuses?|"
    r"any(?: \w+)? but|isn't|aren't|ain't|wasn't|allergic to|(?:not|isn't|aren't|never|'m not) (?:a |an |much of a |really |very |too )?(?:one for|fan of|keen on|into|fond of|mad about|crazy about)|"
    r"(?:(?:'ve|have|has|got) (?:got )?enough)|(?:everything|all|anything|the lot) (?:bar|apart from|besides)|(?:anything|something) (?:else|other) than|never ?mind(?: about)?|(?:nobody|no one|no-one)(?: \w+)?|leave out|leave off|skip|scrap|ditch|drop|lose|remove|minus|scratch|sick of|tired of|(?:rul(?:ed|ing)|leav(?:e|ing)|left) out|wr(?:ote|itten) off|had it with|over and done with|(?:has|have|'s|'ve|had)? ?(?:got )?(?:loads|lots|plenty|enough|too many|so many|a lot|dozens|tons) of|"
    r"(?:he|she|they)(?:'s| has| have)? already (?:has|have|got))|"
    r"\b(?:don't|do not|doesn't|does not|won't|wouldn't|can't|couldn't|refuses? to|rather not)\s+(?:\w+\s+){0,2}?"
    r"(?:like|want|wear|need|do|have|see|go for|touch|abide|show me|walk in|stand|love|manage|bear|care for)|\bnot (?:a|any)|\bno more|(?:(?:should|must)(?:n't| not)|may not|can't|can not) (?:be|have|contain|come in))\s+"
    r"(?:(?:a|an|any|the|in|my|those|these|too|more|wearing|from|by|of|made|with|high|anything|something|real|genuine|fake)\s+)*$",
    re.IGNORECASE,
)


LISTED = re.compile(
    r"\s*(?:,|or|nor|and|&|,\s*(?:or|and|no|not)|(?:and|or)\s+(?:no|not|nothing))\s*(?:in\s+|a\s+|any\s+)*", re.IGNORECASE
)


_AFTERWARDS = re.compile(
    r"\W*(?:never again|(?:(?:is|are) )?(?:not|no longer) (?:needed|necessary|required)\b|no thanks?|(?:just |simply )?(?:is|are|look|looks|feel|feels|make|makes|give|gives|hurt|hurts|itch|itches|flicker|flickers)\b(?: (?:so|just|too|really|very|me|on camera|look|a bit|bit|a tad|a little|a touch))* ?(?:ugly|hideous|awful|horrible|horrid|dreadful|gross|disgusting|tacky|cheesy|itch|itchy|scratchy|blisters|boring|not for me|not my (?:thing|style|taste)|too much|(?<=a bit )much|(?<=a little )much|(?<=a tad )much|(?<=a touch )much)\b|"
    r"[^.!?]{0,60}?\b(?:leave|take|keep|cut|cross) (?:those|them|that|it|these) (?:out|off|away)\b|[^.!?]{0,60}?\bso (?:not|no|none of|neither of|nothing like|no more of) (?:those|them|that|these)\b|"
    r"(?:i|she|he|we|they) (?:really )?(?:(?:don't|do not|doesn't|can't|never) (?:like|want|wear|walk|stand)|hate|hates)\b(?=\W*(?:$|[.,;!?]|and\b|them\b|those\b|it\b|that\b|in (?:them|those)|any\b))|(?:is|are) (?:\w+ )?(?:out of the question|not an option|a no[- ]go|off the table)|are out\b|is out\b|(?:aren't|isn't) (?:really |quite |at all )?(?:me|for me)\b|not for me|(?:don't|do not|doesn't|never) (?:mix|work|go)\b(?! (?:with|for)))",
    re.I,
)


_TAKEN = re.compile(r"\b(?:leave|leaving|take|keep|cut|cross|rule|count)\s+(?:(?:the|those|any|all|that|these|my)\s+)*$", re.I)


_OUT = re.compile(r"\s*(?:out|off|away)\b", re.I)


def ruled_out(head: str) -> bool:
    """Whether what follows these words of a message is ruled out by them: "I can't walk in "."""
    return bool(NEGATION.search(head))


def is_turned_down(text: str, start: int, end: int) -> bool:
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


def mentions_ruled_out(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions that are negated, and those listed after them: "no leather or suede"."""
    found: list[Mention] = []
    for mention in mentions:
        after = found and found[-1].field == mention.field and LISTED.fullmatch(text[found[-1].end : mention.start])
        of_a_sort = re.search(r"\s+(?:\S+\s+)?(?:with|in|made of)\s+$", text[: mention.start]) and NEGATION.search(
            re.sub(r"\S+\s+(?:with|in|made of)\s+$", "", text[: mention.start])
        )  # "refuses ties with polka dots"
        if after or of_a_sort or NEGATION.search(text[: mention.start]) or is_turned_down(text, mention.start, mention.end):
            found.append(mention)
    first = [
        mention
        for mention, following in pairwise(mentions)
        if mention not in found
        and following in found
        and mention.field == following.field
        and is_turned_down(text, following.start, following.end)
        and LISTED.fullmatch(text[mention.end : following.start])
    ]  # "stripes and checks are out"
    return [*first, *found]

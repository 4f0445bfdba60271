"""For whom a thing is: a person that a message speaks of wears it ("for my wife"), or only stands by ("my wife says")."""

import re

from catalog.taxonomy import Mention

# People whom a message speaks of, and who do not wear what is looked for: "my mom says the budget is 150".
_BYSTANDER = re.compile(
    r"(?! (?:is|was|has been|got) invited\b)(?:[- ]in[- ]law)?(?:'?s (?:\w+ )?(?:wedding|graduation|engagement|christening|baptism|funeral|prom|recital|communion|ceremony|school|house|place)\b|'s party|'s birthday party|\s+(?:\([^)]*\)\s+)?(?:always |has |have |had |is |was )?(?:says?|said|insists?|reckons?|suggests?|wants me|keeps|lends?|lending|thinks?|told|pays?|paying|paid|gave|passed|died|set|made|got married|"
    r"getting married|invited|asked|recommend\w*|bought))\b|[- ]in[- ]law (?:has|passed|is|was|died)\b",
    re.I,
)


_FAMILY = re.compile(
    r"(?:grand|step)?(?:wife|mum|mom|mother|sister|daughter|girlfriend|boyfriend|husband|dad|father|brother|son|ma|pa)s?|niece|nephew|aunt|auntie|uncle|gran|granny|nan|"
    r"grandma|grandpa|grandad|granddad|bride|groom|fianc[ée]e?",
    re.I,
)


_FOR_WHOM = re.compile(
    r"\b(?:for|it's|it is|gift|dress|dressing|as|i'?m|i am|buying|get|give|surprise|of|me,)\s+(?:my |his |her |our |the |a |an |their )?(?:\w+ ){0,2}$",
    re.I,
)


_WHO_NEEDS = re.compile(
    r"(?:'?s)?\s*(?:\([^)]*\))?\s*,?\s*(?:who(?:'s)? |she |he |they |and )?(?:is |'s )?(?:\w+ ){0,3}?(?:here\b|going|off to|has nothing|\d+(?:st|nd|rd|th)\b|could (?:do with|use)|needs?|wants?|would like|likes?|loves?|wears?|takes?|looking|turns|size|birthday|starts|gets|goes|"
    r"\d|[xsml]{1,3}\b|invited|fortieth|fiftieth|sixtieth|graduates?|gift|present)",
    re.I,
)


_HAS_A_DATE = re.compile(r"\s+has (?:an?|his|her) \w+", re.I)  # "my boyfriend has a job interview"


_SOMEBODY = re.compile(r"(?<!for )(?<!as )\b(?:the|that|some|this)\s+(?:\w+\s+)?$", re.I)


def is_for(text: str, mention: Mention) -> bool:
    """Whether a person that a message speaks of is the one to wear it: "for my wife", "my son needs", but not "my wife says"."""
    if not _FAMILY.fullmatch(text[mention.start : mention.end]):
        return not _SOMEBODY.search(text[: mention.start]) or not re.match(
            r"\s+(?:on|in|at|who|next|over|from)\b", text[mention.end :]
        )
    if _BYSTANDER.match(text[mention.end :]) or re.search(
        r"\b(?:late|ex|my husband's|my wife's)[- ]$", text[: mention.start], re.I
    ):
        return False
    has_a_date = _HAS_A_DATE.match(text[mention.end :]) and not re.search(r"\b(?:i|me|we|us)\b", text, re.I)
    return bool(_FOR_WHOM.search(text[: mention.start]) or _WHO_NEEDS.match(text[mention.end :]) or has_a_date)


def by_pronoun(text: str) -> str | None:
    """For whom, where only a pronoun tells it: "make him an outfit"."""
    match = re.search(
        r"\b(?:make|buy|order|get|send|find|dress|clothing|build|give|show) (him|her)\b(?! (?:coat|dress|jacket|bag))|\b(?:should|would|could|can|will|does) (he|she) (?:wear|pair|put|need|go)\b",
        text,
        re.I,
    )
    return {"him": "men", "her": "women", "he": "men", "she": "women"}[(match[1] or match[2]).lower()] if match else None

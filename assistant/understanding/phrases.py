"""The garments that a message names, each with its adjectives and the part it plays."""

import re
from dataclasses import replace

from assistant.understanding.roles import ASKED, BEGINS, POINTING, Phrase, begun, beside, role_of
from catalog.taxonomy import vocabulary

# Words that end the adjectives of a garment, going backwards from it.
STOP = frozenset(
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
    enough maybe perhaps together work works fit fits new nice good best great cool cute lovely pretty beautiful perfect""".split()
)


def phrases_in(text: str) -> tuple[Phrase, ...]:
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
        role = role_of(text, phrase, before, found[-1] if found else None)
        again = (
            general
            and role in ("anchor", "detail")
            and not phrase.pointing
            and re.search(r",\s*(?:ideally|preferably|maybe)?\s*$", before)
        )
        found.append(replace(phrase, role="target" if again else role))  # "earrings with that, hoops"
    asked = next((place for place, phrase in enumerate(found) if ASKED.search(text[: phrase.start])), 0)
    found = [
        replace(p, role=beside(text, p, found[asked])) if p.role == "target" and place < asked else p
        for place, p in enumerate(found)
    ]
    if begins := BEGINS.search(text):  # "shorts or trousers. Start with shorts."
        first = next((p for p in found if p.start >= begins.end()), None)
        found = [begun(p, first) for p in found] if first else found
    never = {phrase.kind for phrase in found if phrase.role == "unwanted"}  # "any shoes but boots, my feet hurt in boots"
    return tuple(replace(phrase, role="unwanted") if phrase.kind in never else phrase for phrase in found)


def _adjectives_start(text: str, floor: int, garment: int) -> int:
    """Where the garment's noun phrase begins: back over its adjectives to the first word that cannot be one."""
    start = garment
    for word in reversed(list(re.finditer(r"\S+", text[floor:garment]))[-6:]):
        token = word.group().strip("\"'()").lower()
        if token in ("and", "&") and _between_colours(text[floor : floor + word.start()], text[floor + word.end() : garment]):
            continue  # "a navy and white dress"
        if token in STOP or not re.fullmatch(r"[\w&'/-]+", word.group().strip("\"'()")) or token.isdigit():
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
    return last is not None and last[1] in POINTING

"""Which of the colours that a message names are wanted and which are not, and whose they are."""

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.understanding.roles import Phrase
from assistant.understanding.turned_down import NEGATION, is_turned_down
from catalog.taxonomy import Mention, vocabulary

_HAS_SUCH = re.compile(r"\balready (?:have|has|own|owns|got)\s+(?:some |an? )?$", re.I)  # "I already have brown ones"
_THAN = re.compile(r"\bmore (?:of an? )?[\w-]+ than (?:an? )?$", re.I)  # "more rust than red"
_TURNS = re.compile(r"\bbut\b|[.!?;:–]|\s-")  # "not red but green", "not red. green"


def assign_colours(text: str, phrases: tuple[Phrase, ...]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Phrase, ...]]:
    """Colours wanted and unwanted, and the phrases with the colours that are theirs."""
    wanted: list[str] = []
    excluded: list[str] = []
    owned: dict[int, list[str]] = {}
    last_excluded = -10
    for mention in vocabulary().mentions(text, "colour"):
        owner = _owner(text, mention, phrases)
        begun = owner is not None and phrases[owner].start == mention.start and text[last_excluded : mention.start] == ", "
        negated = (
            is_turned_down(text, mention.start, mention.end)
            or (_HAS_SUCH.search(text[: mention.start]) and re.match(r"\s+ones?\b", text[mention.end :]))
            or NEGATION.search(text[: mention.start])
            or _THAN.search(text[: mention.start])
            or (
                0 <= mention.start - last_excluded <= 5 and not _TURNS.search(text[last_excluded : mention.start]) and not begun
            )
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

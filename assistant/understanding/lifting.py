"""What a message takes back of earlier wishes: "forget the budget", "any colour is fine", "yellow is fine after all"."""

import re
from dataclasses import dataclass

from assistant.understanding import cues
from assistant.understanding.refining import uncoloured
from assistant.understanding.understood import Understood
from catalog.taxonomy import vocabulary
from retrieval.filters import Filters

_FIELDS = {
    "colour": "colours", "garment": "kinds", "material": "materials", "pattern": "patterns", "season": "seasons", "occasion": "occasions",
}  # fmt: skip

_SO_NOW = re.compile(r"\b(?:any ?more|after all|at all)\b", re.I)


@dataclass(frozen=True)
class TakenBack:
    """The conversation without what was taken back, and what else the message says."""

    before: Understood
    rest: str
    changed: bool  # whether there was anything to take back


def taken_back(text: str, before: Understood) -> TakenBack | None:
    """What a message takes back; None if it takes nothing back."""
    filters, rest = _by_name(text, before.filters)
    filters, rest = _without_brands(rest, filters)
    by_field, rest = _by_field(rest)
    filters = filters.without(*by_field)
    if not by_field and rest == text:
        return None
    gone = _descriptions(text, "exclude_materials" in by_field, "exclude_patterns" in by_field)
    wishes = {
        slot: wish.model_copy(
            update={
                "colours": wish.colours if filters.colours else (),
                "words": _less(wish.words if filters.colours else uncoloured(wish.words), gone),
                "max_price": wish.max_price if filters.max_price is not None else None,
            }
        )
        for slot, wish in before.wishes.items()
    }
    words = _less(before.words, gone) if before.task != "build" else before.words
    changed = filters != before.filters or words != before.words or wishes != before.wishes
    return TakenBack(before.but(filters=filters, wishes=wishes, words=words), _SO_NOW.sub(" ", rest).strip(), changed)


def _descriptions(text: str, materials: bool, patterns: bool) -> frozenset[str]:
    """Materials and patterns that need no longer be: those a message names ("never mind the wool"), or all."""
    words = " ".join(group for match in cues.NEEDNT.finditer(text) for group in match.groups() if group)
    named = {mention.name for mention in vocabulary().mentions(words, "material", "pattern")}
    return frozenset(named | set(vocabulary().materials if materials else ()) | set(vocabulary().patterns if patterns else ()))


def _less(words: str, gone: frozenset[str]) -> str:
    """Words without the materials and patterns that are gone."""
    for mention in reversed(vocabulary().mentions(words, "material", "pattern")):
        if mention.name in gone:
            words = words[: mention.start] + words[mention.end :]
    return " ".join(words.split())


def _by_field(text: str) -> tuple[list[str], str]:
    """The filters that are lifted as a whole, and the message without their names."""
    found: list[str] = []
    for pattern, fields in cues.LIFTED.items():
        before_it = rf"\b{cues.LIFTING}\b\W+(?:(?!keep\b|keeping\b|but\b|same\b|still\b)[\w']+\W+){{0,7}}?(?:{pattern})\b"
        after_it = rf"\b(?:{pattern})\b\W+(?:[\w']+\W+){{0,3}}?(?:{cues.LIFTED_AFTERWARDS})\b"
        if re.search(f"{before_it}|{after_it}", text, re.I):
            found += fields
            text = re.sub(rf"\b(?:{pattern})\b", "it", text, flags=re.I)
    return found, text


def _without_brands(text: str, filters: Filters) -> tuple[Filters, str]:
    """The filters without a brand that need not be ("it doesn't have to be Northfold"), and the message without those words."""
    for match in cues.NEEDNT.finditer(text):
        words = " ".join(group for group in match.groups() if group).casefold()
        brands = tuple(brand for brand in filters.brands if brand.casefold() not in words)
        if brands != filters.brands:
            filters, text = filters.model_copy(update={"brands": brands}), text.replace(match[0], " ")
    return filters, text


def _by_name(text: str, filters: Filters) -> tuple[Filters, str]:
    """The filters without the values that are no longer wanted or ruled out, and the message without those words."""
    for pattern, lists in ((cues.FINE_AFTER_ALL, ("exclude_{}",)), (cues.NEEDNT, ("{}", "exclude_{}"))):
        for match in pattern.finditer(text):
            words = next(group for group in match.groups() if group)
            named = [(_FIELDS[m.field], m.name) for m in vocabulary().mentions(words) if m.field in _FIELDS]
            changes = {
                name: tuple(value for value in getattr(filters, name) if (field, value) not in named)
                for field, _ in named
                for name in (form.format(field) for form in lists)
                if hasattr(filters, name)
            }
            if any(getattr(filters, name) != values for name, values in changes.items()):
                filters = filters.model_copy(update=changes)
                text = _without(text.replace(match[0], " "), words)
    return filters, text


def _without(text: str, words: str) -> str:
    """A message without further mentions of what was taken back: "scratch the pink, my friend wears pink"."""
    gone = {(mention.field, mention.name) for mention in vocabulary().mentions(words)}
    for mention in reversed(vocabulary().mentions(text)):
        if (mention.field, mention.name) in gone:
            text = text[: mention.start] + text[mention.end :]
    return text

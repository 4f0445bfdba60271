"""The grounding check: what a reply says of products must follow from facts; what does not is mended or taken out.

It reads words, whoever wrote them, the planner or a model at an endpoint. It knows nothing of what was meant.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.grounding.attributes import wrong_counts, wrong_looks, wrong_offers, wrong_scores, wrong_sizes, wrong_stock
from assistant.grounding.comparing import wrong_comparisons
from assistant.grounding.facts import Facts, Known
from assistant.grounding.inventions import invented
from assistant.grounding.passages import GOES_ON, MARKER, Passage, Slip, passages
from assistant.grounding.pricing import wrong_prices
from assistant.grounding.promises import promised

__all__ = ["Checked", "Facts", "Slip", "grounded", "slips"]

CHECKS = (
    invented, wrong_prices, wrong_comparisons, wrong_looks, wrong_sizes, wrong_stock, wrong_counts, wrong_scores, wrong_offers, promised,
)  # fmt: skip
LONGEST = 10_000  # letters that are checked: no assistant says more, and a model gone astray may repeat itself for ever
PARTS = 30  # no sentence has more that are worth mending one by one
WHAT_NOW = "I am not sure of that. Tell me what you are looking for, and I look in the shop again."
_PART = re.compile(r"\s*(?:[,;]\s+|\s[-–—]\s|\s?\((?=[^)]*\)))")
_LOOSE_END = re.compile(r"[\s,;:–—-]*(?:\b(?:and|but|so|or|which|that|it)\b[\s,;:–—-]*)*$", re.I)


@dataclass(frozen=True)
class Checked:
    """A reply that `slips` finds nothing in any more, and what it found."""

    text: str
    slips: list[Slip]


def slips(text: str, facts: Facts) -> list[Slip]:
    """What in a text no fact bears out, in reading order."""
    return [slip for passage in passages(text[:LONGEST], facts) for slip in _slips_of(passage, facts)]


def grounded(text: str, facts: Facts) -> Checked:
    """The text with nothing in it that no fact bears out: true passages word for word, false ones mended or gone.

    Where nothing of use is left, this turn's items are listed plainly; without any, a sentence asks what to look for.
    """
    found = slips(text, facts)
    if not found and len(text) <= LONGEST:
        return Checked(text, [])
    for candidate in _rewrites(text[:LONGEST], facts):
        if candidate.strip() and not slips(candidate, facts):
            return Checked(candidate, found)
    return Checked(WHAT_NOW, found)


def _slips_of(passage: Passage, facts: Facts) -> list[Slip]:
    return list(dict.fromkeys(slip for check in CHECKS for slip in check(passage, facts)))


def _rewrites(text: str, facts: Facts) -> Iterator[str]:
    """Rewritten texts, from what keeps most to what keeps least."""
    kept = text
    for _ in range(3):  # what is taken out can change what the rest speaks of
        kept = _mended(kept, facts)
        if not slips(kept, facts):
            break
    names = any(passage.beside for passage in passages(kept, facts))
    if (
        not names
        and facts.turn
        and any(slip.kind in ("name", "colour", "price", "material", "link") for slip in slips(text, facts))
    ):
        yield "\n\n".join(part for part in (_without_loose_heads(kept), plain_list(facts)) if part)
        yield plain_list(facts)
    yield kept
    yield plain_list(facts)


def plain_list(facts: Facts) -> str:
    """This turn's items and no more, or what its judgement rests on; empty where there is neither."""
    judged = [
        fact
        for result in facts.now
        if result.get("tool") == "judge"
        for fact in (*result.get("facts", ()), *result.get("warnings", ()))
    ]
    if judged:
        said = [f"{fact[:1].upper()}{fact[1:]}." for fact in judged]
        return " ".join(sentence for sentence in said if not slips(sentence, facts))
    lines = [f"{number}. {item.title}, {_price(item)}." for number, item in enumerate(facts.turn, 1)]
    lines = [line for line in lines if not slips(line, facts)]
    return "\n".join(["Here is what I found:", *lines]) if lines else ""


def _price(item: Known) -> str:
    return f"{item.price:.2f} {item.currency or ''}".strip() if item.price is not None else "price on request"


def _mended(text: str, facts: Facts) -> str:
    """The text with each false passage mended or left out, and heads under which nothing is left."""
    lines: dict[int, str] = {}
    lost: Passage | None = None  # the last passage, if it went
    for passage in passages(text, facts):
        found = _slips_of(passage, facts)
        kept = _repaired(passage, found, facts) if found else passage.text
        if lost and _leans_on(passage, lost):
            kept = None
        lost = passage if kept is None else None
        gap = passage.gap if kept is not None else "\n" * passage.gap.count("\n")
        lines[passage.line] = lines.get(passage.line, "") + (kept or "") + gap
    before = text.splitlines(keepends=True)
    bare = {number for number, line in lines.items() if not line.strip() and before[number].strip()}
    left = [line for number, line in lines.items() if number not in bare and not _is_bereft(number, before, bare)]
    return re.sub(r"\n{3,}", "\n\n", "".join(left)).strip()


def _leans_on(passage: Passage, lost: Passage) -> bool:
    """Whether a sentence says nothing without the one before it: it goes on about "it", or explains a line of a list."""
    return not passage.names and (GOES_ON.match(passage.text) is not None or (passage.line == lost.line and passage.listed))


def _is_bereft(number: int, before: Sequence[str], bare: Collection[int]) -> bool:
    """Whether a line is a head ("Two coats:") and all that stood below it is gone."""
    below: list[int] = []
    for place in range(number + 1, len(before)):
        if _is_head(before[place]) or (below and not before[place].strip()):
            break
        below += [place] if before[place].strip() else []
    return _is_head(before[number]) and bool(below) and all(place in bare for place in below)


def _is_head(line: str) -> bool:
    return line.rstrip(" *_\n").endswith(":")


def _without_loose_heads(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not _is_head(line)).strip()


def _repaired(passage: Passage, found: Sequence[Slip], facts: Facts) -> str | None:
    """The passage with true prices for wrong ones, or without its false parts; None where neither leaves something true."""
    text = passage.text
    for slip in found:
        if slip.instead:
            text = text.replace(slip.quote, slip.instead, 1)
    if _is_true(text, passage, facts):
        return text
    shorter = _without_parts(text, facts)
    return shorter if shorter and _is_true(shorter, passage, facts) else None


def _is_true(text: str, passage: Passage, facts: Facts) -> bool:
    """Whether a rewritten passage stands by itself: no slips, and it still names what it named."""
    named = {item.id for one in passages(text, facts) for item in one.subjects}
    return not slips(text, facts) and (not passage.names or bool(named)) and not (passage.about and not passage.names)


def _without_parts(text: str, facts: Facts) -> str | None:
    """A line of a list without the parts that slip; a sentence up to the first of them."""
    cuts = [0, *(match.start() for match in _PART.finditer(text)), len(text)]
    if len(cuts) > PARTS:
        return None
    parts = [text[start:end] for start, end in pairwise(cuts)]
    kept = ""
    for part in parts:
        longer = kept + part
        if not slips(longer, facts):
            kept = longer
        elif not kept or not MARKER.match(text):
            break
    if kept in ("", text):
        return None
    end = "." if text.rstrip().endswith((".", "!", "?")) else ""
    kept = _LOOSE_END.sub("", kept.rstrip(" .!")) + end
    return kept if kept.count("(") == kept.count(")") else None

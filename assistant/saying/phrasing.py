"""Words for things: lists, articles, prices, slots. What every reply is put together from."""

import re
from collections.abc import Sequence

from assistant.floor.results import Recommendation
from catalog.taxonomy import vocabulary

_WITH = re.compile(r" (?:with|in|of|for) ")  # what follows tells of the garment that is named before
SLOT_WORDS = {"all-body": "dresses and jumpsuits"}


def price_of(item: Recommendation) -> str:
    """A price as people read it."""
    return f"{item['price']:.2f} {item.get('currency', '')}".strip() if "price" in item else "price on request"


def money(amount: float, currency: str | None) -> str:
    """An amount as people read it."""
    return f"{amount:.2f} {currency or ''}".strip()


def slots_in_words(slots: Sequence[str]) -> str:
    """Slots as a list."""
    return listed([SLOT_WORDS.get(slot, slot) for slot in slots])


def listed(words: Sequence[str], last: str = "and") -> str:
    """Words as a list: "a, b and c"."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def sentences(facts: Sequence[str]) -> str:
    """Facts as sentences."""
    return " ".join(f"{fact[:1].upper()}{fact[1:]}." for fact in facts)


def a(caption: str) -> str:
    """A caption with its article; what comes in pairs takes none: "a shirt with short sleeves", "boots"."""
    last = _WITH.split(caption)[0].rsplit(maxsplit=1)[-1] if caption else ""
    if caption.startswith("pair of") or not last.endswith("s") or last.endswith("ss"):
        return f"{'an' if caption[:1].lower() in 'aeiou' else 'a'} {caption}"
    return caption


def the(caption: str) -> str:
    """A caption that was spoken of."""
    return f"the {caption}"


def in_pairs(kind: str | None) -> bool:
    """Whether one speaks of a single such thing as "these": boots, jeans."""
    known = vocabulary().kinds.get(kind or "")
    return known is not None and known.one.startswith("pair of")

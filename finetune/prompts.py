"""The one home of the stylist's wording: training, measuring and serving render an outfit with the same functions."""

from collections.abc import Sequence

OUTFIT = "An outfit of:"


def outfit_text(captions: Sequence[str]) -> str:
    """An outfit as a language model reads it: "An outfit of: navy wool coat; black jeans;"."""
    return OUTFIT + "".join(map(item_text, captions))


def item_text(caption: str) -> str:
    """One item as it continues an outfit: " navy wool coat;". The semicolon ends it, so that short is not likelier."""
    return f" {' '.join(caption.lower().split())};"

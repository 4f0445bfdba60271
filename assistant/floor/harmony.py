"""What may truly be said of two colours worn together: neutrals, tone on tone, neighbours, opposites."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import ImageColor

from catalog.colours import linear_light, oklab
from catalog.taxonomy import vocabulary

Relation = Literal["tone on tone", "neutrals", "neutral", "neighbours", "opposites", "bold"]

NEUTRAL = frozenset({"black", "white", "grey", "silver", "beige", "brown", "gold"})
NEUTRAL_SHADES = frozenset({"navy", "denim blue", "dark blue", "olive", "army green"})  # worn like neutrals
NEIGHBOUR, OPPOSITE = 55.0, 140.0  # degrees on OKLab's hue circle


@dataclass(frozen=True)
class Harmony:
    """How two colours relate, and the sentence that says so."""

    relation: Relation
    sentence: str


def harmony(colour: str, other: str) -> Harmony:
    """How `colour` goes with `other`, both canonical names."""
    if vocabulary().basic(colour) == vocabulary().basic(other):
        same = f"{colour} picks up {other}, tone on tone" if colour != other else f"{colour} on {other}, tone on tone"
        return Harmony("tone on tone", same)
    if is_neutral(colour) and is_neutral(other):
        return Harmony("neutrals", f"{colour} with {other}, two neutrals")
    if is_neutral(colour):
        return Harmony("neutral", f"{colour} lets the {other} stand out")
    if is_neutral(other):
        return Harmony("neutral", f"{colour} brightens the {other}")
    apart = _hue_distance(colour, other)
    if apart <= NEIGHBOUR:
        return Harmony("neighbours", f"{colour} and {other} are neighbours on the colour wheel")
    if apart >= OPPOSITE:
        return Harmony("opposites", f"{colour} against {other}, a strong contrast")
    return Harmony("bold", f"{colour} with {other} is a bold mix")


def best_harmony(colours: Sequence[str], others: Sequence[str]) -> Harmony | None:
    """How the main colour of one thing goes with the main colour of another; None where a colour is not known."""
    return harmony(colours[0], others[0]) if colours and others else None


def is_neutral(colour: str) -> bool:
    """Whether a colour goes with nearly everything."""
    return colour in NEUTRAL_SHADES or vocabulary().basic(colour) in NEUTRAL


def companions(colour: str) -> dict[Relation, list[str]]:
    """The basic colours by how they relate to a colour."""
    found: dict[Relation, list[str]] = {}
    for other in vocabulary().basic_colours:
        if other != vocabulary().basic(colour):
            found.setdefault(harmony(other, colour).relation, []).append(other)
    return found


def _hue_distance(colour: str, other: str) -> float:
    """Degrees between two colours' hues in OKLab, from 0 to 180."""
    return abs((_hue(colour) - _hue(other) + 180) % 360 - 180)


def _hue(colour: str) -> float:
    pixel = np.array([ImageColor.getrgb(vocabulary().colours[colour].hex)], dtype=np.uint8)
    _, a, b = oklab(linear_light(pixel))[0]
    return math.degrees(math.atan2(b, a))

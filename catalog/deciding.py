"""What to say where a head is not sure: the likeliest slot before the likeliest kind, and patterns and sleeves only where sure."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from catalog.taxonomy import vocabulary

Array = NDArray[np.float32]

GENERAL = ("outerwear", "shoes", "hats")  # slots whose own name says something
SURE_KIND = 0.6  # of such a slot's probability, from which one of its kinds is told
SMALL = (
    0.15  # share of a picture: less of it speaks for jewellery, which shops show smaller than clothes, in inverse proportion
)
SURE = 0.85  # probability from which a pattern or a sleeve is told; both chosen on the validation photos and on half of Mango
SOLID = "solid"
PRINTS = ("floral", "dotted", "animal print", "graphic")  # a print of some kind, if it is not sure of which
PRINTED = "graphic"
# The sleeves that are worth a word, by kind: a shirt's are long unless something is said, a dress has any.
SLEEVES_TOLD = {
    "dresses": ("long", "short", "none"), "jumpsuits": ("long", "short", "none"), "blouses": ("long", "short", "none"),
    "bodysuits": ("long", "short", "none"), "shirts": ("short", "none"), "sweaters": ("short", "none"),
    "coats": ("none",), "blazers": ("none",),
}  # fmt: skip


def sized(kinds: Sequence[str], probabilities: Array, share: float) -> Array:
    """The probabilities where what is seen takes that share of its picture."""
    odds = max(SMALL / share, 1.0)
    weighed = probabilities * [odds if vocabulary().kinds[kind].slot == "jewellery" else 1.0 for kind in kinds]
    return np.asarray(weighed / weighed.sum(), np.float32)


def ranked(kinds: Sequence[str], probabilities: Array) -> list[tuple[str, float]]:
    """Kinds with these probabilities, best first: what to say, then all others by themselves.

    What to say is the best of the likeliest slot: a sweater that may be a shirt, a tee or a blouse is still rather a top than a
    dress. Where that is far from sure, "shoes" is said of what may be sandals or sneakers.
    """
    slots = [vocabulary().kinds[kind].slot for kind in kinds]
    sums = {slot: float(probabilities[[other == slot for other in slots]].sum()) for slot in sorted(set(slots))}
    slot = max(sums, key=lambda slot: sums[slot])
    pairs = sorted(zip(kinds, map(float, probabilities), strict=True), key=lambda pair: -pair[1])
    best = next(pair for pair in pairs if vocabulary().kinds[pair[0]].slot == slot)
    said = (slot, sums[slot]) if slot in GENERAL and best[1] < SURE_KIND * sums[slot] else best
    return [said, *(pair for pair in pairs if pair[0] != said[0])]


def sure_pattern(patterns: Sequence[str], probabilities: Array) -> str | None:
    """The pattern that is surely seen, None where none is; a print of which it is not sure what it shows is `graphic`."""
    shares = dict(zip(patterns, map(float, probabilities), strict=True))
    best = max(shares, key=lambda name: shares[name])
    if shares[best] >= SURE:
        return best
    return PRINTED if sum(shares.get(name, 0.0) for name in PRINTS) >= SURE else None


def sure_sleeve(kind: str, sleeves: Sequence[str], probabilities: Array) -> str | None:
    """Long, short or none, where it is surely seen and not what everyone expects of such a garment."""
    told = next((names for name, names in SLEEVES_TOLD.items() if vocabulary().covers(name, kind)), ())
    best = sleeves[int(probabilities.argmax())]
    return best if best in told and probabilities.max() >= SURE else None

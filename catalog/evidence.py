"""What ImageNet's 1000 classes say of garment types: evidence for those of which there are no photos to learn from.

A purse or a sombrero is a class of its own there; earrings look to it like chains, hooks and safety pins. Finer groups (jeans,
skirts, cardigans, sneakers) were tried: they cost eight points of the bottoms of Mango's half to choose by. Chains and
necklaces are none of their own either: two fifths of that half's earrings became necklaces.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from catalog.taxonomy import vocabulary

FLOOR = -8.0  # log probability below which a group says nothing more


@dataclass(frozen=True)
class Group:
    """ImageNet classes (in their usual order) that speak for kinds; a slot's name stands for all its kinds."""

    classes: tuple[int, ...]
    speaks_for: tuple[str, ...]


CLOTHES = (
    399, 400, 411, 445, 459, 474, 501, 568, 578, 601, 608, 610, 614, 617, 638, 639, 652, 655, 689, 697, 735, 775, 834, 841, 842,
    869, 911,
)  # fmt: skip
GROUPS = (
    Group(CLOTHES, ("tops", "bottoms", "all-body", "outerwear")),
    Group((502, 514, 630, 770, 774), ("shoes",)),
    Group((414, 588, 636, 728, 748, 790, 893), ("bags",)),
    Group((433, 439, 452, 515, 518, 560, 667, 793, 796, 808), ("hats",)),
    Group((488, 600, 679, 772, 584), ("earrings", "necklaces", "bracelets", "rings")),
    Group((409, 531, 826), ("watches",)),
    Group((836, 837), ("sunglasses",)),
    Group((552, 591, 824), ("scarves",)),
    Group((658,), ("gloves",)),
    Group((496, 806), ("socks",)),
    Group((464,), ("belts",)),
    Group((451, 457, 906), ("ties",)),
    Group((879,), ("umbrellas",)),
    Group((584,), ("headbands",)),
)
WORN = tuple({number for group in GROUPS for number in group.classes})  # what speaks for a garment at all


@lru_cache(maxsize=512)
def speaks_for(group: Group, kind: str) -> bool:
    """Whether a group's evidence is for a kind."""
    return any(vocabulary().covers(name, kind) or vocabulary().kinds[kind].slot == name for name in group.speaks_for)


def evidence(log_probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log probability of each group above FLOOR (n × groups), from those of ImageNet's classes (n × 1000)."""
    sums = [np.exp(log_probabilities[:, list(group.classes)]).sum(axis=1) for group in GROUPS]
    return np.asarray(np.log(np.maximum(np.stack(sums, axis=1), np.exp(FLOOR))) - FLOOR, np.float32)

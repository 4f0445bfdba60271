"""Readers of outfit data sets. What is left out is counted, and said."""

import json
from dataclasses import dataclass
from pathlib import Path

from finetune.tasks import Outfits, TaskError

# Polyvore-T (Wang et al. 2019) has five slots of its own; dresses stand among its bottoms.
POLYVORE_T_SLOTS = {"upper": "tops", "bottom": "bottoms", "shoe": "shoes", "bag": "bags", "accessory": "accessories"}
FEWEST = 3  # items of an outfit that is kept


@dataclass(frozen=True)
class Read:
    """Outfits (id -> slot -> caption), and how many items and outfits were left out."""

    outfits: Outfits
    nameless_items: int
    short_outfits: int


def read_polyvore_t(path: Path) -> Read:
    """Polyvore-T's test.json or valid.json. Items without a name are left out, then outfits of fewer than three items."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise TaskError(f"{path} cannot be read as Polyvore-T: {error}.") from error
    named = {
        outfit: {POLYVORE_T_SLOTS[slot]: " ".join(item["name"].split()) for slot, item in items.items() if item["name"].strip()}
        for outfit, items in raw.items()
    }
    kept = {outfit: items for outfit, items in named.items() if len(items) >= FEWEST}
    nameless = sum(map(len, raw.values())) - sum(map(len, named.values()))
    return Read(kept, nameless, len(named) - len(kept))

"""How good the embedded captioner is: garment types on held-out photos, slots and colours on a shop's pictures."""

import csv
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

from catalog.descriptions import Description
from catalog.images import open_picture
from catalog.taxonomy import vocabulary
from catalog.vision import EmbeddedCaptioner

CHUNK = 16
MAIN_SLOTS = ("tops", "bottoms", "all-body", "outerwear", "shoes")


@dataclass(frozen=True)
class Truth:
    """A picture with what is true of it; what is None or empty is not known."""

    path: Path
    label: str
    slot: str
    kind: str | None = None
    colours: tuple[str, ...] = ()


def rate(hits: Sequence[bool]) -> dict[str, Any]:
    """Share of hits with n and its 95 % Wilson interval. Raises ValueError for no cases."""
    n = len(hits)
    if not n:
        raise ValueError("nothing to measure: no case is left")
    share, z = sum(hits) / n, 1.96
    middle, half = (share + z * z / (2 * n)), z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = ((middle + sign * half) / (1 + z * z / n) for sign in (-1, 1))
    return {"rate": round(share, 4), "n": n, "low": round(low, 4), "high": round(high, 4)}


def described(captioner: EmbeddedCaptioner, truths: Sequence[Truth]) -> Iterator[tuple[Truth, Description]]:
    """Each picture with its description."""
    for start in range(0, len(truths), CHUNK):
        some = truths[start : start + CHUNK]
        yield from zip(some, captioner.guess([open_picture(truth.path) for truth in some]), strict=True)


def measure_photos(captioner: EmbeddedCaptioner, truths: Sequence[Truth]) -> dict[str, Any]:
    """Garment type and slot on labelled photos, and how well the question mark is placed."""
    start = time.perf_counter()
    pairs = list(described(captioner, truths))
    pace = len(pairs) / (time.perf_counter() - start)
    biggest = {label for label, _ in Counter(truth.label for truth in truths).most_common(10)}
    right = [(truth, said, said.kind == truth.kind) for truth, said in pairs]
    sure = [hit for _, said, hit in right if not said.unsure]
    wrong = Counter(f"{truth.kind} -> {said.kind}" for truth, said, hit in right if not hit)
    return {
        "kind": rate([hit for *_, hit in right]),
        "kind_10_biggest_labels": rate([hit for truth, _, hit in right if truth.label in biggest]),
        "kind_where_sure": rate(sure),
        "asked": round(1 - len(sure) / len(right), 4),
        "errors_among_asked": rate([said.unsure for _, said, hit in right if not hit]),
        "slot": rate([said.slot == truth.slot for truth, said in pairs]),
        "per_label": {label: rate([hit for truth, _, hit in right if truth.label == label]) for label in _labels(truths)},
        "commonest_errors": dict(wrong.most_common(12)),
        "calibration_error": _calibration_error([(said.confidence or 0.0, hit) for _, said, hit in right]),
        "pictures_per_second": round(pace, 1),
    }


def measure_shop(captioner: EmbeddedCaptioner, truths: Sequence[Truth]) -> dict[str, Any]:
    """Slot recall and colours on a shop's pictures; `none` rows and rows without colours are left out and counted."""
    worn = [truth for truth in truths if truth.slot in vocabulary().slots]
    pairs = list(described(captioner, worn))
    hits = {slot: [said.slot == slot for truth, said in pairs if truth.slot == slot] for slot in _slots(worn)}
    coloured = [(truth, [vocabulary().basic(name) for name in said.colours]) for truth, said in pairs if truth.colours]
    wrong = Counter(f"{truth.label} ({truth.slot}) -> {said.kind}" for truth, said in pairs if said.slot != truth.slot)
    mistaken = Counter(f"{'|'.join(truth.colours)} -> {said[0]}" for truth, said in coloured if said[0] not in truth.colours)
    return {
        "slot": rate([hit for row in hits.values() for hit in row]),
        "slot_main": rate([hit for slot, row in hits.items() if slot in MAIN_SLOTS for hit in row]),
        "slot_other": rate([hit for slot, row in hits.items() if slot not in MAIN_SLOTS for hit in row]),
        "per_slot": {slot: rate(row) for slot, row in hits.items()},
        "left_out_none": len(truths) - len(worn),
        "main_colour": rate([said[0] in truth.colours for truth, said in coloured]),
        "any_colour": rate([bool(set(said) & set(truth.colours)) for truth, said in coloured]),
        "main_colour_per_slot": {
            slot: rate([said[0] in truth.colours for truth, said in coloured if truth.slot == slot]) for slot in hits
        },
        "left_out_without_colours": len(pairs) - len(coloured),
        "asked": rate([said.unsure for _, said in pairs]),
        "commonest_slot_errors": dict(wrong.most_common(25)),
        "commonest_colour_errors": dict(mistaken.most_common(25)),
    }


def read_mango(folder: Path) -> list[Truth]:
    """The products of the Mango set; a slot of `none` is kept, to be counted."""
    with (folder / "products.csv").open(encoding="utf-8", newline="") as file:
        return [
            Truth(folder / row["image"], row["type"], row["slot"], colours=tuple(filter(None, row["colours"].split("|"))))
            for row in csv.DictReader(file)
        ]


def _slots(truths: Sequence[Truth]) -> list[str]:
    return [slot for slot in vocabulary().slots if any(truth.slot == slot for truth in truths)]


def _labels(truths: Sequence[Truth]) -> list[str]:
    return [label for label, _ in Counter(truth.label for truth in truths).most_common()]


def _calibration_error(pairs: Sequence[tuple[float, bool]], bins: int = 10) -> float:
    """Expected calibration error: how far confidence and hit rate lie apart, on average over ten bins."""
    error = 0.0
    for low in range(bins):
        inside = [(sure, hit) for sure, hit in pairs if low <= sure * bins < low + 1 or (low == bins - 1 and sure == 1)]
        error += abs(sum(sure for sure, _ in inside) - sum(hit for _, hit in inside))
    return round(error / max(len(pairs), 1), 4)

"""How far what is said of pictures agrees with what is true of them: slots, garment types, colours. A picture of which
nothing was said counts as a miss everywhere."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

from catalog.deciding import PRINTED, PRINTS, SOLID
from catalog.descriptions import Description
from catalog.photos import label_of
from catalog.taxonomy import vocabulary
from catalog.truths import Truth

MAIN_SLOTS = ("tops", "bottoms", "all-body", "outerwear", "shoes")
NOTHING = "nothing"  # a column of confusion: no caption, or none that names a colour
OTHER = "other"
COMMONEST = 25  # errors that are listed

Pairs = Sequence[tuple[Truth, Description | None]]


def rate(hits: Sequence[bool]) -> dict[str, Any]:
    """Share of hits with n and its 95 % Wilson interval. Raises ValueError for no cases."""
    n = len(hits)
    if not n:
        raise ValueError("nothing to measure: no case is left")
    share, z = sum(hits) / n, 1.96
    middle, half = (share + z * z / (2 * n)), z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = ((middle + sign * half) / (1 + z * z / n) for sign in (-1, 1))
    return {"rate": round(share, 4), "n": n, "low": round(low, 4), "high": round(high, 4)}


def rates(hits: Mapping[str, Sequence[bool]]) -> dict[str, Any]:
    """A rate by name; a name without cases is left out."""
    return {name: rate(row) for name, row in hits.items() if row}


def confusion(cases: Sequence[tuple[str, str]], order: Sequence[str]) -> dict[str, dict[str, int]]:
    """True name -> said name -> count, of (true, said); names in this order, then any others by the alphabet."""
    counted = Counter(cases)
    names = [*order, *sorted({name for case in counted for name in case}.difference(order))]
    rows = {true: {said: counted[true, said] for said in names if counted[true, said]} for true in names}
    return {true: row for true, row in rows.items() if row}


def slots(pairs: Pairs) -> dict[str, Any]:
    """Recall over all slots, the main and the other ones, each slot's recall and precision, and what passes for what."""
    names = vocabulary().slots
    cases = [(truth.slot, said.slot if said else NOTHING) for truth, said in pairs]
    recall = {slot: [said == true for true, said in cases if true == slot] for slot in names}
    main = {
        slot in MAIN_SLOTS: [said == true for true, said in cases if (true in MAIN_SLOTS) == (slot in MAIN_SLOTS)]
        for slot in names
    }
    return rates({"slot": [said == true for true, said in cases], "slot_main": main[True], "slot_other": main[False]}) | {
        "per_slot": rates(recall),
        "per_slot_precision": rates({slot: [said == true for true, said in cases if said == slot] for slot in names}),
        "slot_confusion": confusion(cases, names),
    }


def not_wrong(truth: Truth, said: Description | None) -> bool:
    """Whether the kind that is said covers a true one, or is covered by one: "shoes" or "chelsea boots" for ankle boots."""
    covers = vocabulary().covers
    return said is not None and any(covers(said.kind, kind) or covers(kind, said.kind) for kind in truth.kinds)


def as_fine(truth: Truth, said: Description | None) -> bool:
    """Whether the kind that is said is a true one or below it: "chelsea boots" for ankle boots, but not "shoes"."""
    return said is not None and any(vocabulary().covers(kind, said.kind) for kind in truth.kinds)


def kinds(pairs: Pairs) -> dict[str, Any]:
    """Agreement of garment types at two levels, by label too; pictures whose label means no kind are left out, and counted."""
    known = [(truth, said) for truth, said in pairs if truth.kinds]
    left = Counter(truth.label for truth, _ in pairs if not truth.kinds)
    labels = Counter(truth.label for truth, _ in known)
    return rates(
        {
            "kind_not_wrong": [not_wrong(*pair) for pair in known],
            "kind_as_fine": [as_fine(*pair) for pair in known],
        }
    ) | {
        "per_label": rates(
            {label: [as_fine(*pair) for pair in known if pair[0].label == label] for label, _ in labels.most_common()}
        ),
        "kind_left_out": dict(left.most_common()),
        "kind_confusion": _kind_confusion(known),
    }


def _kind_confusion(known: Pairs) -> dict[str, Any]:
    """By true kinds; what is said counts for the nearest of them that covers it, the true one before any other."""
    names = [kind for kind, _ in Counter(truth.kinds[0] for truth, _ in known).most_common()]
    cases = []
    for truth, said in known:
        right = truth.kinds[0] if as_fine(truth, said) else None
        cases.append((truth.kinds[0], right or (_nearest(said.kind, names) if said else NOTHING)))
    return confusion(cases, names)


def _nearest(kind: str, names: Sequence[str]) -> str:
    above = [name for name in names if vocabulary().covers(name, kind)]
    return max(above, key=lambda name: sum(vocabulary().covers(other, name) for other in vocabulary().kinds), default=OTHER)


def colours(pairs: Pairs) -> dict[str, Any]:
    """Whether the main colour, or any that is said, is among the true ones. Pictures without true colours are left out.

    In the confusion a picture of several true colours stands in the row of the one that is said, else of the first.
    """
    known = [(truth, _basic(said)) for truth, said in pairs if truth.colours]
    right = [(truth, said[0] in truth.colours) for truth, said in known]
    by_slot = {slot: [hit for truth, hit in right if truth.slot == slot] for slot in vocabulary().slots}
    cases = [(said[0] if said[0] in truth.colours else truth.colours[0], said[0]) for truth, said in known]
    any_colour = [bool(set(said) & set(truth.colours)) for truth, said in known]
    names = vocabulary().basic_colours
    return rates({"main_colour": [hit for _, hit in right], "any_colour": any_colour}) | {
        "main_colour_per_slot": rates(by_slot),
        "left_out_without_colours": len(pairs) - len(known),
        "colour_confusion": confusion(cases, names),
    }


def patterns(pairs: Pairs) -> dict[str, Any]:
    """Of the patterns that are told (stripes, flowers …) the right ones, of those that are there the ones that are told.

    Who says that there is a print is right about every print. Pictures whose pattern nobody told us are left out.
    """
    known = [(truth.pattern, said.pattern if said else None) for truth, said in pairs if truth.pattern]
    right = [(true, said, said == true or (said == PRINTED and true in PRINTS)) for true, said in known]
    return rates(
        {
            "pattern_precision": [hit for _, said, hit in right if said not in (None, SOLID)],
            "pattern_recall": [hit for true, _, hit in right if true != SOLID],
        }
    ) | {"pattern_confusion": confusion([(str(true), said or NOTHING) for true, said in known], vocabulary().patterns)}


def _basic(said: Description | None) -> list[str]:
    """The basic colours that are said, the main one first."""
    return [vocabulary().basic(name) for name in said.colours] if said and said.colours else [NOTHING]


def commonest_errors(pairs: Pairs) -> dict[str, dict[str, int]]:
    """What is taken for what most often, of slots, kinds and colours."""
    told = [(truth, said) for truth, said in pairs if said]
    wrong = {
        "slot": [f"{truth.label} ({truth.slot}) -> {said.kind}" for truth, said in told if said.slot != truth.slot],
        "kind": [f"{truth.label} -> {said.kind}" for truth, said in told if truth.kinds and not not_wrong(truth, said)],
        "colour": [
            f"{'|'.join(truth.colours)} -> {_basic(said)[0]}"
            for truth, said in told
            if truth.colours and _basic(said)[0] not in truth.colours
        ],
    }
    return {what: dict(Counter(cases).most_common(COMMONEST)) for what, cases in wrong.items()}


def certainty(pairs: Pairs, bins: int = 10) -> dict[str, Any]:
    """Of a captioner that says how sure it is: how well its question mark is placed on labelled photos, and its expected
    calibration error."""
    told = [(truth, said, label_of(said.kind) == truth.label) for truth, said in pairs if said]
    error = 0.0
    for low in range(bins):
        inside = [
            (said.confidence or 0.0, hit) for _, said, hit in told if low == min(int((said.confidence or 0.0) * bins), bins - 1)
        ]
        error += abs(sum(sure for sure, _ in inside) - sum(hit for _, hit in inside))
    return rates(
        {
            "kind_where_sure": [hit for _, said, hit in told if not said.unsure],
            "asked": [said.unsure for _, said, _ in told],
            "errors_among_asked": [said.unsure for _, said, hit in told if not hit],
        }
    ) | {"calibration_error": round(error / max(len(told), 1), 4)}

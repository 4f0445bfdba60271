"""The table of captions by source, from the figures of `catalog.measure_captions` and `finetune.measure_captions`."""

from collections.abc import Mapping
from typing import Any

from finetune.same_questions import ATTRIBUTES

SOURCED: tuple[tuple[str, tuple[str, ...]], ...] = (  # what is measured of each source, and where it stands in its figures
    ("slot on Mango: tops, bottoms, all-body, outerwear, shoes", ("mango", "slot_main")),
    ("slot on Mango: the other six", ("mango", "slot_other")),
    ("type on Mango is not wrong (may be more general)", ("mango", "kind_not_wrong")),
    ("type on Mango as fine as the shop's own, or finer", ("mango", "kind_as_fine")),
    ("main colour on Mango is among the true ones", ("mango", "main_colour")),
    ("any colour on Mango is among the true ones", ("mango", "any_colour")),
    ("a pattern that is told on Mango is right", ("mango", "pattern_precision")),
    ("a pattern that is there on Mango is told", ("mango", "pattern_recall")),
    ("slot on photos", ("photos", "slot")),
    ("garment type on photos, of the 17 that their labels tell apart", ("photos", "kind")),
    ("type on photos is not wrong (may be more general)", ("photos", "kind_not_wrong")),
    ("type on photos as fine as we see it, or finer", ("photos", "kind_as_fine")),
    ("a pattern that is told on photos is right", ("photos", "pattern_precision")),
    ("a pattern that is there on photos is told", ("photos", "pattern_recall")),
    ("finds its own product first among {gallery:,}", ("own_product", "recall@1")),
    ("finds its own product among the first 10", ("own_product", "recall@10")),
    ("FITB on Mango, the stylist that ships (zero-shot)", ("fitb", "blend")),
    ("FITB on Mango, type-aware", ("fitb", "type-aware")),
    ("FITB on Mango, cosine-mean", ("fitb", "cosine-mean")),
)


def by_source(sources: Mapping[str, Any]) -> str:
    """The table, as Markdown. Of Mango's pictures each cell has the half that is reported, and all of them beside it."""
    names = sorted(sources, key=lambda name: (name != ATTRIBUTES, name != "embedded", name))
    lines = [f"| what | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    gallery = max((sources[name].get("own_product", {}).get("gallery", 0) for name in names), default=0)
    for what, (part, figure) in SOURCED:
        cells = (_sourced(sources[name].get(part, {}), figure) for name in names)
        lines.append(f"| {what.format(gallery=gallery)} | {' | '.join(cells)} |")
    twins = (sources[name].get("fitb_options_alike") for name in names)
    lines.append(
        f"| questions where a wrong option has the right one's words | {' | '.join(_percent(twin) for twin in twins)} |"
    )
    for what, figure in (("recall", "per_slot"), ("precision", "per_slot_precision")):
        slots = (sources[name].get("mango", {}).get("test", {}).get(figure, {}) for name in names)
        lines.append(f"| each slot's {what} on Mango | {' | '.join(map(_listed, slots))} |")
    lacking = (sources[name].get("mango", {}).get("without_caption") for name in names)
    counted = ("—" if why is None else f"{sum(why.values()):,}" for why in lacking)
    lines.append(f"| pictures of Mango without a caption (counted as misses) | {' | '.join(counted)} |")
    return "\n".join(lines) + "\n"


def _sourced(found: dict[str, Any], figure: str) -> str:
    """A cell, with what a source has more than the attributes; a dash where it has no such figure."""
    halves = "test" in found
    part = found.get("test", found)
    if figure not in part:
        return "—"
    more = part[figure].get("more")
    every = f"; all {found['all'][figure]['rate']:.1%}" if halves else ""
    gain = f"; {more['value'] * 100:+.1f} [{more['low'] * 100:+.1f}, {more['high'] * 100:+.1f}] points" if more else ""
    return share(part[figure]) + every + gain


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share:.1%}"


def _listed(found: dict[str, Any]) -> str:
    return ", ".join(f"{name} {figure['rate']:.0%}" for name, figure in found.items()) or "—"


def share(figure: dict[str, Any]) -> str:
    """A share with its 95 % interval and count."""
    return f"{figure['rate']:.1%} [{figure['low']:.1%}, {figure['high']:.1%}], n = {figure['n']:,}"

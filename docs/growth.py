"""Draws docs/growth.png from docs/measured/filters.json: how filtered search grows with a shop. Run by `make measure-index`."""

import json
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
PANELS = (
    ("p95 of a filtered complement query, ms", {"ours": ("ours", "p95_ms"), "plain `where`": ("plain", "p95_ms")}),
    ("memory of a reader and disk, MB", {"memory": ("reader_megabytes",), "disk": ("disk_megabytes",)}),
    ("seconds to build", {"build": ("build_seconds",)}),
)


def draw(found: dict[str, Any], into: Path) -> None:
    """Three panels over the number of items, all axes logarithmic."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 3.6), layout="constrained")
    for axes, (title, lines) in zip(figure.subplots(1, len(PANELS)), PANELS, strict=True):
        for place, (name, keys) in enumerate(lines.items()):
            points = [(row["items"], value) for row in found.values() if (value := _value(row, keys)) is not None]
            axes.plot(*zip(*points, strict=True), marker="o", label=name)
            for at, value in points:
                axes.annotate(
                    f"{value:,.0f}", (at, value), textcoords="offset points", xytext=(4, -14 if place else 6), fontsize=8
                )
        axes.set(title=title, xscale="log", yscale="log", xlabel="items")
        axes.grid(alpha=0.3)
        axes.margins(0.15)
        if len(lines) > 1:
            axes.legend()
    figure.savefig(into, dpi=110)


def _value(row: Any, keys: tuple[str, ...]) -> float | None:
    for key in keys:
        row = row.get(key) if row else None
    return row


if __name__ == "__main__":
    draw(json.loads((DOCS / "measured" / "filters.json").read_text(encoding="utf-8")), DOCS / "growth.png")

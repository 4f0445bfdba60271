"""Draws docs/confusion-*.png from docs/measured/captions.json: what captions take for what. Run by `make measure-captions`.

Rows are what is true, columns what is said; each row adds up to 100 %. Of Mango it is the half that is reported.
"""

import json
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
MEASURED = DOCS / "measured" / "captions.json"
MATRICES = {  # by the picture's name: where it stands in a source's figures, and its title
    "slots": (("mango", "test", "slot_confusion"), "slots on Mango"),
    "kinds": (("photos", "kind_confusion"), "garment types on photos kept out of training"),
    "colours": (("mango", "test", "colour_confusion"), "main colours on Mango"),
}
LAST = ("other", "nothing")  # columns that are no row
PALE = 0.5  # share from which on numbers are white


def draw(matrix: dict[str, dict[str, int]], title: str, into: Path) -> None:
    """One matrix as a picture, the share of its row in each cell that is not empty."""
    from matplotlib.figure import Figure

    rows, columns, shares = table(matrix)
    figure = Figure(figsize=(2.2 + 0.5 * len(columns), 1.9 + 0.36 * len(rows)), layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for y, row in enumerate(shares):
        for x, share in enumerate(row):
            if share >= 0.005:
                colour = "white" if share > PALE else "black"
                axes.text(x, y, f"{100 * share:.0f}", ha="center", va="center", fontsize=9, color=colour)
    axes.set_xticks(range(len(columns)), columns, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(rows)), [f"{name} ({sum(matrix[name].values()):,})" for name in rows])
    axes.set(title=f"{title}, % of each row", xlabel="said", ylabel="true (pictures)")
    figure.savefig(into, dpi=90)


def table(matrix: dict[str, dict[str, int]]) -> tuple[list[str], list[str], list[list[float]]]:
    """Rows, columns and the share of its row that each cell has; columns without a row come last."""
    rows = list(matrix)
    said = {name for row in matrix.values() for name in row}
    columns = [*rows, *sorted(said.difference(rows), key=lambda name: (name in LAST, name))]
    return rows, columns, [[matrix[row].get(name, 0) / sum(matrix[row].values()) for name in columns] for row in rows]


def pictures(found: dict[str, Any], folder: Path) -> list[Path]:
    """Every matrix of every source that has it, as a file named by both; returns their paths."""
    made = []
    for source, figures in found["sources"].items():
        for name, (places, title) in MATRICES.items():
            matrix: Any = figures
            for place in places:
                matrix = matrix.get(place, {})
            if matrix:
                made.append(folder / f"confusion-{source}-{name}.png")
                draw(matrix, f"{source}: {title}", made[-1])
    return made


if __name__ == "__main__":
    for path in pictures(json.loads(MEASURED.read_text(encoding="utf-8")), DOCS):
        print(path.relative_to(DOCS.parent))

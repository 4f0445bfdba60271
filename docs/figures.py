"""Renders the README's table of measurements from docs/measured/*.json. Run by `make readme`; held by tests/test_readme.py."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
START, END = "<!-- measured -->\n", "<!-- /measured -->"


def share(figure: dict[str, Any]) -> str:
    """A share with its interval and count."""
    low, high = figure["ci95"]
    return f"{figure['value']:.1%} [{low:.1%}, {high:.1%}], n = {figure['n']:,}"


def table() -> str:
    """The table, one row a figure."""
    rows = ["| what | measured | command |", "|---|---|---|"]
    for name, command, render in PARTS:
        path = ROOT / "docs" / "measured" / name
        if path.is_file():
            rows += [f"| {what} | {value} | `{command}` |" for what, value in render(json.loads(path.read_text()))]
    return "\n".join(rows) + "\n"


def captions(found: dict[str, Any]) -> list[tuple[str, str]]:
    """The captioner's figures."""
    return [(what, share(found[key])) for key, what in CAPTION_ROWS.items() if key in found] + [
        (
            "slot on Mango, by slot (recall)",
            ", ".join(f"{slot} {r['value']:.0%} of {r['n']}" for slot, r in found["mango_slots"].items()),
        ),
        ("captions a second, from file to caption", f"{found['pictures_a_second']:.1f}"),
    ]


CAPTION_ROWS = {
    "kind": "garment type on photos kept out of training",
    "kind_of_ten": "garment type among the 10 most frequent classes (a linear probe gave 86 %)",
    "slot": "slot on photos kept out of training",
    "mango_slot": "slot on Mango's pictures (rows without a slot left out)",
    "mango_colour": "main colour on Mango is one of the true ones",
}


def shop(found: dict[str, Any]) -> list[tuple[str, str]]:
    """How long a shop takes to build."""
    captions = found["items"] / found["caption_seconds"]
    index = found["items"] / found["index_seconds"]
    return [
        (
            f"building a shop of {found['items']:,} pictured items",
            f"{captions:.1f} captions a second, {index:.0f} items indexed a second",
        )
    ]


def answer(found: dict[str, Any]) -> list[tuple[str, str]]:
    """How long an answer takes, by stage."""
    stages = ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in found["median_stage_seconds"].items() if seconds)
    return [
        (
            f"from photo to answer among {found['shop_items']:,} items (median of {found['photos']})",
            f"{found['median_seconds']:.2f} s: {stages}",
        )
    ]


def ranking(what: str) -> Callable[[dict[str, Any]], list[tuple[str, str]]]:
    """A result row of the benchmark."""

    def render(found: dict[str, Any]) -> list[tuple[str, str]]:
        low, high = found["ci95"]
        return [(what, f"{found['value']:.1%} [{low:.1%}, {high:.1%}], n = {found['n']:,}")]

    return render


PARTS: list[tuple[str, str, Callable[[dict[str, Any]], list[tuple[str, str]]]]] = [
    ("captions.json", "make measure-captions", captions),
    ("shop.json", "make measure-shop", shop),
    ("answer.json", "make measure-shop", answer),
    ("ranking-similarity.json", "make measure-ranking", ranking("FITB on Polyvore-T valid, caption similarity")),
    ("ranking-stylist.json", "make measure-ranking", ranking("FITB on Polyvore-T valid, untrained stylist")),
]


def rendered(readme: str) -> str:
    """The README with its table as the files have it."""
    before, rest = readme.split(START)
    return before + START + table() + END + rest.split(END, 1)[1]


if __name__ == "__main__":
    path = ROOT / "README.md"
    path.write_text(rendered(path.read_text(encoding="utf-8")), encoding="utf-8")

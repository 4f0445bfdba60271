"""Renders the README's tables and the shipped stylist's from docs/measured and finetune/results. Run by `make readme`; held by tests/test_readme.py."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scipy.stats import binomtest

from finetune.caption_table import by_source, share
from finetune.tables import complement, rows, stylist, tables

ROOT = Path(__file__).parent.parent


def table() -> str:
    """The table, one row a figure."""
    lines = ["| what | measured | command |", "|---|---|---|"]
    for name, command, render in PARTS:
        path = ROOT / "docs" / "measured" / name
        if path.is_file():
            lines += [f"| {what} | {value} | `{command}` |" for what, value in render(json.loads(path.read_text()))]
    return "\n".join(lines) + "\n"


def captions(found: dict[str, Any]) -> list[tuple[str, str]]:
    """The embedded captioner's figures that no other source of captions has."""
    embedded = found["sources"]["embedded"]
    photos = embedded["photos"]
    asked = f"garment type on photos where it does not ask back (it asks on {photos['asked']['rate']:.0%})"
    return [
        ("garment type on photos, the 10 most frequent labels (a linear probe: 86 %)", share(photos["kind_10_biggest_labels"])),
        (asked, share(photos["kind_where_sure"])),
        ("captions a second from file to caption, photos", f"{embedded['pictures_per_second']:.1f}"),
    ]


def several(found: dict[str, Any]) -> list[tuple[str, str]]:
    """How well several garments in a picture, and none, are told."""
    return [
        ("photos of one garment, kept out: taken for several", share(found["photos"]["split"])),
        ("the same: taken for none", share(found["photos"]["none"])),
        ("Mango's pictures of one product: taken for several", share(found["mango"]["split"])),
        ("the same: taken for none", share(found["mango"]["none"])),
        ("Mango's scents, glasses, baskets, candles: told to be no garment", share(found["no_fashion"])),
        ("two or three cut-outs side by side: all counted", share(found["side_by_side"]["counted"])),
        ("the same: boxes found (half of the union shared)", share(found["side_by_side"]["boxes"])),
        ("top, bottom and shoes put together as if worn: all counted", share(found["worn"]["counted"])),
        ("the same: boxes found", share(found["worn"]["boxes"])),
    ]


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


def conversations(found: dict[str, Any]) -> list[tuple[str, str]]:
    """How many turns of whole conversations are answered as expected."""
    files = found["summary"]["files"]
    halves = {
        "developed against": [file for file in files if "held_out" not in file["file"]],
        "held out": [file for file in files if "held_out" in file["file"]],
    }
    return [(f"turns of conversations answered as expected, {name}", _turns(half)) for name, half in halves.items()]


def _turns(files: list[dict[str, Any]]) -> str:
    passed, turns = sum(file["passed"] for file in files), sum(file["turns"] for file in files)
    interval = binomtest(passed, turns).proportion_ci(method="wilson")
    broken = {
        name.replace("_", " "): sum(file[name] for file in files) for name in ("broken_filters", "ungrounded", "over_budget")
    }
    kept = ", ".join(f"{count} {name}" for name, count in broken.items())
    return f"{passed / turns:.1%} [{interval.low:.1%}, {interval.high:.1%}], n = {turns:,}; {kept}"


def endpoint(found: dict[str, Any]) -> list[tuple[str, str]]:
    """The same through a scripted endpoint."""
    return [
        (
            f"turns through a scripted endpoint, {way}",
            f"{run['answered']} of {run['turns']} answered, {run['passed'] / run['turns']:.1%} as expected; planner took over {run['takeovers']}, "
            f"calls repaired {run['repairs']}, rewritten {run['rewritten']}; {run['broken_filters']} broken filters, {run['ungrounded']} ungrounded",
        )
        for way, run in found.items()
    ]


def talk(found: dict[str, Any]) -> list[tuple[str, str]]:
    """How long a turn takes, by what it asks."""
    names = {"complement": "what goes with it", "search": "a search", "build": f"a look of {found['build']['pieces']}"}
    return [
        (
            f"a turn among {found['shop_items']:,} items: {names[sort]} (median of {found[sort]['turns']})",
            f"{found[sort]['median_seconds']:.2f} s, {found[sort]['most_seconds']:.2f} s at most: "
            + ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in found[sort]["median_stage_seconds"].items()),
        )
        for sort in names
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


def variety(found: dict[str, Any]) -> list[tuple[str, str]]:
    """How the few that are shown differ."""
    lines = []
    for way in ("varied", "by fit alone"):
        part = found[way]
        value = (
            f"{part['with_near_twins']:.0%} with near-twins, {part['basic_colours']:.1f} colours, "
            f"mean rank by fit {part['mean_fit_rank']:.1f}"
        )
        lines.append((f"the {found['shown']} shown to complete each of {found['outfits']} Mango outfits, {way}", value))
    return lines


def filters(found: dict[str, Any]) -> list[tuple[str, str]]:
    """Filtered complement queries as a shop grows, against the plain way."""
    lines = []
    for row in found.values():
        ours, plain, readers = row["ours"], row.get("plain"), row["readers"]
        value = f"p95 {ours['p95_ms']:.1f} ms, recall {ours['recall']:.3f}"
        if plain:
            value += (
                f"; plain `where` {plain['p95_ms']:.0f} ms, recall {plain['recall']:.3f}: "
                f"{plain['p95_ms'] / ours['p95_ms']:.0f} times as long"
            )
        value += f"; 8 reader threads {readers['8']:.0f} queries a second, one {readers['1']:.0f}"
        lines.append((f"a filtered complement query among {row['items']:,} items", value))
    return lines


def known_items(found: dict[str, Any]) -> list[tuple[str, str]]:
    """Known items by three ways to ask, fused against each way alone."""
    lines = []
    for what, words in (("name", "its name"), ("typo", "its name with a typo"), ("description", "words without the brand")):
        alone = ", ".join(f"{way} alone {found[way][what]['rate']:.1%}" for way in ("vectors", "words"))
        title = f"a product among {found['products']:,} by {words}: among the first ten"
        lines.append((title, f"{share(found['fused'][what])}; {alone}"))
    return lines


def answering(found: dict[str, Any]) -> list[tuple[str, str]]:
    """Questions a second, ours against the paper's way."""
    lines = []
    for name in ("options_4", "options_20"):
        part = found[name]
        value = f"{part['ours_per_second']:.2f} against {part['generate_per_second']:.2f}: {part['ratio']:.1f} times"
        lines.append((f"FITB questions a second, ours against generating, {name.rpartition('_')[2]} options", value))
    return lines


def picking(found: dict[str, Any]) -> list[tuple[str, str]]:
    """How long a pick and a score take, and how much longer by a language model asked in plain ways."""
    lines = []
    for what, asked in (("pick", "a pick among 20 candidates for an outfit of 4"), ("score", "a score of an outfit of 5")):
        part = found[what]
        said = (("passes", "one pass of SmolLM2 for each"), ("generated", "one generated score for each"))
        slower = ", ".join(f"{words} {part[way]['times']:.0f} times as long" for way, words in said)
        lines.append((f"{asked} (median of {found['questions']})", f"{part['ours']['seconds'] * 1000:.0f} ms; {slower}"))
    return lines


def training(found: dict[str, Any]) -> list[tuple[str, str]]:
    """Tokens a second of a training step, ours against TRL as it comes."""
    return [
        (
            f"{stage.upper()}: tokens a second of a training step, our recipe against TRL's defaults",
            f"{found[stage]['ours_tokens_per_second']:.0f} against {found[stage]['trl_tokens_per_second']:.0f}: {found[stage]['ratio']:.1f} times",
        )
        for stage in ("sft", "dpo")
    ]


PARTS: list[tuple[str, str, Callable[[dict[str, Any]], list[tuple[str, str]]]]] = [
    ("captions.json", "make measure-captions", captions),
    ("several.json", "make measure-several", several),
    ("conversations.json", "make measure-conversations", conversations),
    ("endpoint.json", "make measure-conversations", endpoint),
    ("talk.json", "make measure-conversations", talk),
    ("shop.json", "make measure-shop", shop),
    ("answer.json", "make measure-shop", answer),
    ("variety.json", "make measure-shop", variety),
    ("filters.json", "make measure-index", filters),
    ("known-items.json", "make measure-index", known_items),
    ("answering.json", "make measure-speed", answering),
    ("picking.json", "make measure-speed", picking),
    ("training.json", "make measure-speed", training),
]


def sizing() -> str:
    """What a shop of each size takes, from the same file as the plot."""
    found = _measured("filters.json")
    lines = ["| items | build | disk | memory of a reader | filtered query, median and p95 |", "|---|---|---|---|---|"]
    for row in found.values():
        memory, disk, ours = row["reader_megabytes"] / 1000, row["disk_megabytes"] / 1000, row["ours"]
        lines.append(
            f"| {row['items']:,} | {row['build_seconds'] / 60:.1f} min | {disk:.2f} GB | {memory:.2f} GB "
            f"| {ours['median_ms']:.0f} and {ours['p95_ms']:.0f} ms |"
        )
    return "\n".join(lines) + "\n"


def _measured(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "docs" / "measured" / name).read_text(encoding="utf-8"))
    return found


def rendered(text: str) -> str:
    """A document with its tables as the files have them."""
    found = rows()
    made_of = {
        "measured": table(),
        "captions": by_source(_measured("captions.json")["sources"]),
        "sizing": sizing(),
        "results": tables(found),
    }
    made_of |= {"stylist": "\n".join(stylist(found)) + "\n", "complement": "\n".join(complement(found)) + "\n"}
    for name, made in made_of.items():
        if f"<!-- {name} -->\n" in text:
            before, rest = text.split(f"<!-- {name} -->\n")
            after = rest.split(f"<!-- /{name} -->", 1)[1]
            text = f"{before}<!-- {name} -->\n{made}<!-- /{name} -->{after}"
    return text


CARDS = (ROOT / "finetune" / "shipped" / "README.md", ROOT / "retrieval" / "shipped" / "README.md")
DOCUMENTS = (ROOT / "README.md", *CARDS)

if __name__ == "__main__":
    for path in DOCUMENTS:
        path.write_text(rendered(path.read_text(encoding="utf-8")), encoding="utf-8")

"""`python -m finetune.tables [--results FOLDER]`: the paper's two tables, controls, the stylist that ships, and CIR, as Markdown.

The README's tables are these, made from `finetune/results`.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path

from finetune import cir, finders
from finetune.controls import COMPARING, CONTROLS, SAMPLED
from finetune.results import FOLDER, Estimate, Result, Scoring, read

# "Decoding Style", tables 1 and 2: Mistral-7B on Polyvore Outfits, with captions by LLaVA.
PAPER = {
    "fitb": {"plain": 0.29, "sft": 0.49, "sft+dpo-paper": 0.61},
    "cp": {"plain": 0.579, "sft": 0.6227, "sft+dpo-paper": 0.8103},
}
CHANCE = {"fitb": 0.25, "cp": 0.5}
TITLES = {"fitb": "**Fill in the blank, accuracy** (the paper's table 2)", "cp": "**Compatibility, AUC** (the paper's table 1)"}
MODELS = ("plain", "sft", "sft+dpo-paper", "sft+dpo-tuned")
COLUMNS: tuple[Scoring, ...] = ("generate", "likelihood", "ours")
BENCHMARK = ("polyvore-t", "test")
BLEND = "blend"  # the name of the whole stylist's rows
BLENDS = ("blend without valid", BLEND)  # beside it that of its parts' twins, which never saw what it was weighed on
ZERO_SHOT = ("plain", BLEND)  # what is asked about Mango without having seen it
SEEN = (*CONTROLS, "logreg-pictures", "matcher", *ZERO_SHOT)
CAPTIONED = (*COMPARING, "matcher", BLEND)
FINDERS = (*finders.CONTROLS, "complement", "two-stage")
SHIPPED = {f"{name}-shipped": f"{name} that ships, zero-shot" for name in ("complement", "two-stage")}  # on Mango

Rows = Sequence[Result]


def rows(folder: Path = FOLDER) -> list[Result]:
    """Every result row that the folder's files hold."""
    return [row for path in sorted(folder.glob("*.json")) for row in read(path)]


def tables(found: Rows) -> str:
    """All tables."""
    searched = "**Complementary item retrieval**"
    parts = [
        *(["", TITLES[task], "", *models(task, found)] for task in ("fitb", "cp")),
        ["", "**What anything trained has to beat**", "", *controls(found)],
        ["", "**The stylist that ships**, and each of its parts alone", "", *stylist(found)],
        ["", "**Mango**, a real shop's outfits (attributes as captions)", "", *mango(found, SEEN)],
        [
            "",
            "**Mango**, captions by the embedded captioner from the pictures alone",
            "",
            *mango(found, CAPTIONED, captions=True),
        ],
        ["", f"{searched}, Polyvore-T test", "", *complement(found)],
        ["", f"{searched}, Mango, all questions", "", *retrieval(found, "mango", (*FINDERS, *SHIPPED))],
        [
            "",
            f"{searched}, Mango, items that no training outfit holds",
            "",
            *retrieval(found, "mango-unseen", (*FINDERS, *SHIPPED)),
        ],
    ]
    return "\n".join(line for part in parts for line in part).lstrip("\n") + "\n"


def models(task: str, found: Rows) -> Iterator[str]:
    """The paper's table for a task: a row for each way of training, a column for each way of asking."""
    here = {(row.name, row.scoring): row for row in found if (row.task, row.data, row.split) == (task, *BENCHMARK)}
    extra = ["(b) survives rotation"] if task == "fitb" else ["(b), (c) calibration error"]
    yield from _header(["training", "(a) generated", "(b) likelihood", "(c) ours", *extra, "the paper, 7B"])
    for name in MODELS:
        by_column = [here.get((name, column)) for column in COLUMNS]
        published = PAPER[task].get(name)
        beside = _rotation(by_column[1]) if task == "fitb" else _calibration(by_column[1:])
        quoted = "—" if published is None else f"{published:.0%}" if task == "fitb" else f"{published:.3f}"
        yield f"| {name} | {' | '.join(map(cell, by_column))} | {beside} | {quoted} |"


def controls(found: Rows) -> Iterator[str]:
    """What anything trained has to beat, by both tasks."""
    here = {(row.task, row.name): row for row in found if (row.stage, row.data, row.split) == ("control", *BENCHMARK)}
    yield from _header(["control", "FITB", "CP, AUC"])
    for name in (*CONTROLS, *SAMPLED):
        yield f"| {name} | {cell(here.get(('fitb', name)))} | {cell(here.get(('cp', name)))} |"


def stylist(found: Rows) -> Iterator[str]:
    """The shipped stylist's parts, each alone, and all of them weighed."""
    here = {(row.task, row.name): row for row in found if (row.stage, row.data, row.split) == ("blend", *BENCHMARK)}
    parts = sorted({name for _, name in here}.difference(BLENDS))
    yield from _header(["who", "FITB", "CP, AUC", "calibration error"])
    for name in (*parts, *BLENDS):
        cp = here.get(("cp", name))
        calibrated = _calibration([cp]) if name in BLENDS else "—"  # a part alone is not
        yield f"| {name} | {cell(here.get(('fitb', name)))} | {cell(cp)} | {calibrated} |"


def mango(found: Rows, names: Sequence[str], captions: bool = False) -> Iterator[str]:
    """A shop whose items stand in many outfits: all questions, and those whose answer no training outfit gives away.

    Language models are asked by `ours`. `captions`: of the rows whose words are a captioner's, not the shop's attributes.
    """
    columns: list[tuple[str, str]] = [(task, data) for task in ("fitb", "cp") for data in ("mango", "mango-unseen")]
    here: dict[tuple[str, str, str], Result] = {
        (row.name, row.task, row.data): row
        for row in found
        if row.data.startswith("mango")
        and row.split == "test"
        and row.scoring in (None, "ours")
        and bool(row.captions) == captions
    }
    yield from _header(["who", "FITB, all", "FITB, answer unseen", "CP, all", "CP, pairs unseen"])
    for name in names:
        shown = f"{name}, zero-shot" if name in ZERO_SHOT else name
        yield f"| {shown} | {' | '.join(cell(here.get((name, *column))) for column in columns)} |"


def complement(found: Rows) -> Iterator[str]:
    """What complementary search reaches on Polyvore-T, and what it has to beat: the table of its card."""
    yield from retrieval(found, BENCHMARK[0], FINDERS)


def retrieval(found: Rows, data: str, names: Sequence[str]) -> Iterator[str]:
    """Who finds the hidden item among the first of its whole slot, and below the table what the second stage adds."""
    here = {row.name: row for row in found if (row.task, row.data, row.split) == ("cir", data, "test") and not row.captions}
    yield from _header(["who", *(f"recall@{cutoff}" for cutoff in cir.CUTOFFS), "median rank"])
    for name in names:
        yield f"| {SHIPPED.get(name, name)} | {' | '.join(_recalls(here.get(name)))} |"
    for name, row in here.items():
        if row.gain:
            added = f"{row.gain.value * 100:+.1f} [{row.gain.ci95[0] * 100:+.1f}, {row.gain.ci95[1] * 100:+.1f}] points"
            yield from ("", f"`{name}` adds to `{row.gain.over}`, on the same questions: {added} of recall@{cir.CUTOFF}.")
    if here:
        row = next(iter(here.values()))
        yield from (
            "",
            f"n = {row.n:,}, {row.gallery:,.0f} texts to rank on average; by chance recall@{cir.CUTOFF} is {row.chance:.1%}.",
        )


def _recalls(row: Result | None) -> Iterator[str]:
    """A cell for each cutoff and one for the median rank, with the interval where it is read."""
    if row is None or not row.recalls or not row.median_rank:
        yield from ["not measured"] * (len(cir.CUTOFFS) + 1)
        return
    for cutoff in cir.CUTOFFS:
        yield _estimate(row.recalls[cutoff], "{:.1%}", cutoff == cir.CUTOFF)
    yield _estimate(row.median_rank, "{:,.0f}")


def _estimate(figure: Estimate, form: str, interval: bool = True) -> str:
    low, high = (form.format(end) for end in figure.ci95)
    return form.format(figure.value) + (f" [{low}, {high}]" if interval else "")


def cell(row: Result | None) -> str:
    """A figure with its interval and count, and a word where chance lies in the interval."""
    if row is None:
        return "not measured"
    low, high = row.ci95
    by_chance = "; at chance" if low <= CHANCE[row.task] <= high else ""
    unanswered = f"; {row.unanswered / row.n:.0%} no answer" if row.unanswered else ""
    form = "{:.1%} [{:.1%}, {:.1%}]" if row.metric == "accuracy" else "{:.3f} [{:.3f}, {:.3f}]"
    return form.format(row.value, low, high) + f", n = {row.n:,}{by_chance}{unanswered}"


def _rotation(row: Result | None) -> str:
    return f"{row.order_consistency.value:.0%}" if row and row.order_consistency else "—"


def _calibration(found: Sequence[Result | None]) -> str:
    return ", ".join("—" if row is None or row.calibration_error is None else f"{row.calibration_error:.2f}" for row in found)


def _header(names: Sequence[str]) -> Iterator[str]:
    yield f"| {' | '.join(names)} |"
    yield "|---" * len(names) + "|"


def main(given: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = ArgumentParser(prog="python -m finetune.tables", description="Print the tables of FITB and CP as Markdown.")
    parser.add_argument("--results", type=Path, default=FOLDER, help="the folder of result files (default: the package's own)")
    print(tables(rows(parser.parse_args(given).results)), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())

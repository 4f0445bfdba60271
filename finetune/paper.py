"""`python -m finetune.paper --data polyvore_outfits --base mistralai/Mistral-7B-Instruct-v0.1`: the paper from pictures to tables.

Captions of the official download's pictures, SFT and DPO for both tasks by the paper's recipes, both benchmarks, and the
two tables. What is there is not made again; what was interrupted goes on.
"""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads are up to 38 times slower on busy cores

from catalog.bulk import caption_in_bulk
from catalog.captioners import KINDS, make_captioner
from catalog.images import SUFFIXES
from catalog.items import CatalogueError
from finetune import benchmark, dpo, sft
from finetune.results import Result, read
from finetune.tables import CHANCE, PAPER, TITLES, cell
from finetune.tasks import TaskError
from finetune.training import say
from finetune.weights import ADAPTER

RECIPES = Path(__file__).parent / "recipes" / "paper"
BASE = "mistralai/Mistral-7B-Instruct-v0.1"
RELEASE = "disjoint"
QUESTIONS = {"fitb": "fill_in_blank_test.json", "cp": "compatibility_test.txt"}
STAGES = ("plain", "sft", "sft+dpo-paper")
SCORINGS = ("generate", "likelihood")  # the paper's way of asking, and what the model knows whatever form it keeps to


def main(given: Sequence[str] | None = None) -> int:
    """Go the whole way. The first step that fails ends it, with its exit status."""
    options = _parser().parse_args(given)
    try:
        _caption(options)
    except (CatalogueError, TaskError) as error:
        print(error, file=sys.stderr)
        return 2
    for task in QUESTIONS:
        for stage in STAGES:
            status = _train(task, stage, options) or _ask(task, stage, options)
            if status:
                return status
    table = tables([row for task in QUESTIONS for stage in STAGES for row in read(_row(options, task, stage))])
    (options.work / "tables.md").write_text(table, encoding="utf-8")
    print(table)
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="python -m finetune.paper", description="Reproduce the paper on the official Polyvore Outfits."
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="the official download: disjoint, images, polyvore_item_metadata.json"
    )
    parser.add_argument("--base", default=BASE, help=f"the language model, a hub id or folder (default: {BASE})")
    parser.add_argument("--precision", choices=("nf4", "bf16"), default="nf4", help="nf4 as the paper's T4 implies, or bf16")
    parser.add_argument("--captioner", choices=KINDS, default="llava", help="who looks at the pictures (default: llava)")
    parser.add_argument("--caption-model", help="its model, a hub id or folder, or as an endpoint calls it")
    parser.add_argument("--address", help="of a captioning endpoint")
    parser.add_argument("--work", type=Path, default=Path("out/paper"), help="where captions, adapters, rows and tables go")
    parser.add_argument("--limit", help="ask about a random sample of so many outfits only")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change the recipes: training.max_steps=10"
    )
    return parser


def _caption(options: Namespace) -> None:
    """A line for each picture, by item id. Raises CatalogueError, and TaskError where the download has no pictures."""
    pictures = sorted(path for path in (options.data / "images").glob("*") if path.suffix.lower() in SUFFIXES)
    if not pictures:
        raise TaskError(f"{options.data}/images holds no pictures: put the official download's there, <item id>.jpg.")
    options.work.mkdir(parents=True, exist_ok=True)
    bits = 4 if options.captioner == "llava" and options.precision == "nf4" else None
    captioner = make_captioner(options.captioner, options.caption_model, options.address, bits=bits)
    report = caption_in_bulk([(path, path.stem) for path in pictures], captioner, _captions(options))
    left_out = ", ".join(f"{count} left out: {reason}" for reason, count in report.failures.most_common())
    say(f"{report.pictures} pictures, {report.kept} captioned before, {report.captioned} now. {left_out}".strip())


def _train(task: str, stage: str, options: Namespace) -> int:
    """The adapter of a stage, unless it is there or the stage has none."""
    into = _adapter(options, task, stage)
    if into is None or (into / ADAPTER).is_file():
        return 0
    verb = "sft" if stage == "sft" else "dpo"
    train, *evaluated = (str(options.data.resolve() / RELEASE / f"{split}.json") for split in ("train", "valid", "test"))
    changes = {
        "base": options.base,
        "data.train": train,
        "data.without": f"[{', '.join(evaluated)}]",
        "data.captions": str(_captions(options).resolve()),
    }
    command = ["--config", str(RECIPES / f"mistral-7b-{options.precision}-{task}-{verb}.yaml"), "--data", str(options.data)]
    command += ["--into", str(into), *(part for name, value in changes.items() for part in ("--set", f"{name}={value}"))]
    command += [part for change in options.set for part in ("--set", change)]
    if verb == "sft":
        return sft.main(command)
    return dpo.main([*command, "--start", str(_adapter(options, task, "sft"))])


def _ask(task: str, stage: str, options: Namespace) -> int:
    """A benchmark, unless its rows are there."""
    out, adapter = _row(options, task, stage), _adapter(options, task, stage)
    if out.is_file():
        return 0
    asked = [task, "--data", str(options.data / RELEASE / QUESTIONS[task]), "--captions", str(_captions(options))]
    asked += [
        "--model",
        options.base,
        "--name",
        stage,
        "--scoring",
        *SCORINGS,
        "--results",
        str(options.work),
        "--out",
        str(out),
    ]
    asked += ["--quantize", "nf4"] if options.precision == "nf4" else []
    asked += ["--adapter", str(adapter)] if adapter else []
    asked += ["--limit", options.limit] if options.limit else []
    return benchmark.main(asked)


def tables(found: Sequence[Result]) -> str:
    """The paper's two tables from these rows, as Markdown, with its own figures beside."""
    return "\n".join(line for task in ("cp", "fitb") for line in _table(task, found)) + "\n"


def _table(task: str, found: Sequence[Result]) -> Iterator[str]:
    here = {(row.name, row.scoring): row for row in found if row.task == task}
    yield from (TITLES[task], "", "| training | generated | likelihood | the paper |", "|---|---|---|---|")
    for stage in STAGES:
        measured = " | ".join(cell(here.get((stage, scoring))) for scoring in SCORINGS)  # type: ignore[arg-type]
        yield f"| {stage} | {measured} | {PAPER[task][stage]:.3f} |"
    yield from (f"| chance | | | {CHANCE[task]:.3f} |", "")


def _captions(options: Namespace) -> Path:
    return Path(options.work / "captions.jsonl")


def _adapter(options: Namespace, task: str, stage: str) -> Path | None:
    return None if stage == "plain" else options.work / "adapters" / f"{task}-{stage}"


def _row(options: Namespace, task: str, stage: str) -> Path:
    return Path(options.work / f"{task}-{stage}.json")


if __name__ == "__main__":
    sys.exit(main())

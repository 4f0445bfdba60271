"""`python -m finetune.reproduce --data ROOT [--row fitb-sft]`: the paper's two tables on SmolLM2 and a CPU, row by row.

Each row is a file in `finetune/results`, and beside it the small adapter that it measures. What is there is not made again;
what was interrupted goes on: a training from its last checkpoint, a benchmark from its last answer.
"""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads are up to 38 times slower on busy cores

from finetune import benchmark, distil, dpo, finders, match, sft, weigh
from finetune.blend import BLEND, read_blend
from finetune.controls import COMPARING, CONTROLS, SAMPLED
from finetune.model import EMBEDDED, SHIPPED
from finetune.results import FOLDER
from finetune.training import say
from finetune.weights import ADAPTER
from retrieval.set_encoder import SETS

RECIPES = Path(__file__).parent / "recipes"
ADAPTERS = "adapters"
SEEDS = 5
# Two cores answer about one question a second, and a row is to fit beside its training into 75 minutes, so a model is asked
# a random part of each draw: so many outfits for likelihoods, and so many for generated answers. A CP draw asks two
# questions an outfit. Controls are asked everything.
LIMITS = {"fitb": 200, "cp": 100}
GENERATED_LIMITS = {"fitb": 60, "cp": 30}
ROTATED = 50  # questions whose order consistency is measured


class Benchmark(NamedTuple):
    """What is asked, and what controls are fitted on: options of the benchmark, their paths from the data root."""

    asked: tuple[str, ...]
    fitted: tuple[str, ...]
    names: tuple[str, ...]  # who is asked
    finders: tuple[str, ...] = ()  # who is asked for complementary items
    captioned: bool = False  # by captions of the pictures instead of titles


SEEING = "logreg-pictures"
MATCHER = "matcher"  # fitted on the benchmark's own training outfits
COMPLEMENT = "complement"  # of CIR, both stages; on Mango with encoders of its own training outfits
COMPLEMENT_SHIPPED = "complement-shipped"  # what ships, where something else is fitted: zero-shot
PARTS = [member.folder for member in read_blend(SHIPPED).members]
STYLIST = {"stylist": None} | {f"stylist-{part}": part for part in PARTS if len(PARTS) > 1}
MANGO = ("--data", "{root}/mango/outfits.jsonl")
MANGO_TRAIN = ("--train", "{root}/mango/outfits.jsonl", "--train-split", "train")
BENCHMARKS = {  # by what its rows' names begin with
    "": Benchmark(
        ("--data", "{root}/polyvore_t/test.json"),
        ("--train", "{root}/polyvore_text/train.jsonl"),
        (*CONTROLS, *SAMPLED, "plain", *STYLIST),
        (COMPLEMENT, *finders.CONTROLS),
    ),
    "mango-": Benchmark(
        (*MANGO, "--split", "test"),
        MANGO_TRAIN,
        (*CONTROLS, SEEING, "plain", "stylist", MATCHER),
        (COMPLEMENT, COMPLEMENT_SHIPPED, *finders.CONTROLS),
    ),
    "mango-captions-": Benchmark(
        (*MANGO, "--split", "test"), MANGO_TRAIN, (*sorted(COMPARING), "stylist", MATCHER), captioned=True
    ),
}


class Trained(NamedTuple):
    """How a row's adapter is made: its recipe, the row that it starts from, and its name in the tables."""

    recipe: str
    start: str | None
    name: str


TRAINED = {
    f"{task}-{row}": trained
    for task in ("fitb", "cp")
    for row, trained in {
        "sft": Trained(f"paper/smollm2-{task}-sft.yaml", None, "sft"),
        "dpo-paper": Trained(f"paper/smollm2-{task}-dpo.yaml", f"{task}-sft", "sft+dpo-paper"),
        "dpo-tuned": Trained(f"tuned/smollm2-{task}-dpo.yaml", f"{task}-sft", "sft+dpo-tuned"),
    }.items()
}
ROWS = [
    *(f"{start}{task}-{name}" for start, bench in BENCHMARKS.items() for task in ("fitb", "cp") for name in bench.names),
    *(f"{start}cir-{name}" for start, bench in BENCHMARKS.items() for name in bench.finders),
    *TRAINED,
]


def main(given: Sequence[str] | None = None) -> int:
    """Make the rows that are missing. The first that fails ends it, with its exit status."""
    parser = ArgumentParser(prog="python -m finetune.reproduce", description="Reproduce the paper's tables on SmolLM2.")
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds polyvore_text, polyvore_t and mango")
    parser.add_argument("--row", choices=ROWS, metavar="ROW", help=f"one row only: {', '.join(ROWS)}")
    parser.add_argument("--captions", type=Path, default=Path("out/mango-captions.jsonl"), help="captions of Mango's pictures")
    parser.add_argument(
        "--work", type=Path, default=Path("out"), help="where matchers go that are fitted for a row and not kept"
    )
    parser.add_argument("--results", type=Path, default=FOLDER, help="where rows and adapters go (default: the package's own)")
    options = parser.parse_args(given)
    for row in [options.row] if options.row else ROWS:
        status = _make(row, options)
        if status:
            return status
    return 0


def _make(row: str, options: Namespace) -> int:
    if (options.results / f"{row}.json").is_file():
        say(f"{row}: there already")
        return 0
    prefix = max((start for start in BENCHMARKS if row.startswith(start)), key=len)
    task, _, name = row.removeprefix(prefix).partition("-")
    bench = BENCHMARKS[prefix]
    asked = [
        task,
        *_at(options, *bench.asked),
        *_captions(options, bench),
        "--seeds",
        str(SEEDS),
        "--results",
        str(options.results),
    ]
    if task == "cir" and name not in finders.CONTROLS:
        return _find(row, options, asked, prefix, fitted=bool(prefix) and name == COMPLEMENT)
    if name in CONTROLS or task == "cir":
        return _ask(row, options, [*asked, "--control", name, *_at(options, *bench.fitted)])
    if name in SAMPLED:
        sample = ["--control", SAMPLED[name], "--name", name, "--train-outfits", "1000"]
        return _ask(row, options, [*asked, *sample, *_at(options, *bench.fitted)])
    if name == SEEING:
        seeing = ["--control", "logreg", "--name", name, "--pictures", *_at(options, "{root}/mango/images")]
        return _ask(row, options, [*asked, *seeing, *_at(options, *bench.fitted)])
    if name in STYLIST:
        part = STYLIST[name]
        return _ask(row, options, [*asked, "--stylist", *(["--part", part] if part else [])])
    if name == MATCHER:
        fitted = options.work / f"{prefix}{MATCHER}"
        return _fit(fitted, options, bench) or _ask(row, options, [*asked, "--stylist", str(fitted), "--name", MATCHER])
    return _train(row, options) or _ask_model(row, task, options, asked)


def _at(options: Namespace, *arguments: str) -> list[str]:
    return [argument.format(root=options.data) for argument in arguments]


def _captions(options: Namespace, bench: Benchmark) -> list[str]:
    return ["--captions", str(options.captions)] if bench.captioned else []


def _fit(folder: Path, options: Namespace, bench: Benchmark) -> int:
    """A matcher of Mango's training outfits, weighed on its valid."""
    if (folder / BLEND).is_file():
        return 0
    config = ["--config", str(RECIPES / "matcher" / "mango.yaml"), "--data", str(options.data), "--into", str(folder / MATCHER)]
    changes = ["--set", f"data.captions={options.captions.resolve()}"] if bench.captioned else []
    weighed = [
        *_at(options, *MANGO),
        *_captions(options, bench),
        "--split",
        "valid",
        "--into",
        str(folder),
        "--matcher",
        MATCHER,
    ]
    return match.main([*config, *changes]) or weigh.main([*weighed, "--seeds", str(SEEDS)])


def _find(row: str, options: Namespace, asked: list[str], prefix: str, fitted: bool) -> int:
    """Complementary search with its second stage: what ships, or `fitted` to the benchmark's own training outfits."""
    if not fitted:
        return _ask(row, options, [*asked, *(["--name", "shipped"] if prefix else [])])
    stylist, encoder = options.work / f"{prefix}{MATCHER}", options.work / f"{prefix}{COMPLEMENT}"
    status = _fit(stylist, options, BENCHMARKS[prefix]) or _distil(stylist, encoder, options)
    return status or _ask(row, options, [*asked, "--stylist", str(stylist), "--complement", str(encoder)])


def _distil(teacher: Path, into: Path, options: Namespace) -> int:
    """An encoder taught by the matcher of Mango's training outfits."""
    if (into / SETS).is_file():
        return 0
    config = ["--config", str(RECIPES / "complement" / "mango.yaml"), "--data", str(options.data)]
    return distil.main([*config, "--set", f"teacher={teacher}", "--into", str(into)])


def _ask(row: str, options: Namespace, command: list[str]) -> int:
    """A benchmark, unless its file is there."""
    out = options.results / f"{row}.json"
    return 0 if out.is_file() else benchmark.main([*command, "--out", str(out)])


def _ask_model(row: str, task: str, options: Namespace, asked: list[str]) -> int:
    trained = TRAINED.get(row)
    asked += ["--model", EMBEDDED]
    asked += ["--name", trained.name, "--adapter", str(options.results / ADAPTERS / row)] if trained else ["--name", "plain"]
    generated = ["--scoring", "generate", "--limit", str(GENERATED_LIMITS[task])]
    likely = ["--scoring", "likelihood", "ours", "--limit", str(LIMITS[task]), "--rotations", str(ROTATED)]
    return _ask(f"{row}-generated", options, [*asked, *generated]) or _ask(row, options, [*asked, *likely])


def _train(row: str, options: Namespace) -> int:
    """The row's adapter, and before it the one that it starts from; nothing for a row without one."""
    into = options.results / ADAPTERS / row
    if row not in TRAINED or (into / ADAPTER).is_file():
        return 0
    recipe, start, _ = TRAINED[row]
    command = ["--config", str(RECIPES / recipe), "--data", str(options.data), "--into", str(into)]
    if not start:
        return sft.main(command)
    return _train(start, options) or dpo.main([*command, "--start", str(options.results / ADAPTERS / start)])


if __name__ == "__main__":
    sys.exit(main())

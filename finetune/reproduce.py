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

from finetune import benchmark, dpo, sft
from finetune.controls import CONTROLS
from finetune.results import FOLDER
from finetune.training import say

RECIPES = Path(__file__).parent / "recipes"
ADAPTERS = "adapters"
TRAIN, TEST = Path("polyvore_text/train.jsonl"), Path("polyvore_t/test.json")
SEEDS = 5
# Two cores write one or two answers a second, so a model is asked a random part of each draw: so many outfits for
# likelihoods, and so many for generated answers. A CP draw asks two questions an outfit. Controls are asked everything.
LIMITS = {"fitb": 400, "cp": 200}
GENERATED_LIMITS = {"fitb": 100, "cp": 50}
ROTATED = 100  # questions whose order consistency is measured


class Row(NamedTuple):
    """A row that is trained: its recipe, and the row whose adapter it starts from."""

    recipe: str
    start: str | None = None


TRAINED = {
    f"{task}-{name}": row
    for task in ("fitb", "cp")
    for name, row in {
        "sft": Row(f"paper/smollm2-{task}-sft.yaml"),
        "dpo-paper": Row(f"paper/smollm2-{task}-dpo.yaml", f"{task}-sft"),
        "dpo-tuned": Row(f"tuned/smollm2-{task}-dpo.yaml", f"{task}-sft"),
    }.items()
}
NAMES = {"sft": "sft", "dpo-paper": "sft+dpo-paper", "dpo-tuned": "sft+dpo-tuned"}
ROWS = [f"{task}-{name}" for task in ("fitb", "cp") for name in (*CONTROLS, "plain", *NAMES)]


def main(given: Sequence[str] | None = None) -> int:
    """Make the rows that are missing. The first that fails ends it, with its exit status."""
    parser = ArgumentParser(prog="python -m finetune.reproduce", description="Reproduce the paper's tables on SmolLM2.")
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds polyvore_text and polyvore_t")
    parser.add_argument("--row", choices=ROWS, help="one row only")
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
    task, _, name = row.partition("-")
    asked = [task, "--data", str(options.data / TEST), "--seeds", str(SEEDS)]
    if name in CONTROLS:
        fitted = ["--control", name, "--train", str(options.data / TRAIN)]
        return benchmark.main([*asked, *fitted, "--out", str(options.results / f"{row}.json")])
    if name != "plain":
        status = _train(row, options)
        if status:
            return status
        asked += ["--adapter", str(options.results / ADAPTERS / row)]
    asked += ["--name", NAMES.get(name, name), "--results", str(options.results)]
    generated, likely = options.results / f"{row}-generated.json", options.results / f"{row}.json"
    first = ["--scoring", "generate", "--limit", str(GENERATED_LIMITS[task]), "--out", str(generated)]
    second = [
        "--scoring",
        "likelihood",
        "ours",
        "--limit",
        str(LIMITS[task]),
        "--rotations",
        str(ROTATED),
        "--out",
        str(likely),
    ]
    status = 0 if generated.is_file() else benchmark.main([*asked, *first])
    return status or benchmark.main([*asked, *second])


def _train(row: str, options: Namespace) -> int:
    """The row's adapter, and before it the one that it starts from."""
    into = options.results / ADAPTERS / row
    if (into / "adapter_model.safetensors").is_file():
        return 0
    recipe, start = TRAINED[row]
    command = ["--config", str(RECIPES / recipe), "--data", str(options.data), "--into", str(into)]
    if not start:
        return sft.main(command)
    return _train(start, options) or dpo.main([*command, "--start", str(options.results / ADAPTERS / start)])


if __name__ == "__main__":
    sys.exit(main())

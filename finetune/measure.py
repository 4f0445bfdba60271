"""`python -m finetune.measure answering|picking|training --data ROOT --out FILE`: how much quicker ours is than the plain way.

Both ways see the same questions or rows in one run, in turns, so that a busy machine slows both: the ratio is the figure.
"""

import argparse
import itertools
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads are up to 38 times slower on busy cores

from datasets import Dataset
from rich.console import Console
from rich.progress import track
from transformers import TrainerCallback
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.sft_config import SFTConfig

from finetune import dpo, sft
from finetune.blend import open_stylist
from finetune.examples import Drawn, draw, tokenized
from finetune.fitting import with_lora
from finetune.likelihood import LocalLikelihoods
from finetune.model import EMBEDDED, SHIPPED, load
from finetune.parts import Wearable
from finetune.prompts import SCORES, cp_prompt, item_text, outfit_text
from finetune.provenance import commit
from finetune.reading import read_dataset
from finetune.recipe import StylistRecipe
from finetune.scorers import Generated, LocalWriter, Ours
from finetune.sharing import share_prefixes
from finetune.stylist import Stylist
from finetune.tasks import CpQuestion, FitbQuestion, draw_fitb
from finetune.training import arguments, longest

VALID = Path("polyvore_t/valid.json")
PAPER = Path(__file__).parent / "recipes" / "paper"
OPTION_COUNTS = (4, 20)
WORN, CANDIDATES = 4, 20  # what a shop asks: items of the outfit, and candidates to complete it
TURN = 8  # tokens of a generated score
BATCH = 8  # TRL's own
KINDS: dict[str, tuple[Any, Any]] = {"sft": (SFTConfig, sft.Trainer), "dpo": (DPOConfig, dpo.Trainer)}


def answering(root: Path, count: int) -> dict[str, Any]:
    """Questions a second of `ours` and of the paper's `generate` on the same `count` questions, for 4 and for 20 options."""
    language_model = load(EMBEDDED)
    paper, ours = Generated(LocalWriter(language_model)), Ours(Stylist.of(LocalLikelihoods(language_model)))
    outfits = read_dataset(root / VALID).outfits
    found: dict[str, Any] = {"questions": count, "model": language_model.name, "commit": commit()}
    for options in OPTION_COUNTS:
        asked = list(draw_fitb(outfits, seed=0, options=options))[: count + 1]
        paper.fitb(asked[0]), ours.fitb(asked[0])  # to warm up
        taken: dict[str, float] = {"generate": 0, "ours": 0}
        for question in track(asked[1:], description=f"{options} options", console=Console(stderr=True)):
            taken["generate"] += _seconds(lambda: paper.fitb(question))  # noqa: B023 - called at once
            taken["ours"] += _seconds(lambda: ours.fitb(question))  # noqa: B023
        rates = {f"{name}_per_second": round(count / seconds, 3) for name, seconds in taken.items()}
        found[f"options_{options}"] = rates | {"ratio": round(taken["generate"] / taken["ours"], 2)}
    return found


def picking(root: Path, count: int) -> dict[str, Any]:
    """Median seconds of a pick and of a score by the stylist that ships, and by a language model asked in plain ways.

    The plain ways: a full forward pass for each candidate, and a score between 0 and 1 written for each. Beside them, the
    language model as our stylist asks it. No outfit is asked about twice, so that nobody remembers one.
    """
    language_model = load(EMBEDDED)
    drawn = draw_fitb(read_dataset(root / VALID).outfits, seed=0, options=CANDIDATES)
    fresh = iter({question.outfit: question for question in drawn if len(question.context) == WORN}.values())
    likelihoods, write = LocalLikelihoods(language_model), LocalWriter(language_model, most=TURN)
    ours, lifts = open_stylist(SHIPPED), Stylist.of(likelihoods)

    def passes(question: FitbQuestion, options: Sequence[str]) -> None:
        for option in options:
            likelihoods([(outfit_text(question.context), item_text(option))])

    def generated(question: FitbQuestion, options: Sequence[str]) -> None:
        for option in options:
            write(cp_prompt(CpQuestion(items=(*question.context, option), label=1)), SCORES)

    ways: dict[str, dict[str, Callable[[FitbQuestion], object]]] = {
        "pick": {
            "ours": lambda question: ours.pick(*question.garments()),
            "language_model": lambda question: lifts.pick(*question.garments()),
            "passes": lambda question: passes(question, question.options),
            "generated": lambda question: generated(question, question.options),
        },
        "score": {
            "ours": lambda question: ours.score(_first(question)),
            "language_model": lambda question: lifts.score(_first(question)),
            "passes": lambda question: passes(question, question.options[:1]),
            "generated": lambda question: generated(question, question.options[:1]),
        },
    }
    found: dict[str, Any] = {"questions": count, "model": language_model.name, "commit": commit()}
    for what, asking in ways.items():
        asked = list(itertools.islice(fresh, count + 1))
        seconds = [
            {name: _seconds(lambda: ask(question)) for name, ask in asking.items()}  # noqa: B023 - called at once
            for question in track(asked, description=what, console=Console(stderr=True))
        ]
        medians = {name: statistics.median(taken[name] for taken in seconds[1:]) for name in asking}  # the first warms up
        found[what] = {
            name: {"seconds": round(value, 4), "times": round(value / medians["ours"], 1)} for name, value in medians.items()
        }
    return found


def _first(question: FitbQuestion) -> Sequence[Wearable]:
    """The outfit with the first option."""
    outfit, options = question.garments()
    return [*outfit, options[0]]


def _seconds(work: Any) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def training(root: Path, steps: int) -> dict[str, Any]:
    """Tokens a second of a training step by our recipes and by TRL as it comes, on the same rows, batches and model."""
    found: dict[str, Any] = {"steps": steps, "model": EMBEDDED, "commit": commit()}
    lora = StylistRecipe.read(PAPER / "smollm2-fitb-sft.yaml").lora
    for stage, kinds in KINDS.items():
        batches = (f"training.per_device_train_batch_size={BATCH}", f"training.max_steps={steps + 1}")
        recipe = StylistRecipe.read(PAPER / f"smollm2-fitb-{stage}.yaml", batches).model_copy(update={"lora": lora})
        drawn = draw(recipe, root)
        rates = {name: _rate(kinds, recipe, drawn, ours=name == "ours") for name in ("trl", "ours")}
        named = {f"{name}_tokens_per_second": round(rate, 1) for name, rate in rates.items()}
        found[stage] = named | {"ratio": round(rates["ours"] / rates["trl"], 2)}
    return found


def _rate(kinds: tuple[Any, Any], recipe: StylistRecipe, drawn: Drawn, ours: bool) -> float:
    """Tokens a second, without the first step, which warms up. TRL as it comes: its defaults, but for where it writes."""
    configuration, trainer_kind = kinds
    language_model = load(recipe.base)
    rows = tokenized(drawn, language_model.tokenizer, longest(recipe, language_model))
    clock = _Clock()
    with tempfile.TemporaryDirectory() as folder:
        if ours:
            args = arguments(configuration, recipe, Path(folder))
        else:
            bare = {
                "use_cpu": True,
                "remove_unused_columns": False,
                "report_to": "none",
                "max_steps": recipe.training["max_steps"],
            }
            args = configuration(output_dir=folder, **bare)
        trainer = trainer_kind(
            model=with_lora(language_model, recipe),
            args=args,
            train_dataset=Dataset.from_list(rows),
            processing_class=language_model.tokenizer,
            callbacks=[clock],
        )
        if ours:
            share_prefixes(trainer.model)
        trainer.train()
    per_row = statistics.mean(_tokens(row) for row in rows)
    return BATCH * per_row / statistics.median(clock.seconds[1:])


def _tokens(row: dict[str, list[int]]) -> int:
    """Tokens that a row counts for, padding and sharing aside; a pair's prompt counts twice, as it stands in both."""
    if "input_ids" in row:
        return len(row["input_ids"])
    return 2 * len(row["prompt_ids"]) + len(row["chosen_ids"]) + len(row["rejected_ids"])


class _Clock(TrainerCallback):
    """Seconds of each step."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._start = 0.0

    def on_step_begin(self, *args: Any, **kwargs: Any) -> None:
        self._start = time.perf_counter()

    def on_step_end(self, *args: Any, **kwargs: Any) -> None:
        self.seconds.append(time.perf_counter() - self._start)


def main(given: Sequence[str] | None = None) -> int:
    """Measure, and write what was found."""
    parser = argparse.ArgumentParser(prog="python -m finetune.measure", description="Measure speed against the plain way.")
    parser.add_argument("what", choices=("answering", "picking", "training"))
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds polyvore_text and polyvore_t")
    parser.add_argument("--count", type=int, help="questions (default 200; picking: 8), or steps to time (default 8)")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(given)
    measure, count = {"answering": (answering, 200), "picking": (picking, 8), "training": (training, 8)}[options.what]
    found = measure(options.data, options.count or count)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())

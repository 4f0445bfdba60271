"""`python -m finetune.dpo --config RECIPE --data ROOT --start SFT_ADAPTER --into FOLDER`: preference optimisation.

The reference is the policy that DPO starts from, the SFT adapter, as in the paper; TRL keeps a frozen copy of it.
"""

import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads are up to 38 times slower on busy cores

from transformers import TrainerCallback
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DPOTrainer

from finetune.examples import Drawn, draw
from finetune.fitting import Watched, fit
from finetune.recipe import StylistRecipe
from finetune.training import TrainingError, parser, run


class Trainer(Watched, DPOTrainer):
    """TRL's, watched, on rows that are tokens already: SFT, DPO and the benchmark render with the same functions."""

    def _prepare_dataset(self, dataset: Any, *args: Any, **kwargs: Any) -> Any:
        return dataset


class StartsAtReference(TrainerCallback):
    """DPO begins where its reference stands: loss ln 2 and margins 0 before the first update (Rafailov et al. 2023)."""

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **kwargs: Any) -> None:
        """Raises TrainingError where the first step's loss says that the reference is another model."""
        if state.global_step == 1 and logs and "rewards/margins" in logs:
            loss, margin = logs["loss"], logs["rewards/margins"]
            if not math.isclose(loss, math.log(2), abs_tol=1e-3) or abs(margin) > 1e-3:
                raise TrainingError(
                    f"DPO starts at loss {loss:.4f} and margin {margin:.4f} instead of ln 2 and 0: the policy is not its reference."
                )


def main(given: Sequence[str] | None = None) -> int:
    """Train by the command line."""
    made = parser("dpo", "the stylist by DPO")
    made.add_argument("--start", type=Path, help="the SFT adapter that DPO goes on with")
    options = made.parse_args(given)
    return run(options, StylistRecipe, draw, lambda recipe, drawn: train(recipe, drawn, options.start, options.into))


def train(recipe: StylistRecipe, drawn: Drawn, start: Path | None, into: Path) -> None:
    """The adapter of `start` trained further into `into`. Raises TrainingError without one."""
    if not start:
        raise TrainingError("DPO goes on with an SFT adapter: name it with --start FOLDER.")
    fit(Trainer, DPOConfig, recipe, drawn, into, start, [StartsAtReference()])


if __name__ == "__main__":
    sys.exit(main())

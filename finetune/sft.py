"""`python -m finetune.sft --config RECIPE --data ROOT --into FOLDER`: supervised fine-tuning, as a recipe says."""

import os
import sys
from collections.abc import Sequence

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads are up to 38 times slower on busy cores

from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from finetune.examples import draw
from finetune.fitting import Watched, fit
from finetune.recipe import StylistRecipe
from finetune.training import parser, run


class Trainer(Watched, SFTTrainer):
    """TRL's, watched."""


def main(given: Sequence[str] | None = None) -> int:
    """Train by the command line."""
    options = parser("sft", "the stylist by SFT").parse_args(given)
    return run(options, StylistRecipe, draw, lambda recipe, drawn: fit(Trainer, SFTConfig, recipe, drawn, options.into))


if __name__ == "__main__":
    sys.exit(main())

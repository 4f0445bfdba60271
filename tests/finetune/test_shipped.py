"""The stylist that ships is what its card says: its parts, its size, and its figures on questions drawn anew."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest

from finetune.blend import blend_fingerprint, open_stylist, read_blend
from finetune.metrics import calibration_error
from finetune.model import SHIPPED
from finetune.reading import read_dataset
from finetune.results import FOLDER, Result, read
from finetune.stylist import Stylist
from finetune.tasks import draw_cp, draw_fitb
from tests.fakes import garments

MOST = 25e6  # bytes of weights that may ship


@pytest.fixture(scope="module")
def stylist() -> Stylist:
    return open_stylist(SHIPPED)


def row(name: str) -> Result:
    (found,) = read(FOLDER / f"{name}.json")
    return found


def test_it_is_small_and_each_part_says_how_it_was_made() -> None:
    assert sum(path.stat().st_size for path in SHIPPED.rglob("*.safetensors")) <= MOST
    for member in read_blend(SHIPPED).members:
        part = SHIPPED / member.folder
        assert {"README.md", "base.json", "recipe.yaml", "run.json"} <= {path.name for path in part.iterdir()}
        base = json.loads((part / "base.json").read_text(encoding="utf-8"))["base"]
        for config in part.glob("adapter_config.json"):
            assert json.loads(config.read_text(encoding="utf-8"))["base_model_name_or_path"] == base


@pytest.mark.parametrize("task", ["fitb", "cp"])
def test_the_figures_are_those_of_these_weights(task: str) -> None:
    assert row(f"{task}-stylist").adapter_fingerprint == blend_fingerprint(SHIPPED)


def test_it_beats_the_control_that_it_has_to_beat_intervals_apart() -> None:
    for task in ("fitb", "cp"):
        assert row(f"{task}-stylist").ci95[0] > row(f"{task}-type-aware").ci95[1]
    assert (row("cp-stylist").calibration_error or 1) <= 0.05


@pytest.mark.data
def test_its_fitb_is_found_again_on_300_questions(stylist: Stylist, shared: Path) -> None:
    outfits = read_dataset(shared / "data" / "polyvore_t" / "test.json").outfits
    asked = list(itertools.islice(draw_fitb(outfits, seed=0), 300))
    hits = sum(stylist.pick(*question.garments()).index == question.answer for question in asked)
    told = row("fitb-stylist").value
    assert abs(hits / len(asked) - told) < 1.96 * math.sqrt(told * (1 - told) / len(asked))


@pytest.mark.data
def test_its_scores_are_probabilities_on_300_outfits(stylist: Stylist, shared: Path) -> None:
    outfits = read_dataset(shared / "data" / "polyvore_t" / "test.json").outfits  # it was trained on valid
    asked = list(itertools.islice(draw_cp(outfits, seed=0), 600))
    scores = stylist.scores([question.garments() for question in asked])
    assert calibration_error(np.array(scores), np.array([question.label for question in asked])) < 0.08


def test_it_knows_what_a_shop_assistant_knows(stylist: Stylist) -> None:
    for outfit, better, worse in (
        ("black evening gown", "gold satin clutch", "grey polyester backpack"),
        ("grey suit", "black leather dress shoes", "blue rubber flip flops"),
        ("denim shorts", "straw sun hat", "wool beanie"),
    ):
        assert stylist.pick(garments(outfit), garments(better, worse)).index == 0
        assert stylist.score(garments(outfit, better)) > stylist.score(garments(outfit, worse))

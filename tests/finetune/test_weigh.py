"""Fitting the weights of a stylist's parts, and the stylist that they make."""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.special import softmax
from transformers import AutoTokenizer, BertConfig, BertModel

from finetune import benchmark, match, weigh
from finetune.blend import BLEND, blend_fingerprint, open_stylist
from finetune.model import ModelError
from retrieval.embeddings import embedded_folder
from tests.fakes import garments, write_outfits

RECIPE = Path(match.__file__).parent / "recipes" / "matcher" / "minilm.yaml"

Fit = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with two matchers of two steps, and outfits to weigh them on."""
    root = tmp_path_factory.mktemp("blend")
    write_outfits(root / "train.jsonl", range(40))
    write_outfits(root / "valid.jsonl", range(40, 80))
    torch.manual_seed(0)
    small = BertConfig(hidden_size=48, num_hidden_layers=1, num_attention_heads=4, intermediate_size=64)
    BertModel(small, add_pooling_layer=False).save_pretrained(root / "base")
    AutoTokenizer.from_pretrained(embedded_folder()).save_pretrained(root / "base")
    for name, steps in (("one", 30), ("two", 1)):
        changes = (f"base={root / 'base'}", "data.train=train.jsonl", "data.without=[]", f"training.max_steps={steps}")
        changes += ("training.learning_rate=3e-3", "sets.learning_rate=3e-3", "training.per_device_train_batch_size=20")
        given = ["--config", str(RECIPE), "--data", str(root), "--into", str(root / name)]
        assert match.main([*given, *(part for change in changes for part in ("--set", change))]) == 0
    return root


@pytest.fixture
def fit(folder, capsys) -> Fit:
    def run(*more: str) -> tuple[int, str]:
        status = weigh.main(["--data", str(folder / "valid.jsonl"), "--into", str(folder), *more])
        said = capsys.readouterr()
        return status, said.out or said.err

    return run


def test_picks_find_the_weights_that_made_them():
    rng, true = np.random.default_rng(0), np.array([2.0, -0.5, 0.0])
    said = [rng.normal(size=(4, 3)) for _ in range(4000)]
    answers = [int(rng.choice(4, p=softmax(rows @ true))) for rows in said]
    assert weigh.picking_weights(said, answers) == pytest.approx(true, abs=0.15)


def test_scores_find_the_weights_and_the_intercept_that_made_them():
    rng, true = np.random.default_rng(0), np.array([3.0, 0.0])
    said = rng.normal(size=(8000, 2))
    labels = (rng.random(8000) < 1 / (1 + np.exp(-(said @ true - 1)))).astype(np.int64)
    weights, intercept = weigh.logistic(said, labels)
    assert (*weights, intercept) == pytest.approx((3, 0, -1), abs=0.2)


def test_the_better_part_weighs_more_and_the_stylist_is_calibrated(folder, fit):
    status, said = fit("--matcher", "one", "--matcher", "two", "--seeds", "3")
    assert status == 0
    kept = json.loads((folder / BLEND).read_text(encoding="utf-8"))
    one, two = kept["members"]
    assert one["picking"] > abs(two["picking"])
    assert said.splitlines()[0] == f"matcher one: picking {one['picking']:.3f}, scoring " + ", ".join(
        f"{weight:.3f}" for weight in one["scoring"]
    )
    assert len(one["scoring"]) == len(two["scoring"]) == len(kept["intercepts"]) == 3, "of two pieces, of three, and of four"
    assert kept["fitted"] | {"commit": None} == {
        "data": "polyvore-text",
        "split": "valid",
        "fitb": 120,
        "cp": 240,
        "commit": None,
    }
    stylist = open_stylist(folder)
    assert stylist.score_kind == "calibrated"
    pick = stylist.pick(garments("red shirt", "red jeans"), garments("blue boots", "red boots", "green boots"))
    assert pick.index == 1
    whole, broken = stylist.scores(
        [garments("red shirt", "red jeans", "red boots"), garments("red shirt", "blue jeans", "pink tote")]
    )
    assert whole > 0.5 > broken


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "Name the parts to weigh: --adapter or --matcher."),
        (("--matcher", "none"), "The matcher in .*none cannot be loaded"),
        (("--adapter", "one"), "one holds no adapter|cannot be loaded"),
    ],
)
def test_what_cannot_be_weighed_is_one_sentence(fit, more, said):
    status, message = fit(*more)
    assert status == 2
    assert re.search(said, message)


def test_a_folder_without_a_stylist_says_so(tmp_path):
    with pytest.raises(ModelError, match="holds no stylist"):
        open_stylist(tmp_path)
    (tmp_path / BLEND).write_text('{"members": []}', encoding="utf-8")
    with pytest.raises(ModelError, match=r"holds no stylist: .*at least 1"):
        open_stylist(tmp_path)


def test_log_odds_of_the_kept_stylist_are_the_parts_weighed(folder, fit):
    fit("--matcher", "one")
    outfit = garments("red shirt", "red jeans")
    stylist = open_stylist(folder)
    kept = json.loads((folder / BLEND).read_text(encoding="utf-8"))
    said = math.log(stylist.score(outfit) / (1 - stylist.score(outfit)))
    assert said == pytest.approx(stylist.log_odds([outfit])[0], abs=1e-6)
    assert all(kept["intercepts"])


def test_the_benchmark_measures_the_stylist_and_each_of_its_parts(folder, fit, tmp_path):
    fit("--matcher", "one", "--matcher", "two")
    rows = {}
    for part in ((), ("--part", "one"), ("--part", "two")):
        given = ["fitb", "--data", str(folder / "valid.jsonl"), "--stylist", str(folder), *part, "--results", str(tmp_path)]
        assert benchmark.main([*given, "--out", str(tmp_path / "row.json")]) == 0
        row = json.loads((tmp_path / "row.json").read_text(encoding="utf-8"))
        rows[row["name"]] = row
        assert (row["stage"], row["scoring"], row["adapter"]) == ("blend", "ours", folder.name)
    assert list(rows) == ["blend", "one", "two"]
    assert rows["one"]["value"] > rows["two"]["value"]
    before = rows["blend"]["adapter_fingerprint"]
    fit("--matcher", "one")
    assert blend_fingerprint(folder) != before


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--model", "any", "--part", "one"), "--part names a part of a stylist"),
        (("--model", "any", "--stylist", "any"), "A --stylist and a language model would both answer"),
        (("--stylist", "any", "--scoring", "likelihood"), "A --stylist answers in one way only, ours"),
    ],
)
def test_what_would_be_left_unused_is_refused(folder, capsys, more, said):
    assert benchmark.main(["fitb", "--data", str(folder / "valid.jsonl"), *more]) == 2
    assert said in capsys.readouterr().err


def test_a_part_that_it_does_not_have_is_named_with_those_that_it_has(folder, fit, capsys):
    fit("--matcher", "one", "--matcher", "two")
    given = ["cp", "--data", str(folder / "valid.jsonl"), "--stylist", str(folder), "--part", "three"]
    assert benchmark.main(given) == 2
    assert "has no part 'three'. It has one, two." in capsys.readouterr().err

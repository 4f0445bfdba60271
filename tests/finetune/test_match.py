"""Training the matcher from the command line, on a tiny sentence encoder: what it changes, leaves and refuses."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoTokenizer, BertConfig, BertModel

from finetune import match
from finetune.datasets import as_polyvore_t
from finetune.matcher import SETS, WORDS, load_matcher
from finetune.model import ModelError
from finetune.parts import ordered
from finetune.reading import read_dataset
from finetune.stylist import Stylist, Weighted
from finetune.tasks import draw_fitb
from retrieval.embeddings import embedded_folder
from tests.fakes import garments, write_outfits

RECIPE = Path(match.__file__).parent / "recipes" / "matcher" / "minilm.yaml"
QUICK = ("training.logging_steps=1", "training.save_steps=2", "training.per_device_train_batch_size=8")
STILL = ("lora=null", "sets.maps_items=false")
ASKED = ordered(garments("navy coat")), ordered(garments("red boots", "blue clogs"))

Run = Callable[..., str]


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """A data root: 60 outfits to train on, 10 of which are evaluated, and another 40 to ask about."""
    root = tmp_path_factory.mktemp("data")
    write_outfits(root / "train.jsonl", range(60))
    write_outfits(root / "test.jsonl", range(50, 100))
    return root


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    """A tiny sentence encoder's folder, with MiniLM's tokenizer."""
    folder = tmp_path_factory.mktemp("encoder")
    torch.manual_seed(0)
    small = BertConfig(hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64)
    BertModel(small, add_pooling_layer=False).save_pretrained(folder)
    AutoTokenizer.from_pretrained(embedded_folder()).save_pretrained(folder)
    return folder


@pytest.fixture
def run(data, base, capsys) -> Run:
    """Trains: folder, changes -> what was said on stderr. It must end as expected."""

    def train(into: Path, *changes: str, status: int = 0) -> str:
        given = ["--config", str(RECIPE), "--data", str(data), "--into", str(into)]
        for change in (f"base={base}", "data.train=train.jsonl", "data.without=[test.jsonl]", *QUICK, *changes):
            given += ["--set", change]
        found = match.main(given)
        said = capsys.readouterr().err
        assert found == status, said
        return said

    return train


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / SETS) | (load_file(lora) if (lora := folder / "adapter_model.safetensors").is_file() else {})


def test_it_learns_colours_and_says_how_it_was_made(run, data, base, tmp_path):
    into = tmp_path / "matcher"
    said = run(into, "training.num_train_epochs=12", "training.learning_rate=3e-3", "sets.learning_rate=3e-3")
    assert "50 to train on" in said and re.search(rf"{into}: trained for \d+ steps", said)
    stylist = Stylist([Weighted(load_matcher(into))])
    asked = list(draw_fitb([as_polyvore_t(outfit) for outfit in read_dataset(data / "test.jsonl").outfits], 0))
    hits = [stylist.pick(*question.garments()).index == question.answer for question in asked]
    assert sum(hits) / len(hits) > 0.6, "chance is 0.25; every outfit is of one colour"
    record = json.loads((into / "run.json").read_text(encoding="utf-8"))
    assert (record["stage"], record["rows"], record["base"]) == ("match", 50, str(base))
    assert record["loss"] < record["first_step"]["loss"]
    card = (into / "README.md").read_text(encoding="utf-8")
    assert record["fingerprint"] in card and "LoRA" in card
    assert json.loads((into / "adapter_config.json").read_text(encoding="utf-8"))["base_model_name_or_path"] == str(base)
    assert not (into / "checkpoints").exists()
    assert all(weight.any() for name, weight in weights(into).items() if "lora_B" in name), "what nothing trains stays zero"


def test_without_lora_only_the_set_encoder_is_trained(run, tmp_path):
    into = tmp_path / "still"
    run(into, *STILL, "words=null", "training.max_steps=2")
    assert not (into / "adapter_model.safetensors").exists()
    assert not any(name.startswith(("item", "mask")) for name in weights(into))
    assert "LoRA" not in (into / "README.md").read_text(encoding="utf-8")
    assert len(load_matcher(into).completing(*ASKED)) == 2


def test_a_table_of_words_is_kept_beside_the_set_encoder(run, tmp_path):
    with_words, without = tmp_path / "with", tmp_path / "without"
    words = ("words.learning_rate=0.01", "words.dropout=0", "words.least=5")
    said = {
        folder: (run(folder, *STILL, *more, "training.max_steps=4"), load_matcher(folder).completing(*ASKED))[1]
        for folder, more in ((with_words, words), (without, ("words=null",)))
    }
    assert said[with_words] != pytest.approx(said[without], abs=1e-3)
    assert (with_words / WORDS).is_file() and not (without / WORDS).exists()
    assert "a table of" in (with_words / "README.md").read_text(encoding="utf-8")


def test_lessons_change_what_is_learned_and_stay_behind(run, tmp_path):
    plain, taught = tmp_path / "plain", tmp_path / "taught"
    for folder, more in ((plain, ()), (taught, ("lessons.category=1", "lessons.price=1"))):
        run(folder, *STILL, *more, "training.max_steps=4")
    assert weights(plain).keys() == weights(taught).keys()
    assert load_matcher(plain).completing(*ASKED) != load_matcher(taught).completing(*ASKED)


def test_an_interrupted_run_goes_on_to_the_weights_of_one_that_was_not(run, tmp_path, monkeypatch):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    run(whole, "training.max_steps=6")
    with monkeypatch.context() as patch:
        step = match.MatchTrainer.training_step

        def interrupted(self: Any, *given: Any, **named: Any) -> torch.Tensor:
            if self.state.global_step == 5:
                raise KeyboardInterrupt
            return step(self, *given, **named)

        patch.setattr(match.MatchTrainer, "training_step", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run(broken, "training.max_steps=6")
    assert "Going on from" in run(broken, "training.max_steps=6")
    assert all(torch.equal(weight, weights(whole)[name]) for name, weight in weights(broken).items())


def test_what_cannot_be_trained_is_one_sentence(run, tmp_path):
    assert "cannot be loaded" in run(tmp_path / "a", f"base={tmp_path / 'nowhere'}", status=2)
    assert "`lora` does not suit" in run(tmp_path / "b", "lora.target_modules=[q_proj]", status=2)
    assert "sets.learning_rate" in run(tmp_path / "c", "sets.learning_rate=0", status=2)
    assert "stage" in run(tmp_path / "d", "stage=sft", status=2)
    run(tmp_path / "e", "training.max_steps=1")
    assert "holds a finished run" in run(tmp_path / "e", "training.max_steps=1", status=2)


def test_what_cannot_be_loaded_is_one_sentence(run, base, tmp_path):
    into = tmp_path / "matcher"
    run(into, "training.max_steps=1")
    about = (into / "base.json").read_text(encoding="utf-8")
    (into / "base.json").write_text(about.replace(json.loads(about)["fingerprint"], "0123456789ab"), encoding="utf-8")
    with pytest.warns(UserWarning, match="trained on weights 0123456789ab"):
        load_matcher(into)
    (into / SETS).write_bytes(b"damaged")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_matcher(into)

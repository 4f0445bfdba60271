"""SFT and DPO from the command line, on two random layers: what they change, what they leave, and what stops them."""

import hashlib
import json
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from catalog.precision import best_dtype
from finetune import dpo, fitting, sft
from finetune.examples import draw, tokenized, training_outfits
from finetune.likelihood import LocalLikelihoods
from finetune.model import fingerprint_of, load
from finetune.prompts import chat, question_text
from finetune.provenance import commit
from finetune.recipe import StylistRecipe
from finetune.scorers import Likely
from finetune.tasks import CpQuestion, FitbQuestion
from finetune.training import TrainingError, affordable
from finetune.weights import ADAPTER
from tests.fakes import Family, chat_tokenizer, save_tiny_base, write_outfits

RECIPES = Path(sft.__file__).parent / "recipes"
OUTFITS = 40

Run = Callable[..., str]


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """A data root: 40 outfits to train on, 5 of which are evaluated."""
    root = tmp_path_factory.mktemp("data")
    write_outfits(root / "train.jsonl", range(OUTFITS))
    write_outfits(root / "valid.jsonl", range(35, 45))
    return root


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Callable[[Family], str]:
    """The folder of a family's tiny base."""
    made: dict[Family, str] = {}

    def folder(family: Family) -> str:
        if family not in made:
            made[family] = save_tiny_base(tmp_path_factory.mktemp(family), family)
        return made[family]

    return folder


def command(recipe: str, data: Path, base: str, *more: str, into: Path | None = None) -> list[str]:
    """A command line that changes of a recipe what a small machine must: the base, the data and how long it takes."""
    changes = (f"base={base}", "data.train=train.jsonl", "data.without=[]", "data.captions=null", "data.outfits=24")
    given = ["--config", str(RECIPES / f"{recipe}.yaml"), "--data", str(data)]
    for change in changes + tuple(text for text in more if not text.startswith("--")):
        given += ["--set", change]
    given += [part for text in more if text.startswith("--") for part in text.split("=", 1)]
    return given + (["--into", str(into)] if into else [])


QUICK = ("training.logging_steps=1", "training.learning_rate=1e-2", "training.warmup_steps=0", "training.save_steps=2")


@pytest.fixture
def run(data, base, capsys) -> Run:
    """Trains on the tiny Llama: recipe, folder, changes -> what was said on stderr. It must end as expected."""

    def train(recipe: str, into: Path | None, *more: str, status: int = 0, family: Family = "smollm2") -> str:
        verb = dpo if recipe.endswith("dpo") else sft
        found = verb.main(command(recipe, data, base(family), *more, into=into))
        said = capsys.readouterr().err
        assert found == status, said
        return said

    return train


@pytest.fixture(scope="module")
def start(data, base, tmp_path_factory) -> Path:
    """An SFT adapter to start DPO from."""
    into = tmp_path_factory.mktemp("sft") / "adapter"
    assert sft.main(command("paper/smollm2-fitb-sft", data, base("smollm2"), *QUICK, "training.max_steps=4", into=into)) == 0
    return into


WHOLE = ("task=outfit", "wording=compact")


def exported(run: Run, folder: Path, recipe: str, *more: str) -> list[dict[str, Any]]:
    """The rows that a recipe trains on."""
    run(recipe, None, f"--export={folder / 'rows.jsonl'}", *more)
    return [json.loads(line) for line in (folder / "rows.jsonl").read_text(encoding="utf-8").splitlines()]


def weights(adapter: Path) -> dict[str, torch.Tensor]:
    return load_file(adapter / ADAPTER)


def record(adapter: Path) -> dict[str, Any]:
    return json.loads((adapter / "run.json").read_text(encoding="utf-8"))


def furthest(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    """The largest difference of any weight."""
    assert one.keys() == other.keys()
    return max((one[name] - other[name]).abs().max().item() for name in one)


# Supervised fine-tuning


def test_sft_lowers_the_loss_moves_the_lora_weights_and_leaves_the_base(run, base, tmp_path, monkeypatch):
    loaded = []
    monkeypatch.setattr(fitting, "load", lambda *given, **named: loaded.append(load(*given, **named)) or loaded[-1])
    run("paper/smollm2-fitb-sft", tmp_path / "out", *QUICK, "training.max_steps=18")
    found = record(tmp_path / "out")
    assert found["loss"] < found["first_step"]["loss"] - 0.5
    trained = weights(tmp_path / "out")
    assert {name.split(".")[-3] for name in trained} == {"q_proj", "k_proj", "v_proj", "o_proj"}
    assert all("lora_" in name for name in trained)
    assert min(weight.abs().max() for name, weight in trained.items() if "lora_B" in name) > 1e-3  # they begin at zero
    after = {
        name.replace(".base_layer", ""): weight for name, weight in loaded[0].model.named_parameters() if "lora_" not in name
    }
    untouched = load(base("smollm2")).model
    assert after.keys() == dict(untouched.named_parameters()).keys()
    assert all(torch.equal(after[name], weight) for name, weight in untouched.named_parameters())


def test_the_recipe_and_its_seed_decide_every_weight(run, tmp_path):
    runs = {"one": 0, "again": 0, "other": 1}
    for number, (name, seed) in enumerate(runs.items()):
        torch.manual_seed(number)  # whatever the process has drawn before
        run("paper/smollm2-fitb-sft", tmp_path / name, *QUICK, "training.max_steps=2", f"training.seed={seed}")
    assert furthest(weights(tmp_path / "one"), weights(tmp_path / "again")) == 0
    first = {name: weight for name, weight in weights(tmp_path / "one").items() if "lora_A" in name}
    other = {name: weight for name, weight in weights(tmp_path / "other").items() if "lora_A" in name}
    assert furthest(first, other) > 0.05  # more than two steps move them


@pytest.mark.parametrize("stage", ["sft", "dpo"])
def test_sharing_prefixes_changes_neither_loss_nor_gradient(run, start, tmp_path, stage):
    # Without dropout, which would draw other masks for fewer tokens.
    options = ("training.max_steps=1", "training.bf16=false", "lora.lora_dropout=0" if stage == "sft" else f"--start={start}")
    found = {}
    for shared in ("true", "false"):
        into = tmp_path / shared
        run(f"paper/smollm2-fitb-{stage}", into, *QUICK, *options, f"share_prefixes={shared}")
        found[shared] = record(into)["first_step"]
    for name in ("loss", "grad_norm", "num_tokens"):
        assert found["true"][name] == pytest.approx(found["false"][name], rel=0.02), name
    assert found["true"]["grad_norm"] > 0


# Preference optimisation


def test_dpo_starts_at_ln_2_and_margin_0_with_the_sft_adapter_as_reference(run, start, tmp_path):
    run("paper/smollm2-fitb-dpo", tmp_path / "out", "training.max_steps=1", f"--start={start}")
    found = record(tmp_path / "out")
    assert found["first_step"]["loss"] == pytest.approx(math.log(2), abs=1e-6)
    assert found["first_step"]["rewards/margins"] == 0
    assert furthest(weights(tmp_path / "out"), weights(start)) < 1e-6  # the paper's rate, so it is SFT's adapter still
    assert (found["start"], found["start_fingerprint"]) == (start.name, fingerprint_of(start))  # no path of this machine


def test_dpo_learns_to_prefer_the_right_answers(run, start, tmp_path):
    run("paper/smollm2-fitb-dpo", tmp_path / "out", *QUICK, "training.max_steps=12", f"--start={start}")
    found = record(tmp_path / "out")
    assert found["loss"] < found["first_step"]["loss"] - 0.05
    assert found["last_step"]["rewards/margins"] > 0.05
    assert not (tmp_path / "out" / "ref").exists()  # TRL's frozen copy of the start


def test_a_policy_that_does_not_start_at_its_reference_is_refused(run, tmp_path):
    dropped = ("lora.lora_dropout=0.9", "training.max_steps=6")
    run("paper/smollm2-fitb-sft", tmp_path / "sft", *QUICK, *dropped)
    # With dropout the policy answers at random, while the reference is another draw.
    alive = ("training.max_steps=2", "training.disable_dropout=false", f"--start={tmp_path / 'sft'}")
    said = run("paper/smollm2-fitb-dpo", tmp_path / "out", *alive, status=2)
    assert re.search(r"DPO starts at loss \d\.\d+ and margin -?\d\.\d+ instead of ln 2 and 0: the policy is not", said)
    assert not (tmp_path / "out" / ADAPTER).exists()


@pytest.mark.parametrize(
    ("step", "loss", "margin", "wrong"),
    [(1, math.log(2), 0.0, False), (1, 0.72, 0.0, True), (1, math.log(2), 0.1, True), (2, 0.5, 0.4, False)],
)
def test_only_the_first_step_must_stand_at_the_reference(step, loss, margin, wrong):
    def logged() -> None:
        dpo.StartsAtReference().on_log(None, SimpleNamespace(global_step=step), None, {"loss": loss, "rewards/margins": margin})

    if wrong:
        with pytest.raises(TrainingError, match="the policy is not its reference"):
            logged()
    else:
        logged()


def test_dpo_without_an_adapter_to_start_from_says_so(run, tmp_path):
    assert "name it with --start FOLDER" in run("paper/smollm2-fitb-dpo", tmp_path / "out", status=2)
    said = run("paper/smollm2-fitb-dpo", tmp_path / "out", f"--start={tmp_path}", status=2)
    assert "holds no adapter: adapter_config.json is missing" in said


def test_an_adapter_of_another_base_is_refused_where_it_does_not_fit_and_warned_of_where_it_does(run, start, base, tmp_path):
    with pytest.warns(UserWarning, match=f"was trained on weights {fingerprint_of(Path(base('smollm2')))}, not on"):
        run("paper/smollm2-fitb-dpo", tmp_path / "out", "training.max_steps=1", f"--start={start}", family="qwen2")
    wide = shutil.copytree(start, tmp_path / "wide")  # its weights are of another size, as those for a wider base
    config = json.loads((wide / "adapter_config.json").read_text())
    (wide / "adapter_config.json").write_text(json.dumps(config | {"r": 16}))
    said = run("paper/smollm2-fitb-dpo", tmp_path / "other", f"--start={wide}", status=2)
    assert re.match(r"The adapter .*wide cannot be loaded: .", said.splitlines()[-1])


# Interruptions


def interrupted(monkeypatch, verb: Any, step: int) -> None:
    """Lets the next run be killed in the middle of a step."""

    class Killed(verb.Trainer):
        def training_step(self, *given: Any, **named: Any) -> torch.Tensor:
            if self.state.global_step == step - 1:
                raise KeyboardInterrupt
            return super().training_step(*given, **named)

    monkeypatch.setattr(verb, "Trainer", Killed)


@pytest.mark.parametrize("verb", [sft, dpo], ids=["sft", "dpo"])
def test_an_interrupted_run_goes_on_to_the_weights_of_one_that_was_not(run, start, tmp_path, monkeypatch, verb):
    stage = verb.__name__.rpartition(".")[2]
    recipe, whole, broken = f"paper/smollm2-fitb-{stage}", tmp_path / "whole", tmp_path / "broken"
    options = (*QUICK, "training.max_steps=6", *([f"--start={start}"] if stage == "dpo" else []))
    run(recipe, whole, *options)
    with monkeypatch.context() as patch:
        interrupted(patch, verb, 5)
        with pytest.raises(KeyboardInterrupt):
            run(recipe, broken, *options)
    half = broken / "checkpoints" / "checkpoint-5"  # as if killed while it was being written
    shutil.copytree(broken / "checkpoints" / "checkpoint-4", half)
    (half / "trainer_state.json").unlink()
    said = run(recipe, broken, *options)
    assert f"Going on from {broken / 'checkpoints' / 'checkpoint-4'}" in said
    assert furthest(weights(broken), weights(whole)) == 0
    assert record(broken)["steps"] == 6
    assert not (broken / "checkpoints").exists()


def test_another_recipe_in_the_same_folder_is_refused_and_so_is_a_finished_one(run, tmp_path):
    recipe, out, options = "paper/smollm2-fitb-sft", tmp_path / "out", (*QUICK, "training.max_steps=1")
    out.mkdir()
    (out / "recipe.yaml").write_text("of: a run that failed before its first checkpoint\n")
    run(recipe, out, *options)
    before = weights(out)
    assert "holds a finished run. Choose another folder" in run(recipe, out, *options, status=2)
    assert furthest(weights(out), before) == 0
    (out / ADAPTER).unlink()
    (out / "checkpoints" / "checkpoint-1").mkdir(parents=True)
    (out / "checkpoints" / "checkpoint-1" / "trainer_state.json").touch()
    assert "holds a run of another recipe. Choose another folder" in run(recipe, out, *options, "training.seed=5", status=2)


@pytest.mark.parametrize("save_steps", [1, 100])
def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_last_good_checkpoint(run, data, base, tmp_path, save_steps):
    poisoned = Path(shutil.copytree(base("smollm2"), tmp_path / "poisoned"))
    model, tokenizer = AutoModelForCausalLM.from_pretrained(poisoned), AutoTokenizer.from_pretrained(poisoned)
    with torch.no_grad():
        model.get_input_embeddings().weight[tokenizer("☃")["input_ids"]] = math.nan
    model.save_pretrained(poisoned)
    *others, last = (data / "train.jsonl").read_text(encoding="utf-8").splitlines()[:8]
    (tmp_path / "snow.jsonl").write_text("\n".join([*others, last.replace('"title": "', '"title": "☃ ')]), encoding="utf-8")
    here = f"data.train={tmp_path / 'snow.jsonl'}"  # an absolute path leaves the data root
    changes = (here, "data.outfits=null", f"base={poisoned}", f"training.save_steps={save_steps}")
    options = (*QUICK, *changes, "training.per_device_train_batch_size=1", "training.train_sampling_strategy=sequential")
    config = RECIPES / "paper" / "smollm2-fitb-sft.yaml"
    drawn = draw(StylistRecipe.read(config, ("data.without=[]", *changes)), data)
    good = next(place for place, example in enumerate(drawn.examples) if "☃" in json.dumps(example, ensure_ascii=False))
    assert good > 0
    said = run("paper/smollm2-fitb-sft", tmp_path / "out", *options, status=2)
    kept = tmp_path / "out" / "checkpoints" / f"checkpoint-{good}"
    expected = f"The last good checkpoint is {kept}" if save_steps == 1 else "No checkpoint was written yet"
    assert f"The loss is nan at step {good + 1}. {expected}. Lower training.learning_rate" in said
    assert not (tmp_path / "out" / ADAPTER).exists()
    if save_steps == 1:
        assert all(weight.isfinite().all() for weight in weights(kept).values())


# Rows


def parted(recipe: str, data: Path, family: Family, *changes: str) -> list[tuple[str, list[str]]]:
    """Each row's text that is given, and the texts that are learned from: the answer, or the chosen and the rejected one."""
    few = ("data.train=train.jsonl", "data.without=[]", "data.outfits=4", *changes)
    drawn, tokenizer = draw(StylistRecipe.read(RECIPES / f"{recipe}.yaml", few), data), chat_tokenizer(family)
    found = []
    for row in tokenized(drawn, tokenizer, 1024):
        if "labels" in row:
            learned = [token for token in row["labels"] if token != -100]
            assert row["input_ids"][-len(learned) :] == learned
            given, answers = row["input_ids"][: -len(learned)], [learned]
        else:
            given, answers = row["prompt_ids"], [row["chosen_ids"], row["rejected_ids"]]
        found.append((tokenizer.decode(given), [tokenizer.decode(answer) for answer in answers]))
    return found


@pytest.mark.parametrize(
    ("family", "start", "end"), [("mistral", "<s>[INST] You", "</s>"), ("smollm2", "<|im_start|>system\nYou", "<|im_end|>")]
)
def test_a_row_is_the_framed_question_and_only_its_answer_is_learned(data, family, start, end):
    rows = parted("paper/smollm2-fitb-sft", data, family)
    assert len(rows) == 4
    for given, (answer,) in rows:
        assert given.startswith(start)
        assert given.count(start.partition("You")[0]) == 1
        assert answer.endswith(end)
        assert f"\n{answer.removesuffix(end).strip()}" in given
    for (given, (chosen, rejected)), (asked, (answer,)) in zip(
        parted("paper/smollm2-fitb-dpo", data, family), rows, strict=True
    ):
        assert (given, chosen) == (asked, answer)
        assert f"\n{rejected.removesuffix(end).strip()}" in given
        assert rejected != chosen


def test_a_row_in_the_compact_wording_is_a_list_that_goes_on(data):
    for given, (answer,) in parted("paper/smollm2-fitb-sft", data, "mistral", "wording=compact"):
        assert re.fullmatch(r"<s>An outfit of:( [a-z -]+;){3}", given)
        assert re.fullmatch(r" [a-z -]+;", answer)


def test_a_row_that_does_not_fit_is_refused_by_its_number_and_outfit(run, start, tmp_path):
    said = run("paper/smollm2-fitb-sft", tmp_path / "out", "training.max_length=50", status=2)
    assert re.search(r"Row 1 \(outfit look-00\d\d\) has \d+ tokens, more than the 50 that fit. Raise training.max_length", said)
    said = run("paper/smollm2-fitb-dpo", tmp_path / "out", "training.max_length=50", f"--start={start}", status=2)
    assert "more than the 50 that fit" in said
    assert not (tmp_path / "out").exists()


def test_no_row_may_be_longer_than_the_models_context_whatever_the_recipe_says(run, data, tmp_path):
    long = json.loads((data / "train.jsonl").read_text().splitlines()[0])
    long["items"][0]["title"] = "very " * 2000 + "yellow t-shirt"
    (tmp_path / "long.jsonl").write_text(
        json.dumps(long | {"outfit_id": "look-9999"}) + "\n" + (data / "train.jsonl").read_text()
    )
    changes = (f"data.train={tmp_path / 'long.jsonl'}", "data.outfits=null", "training.max_length=null")
    assert "more than the 1024 that fit" in run("paper/smollm2-cp-sft", tmp_path / "out", *changes, status=2)


def test_outfits_of_the_evaluated_split_are_dropped_by_id_and_counted(run, data, tmp_path):
    rows = tmp_path / "rows.jsonl"
    dropped = ("data.without=[valid.jsonl]", "data.outfits=null", f"--export={rows}")
    said = run("paper/smollm2-fitb-sft", None, *dropped)
    assert "5 dropped because they are evaluated on; 35 to train on" in said
    assert len(rows.read_text().splitlines()) == 35
    recipe = StylistRecipe.read(
        RECIPES / "paper" / "smollm2-fitb-sft.yaml",
        ("data.train=train.jsonl", "data.without=[valid.jsonl]", "data.outfits=35"),
    )
    assert set(draw(recipe, data).outfits) == {f"look-{number:04}" for number in range(35)}
    assert "36 outfits were asked for, but there are 35 to train on" in run(
        "paper/smollm2-fitb-sft", None, *dropped, "data.outfits=36", status=2
    )


def test_several_files_are_trained_on_together_and_what_stands_in_two_once(data):
    changes = ("data.train=[train.jsonl, valid.jsonl]", "data.without=[]", "data.outfits=null")
    both, report = training_outfits(StylistRecipe.read(RECIPES / "paper" / "smollm2-fitb-sft.yaml", changes).data, data)
    assert [outfit.id for outfit in both] == [f"look-{number:04}" for number in range(45)]  # five stand in both
    assert "45 to train on" in report


def test_missing_captions_say_how_to_get_them_and_how_to_do_without(run, tmp_path):
    said = run("paper/smollm2-fitb-sft", tmp_path / "out", "data.captions=captions.jsonl", status=2)
    assert "captions.jsonl is missing" in said
    assert "--set data.captions=null" in said


@pytest.mark.parametrize(
    ("recipe", "keys"),
    [
        ("paper/smollm2-fitb-sft", ["prompt", "completion"]),
        ("paper/smollm2-cp-sft", ["prompt", "completion"]),
        ("paper/smollm2-fitb-dpo", ["prompt", "chosen", "rejected"]),
        ("paper/smollm2-cp-dpo", ["prompt", "chosen", "rejected"]),
    ],
)
def test_exported_rows_are_what_trl_reads_and_the_same_each_time(run, tmp_path, recipe, keys):
    digests = set()
    for name in ("one.jsonl", "two.jsonl"):
        path = tmp_path / name
        said = run(recipe, None, f"--export={path}").splitlines()[-1]
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
        assert said == f"{path}: 24 rows, sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}"
    assert len(digests) == 1
    text = (tmp_path / "one.jsonl").read_text(encoding="utf-8")
    assert "look-" not in text  # neither outfits' ids nor items' keys
    for row in map(json.loads, text.splitlines()):
        assert list(row) == keys
        assert [turn["role"] for turn in row["prompt"]] == ["user"]
        answers = [row[key][0]["content"] for key in keys[1:]]
        assert len(set(answers)) == len(answers)
        for answer in answers:
            assert answer in ("0", "1") if "-cp-" in recipe else f"\n{answer}" in row["prompt"][0]["content"]


def test_half_of_the_cp_rows_are_whole_outfits(run, tmp_path):
    labels = [row["completion"][0]["content"] for row in exported(run, tmp_path, "paper/smollm2-cp-sft")]
    assert (labels.count("1"), labels.count("0")) == (12, 12)


def test_whole_outfits_are_learned_in_any_order_and_each_round_in_another(run, data, tmp_path):
    rows = exported(run, tmp_path, "paper/smollm2-fitb-sft", *WHOLE, "data.rounds=2")
    assert len(rows) == 48
    told = [sorted(row["completion"].removesuffix(";").split(";")) for row in rows]
    assert {row["prompt"] for row in rows} == {"An outfit of:"}
    assert sorted(told[:24]) == sorted(told[24:])  # the same outfits
    assert told[:24] != told[24:]
    assert len({row["completion"] for row in rows}) > 24


def test_each_piece_of_an_outfit_is_held_against_rivals_of_its_slot(run, tmp_path):
    rows = exported(run, tmp_path, "paper/smollm2-fitb-dpo", *WHOLE, "data.rivals=2")
    assert len(rows) == 24 * 3 * 2  # four pieces, the first of which nothing is known about
    for one, other in zip(rows[::2], rows[1::2], strict=True):
        assert (one["prompt"], one["chosen"]) == (other["prompt"], other["chosen"])
        assert len({one["chosen"], one["rejected"], other["rejected"]}) == 3
    for first, second in zip(rows[:6:2], rows[2:6:2], strict=False):  # an outfit's rows follow each other
        assert second["prompt"] == first["prompt"] + first["chosen"]


def test_sft_and_dpo_on_whole_outfits_lower_their_losses(run, tmp_path):
    run("paper/smollm2-fitb-sft", tmp_path / "sft", *QUICK, *WHOLE, "training.max_steps=6")
    an_outfit_a_step = ("training.train_sampling_strategy=sequential", "training.per_device_train_batch_size=3")
    epoch = ("training.num_train_epochs=2", "training.learning_rate=3e-3", f"--start={tmp_path / 'sft'}")
    more = (*an_outfit_a_step, *epoch, "training.logging_steps=16", "half=true")
    run("paper/smollm2-fitb-dpo", tmp_path / "dpo", *QUICK, *WHOLE, *more)
    kept = {folder: {weight.dtype for weight in load_file(tmp_path / folder / ADAPTER).values()} for folder in ("sft", "dpo")}
    assert kept == {"sft": {torch.float32}, "dpo": {torch.float16}}
    for folder in ("sft", "dpo"):
        ran = record(tmp_path / folder)
        assert ran["task"] == "outfit"
        assert ran["loss"] < ran["first_step"]["loss"]


def test_a_base_whose_template_cannot_be_learned_is_refused(run, base, tmp_path):
    odd = tmp_path / "odd"
    shutil.copytree(base("smollm2"), odd)
    tokenizer = chat_tokenizer("smollm2")
    tokenizer.chat_template = "{{ messages | length }} turns: " + tokenizer.chat_template
    tokenizer.save_pretrained(odd)
    said = run("paper/smollm2-fitb-sft", tmp_path / "out", f"base={odd}", status=2)
    assert "chat template cannot be trained on. The chat template renders a question differently" in said


# The record


def test_a_finished_run_records_what_made_it(run, start, tmp_path):
    rows = tmp_path / "rows.jsonl"
    run("paper/smollm2-cp-dpo", None, f"--export={rows}")
    into = tmp_path / "out"
    said = run("paper/smollm2-cp-dpo", into, "training.max_steps=2", "training.seed=7", f"--start={start}")
    assert re.search(rf"{into}: trained for 2 steps, \d+\.\d minutes, loss 0\.69", said)
    found = record(into)
    assert (found["recipe"], found["stage"], found["task"]) == ("paper/smollm2-cp-dpo", "dpo", "cp")
    assert (found["seed"], found["steps"], found["rows"], found["commit"]) == (7, 2, 24, commit())
    assert found["rows_sha256"] == hashlib.sha256(rows.read_bytes()).hexdigest()
    assert found["data"].startswith("polyvore-text train: 40 outfits; left out: nothing; 0 dropped")
    assert found["versions"].keys() >= {"torch", "transformers", "trl", "peft", "accelerate", "datasets"}
    assert {"loss", "rewards/margins", "grad_norm", "learning_rate"} <= found["last_step"].keys()
    assert found["tokens"] > 24 * 50
    resolved = yaml.safe_load((into / "recipe.yaml").read_text(encoding="utf-8"))
    assert (resolved["training"]["seed"], resolved["training"]["max_steps"], resolved["data"]["outfits"]) == (7, 2, 24)
    again = StylistRecipe.read(into / "recipe.yaml")  # a resolved recipe can be followed again
    assert again.model_dump(exclude={"name"}, mode="json") == {
        name: value for name, value in resolved.items() if name != "name"
    }
    card = (into / "README.md").read_text(encoding="utf-8")
    assert yaml.safe_load(card.split("---")[1])["base_model"] == found["base"]
    assert found["fingerprint"] in card
    assert json.loads((into / "base.json").read_text()) == {"base": found["base"], "fingerprint": found["fingerprint"]}


def test_without_git_the_commit_is_unknown_and_nothing_is_lost(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert commit() is None


@pytest.mark.skipif(find_spec("tensorboard") is None, reason="tensorboard is not installed")
def test_what_tensorboard_shows_is_kept_with_the_adapter(run, tmp_path):
    run("paper/smollm2-fitb-sft", tmp_path / "out", *QUICK, "training.max_steps=1", "training.report_to=tensorboard")
    assert list((tmp_path / "out" / "runs").rglob("events.out.tfevents.*"))


@pytest.mark.skipif(find_spec("tensorboard") is not None, reason="tensorboard is installed")
def test_a_tracker_that_is_not_installed_is_one_sentence(run, tmp_path):
    said = run("paper/smollm2-fitb-sft", tmp_path / "out", "training.report_to=tensorboard", status=2)
    assert "The recipe reports to tensorboard, which is not installed here. Type: pip install tensorboard" in said


# Several processes


def test_two_processes_train_the_one_adapter_that_one_process_does(run, data, base, tmp_path):
    exact = (*QUICK, "training.max_steps=2", "training.bf16=false", "lora.lora_dropout=0")
    run("paper/smollm2-fitb-sft", tmp_path / "one", *exact)
    # Not --cpu, which starts one process only where there is no MPI; without a GPU the recipe's own arguments say so.
    launch = ["accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--num_cpu_threads_per_process", "1"]
    halves = (*exact, "training.per_device_train_batch_size=2")
    given = command("paper/smollm2-fitb-sft", data, base("smollm2"), *halves, into=tmp_path / "two")
    done = subprocess.run([sys.executable, "-m", *launch, "-m", "finetune.sft", *given], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("trained for 2 steps") == 1
    one, two = record(tmp_path / "one"), record(tmp_path / "two")
    assert two["epochs"] == one["epochs"] == pytest.approx(2 / 6, abs=1e-3)  # of 24 rows, 4 a step
    for step in ("first_step", "last_step"):
        for name in ("loss", "grad_norm", "num_tokens"):
            assert two[step][name] == pytest.approx(one[step][name], rel=0.02), (step, name)
    assert not (tmp_path / "two" / "checkpoints").exists()


# The paper's recipes for Mistral-7B, on two random layers of Mistral


@pytest.mark.parametrize("native", [True, False])
@pytest.mark.parametrize("asked", ["bf16", "fp16"])
def test_bf16_is_left_where_a_processor_would_emulate_it(monkeypatch, asked, native):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.cpu._is_avx512_bf16_supported", lambda: native)
    training = {asked: True, "learning_rate": 1e-4}
    run_with = training | affordable(training)
    assert run_with == {"learning_rate": 1e-4, "bf16": native} | ({"fp16": False} if asked == "fp16" else {})
    assert affordable({"learning_rate": 1e-4}) == {}


QUESTIONS = {
    "fitb": FitbQuestion(context=("navy coat", "navy jeans"), options=("navy boots", "red heels", "red sandals"), answer=0),
    "cp": CpQuestion(items=("navy coat", "navy jeans", "red heels"), label=1),
}


@pytest.mark.parametrize("task", ["fitb", "cp"])
@pytest.mark.parametrize("weights_in", ["nf4", "bf16"])
def test_the_papers_mistral_recipes_train_merge_reload_and_score(run, base, tmp_path, weights_in, task):
    few = ("data.outfits=8", "training.max_steps=4", "training.logging_steps=1")
    run(f"paper/mistral-7b-{weights_in}-{task}-sft", tmp_path / "sft", *few, family="mistral")
    recipe = f"paper/mistral-7b-{weights_in}-{task}-dpo"
    run(recipe, tmp_path / "dpo", *few, f"--start={tmp_path / 'sft'}", family="mistral")
    first = record(tmp_path / "dpo")["first_step"]
    assert first["loss"] == pytest.approx(math.log(2), abs=1e-6)
    # Steps of 1e-8 are taken in fp32, since bf16 would lose them, and nothing is rounded on the way from SFT to DPO.
    assert 0 < furthest(weights(tmp_path / "dpo"), weights(tmp_path / "sft")) < 1e-6
    assert {weight.dtype for weight in weights(tmp_path / "dpo").values()} == {torch.float32}

    adapted = load(base("mistral"), tmp_path / "dpo", torch.float32)
    expected = totals(adapted, task)
    merged = adapted.model.merge_and_unload()
    merged.save_pretrained(tmp_path / "merged")
    adapted.tokenizer.save_pretrained(tmp_path / "merged")
    assert totals(load(str(tmp_path / "merged"), dtype=torch.float32), task) == pytest.approx(expected, abs=1e-3)
    if weights_in == "nf4":
        changed = {"optim": "adamw_torch", "fp16": False, "bf16": best_dtype() == torch.bfloat16}
        assert record(tmp_path / "dpo")["changed_for_device"] == ({} if torch.cuda.is_available() else changed)
        packed = load(base("mistral"), tmp_path / "dpo", quantize="nf4")
        assert totals(packed, task) == pytest.approx(expected, rel=0.1)
        assert packed.model.get_base_model().model.layers[0].self_attn.q_proj.weight.dtype == torch.uint8


def totals(language_model: Any, task: str) -> list[float]:
    """The log-probability of each answer to the task's question."""
    question = QUESTIONS[task]
    asked = question_text(question)
    options = ("navy boots", "red heels", "red sandals") if task == "fitb" else ("0", "1")
    framed = [chat(language_model.tokenizer, asked, answer) for answer in options]
    likelihoods = LocalLikelihoods(language_model)
    found = [found.total for found in likelihoods(framed, templated=True)]
    assert all(map(math.isfinite, found))
    scorer = Likely(likelihoods, language_model.tokenizer)
    if task == "fitb":
        assert list(scorer.fitb(question)) == pytest.approx(found)
    else:
        assert scorer.cp(question) == pytest.approx(found[1] - found[0])
    return found

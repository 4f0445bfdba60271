"""Every recipe in the repository, and what a wrong one is answered with."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from peft import LoraConfig
from transformers import TrainingArguments
from trl import DPOConfig, SFTConfig

from finetune import dpo, sft
from finetune.recipe import ComplementRecipe, MatcherRecipe, RecipeError, StylistRecipe
from finetune.training import TrainingError, arguments

ALL = sorted((Path(sft.__file__).parent / "recipes").glob("*/*.yaml"))
MATCHER = [path for path in ALL if path.parent.name == "matcher"]
COMPLEMENT = [path for path in ALL if path.parent.name == "complement"]
RECIPES = [path for path in ALL if path not in (*MATCHER, *COMPLEMENT)]
PAPER = [path for path in RECIPES if path.parent.name == "paper"]
TUNED = [path for path in RECIPES if path.parent.name == "tuned"]


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def configured(recipe: StylistRecipe, folder: Path) -> Any:
    return arguments(SFTConfig if recipe.stage == "sft" else DPOConfig, recipe, folder)


def flat(value: Any, above: str = "") -> dict[str, Any]:
    """Nested keys as "training.learning_rate"."""
    if not isinstance(value, dict):
        return {above: value}
    return {key: leaf for name, inner in value.items() for key, leaf in flat(inner, f"{above}.{name}".strip(".")).items()}


# The recipes that come with the project


def test_there_are_recipes_for_both_tasks_and_stages_and_for_the_papers_model():
    names = {path.stem for path in PAPER}
    for base in ("smollm2", "mistral-7b-nf4", "mistral-7b-bf16"):
        assert {f"{base}-{task}-{stage}" for task in ("fitb", "cp") for stage in ("sft", "dpo")} <= names
    assert TUNED


@pytest.mark.parametrize("path", RECIPES, ids=name)
def test_a_recipe_parses_into_the_libraries_own_arguments_without_an_unknown_key(path, tmp_path):
    recipe = StylistRecipe.read(path)
    assert recipe.name == name(path)
    assert recipe.stage == path.stem.rpartition("-")[2]
    args = configured(recipe, tmp_path)
    fields = {field.name for field in dataclasses.fields(args)}
    assert recipe.training.keys() <= fields
    if recipe.lora:
        assert LoraConfig(task_type="CAUSAL_LM", **recipe.lora).r == recipe.lora["r"]


@pytest.mark.parametrize("path", PAPER, ids=name)
def test_a_paper_recipe_carries_the_papers_hyper_parameters(path, tmp_path):
    recipe = StylistRecipe.read(path)
    args = configured(recipe, tmp_path)
    assert (recipe.wording, recipe.data.outfits, recipe.data.negatives) == ("paper", 1000, "slot")
    assert recipe.task in path.stem
    assert "adamw" in args.optim
    assert (args.lr_scheduler_type, args.num_train_epochs) == ("linear", 3)
    assert args.per_device_train_batch_size * args.gradient_accumulation_steps == 4
    if recipe.stage == "sft":
        assert args.learning_rate == 2e-4
        assert args.get_warmup_steps(750) == 225  # 0.3 of all steps
        assert recipe.lora and recipe.lora["target_modules"] == ["q_proj", "k_proj", "v_proj", "o_proj"]
    else:
        assert (args.learning_rate, args.beta, args.loss_type) == (1e-8, 0.1, ["sigmoid"])
        assert args.get_warmup_steps(750) == 75  # 0.1 of all steps
        assert args.disable_dropout  # else the policy would not begin where its reference stands


@pytest.mark.parametrize("path", [path for path in PAPER if "mistral" in path.stem], ids=name)
def test_a_mistral_recipe_trains_one_pair_at_a_time_over_the_disjoint_polyvore_outfits(path):
    recipe = StylistRecipe.read(path)
    assert recipe.base.startswith("mistralai/Mistral-7B")
    assert recipe.quantize == ("nf4" if "nf4" in path.stem else None)
    assert recipe.training["per_device_train_batch_size"] == 1
    assert recipe.data.train == (Path("polyvore_outfits/disjoint/train.json"),)
    assert recipe.data.captions


@pytest.mark.parametrize("path", MATCHER, ids=name)
def test_a_matchers_recipe_parses_too(path, tmp_path):
    recipe = MatcherRecipe.read(path)
    args = arguments(TrainingArguments, recipe, tmp_path)
    assert recipe.training.keys() <= {field.name for field in dataclasses.fields(args)}
    assert not recipe.lora or LoraConfig(**recipe.lora).r == recipe.lora["r"]


@pytest.mark.parametrize("path", COMPLEMENT, ids=name)
def test_a_recipe_of_complementary_search_parses_and_learns_from_what_its_teacher_saw(path, tmp_path):
    recipe = ComplementRecipe.read(path)
    args = arguments(TrainingArguments, recipe, tmp_path)
    assert recipe.training.keys() <= {field.name for field in dataclasses.fields(args)}
    assert recipe.data.split == "train" or {dropped.stem for dropped in recipe.data.without} == {"test"}
    assert "test" not in {trained.stem for trained in recipe.data.train}


@pytest.mark.parametrize("path", [path for path in ALL if path not in COMPLEMENT], ids=name)
def test_a_recipe_drops_the_outfits_of_every_split_that_is_evaluated(path):
    recipe = (MatcherRecipe if path in MATCHER else StylistRecipe).read(path)
    if recipe.data.split:  # a data set whose splits share no outfit
        assert recipe.data.split == "train"
        return
    splits = {dropped.stem for dropped in recipe.data.without}
    assert splits == {"valid", "test"}
    assert not {*recipe.data.train} & {*recipe.data.without}


@pytest.mark.parametrize("path", TUNED, ids=name)
def test_wherever_a_tuned_recipe_leaves_the_paper_a_comment_says_why(path):
    text = path.read_text(encoding="utf-8")
    twin = re.search(r"paper/[\w-]+\.yaml", text.partition("\n")[0])
    assert twin, "the first line names the recipe of the paper that this one departs from"
    paper = flat(yaml.safe_load((path.parent.parent / twin.group()).read_text(encoding="utf-8")))
    tuned = flat(yaml.safe_load(text))
    departures = {key for key in paper.keys() | tuned.keys() if paper.get(key) != tuned.get(key)}
    assert departures
    for key in departures:
        assert re.search(rf"^ *{key.rpartition('.')[2]}:[^#\n]*# \S|^ *# .*\b{key.rpartition('.')[2]}\b", text, re.M), key


# What is wrong is one sentence


@pytest.fixture
def made(tmp_path) -> Path:
    """A recipe to spoil."""
    path = tmp_path / "mine.yaml"
    path.write_text(next(path for path in PAPER if path.stem == "smollm2-fitb-sft").read_text(encoding="utf-8"), "utf-8")
    return path


def spoiled(made: Path, old: str, new: str) -> Path:
    text = made.read_text(encoding="utf-8")
    assert old in text
    made.write_text(text.replace(old, new), encoding="utf-8")
    return made


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("stage: sft", "stage: sft\nstages: 2", "stages: Extra inputs are not permitted"),
        ("  seed: 0\nlora", "  seeds: 0\nlora", "data.seeds: Extra inputs are not permitted"),
        ("stage: sft\n", "", "stage: Field required"),
        ("stage: sft", "stage: rlhf", "stage: Input should be 'sft' or 'dpo'"),
        ("wording: paper", "wording: prose", "wording: Input should be 'paper' or 'compact'"),
        ("outfits: 1000", "outfits: many", "data.outfits: Input should be a valid integer"),
        ("outfits: 1000", "outfits: 1", "data.outfits: Input should be greater than or equal to 2"),
        ("stage: sft", "stage: dpo", "an SFT recipe needs `lora`, and a DPO recipe goes on with an adapter that has it"),
        ("task: fitb\nwording: paper", "task: cp\nwording: compact", "the compact wording is for fitb and outfit"),
        ("task: fitb", "task: outfit", "the paper's wording has no question about a whole outfit's pieces"),
        ("seed: 0\nlora", "rivals: 2\nlora", "data.rounds and data.rivals are for the task outfit"),
        ("outfits: 1000", "outfits: [1000", "is not YAML: while parsing a flow sequence"),
    ],
)
def test_a_wrong_key_or_value_is_one_sentence_that_names_the_file_and_the_key(made, old, new, said):
    with pytest.raises(RecipeError, match=rf"^The recipe {made}.*{said}") as error:
        StylistRecipe.read(spoiled(made, old, new))
    assert "\n" not in str(error.value)


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path):
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9")
    (tmp_path / "list.yaml").write_text("- stage")
    (tmp_path / "empty.yaml").write_text("")
    for missing, said in {
        "gone.yaml": "cannot be read: No such file or directory.",
        ".": "cannot be read: Is a directory.",
        "latin.yaml": "is not YAML: 'utf-8' codec",
        "list.yaml": "holds no keys.",
        "empty.yaml": "holds no keys.",
    }.items():
        with pytest.raises(RecipeError, match=said):
            StylistRecipe.read(tmp_path / missing)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("training.max_steps", "'training.max_steps' is no change to a recipe: write it as training.max_steps=10"),
        ("=5", "'=5' is no change to a recipe"),
        ("base.name=x", "'base.name=x': base holds a value, not keys"),
        ("data.train=[", r"'data.train=\[': \[ is not YAML"),
        ("data.outfit=5", "data.outfit: Extra inputs are not permitted"),
        ("trainings.max_steps=5", "trainings: Extra inputs are not permitted"),
        ("lora=null", "an SFT recipe needs `lora`"),
    ],
)
def test_a_change_that_is_none_is_one_sentence(made, change, said):
    with pytest.raises(RecipeError, match=said):
        StylistRecipe.read(made, (change,))


def test_a_change_sets_a_value_as_yaml_reads_it_and_leaves_the_rest(made):
    changes = ("training.max_steps=10", "data.without=[]", "data.captions=null", "quantize=nf4", "training.learning_rate=1e-4")
    changed, before = StylistRecipe.read(made, changes), StylistRecipe.read(made)
    assert changed.data.without == ()
    assert changed.quantize == "nf4"
    assert changed.training == before.training | {"max_steps": 10, "learning_rate": 1e-4}
    assert changed.lora == before.lora


def test_a_rate_without_a_decimal_point_is_a_number(made, tmp_path):
    recipe = StylistRecipe.read(spoiled(made, "learning_rate: 2.0e-4", "learning_rate: 2e-4"))
    assert configured(recipe, tmp_path).learning_rate == 2e-4


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("training.warmup_ratio=0.3", "does not suit SFTConfig: .*warmup_ratio"),
        ("training.learning_rate=fast", "training.learning_rate is 'fast', but it takes a number"),
        ("training.gradient_checkpointing=often", "training.gradient_checkpointing is 'often', but it takes true or false"),
        ("training.lr_scheduler_type=wavy", "does not suit SFTConfig: .*wavy"),
    ],
)
def test_an_argument_that_trl_does_not_take_is_one_sentence(made, tmp_path, change, said):
    with pytest.raises(TrainingError, match=said):
        configured(StylistRecipe.read(made, (change,)), tmp_path)


@pytest.mark.parametrize(("verb", "other"), [(sft, "dpo"), (dpo, "sft")])
def test_a_recipe_of_the_other_stage_says_what_to_type(verb, other, tmp_path, capsys):
    recipe = next(path for path in PAPER if path.stem == f"smollm2-fitb-{other}")
    assert verb.main(["--config", str(recipe), "--data", "nowhere", "--into", str(tmp_path / "out")]) == 2
    stage = verb.__name__.rpartition(".")[2].upper()
    assert capsys.readouterr().err == f"This recipe is not for {stage}: type python -m finetune.{other} instead.\n"
    assert not (tmp_path / "out").exists()

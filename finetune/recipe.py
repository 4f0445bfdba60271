"""Recipes: how a stylist is trained, one YAML file a run. What TRL and PEFT read goes into their own dataclasses."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from finetune.model import Quantization
from finetune.prompts import Wording
from finetune.tasks import Negatives


class RecipeError(ValueError):
    """A recipe that cannot be followed; the message names the file and the key."""


class Data(BaseModel):
    """What is trained on. Paths are relative to the data root that the command line names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    train: tuple[Path, ...] = Field(min_length=1)  # in a recipe, one path or a list
    split: str | None = None  # where a data set has no files of its own for its splits
    without: tuple[Path, ...] = ()  # evaluated splits: their outfits are dropped from training by set id
    captions: Path | None = None  # words that stand in for titles, as `python -m catalog caption` writes them
    outfits: int | None = Field(default=None, ge=2)  # a random sample of so many; all where it is not given
    negatives: Negatives = "slot"
    rounds: int = Field(default=1, ge=1)  # how often each outfit is drawn, each time anew
    rivals: int = Field(default=1, ge=1)  # wrong pieces that DPO holds against each right one of an outfit
    seed: int = 0

    @field_validator("train", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return [value] if isinstance(value, str | Path) else value


class Recipe(BaseModel):
    """One training run. `lora` holds LoraConfig's arguments, `training` those of the trainer's own config."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str  # its file's, from the folder above: "paper/smollm2-fitb-sft"
    stage: str
    base: str
    data: Data
    lora: dict[str, Any] | None = None
    training: dict[str, Any]

    @classmethod
    def read(cls, path: Path, changes: Sequence[str] = ()) -> Self:
        """A recipe from its file, with changes such as "training.max_steps=10" from the command line.

        Raises RecipeError for a file, a key or a value that is none.
        """
        try:
            raw = _yaml(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise RecipeError(f"The recipe {path} cannot be read: {error.strerror}.") from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise RecipeError(f"The recipe {path} is not YAML: {' '.join(str(error).split())}.") from error
        if not isinstance(raw, dict):
            raise RecipeError(f"The recipe {path} holds no keys.")
        for change in changes:
            _set(raw, change)
        try:
            return cls.model_validate(raw | {"name": f"{path.resolve().parent.name}/{path.stem}"})
        except ValidationError as error:
            first = error.errors()[0]
            key = f"{'.'.join(map(str, first['loc']))}: " if first["loc"] else ""
            raise RecipeError(f"The recipe {path}: {key}{first['msg'].removeprefix('Value error, ')}.") from error


class StylistRecipe(Recipe):
    """How a language model is trained; `training` is SFTConfig's or DPOConfig's. DPO goes on with SFT's LoRA weights.

    The task `outfit` is fitb asked for every piece at once: an outfit in random order, each piece to go on with the ones
    before it.
    """

    stage: Literal["sft", "dpo"]
    task: Literal["fitb", "cp", "outfit"]
    wording: Wording
    quantize: Quantization | None = None
    share_prefixes: bool = True
    half: bool = False  # the trained adapter is kept in fp16: half as large, for one that ships

    @model_validator(mode="after")
    def _as_its_stage_needs(self) -> "StylistRecipe":
        if (self.stage == "sft") == (self.lora is None):
            raise ValueError("an SFT recipe needs `lora`, and a DPO recipe goes on with an adapter that has it")
        if self.task == "cp" and self.wording == "compact":
            raise ValueError("the compact wording is for fitb and outfit; it scores whole outfits by their pieces")
        if self.task == "outfit" and self.wording == "paper":
            raise ValueError("the paper's wording has no question about a whole outfit's pieces")
        if self.task != "outfit" and (self.data.rounds, self.data.rivals) != (1, 1):
            raise ValueError("data.rounds and data.rivals are for the task outfit")
        return self


class Sets(BaseModel):
    """The set encoder of a matcher, which begins as the identity and so learns at a rate of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    learning_rate: float = Field(gt=0)
    dropout: float = Field(ge=0, lt=1)
    maps_items: bool = True  # false: queries are compared with captions' own vectors, as an index holds them


class Words(BaseModel):
    """A matcher's table of words, of those that stand in `least` captions or more; each is left out with odds of `dropout`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    learning_rate: float = Field(gt=0)
    dropout: float = Field(ge=0, lt=1)
    least: int = Field(default=2, ge=1)


class Taught(BaseModel):
    """How much it counts that captions' vectors also tell the garment's category and its price, beside what goes together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    category: float = Field(ge=0)
    price: float = Field(ge=0)


class MatcherRecipe(Recipe):
    """How a matcher is trained; `training` is TrainingArguments'. Without `lora` its sentence encoder stays as it is."""

    stage: Literal["match"]
    sets: Sets
    words: Words | None = None
    lessons: Taught | None = None


class Student(BaseModel):
    """The set encoder that answers searches for what complements, in the embedder's own space."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dropout: float = Field(ge=0, lt=1)
    width: int = Field(ge=1)  # of its layer's feed-forward part


class ComplementRecipe(Recipe):
    """How complementary search learns from a stylist; `base` is its embedder, `training` is TrainingArguments'."""

    stage: Literal["distil"]
    teacher: str = "shipped"  # a stylist's folder, or the one that ships
    sets: Student
    candidates: int = Field(ge=2)  # captions of the wanted slot that teacher and student judge in a step
    sharpness: float = Field(default=1.0, gt=0)  # times the teacher's log-odds: the more, the more its favourites count
    strange: float = Field(default=0.0, ge=0, le=1)  # share of pieces that another of their slot stands in for
    wish_weight: float = Field(ge=0)  # what a wish's nearness adds to the teacher's log-odds

    @model_validator(mode="after")
    def _leaves_the_embedder_as_it_is(self) -> "ComplementRecipe":
        if self.lora:
            raise ValueError("the embedder of an index stays as it is: there is no `lora` to train")
        return self


class _Loader(yaml.SafeLoader):
    """YAML 1.1, in which 1e-8 is a text, but for that."""


_Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+$"), list("-+0123456789"))


def _yaml(text: str) -> Any:
    return yaml.load(text, _Loader)


def _set(raw: dict[str, Any], change: str) -> None:
    """Put "a.b=value" into nested keys; the value is read as YAML is."""
    names, equals, value = change.partition("=")
    *above, last = names.split(".")
    if not equals or not last:
        raise RecipeError(f"{change!r} is no change to a recipe: write it as training.max_steps=10.")
    for name in above:
        raw = raw.setdefault(name, {})
        if not isinstance(raw, dict):
            raise RecipeError(f"{change!r}: {name} holds a value, not keys.")
    try:
        raw[last] = _yaml(value)
    except yaml.YAMLError as error:
        raise RecipeError(f"{change!r}: {value} is not YAML.") from error

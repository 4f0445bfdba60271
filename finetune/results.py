"""Result rows: what a benchmark found, in the form that the README's tables are made from."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FOLDER = Path(__file__).parent / "results"
CHOSEN_ON = ("train", "valid")
TEST_LOG = "test_log.jsonl"

Scoring = Literal["generate", "likelihood", "ours"]
Stage = Literal["control", "plain", "sft", "sft+dpo", "complement", "two-stage", "blend"]


class OrderConsistency(BaseModel):
    """The share of `n` questions whose pick is the same for every rotation of the options."""

    value: float
    n: int


class Estimate(BaseModel):
    """A figure of a row besides its metric."""

    value: float
    ci95: tuple[float, float]


class Gain(Estimate):
    """How much more of the same questions are answered than by the row of the name `over`; its interval is of the pairs."""

    over: str


class Result(BaseModel):
    """One row. `value` and `ci95` lie between 0 and 1; `seconds` is the time of scoring, without loading."""

    model_config = ConfigDict(extra="forbid")

    task: Literal["fitb", "cp", "cir"]
    data: str
    split: str
    captions: str | None = None  # the first 12 digits of the sha256 of the file whose captions stood in for titles
    name: str
    stage: Stage
    model: str | None = None
    fingerprint: str | None = None
    quantize: str | None = None
    endpoint: bool | None = None  # the model was served elsewhere: nobody can say by which weights
    adapter: str | None = None
    adapter_fingerprint: str | None = None
    recipe: str | None = None
    scoring: Scoring | None = None
    metric: str
    value: float = Field(ge=0, le=1)
    ci95: tuple[float, float]
    n: int = Field(ge=1)
    seeds: int | None = None
    options: int | None = None
    unanswered: int | None = None  # generated answers that name no option, or no number
    order_consistency: OrderConsistency | None = None
    calibration_error: float | None = None
    encoder: str | None = None  # CIR: the folder of the encoder that makes queries
    encoder_fingerprint: str | None = None
    gallery: float | None = None  # CIR: items that are ranked, on average
    chance: float | None = Field(default=None, ge=0, le=1)  # CIR: the metric of whoever ranks them at random
    recalls: dict[int, Estimate] | None = None  # CIR: by how many of the first count
    median_rank: Estimate | None = None
    gain: Gain | None = None
    note: str | None = None
    commit: str | None = None
    seconds: float

    def line(self) -> str:
        """The row as one line for a terminal."""
        low, high = self.ci95
        scored = f" by {self.scoring}" if self.scoring else ""
        said = f"{self.name}{scored}: {self.metric} {self.value:.3f} [{low:.3f}, {high:.3f}] on {self.n} questions"
        if self.gallery is None:
            return said
        return f"{said} of {self.data}; chance {self.chance:.3f} in galleries of {self.gallery:,.0f} texts on average"


def write(results: Sequence[Result], path: Path) -> None:
    """One row as an object, several as a list; what is not known is left out."""
    rows = [result.model_dump(mode="json", exclude_none=True) for result in results]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows[0] if len(rows) == 1 else rows, indent=2) + "\n", encoding="utf-8")


def read(path: Path) -> list[Result]:
    """The rows of a result file."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    return [Result.model_validate(row) for row in (raw if isinstance(raw, list) else [raw])]


def log_test(results: Sequence[Result], folder: Path = FOLDER) -> None:
    """Note every look at a test split, or at what might be one: nobody is to choose by it unseen."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / TEST_LOG).open("a", encoding="utf-8") as file:
        for result in results:
            if result.split not in CHOSEN_ON:
                file.write(json.dumps(result.model_dump(mode="json", exclude_none=True)) + "\n")

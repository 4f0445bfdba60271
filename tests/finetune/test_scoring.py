"""Answering questions one by one, noted at once, so that nothing is lost."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from finetune.results import Result, log_test, read, write
from finetune.scoring import answer, measured, rotated
from finetune.tasks import CpQuestion, FitbQuestion, TaskError

FITB = [
    FitbQuestion(context=(f"coat {number}",), options=("a", "b", "c", "d"), answer=number % 4, outfit=str(number // 2))
    for number in range(40)
]
CP = [CpQuestion(items=(f"coat {number}", "boots"), label=number % 2, outfit=str(number // 2)) for number in range(40)]


class Scripted:
    """Scores by a rule, counts what it was asked, and can give up."""

    def __init__(self, scores: Sequence[float] | None = None, patience: int = 1000) -> None:
        self.scores, self.patience, self.asked = scores, patience, 0

    def _tired(self) -> None:
        self.asked += 1
        if self.asked > self.patience:
            raise KeyboardInterrupt

    def fitb(self, question: FitbQuestion) -> Sequence[float]:
        self._tired()
        return self.scores if self.scores is not None else [float(place == question.answer) for place in range(4)]

    def cp(self, question: CpQuestion) -> float:
        self._tired()
        return 0.0 if self.scores is not None else 1000.0 * (2 * question.label - 1)


def test_an_oracle_gets_everything_right() -> None:
    assert measured(FITB, answer(Scripted(), FITB).scores, None)["value"] == 1
    row = measured(CP, answer(Scripted(), CP).scores, "ours")
    assert (row["value"], row["calibration_error"]) == (1, 0)


def test_who_says_always_a_gets_the_share_of_a_and_who_says_nothing_a_quarter() -> None:
    assert measured(FITB, answer(Scripted([1, 0, 0, 0]), FITB).scores, None)["value"] == 0.25
    assert measured(FITB, answer(Scripted([0, 0, 0, 0]), FITB).scores, None)["value"] == 0.25
    assert measured(CP, answer(Scripted([]), CP).scores, None)["value"] == 0.5


def test_generated_answers_may_be_none_and_are_counted() -> None:
    row = measured(FITB, [[], [], *answer(Scripted(), FITB).scores[2:]], "generate")
    assert row["unanswered"] == 2
    assert row["value"] == 38 / 40
    row = measured(
        CP, [float("nan"), float("nan"), *(float(question.label) for question in CP[2:])], "generate"
    )  # one of each label
    assert row["unanswered"] == 2
    assert row["value"] == pytest.approx(1 - 0.5 / 400, abs=1e-4)
    with pytest.raises(TaskError, match=r"no number|needs probabilities"):
        measured(CP, [float("nan"), *answer(Scripted(), CP).scores[1:]], "likelihood")


def test_log_odds_that_no_probability_can_tell_apart_still_rank() -> None:
    scores = [800.0 + question.label for question in CP]
    row = measured(CP, scores, "likelihood")
    assert (row["value"], row["calibration_error"]) == (1, 0.5)


def test_a_column_tells_its_own_calibration_but_a_control_has_none() -> None:
    assert "calibration_error" in measured(CP, answer(Scripted([]), CP).scores, "likelihood")
    assert "calibration_error" not in measured(CP, answer(Scripted([]), CP).scores, None)


def test_an_interrupted_benchmark_goes_on_with_the_next_question(tmp_path: Path) -> None:
    notes = tmp_path / "notes.partial"
    with pytest.raises(KeyboardInterrupt):
        answer(Scripted(patience=13), FITB, notes, "me")
    second = Scripted()
    scores = answer(second, FITB, notes, "me").scores
    assert second.asked == 40 - 13
    assert scores == answer(Scripted(), FITB).scores


def test_a_note_that_was_cut_off_is_asked_again(tmp_path: Path) -> None:
    notes = tmp_path / "notes.partial"
    with pytest.raises(KeyboardInterrupt):
        answer(Scripted(patience=5), FITB, notes, "me")
    notes.write_text(notes.read_text()[:-9])
    second = Scripted()
    assert answer(second, FITB, notes, "me").scores == answer(Scripted(), FITB).scores
    assert second.asked == 36


@pytest.mark.parametrize(("about", "asked"), [("somebody else", FITB), ("me", FITB[1:])])
def test_notes_of_another_run_count_for_nothing(tmp_path: Path, about: str, asked: list[FitbQuestion]) -> None:
    notes = tmp_path / "notes.partial"
    answer(Scripted([1, 0, 0, 0]), FITB, notes, "me")
    second = Scripted()
    answer(second, asked, notes, about)
    assert second.asked == len(asked)


def test_a_pick_by_text_survives_rotation_and_a_pick_by_place_does_not() -> None:
    class ByText(Scripted):
        def fitb(self, question: FitbQuestion) -> Sequence[float]:
            return [float(option == "c") for option in question.options]

    assert rotated(ByText(), FITB[:10]).value == 1
    assert rotated(Scripted([1, 0, 0, 0]), FITB[:10]).value == 0


def result(**changes: object) -> Result:
    row = {
        "task": "fitb", "data": "polyvore-t", "split": "valid", "name": "sft", "stage": "sft", "metric": "accuracy",
        "value": 0.3, "ci95": (0.2, 0.4), "n": 40, "seconds": 1.5,
    }  # fmt: skip
    return Result.model_validate(row | changes)


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "row.json"
    write([result()], path)
    assert json.loads(path.read_text())["ci95"] == [0.2, 0.4]
    assert read(path) == [result()]
    write([result(), result(name="plain", stage="plain")], path)
    assert [row.name for row in read(path)] == ["sft", "plain"]


def test_only_looks_at_a_test_split_are_logged(tmp_path: Path) -> None:
    log_test([result(), result(split="test"), result(split="test", scoring="ours")], tmp_path)
    log_test([result(split="test", name="plain")], tmp_path)
    logged = [json.loads(line) for line in (tmp_path / "test_log.jsonl").read_text().splitlines()]
    assert [row["name"] for row in logged] == ["sft", "sft", "plain"]

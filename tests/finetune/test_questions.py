"""Which questions a benchmark asks: drawn by seed, sampled, or read from files."""

import json
from pathlib import Path

import pytest

from finetune.questions import main
from finetune.tasks import FitbQuestion, read_questions

ROOT = Path(__file__).parent.parent.parent
KEPT = json.loads((ROOT / "docs" / "questions.json").read_text())


@pytest.fixture
def polyvore_t(tmp_path: Path) -> Path:
    slots = ("upper", "bottom", "shoe")
    outfits = {
        str(number): {slot: {"index": place, "name": f"{slot} number {number}"} for place, slot in enumerate(slots)}
        for number in range(20)
    }
    path = tmp_path / "valid.json"
    path.write_text(json.dumps(outfits))
    return path


def asked(path: Path, tmp_path: Path, *options: str) -> list[FitbQuestion]:
    assert main(["fitb", "--data", str(path), "--into", str(tmp_path / "out"), *options]) == 0
    return read_questions(next((tmp_path / "out").glob("*-fitb.jsonl")), FitbQuestion)


def test_the_same_seeds_give_the_same_file(polyvore_t: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked(polyvore_t, tmp_path, "--seeds", "3")
    first = capsys.readouterr().out
    asked(polyvore_t, tmp_path, "--seeds", "3")
    assert capsys.readouterr().out == first
    assert "60 questions, sha256 " in first


def test_a_limit_asks_about_a_part_of_each_draw_and_another_part_in_the_next(polyvore_t: Path, tmp_path: Path) -> None:
    found = asked(polyvore_t, tmp_path, "--seeds", "2", "--limit", "7")
    first, second = ({question.outfit for question in part} for part in (found[:7], found[7:]))
    assert (len(first), len(second)) == (7, 7)
    assert first != second


def test_more_options_are_all_of_the_slot_and_differ(polyvore_t: Path, tmp_path: Path) -> None:
    for question in asked(polyvore_t, tmp_path, "--options", "12"):
        assert len(set(question.options)) == 12
        assert len({option.split()[0] for option in question.options}) == 1


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cp", "--data", str(tmp_path / "compatibility_test.txt"), "--into", str(tmp_path)]) == 2
    assert "compatibility_test.txt" in capsys.readouterr().err


@pytest.mark.data
@pytest.mark.parametrize("kept", KEPT, ids=[entry["file"] for entry in KEPT])
def test_the_questions_of_our_figures_are_drawn_again(
    kept: dict[str, str], shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = kept["command"].replace("../shared", str(shared)).replace("out/questions", str(tmp_path)).split()
    assert main(command[3:]) == 0
    assert f"{kept['questions']} questions, sha256 {kept['sha256']}" in capsys.readouterr().out
    assert (tmp_path / kept["file"]).is_file()

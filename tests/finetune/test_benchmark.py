"""The benchmark's command line, on question files, drawn questions and a tiny model."""

import json
from pathlib import Path
from typing import Any

import pytest

from finetune import answerers, benchmark
from finetune.benchmark import main
from finetune.blend import blend_fingerprint
from finetune.model import EMBEDDED, SHIPPED, LanguageModel, fingerprint_of
from finetune.results import read
from tests.fakes import tiny_language_model

COLOURS = ("red", "blue", "green", "black", "white", "grey", "beige", "pink")


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LanguageModel:
    """The model that `load` gives; the package's own log is left alone."""
    monkeypatch.setattr(benchmark, "FOLDER", tmp_path / "results")
    language_model = tiny_language_model(context=1024)
    monkeypatch.setattr(answerers, "load", lambda *args, **kwargs: language_model)
    return language_model


@pytest.fixture
def fitb(tmp_path: Path) -> Path:
    rows: list[dict[str, Any]] = [
        {"context": [f"{colour} coat"], "options": [f"{other} boots" for other in COLOURS[:4]], "answer": place % 4}
        for place, colour in enumerate(COLOURS)
    ]
    return jsonl(tmp_path / "fitb.jsonl", rows)


@pytest.fixture
def cp(tmp_path: Path) -> Path:
    rows = [{"items": [f"{colour} coat", "black boots"], "label": place % 2} for place, colour in enumerate(COLOURS)]
    return jsonl(tmp_path / "cp.jsonl", rows)


@pytest.fixture
def polyvore_t(tmp_path: Path) -> Path:
    """test.json with eight outfits of three pieces."""
    outfits = {
        str(number): {
            "upper": {"index": 1, "name": f"{colour} shirt"},
            "bottom": {"index": 2, "name": f"{colour} jeans"},
            "shoe": {"index": 3, "name": f"{colour} boots"},
        }
        for number, colour in enumerate(COLOURS)
    }
    path = tmp_path / "test.json"
    path.write_text(json.dumps(outfits))
    return path


def jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_without_more_said_it_measures_what_the_shop_uses(
    fitb: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fitb", "--data", str(fitb), "--out", str(tmp_path / "row.json")]) == 0
    row = json.loads((tmp_path / "row.json").read_text())
    logged = json.loads((tmp_path / "results" / "test_log.jsonl").read_text())  # the file might be of a test split
    assert logged == row
    assert (row["scoring"], row["stage"], row["n"], row["split"]) == ("ours", "blend", 8, "file")
    assert row["adapter_fingerprint"] == blend_fingerprint(SHIPPED)
    assert row["ci95"][0] <= row["value"] <= row["ci95"][1]
    assert str(tmp_path / "row.json") in capsys.readouterr().out


@pytest.mark.parametrize("task", ["fitb", "cp"])
def test_all_columns_come_in_one_file(task: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    out = tmp_path / "rows.json"
    data = request.getfixturevalue(task)
    assert main([task, "--data", str(data), "--scoring", "generate", "likelihood", "ours", "--out", str(out)]) == 0
    rows = read(out)
    assert [row.scoring for row in rows] == ["generate", "likelihood", "ours"]
    assert {row.metric for row in rows} == {"accuracy" if task == "fitb" else "auc"}
    assert not list(tmp_path.glob("*.partial"))


@pytest.mark.parametrize("who", [[], ["--model", EMBEDDED]])
def test_ours_answers_the_same_in_any_order(fitb: Path, tmp_path: Path, who: list[str]) -> None:
    out = tmp_path / "row.json"
    assert main(["fitb", "--data", str(fitb), *who, "--rotations", "8", "--out", str(out)]) == 0
    consistency = read(out)[0].order_consistency
    assert consistency is not None
    assert (consistency.value, consistency.n) == (1, 8)


def test_drawn_questions_of_a_test_split_are_logged(polyvore_t: Path, tmp_path: Path) -> None:
    assert main(["fitb", "--data", str(polyvore_t), "--seeds", "3", "--limit", "5", "--results", str(tmp_path)]) == 0
    logged = [json.loads(line) for line in (tmp_path / "test_log.jsonl").read_text().splitlines()]
    assert [(row["data"], row["split"], row["n"], row["seeds"]) for row in logged] == [("polyvore-t", "test", 15, 3)]


def test_an_interrupted_benchmark_goes_on(
    polyvore_t: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny: LanguageModel
) -> None:
    command = ["fitb", "--data", str(polyvore_t), "--model", EMBEDDED]
    command += ["--results", str(tmp_path), "--out", str(tmp_path / "row.json")]
    plain, calls = tiny.model.forward, 0

    def tired(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 10:
            raise KeyboardInterrupt
        return plain(*args, **kwargs)

    monkeypatch.setattr(tiny.model, "forward", tired)
    with pytest.raises(KeyboardInterrupt):
        main(command)
    kept = next(tmp_path.glob("*.partial")).read_text().splitlines()
    assert 1 < len(kept) < 9
    assert main(command) == 0
    found = read(tmp_path / "row.json")[0]
    assert main([*command[:-1], str(tmp_path / "again.json")]) == 0
    assert (found.value, found.n) == (read(tmp_path / "again.json")[0].value, 8)


def test_a_control_is_measured_in_the_same_form(polyvore_t: Path, tmp_path: Path) -> None:
    out = tmp_path / "first.json"
    assert main(["fitb", "--data", str(polyvore_t), "--control", "first", "--results", str(tmp_path), "--out", str(out)]) == 0
    row = read(out)[0]
    assert (row.name, row.stage, row.scoring) == ("first", "control", None)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (['{"context": ["coat"], "options": ["a", "b"], "answer": 2}'], r"line 1: not a question.*not among the 2 options"),
        (['{"context": ["coat"], "options": ["a", "b"], "answer": 0}', "nonsense"], "line 2: not a question"),
        (['{"context": []}'], "line 1: not a question"),
    ],
)
def test_a_bad_question_file_is_one_sentence_that_names_the_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: list[str], said: str
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text("\n".join(lines))
    assert main(["fitb", "--data", str(path)]) == 2
    assert pytest.importorskip("re").search(said, capsys.readouterr().err.replace("\n", " "))


def test_a_missing_file_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fitb", "--data", str(tmp_path / "none.json")]) == 2
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("scoring", ["generate", "likelihood", "ours"])
def test_a_question_longer_than_the_context_is_refused_not_cut(
    scoring: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = jsonl(tmp_path / "long.jsonl", [{"context": ["navy coat " * 600], "options": ["a", "b"], "answer": 0}])
    assert main(["fitb", "--data", str(path), "--model", EMBEDDED, "--scoring", scoring]) == 2
    assert "tokens, more than" in capsys.readouterr().err


def test_answers_of_an_adapter_that_has_changed_since_are_asked_again(
    fitb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    out = tmp_path / "row.json"
    asked: list[str] = []
    plain = benchmark.answer
    monkeypatch.setattr(benchmark, "answer", lambda *given: asked.append(given[-1]) or plain(*given))
    for weights in (b"some", b"others"):
        (adapter / "adapter_model.safetensors").write_bytes(weights)
        assert main(["fitb", "--data", str(fitb), "--adapter", str(adapter), "--out", str(out)]) == 0
    assert asked[0] != asked[1]
    assert read(out)[0].adapter_fingerprint == fingerprint_of(adapter)
    (adapter / "run.json").write_text("{}")
    assert main(["fitb", "--data", str(fitb), "--adapter", str(adapter)]) == 2
    assert "run.json is damaged" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [("--limit", "0"), ("--limit", "-3"), ("--seeds", "0"), ("--seeds", "two")])
def test_a_count_that_is_none_is_refused(fitb: Path, wrong: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["fitb", "--data", str(fitb), *wrong])
    assert f"{wrong[1]!r} is no whole number above 0" in capsys.readouterr().err


def test_rows_go_to_a_file_not_to_a_folder(fitb: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fitb", "--data", str(fitb), "--out", str(tmp_path)]) == 2
    assert "is a folder: name the file" in capsys.readouterr().err


def test_a_template_that_cannot_frame_answers_is_one_sentence(
    fitb: Path, tiny: LanguageModel, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny.tokenizer.chat_template = "{{ messages | length }}{{ messages[0].content }}"
    assert main(["fitb", "--data", str(fitb), "--scoring", "likelihood"]) == 2
    assert "renders a question differently" in capsys.readouterr().err


def test_outfits_without_rivals_are_counted(polyvore_t: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    looks = json.loads(polyvore_t.read_text())
    looks["9"] = {slot: {"index": 1, "name": f"gold {slot}"} for slot in ("bag", "accessory", "bottom")}
    polyvore_t.write_text(json.dumps(looks))
    assert main(["fitb", "--data", str(polyvore_t), "--control", "first", "--results", str(tmp_path)]) == 0
    assert "; 1 passed over, whose slots have too few other items" in capsys.readouterr().err

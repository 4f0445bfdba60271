"""Which trainings and benchmarks a row of the paper's tables needs; the trainings themselves are tested where they are."""

from pathlib import Path

import pytest

from finetune import finders, reproduce
from finetune.controls import CONTROLS
from finetune.reproduce import ROWS, TRAINED, main
from finetune.tables import MODELS


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What would run; each writes the file that it promises."""
    made: list[list[str]] = []

    def train(command: list[str]) -> int:
        made.append(command)
        folder = Path(command[command.index("--into") + 1])
        folder.mkdir(parents=True)
        (folder / "adapter_model.safetensors").touch()
        (folder / "sets.safetensors").touch()
        return 0

    def ask(command: list[str]) -> int:
        made.append(command)
        out = Path(command[command.index("--out") + 1])
        out.parent.mkdir(parents=True, exist_ok=True)
        out.touch()
        return 0

    def weigh(command: list[str]) -> int:
        made.append(command)
        (Path(command[command.index("--into") + 1]) / "blend.json").touch()
        return 0

    monkeypatch.setattr(reproduce.match, "main", train)
    monkeypatch.setattr(reproduce.weigh, "main", weigh)
    monkeypatch.setattr(reproduce.distil, "main", train)
    monkeypatch.setattr(reproduce.sft, "main", train)
    monkeypatch.setattr(reproduce.dpo, "main", train)
    monkeypatch.setattr(reproduce.benchmark, "main", ask)
    return made


def made(tmp_path: Path, *options: str) -> int:
    folders = {"data": "data", "results": "results", "work": "work"}
    return main([*(part for option, name in folders.items() for part in (f"--{option}", str(tmp_path / name))), *options])


def test_a_row_after_dpo_trains_what_it_starts_from_first(calls: list[list[str]], tmp_path: Path) -> None:
    assert made(tmp_path, "--row", "fitb-dpo-tuned") == 0
    sft, dpo, generated, likely = calls
    assert sft[1].endswith("paper/smollm2-fitb-sft.yaml")
    assert dpo[1].endswith("tuned/smollm2-fitb-dpo.yaml")
    assert dpo[dpo.index("--start") + 1] == sft[sft.index("--into") + 1]
    for command in (generated, likely):
        assert command[0] == "fitb"
        assert command[command.index("--model") + 1] == "SmolLM2-135M-Instruct"
        assert command[command.index("--adapter") + 1] == dpo[dpo.index("--into") + 1]
        assert command[command.index("--name") + 1] == "sft+dpo-tuned"


def test_what_is_there_is_not_made_again(calls: list[list[str]], tmp_path: Path) -> None:
    assert made(tmp_path, "--row", "cp-sft") == 0
    before = len(calls)
    assert made(tmp_path, "--row", "cp-sft") == 0
    assert made(tmp_path, "--row", "cp-dpo-paper") == 0
    assert len(calls) > before
    assert not any("sft.yaml" in part for command in calls[before:] for part in command)


def test_the_first_failure_ends_it(calls: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reproduce.sft, "main", lambda command: 2)
    assert made(tmp_path, "--row", "cp-sft") == 2
    assert calls == []


def test_a_control_is_fitted_on_training_outfits_and_asked_about_all_of_five_draws(
    calls: list[list[str]], tmp_path: Path
) -> None:
    assert made(tmp_path, "--row", "fitb-type-aware") == 0
    (command,) = calls
    assert command[command.index("--train") + 1].endswith("polyvore_text/train.jsonl")
    assert command[command.index("--seeds") + 1] == "5"
    assert "--limit" not in command


def test_a_sampled_control_sees_as_many_outfits_as_the_models(calls: list[list[str]], tmp_path: Path) -> None:
    assert made(tmp_path, "--row", "cp-logreg-1000") == 0
    (command,) = calls
    given = {option: command[command.index(option) + 1] for option in ("--control", "--name", "--train-outfits")}
    assert given == {"--control": "logreg", "--name": "logreg-1000", "--train-outfits": "1000"}


@pytest.mark.parametrize("captions", [False, True])
def test_a_matcher_of_mango_is_fitted_on_train_and_weighed_on_valid_before_test_asks_it(
    calls: list[list[str]], tmp_path: Path, captions: bool
) -> None:
    assert made(tmp_path, "--row", f"mango-{'captions-' if captions else ''}fitb-matcher") == 0
    fitted, weighed, asked = calls
    folder = Path(weighed[weighed.index("--into") + 1])
    assert fitted[fitted.index("--into") + 1] == str(folder / "matcher")
    assert weighed[weighed.index("--split") + 1] == "valid"
    assert asked[asked.index("--stylist") + 1] == str(folder)
    assert asked[asked.index("--split") + 1] == "test"
    for command in (fitted, weighed, asked):
        assert any("--captions" in part or "data.captions" in part for part in command) == captions
    assert made(tmp_path, "--row", f"mango-{'captions-' if captions else ''}cp-matcher") == 0
    assert len(calls) == 4  # the fitted one is there


def test_complementary_search_ships_for_polyvore_and_is_taught_for_mango(calls: list[list[str]], tmp_path: Path) -> None:
    assert made(tmp_path, "--row", "cir-complement") == 0
    assert made(tmp_path, "--row", "mango-cir-complement-shipped") == 0
    for command in calls:
        assert command[0] == "cir"
        assert not {"--complement", "--stylist", "--control"} & set(command)
    assert calls[1][calls[1].index("--name") + 1] == "shipped"
    calls.clear()
    assert made(tmp_path, "--row", "mango-cir-complement") == 0
    _, weighed, taught, asked = calls
    stylist, encoder = (tmp_path / "work" / name for name in ("mango-matcher", "mango-complement"))
    assert weighed[weighed.index("--into") + 1] == str(stylist)
    assert taught[taught.index("--set") + 1] == f"teacher={stylist}"
    assert taught[taught.index("--into") + 1] == asked[asked.index("--complement") + 1] == str(encoder)
    assert asked[asked.index("--stylist") + 1] == str(stylist)
    assert "--name" not in asked


def test_a_control_of_cir_is_fitted_as_others_are(calls: list[list[str]], tmp_path: Path) -> None:
    assert made(tmp_path, "--row", "cir-slot-centroid") == 0
    (command,) = calls
    assert command[command.index("--control") + 1] == "slot-centroid"
    assert command[command.index("--train") + 1].endswith("polyvore_text/train.jsonl")
    assert command[command.index("--seeds") + 1] == "5"


def test_all_rows_are_made_without_a_word_more(calls: list[list[str]], tmp_path: Path) -> None:
    assert made(tmp_path) == 0
    assert {path.stem for path in (tmp_path / "results").glob("*.json")} >= set(ROWS)


def test_every_row_of_the_tables_has_a_target() -> None:
    names = {trained.name for trained in TRAINED.values()} | {"plain"}
    assert names == set(MODELS)
    assert all(f"{task}-{control}" in ROWS for task in ("fitb", "cp") for control in CONTROLS)
    assert all(f"{shop}cir-{control}" in ROWS for shop in ("", "mango-") for control in finders.CONTROLS)

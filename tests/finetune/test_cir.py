"""Complementary item retrieval: who knows finds it at once, who does not finds it as often as chance."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from finetune import answerers, benchmark, cir
from finetune.benchmark import main
from finetune.cir import CUTOFFS, Batch, CirQuestion, batches, draw_cir, galleries, measured, places
from finetune.mango import tenth_of
from finetune.model import fingerprint_of
from finetune.parts import Worn
from finetune.results import FOLDER, Result, read
from finetune.stylist import Stylist, Weighted
from finetune.tasks import Outfit, Piece, TaskError, plain
from retrieval.set_encoder import SETS, SetEncoder, save_sets
from tests.fakes import HashingEmbedder

COLOURS = ("red", "blue", "green", "black", "white", "grey", "beige", "pink", "brown", "purple")
KINDS = {"tops": "shirt", "bottoms": "jeans", "shoes": "boots"}


def outfit(name: str, *pieces: tuple[str, str | None]) -> Outfit:
    return Outfit(name, tuple(Piece(f"{name}_{place}", words, slot) for place, (words, slot) in enumerate(pieces)))


def looks(count: int = 120) -> list[Outfit]:
    """Outfits of one colour each, in as many words as it takes for texts of their own."""
    rng = random.Random(0)
    made = []
    for number in range(count):
        colour = rng.choice(COLOURS)
        made.append(outfit(f"{number:03}", *((f"{colour} {kind} {number}", slot) for slot, kind in KINDS.items())))
    return made


def asked(outfits: Sequence[Outfit], seeds: int = 3) -> list[Batch]:
    drawn = [question for seed in range(seeds) for question in draw_cir(outfits, seed)]
    return batches(drawn, galleries(outfits))


def row(found: Sequence[Batch], score: Any, over: Any = None) -> dict[str, Any]:
    ranked = np.concatenate([places(score(batch), batch) for batch in found])
    return measured(found, ranked, over)


def oracle(batch: Batch) -> np.ndarray:
    texts = [piece.words for piece in batch.gallery]
    return np.array([[float(text == question.hidden.words) for text in texts] for question in batch.asked])


def constant(batch: Batch) -> np.ndarray:
    return np.zeros((len(batch.asked), len(batch.gallery)))


# Questions and galleries


def test_a_seed_draws_the_same_questions_and_another_draws_others() -> None:
    outfits = looks()
    first = list(draw_cir(outfits, 0))
    assert first == list(draw_cir(list(reversed(outfits)), 0))
    assert first != list(draw_cir(outfits, 1))
    for question in first:
        assert question.hidden not in question.context
        assert len(question.context) == 2


def test_texts_that_differ_in_case_and_blanks_only_are_one_entry_of_the_gallery() -> None:
    outfits = [
        outfit("1", ("White  Shirt", "tops"), ("jeans", "bottoms")),
        outfit("2", ("white shirt", "tops"), ("skirt", "bottoms")),
        outfit("3", ("red shirt", "tops"), ("skirt", "bottoms")),
    ]
    shown = galleries(outfits)
    assert [plain(piece.words) for piece in shown["tops"]] == ["red shirt", "white shirt"]


def test_what_the_context_holds_is_barred_and_never_asked_for() -> None:
    outfits = [
        outfit("1", ("white shirt", "tops"), ("red shirt", "tops"), ("jeans", "bottoms")),
        outfit("2", ("white shirt", "tops"), ("WHITE shirt", "tops"), ("skirt", "bottoms")),
        outfit("3", ("blue shirt", "tops"), ("boots", "shoes")),
    ]
    hidden = {question.hidden.words for seed in range(20) for question in draw_cir(outfits, seed) if question.outfit == "2"}
    assert hidden == {"skirt"}
    question = CirQuestion("1", (outfits[0].pieces[0], outfits[0].pieces[2]), outfits[0].pieces[1])
    (batch,) = batches([question], galleries(outfits))
    texts = [plain(piece.words) for piece in batch.gallery]
    assert [text for text, barred in zip(texts, batch.barred[0], strict=True) if barred] == ["white shirt"]
    best_is_barred = np.array([[float(text == "white shirt") for text in texts]])
    assert places(best_is_barred, batch).tolist() == [[0, 2]]  # it ties with the blue one alone


def test_outfits_that_nothing_can_be_asked_about_are_passed_over() -> None:
    lone, nameless = outfit("1", ("shirt", "tops")), outfit("2", ("thing", None), ("object", None))
    twins = outfit("3", ("shirt", "tops"), ("Shirt", "tops"))
    usable = outfit("4", ("shirt", "tops"), ("thing", None))
    assert [question.outfit for question in draw_cir([lone, nameless, twins, usable], 0)] == ["4"]
    with pytest.raises(TaskError, match="no outfit has two items"):
        list(draw_cir([lone, nameless, twins], 0))
    with pytest.raises(TaskError, match="one text only"):
        batches(draw_cir([usable], 0), galleries([usable]))
    with pytest.raises(TaskError, match="does not hold the hidden item"):
        batches(draw_cir([usable], 0), galleries(looks()))


# Figures


def test_an_oracle_finds_everything_first() -> None:
    found = row(asked(looks()), oracle)
    assert (found["value"], found["ci95"]) == (1, (1, 1))
    assert found["median_rank"].value == 1
    assert all(found["recalls"][cutoff].value == 1 for cutoff in CUTOFFS)


def test_who_scores_all_alike_is_at_chance_at_every_cutoff() -> None:
    found = row(asked(looks()), constant)
    assert found["chance"] == pytest.approx(10 / 120, abs=1e-4)
    for cutoff in CUTOFFS:
        assert found["recalls"][cutoff].value == pytest.approx(cutoff / 120, abs=1e-4)
    assert found["median_rank"].value == 60.5


def test_what_ranks_beyond_the_gallery_counts_as_found() -> None:
    found = row(asked(looks(20)), constant)
    assert found["gallery"] == 20
    assert found["recalls"][30].value == found["recalls"][50].value == 1


def test_intervals_hold_their_figures_and_the_row_is_one() -> None:
    noise = np.random.default_rng(0)
    batched = asked(looks())
    found = row(batched, lambda batch: oracle(batch) + noise.normal(size=(len(batch.asked), len(batch.gallery))))
    for figure in (*found["recalls"].values(), found["median_rank"]):
        assert figure.ci95[0] <= figure.value <= figure.ci95[1]
    result = Result(
        **found, task="cir", data="looks", split="test", name="noisy", stage="control", seeds=3, commit=None, seconds=1.0
    )
    again = Result.model_validate_json(result.model_dump_json(exclude_none=True))
    assert again == result
    assert "recall@10" in result.line()
    assert "galleries of 120 texts" in result.line()


def test_who_answers_as_another_does_gains_nothing_and_an_oracle_all_the_rest() -> None:
    batched = asked(looks())
    ranked = np.concatenate([places(constant(batch), batch) for batch in batched])
    same = row(batched, constant, ("constant", ranked))["gain"]
    assert (same.over, same.value, same.ci95) == ("constant", 0, (0, 0))
    assert row(batched, oracle, ("constant", ranked))["gain"].value == pytest.approx(1 - 10 / 120, abs=1e-4)
    assert row(batched, oracle)["gain"] is None


def test_a_score_that_is_no_number_is_refused() -> None:
    with pytest.raises(TaskError, match="no number"):
        row(asked(looks()), lambda batch: np.full((len(batch.asked), len(batch.gallery)), np.nan))


def test_rows_from_before_are_read_as_they_were() -> None:
    for path in FOLDER.glob("fitb-*.json"):
        raw = json.loads(path.read_text(encoding="utf-8"))
        assert [found.model_dump(mode="json", exclude_none=True) for found in read(path)] == (
            raw if isinstance(raw, list) else [raw]
        )


# The command line


class SameColour:
    """A part that likes an option in the first worn thing's colour."""

    def completing(self, outfit: Sequence[Worn], options: Sequence[Worn]) -> list[float]:
        return [float(option.words.split()[0] == outfit[0].words.split()[0]) for option in options]

    def together(self, outfits: Sequence[Sequence[Worn]]) -> list[float]:
        raise NotImplementedError


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with test.json and train.json of Polyvore-T, and an embedder that costs nothing."""
    monkeypatch.setattr(answerers, "SentenceEmbedder", HashingEmbedder)
    names = {"tops": "upper", "bottoms": "bottom", "shoes": "shoe"}
    for file, outfits in (("test", looks(40)), ("train", looks(60))):
        told = {
            f"{file}{look.id}": {
                names[piece.slot]: {"index": place, "name": piece.words} for place, piece in enumerate(look.pieces)
            }
            for look in outfits
        }
        (tmp_path / f"{file}.json").write_text(json.dumps(told))
    return tmp_path


def measure(files: Path, *more: str) -> int:
    shared = ["--data", str(files / "test.json"), "--results", str(files / "results")]
    return main(["cir", *shared, *more])


@pytest.mark.parametrize("control", ["random", "popular", "cosine-mean", "slot-centroid", "type-aware"])
def test_a_control_is_measured_and_logged(control: str, files: Path) -> None:
    fitted = ["--control", control, "--train", str(files / "train.json"), "--seeds", "2", "--out", str(files / "row.json")]
    assert measure(files, *fitted) == 0
    (found,) = read(files / "row.json")
    assert (found.task, found.metric, found.name, found.stage) == ("cir", "recall@10", control, "control")
    assert (found.n, found.seeds, found.gallery, found.split) == (80, 2, 40, "test")
    assert json.loads((files / "results" / "test_log.jsonl").read_text()) == json.loads((files / "row.json").read_text())
    assert not list(files.glob("*.partial"))


def test_a_sample_is_asked_for_among_the_whole_gallery(files: Path) -> None:
    assert measure(files, "--control", "random", "--limit", "5", "--out", str(files / "row.json")) == 0
    (found,) = read(files / "row.json")
    assert (found.n, found.gallery) == (5, 40)


def test_an_interrupted_run_goes_on(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = ["--control", "cosine-mean", "--seeds", "4", "--out", str(files / "row.json")]
    plain_places, calls = benchmark.cir.places, 0
    monkeypatch.setattr(cir, "BATCH", 16)

    def tired(*given: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return plain_places(*given)

    monkeypatch.setattr(cir, "places", tired)
    with pytest.raises(KeyboardInterrupt):
        measure(files, *command)
    assert len(next(files.glob("*.partial")).read_text().splitlines()) == 3
    assert measure(files, *command) == 0
    before = calls
    assert measure(files, *command[:-1], str(files / "again.json")) == 0
    assert calls - before == before - 1  # all at once, against all but the two that were noted and the one that was lost
    assert read(files / "row.json")[0].value == read(files / "again.json")[0].value


def test_both_stages_are_measured_and_the_second_says_what_it_adds(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(answerers, "SentenceEmbedder", lambda: HashingEmbedder(size=36))
    monkeypatch.setattr(answerers, "open_stylist", lambda folder: Stylist([Weighted(SameColour(), 50.0)]))
    save_sets(SetEncoder(("tops", "bottoms", "shoes"), torch.zeros(36), maps_items=False), files / SETS)
    (files / "base.json").write_text('{"base": "hashing"}')
    command = ["--complement", str(files), "--name", "own", "--seeds", "3", "--out", str(files / "rows.json")]
    assert measure(files, *command) == 0
    first, second = read(files / "rows.json")
    assert (first.name, first.stage, second.name, second.stage) == (
        "complement-own",
        "complement",
        "two-stage-own",
        "two-stage",
    )
    assert first.encoder_fingerprint == second.encoder_fingerprint == fingerprint_of(files)
    assert first.gain is None
    assert second.gain is not None
    assert second.gain.over == "complement-own"
    assert second.gain.value == pytest.approx(second.value - first.value, abs=1e-4)
    assert second.gain.ci95[0] <= second.gain.value <= second.gain.ci95[1]
    assert "two-stage-own: recall@10" in capsys.readouterr().out


def test_an_encoder_for_another_embedder_is_not_measured_as_if_it_were_learned(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_sets(SetEncoder(("tops",), torch.zeros(36), maps_items=False), files / SETS)
    (files / "base.json").write_text('{"base": "another"}')
    with pytest.warns(UserWarning, match="another"):
        assert measure(files, "--complement", str(files)) == 2
    assert "no trained encoder" in capsys.readouterr().err


def test_items_that_no_training_outfit_holds_are_measured_by_themselves_among_all(tmp_path: Path) -> None:
    kinds = {"tops": "Shirt", "bottoms": "Jeans", "shoes": "Boots"}
    sold = [f"{slot}{number}" for slot in kinds for number in range(30)]
    products = [
        f"{name},images/{name}.jpg,{slot},{COLOURS[int(name.removeprefix(slot)) % 10]} {name},X,Female,X,X,{kind}"
        for slot, kind in kinds.items()
        for name in sold
        if name.startswith(slot)
    ]
    header = "product_id,image,slot,colours,color,sex,fabric,category,type\n"
    (tmp_path / "products.csv").write_text(header + "\n".join(products) + "\n")
    rng, lines = random.Random(0), []
    for number in range(300):  # training shows the first twenty of each slot alone
        most = 20 if tenth_of(str(number)) < 8 else 30
        lines.append(json.dumps({"outfit_id": str(number), "items": [f"{slot}{rng.randrange(most)}" for slot in kinds]}))
    (tmp_path / "outfits.jsonl").write_text("\n".join(lines) + "\n")
    asking = ["--data", str(tmp_path / "outfits.jsonl"), "--split", "test", "--results", str(tmp_path)]
    assert main(["cir", *asking, "--control", "random", "--seeds", "5", "--out", str(tmp_path / "row.json")]) == 0
    everything, unseen = read(tmp_path / "row.json")
    assert (everything.data, unseen.data) == ("mango", "mango-unseen")
    assert 0 < unseen.n < everything.n / 2
    assert unseen.gallery == pytest.approx(everything.gallery, abs=2)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("--model", "some"), "leave --model out"),
        (("--scoring", "generate"), "leave --scoring out"),
        (("--control", "logreg"), "There is no control 'logreg' of cir"),
        (("--control", "slot-centroid"), "say which with --train"),
        (("--complement", "nowhere"), "nowhere"),
        (("--split", "valid"), "is the split 'test'"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(
    wrong: tuple[str, ...], said: str, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert measure(files, *wrong) == 2
    assert said in capsys.readouterr().err


def test_questions_and_other_tasks_are_told_apart(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "fitb.jsonl").write_text('{"context": ["coat"], "options": ["a", "b"], "answer": 0}\n')
    assert main(["cir", "--data", str(files / "fitb.jsonl")]) == 2
    assert "give it those" in capsys.readouterr().err
    assert main(["fitb", "--data", str(files / "test.json"), "--complement", str(files)]) == 2
    assert "leave it out" in capsys.readouterr().err
    assert main(["fitb", "--data", str(files / "test.json"), "--control", "slot-centroid"]) == 2
    assert "There is no control 'slot-centroid'" in capsys.readouterr().err

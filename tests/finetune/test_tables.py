"""The tables say what the rows hold, and no more."""

import re

from finetune.results import FOLDER, Estimate, Gain, OrderConsistency, Result
from finetune.tables import cell, complement, models, rows, tables


def row(**changes: object) -> Result:
    plain = {
        "task": "fitb", "data": "polyvore-t", "split": "test", "name": "sft", "stage": "sft", "scoring": "ours",
        "metric": "accuracy", "value": 0.31, "ci95": (0.28, 0.34), "n": 2000, "seconds": 1.0,
    }  # fmt: skip
    return Result.model_validate(plain | changes)


def test_a_figure_stands_with_its_interval_and_count() -> None:
    assert cell(row()) == "31.0% [28.0%, 34.0%], n = 2,000"
    assert cell(row(task="cp", metric="auc", value=0.6, ci95=(0.58, 0.62))) == "0.600 [0.580, 0.620], n = 2,000"
    assert cell(None) == "not measured"


def test_a_row_at_chance_is_called_so() -> None:
    assert "at chance" in cell(row(ci95=(0.24, 0.34)))
    assert "at chance" in cell(row(task="cp", metric="auc", value=0.51, ci95=(0.49, 0.53)))
    assert "at chance" not in cell(row(ci95=(0.26, 0.34)))


def test_generated_answers_that_name_nothing_are_told() -> None:
    assert cell(row(scoring="generate", unanswered=500)).endswith("25% no answer")


def test_rows_go_to_their_place_and_other_data_to_none() -> None:
    found = [
        row(scoring="likelihood", order_consistency=OrderConsistency(value=0.4, n=100)),
        row(data="mango", value=0.9),
        row(split="valid", value=0.9),
    ]
    (line,) = [line for line in models("fitb", found) if line.startswith("| sft |")]
    assert line == "| sft | not measured | 31.0% [28.0%, 34.0%], n = 2,000 | not measured | 40% | 49% |"


def test_the_paper_s_figures_stand_beside_ours() -> None:
    text = tables([])
    assert "| plain |" in text
    for figure in ("29%", "49%", "61%", "0.579", "0.623", "0.810"):
        assert figure in text


def test_complementary_search_stands_with_its_recalls_and_what_the_second_stage_adds() -> None:
    recalls = {cutoff: Estimate(value=cutoff / 100, ci95=(cutoff / 200, cutoff / 50)) for cutoff in (1, 10, 30, 50)}
    found = {
        "task": "cir", "metric": "recall@10", "value": 0.1, "ci95": (0.05, 0.2), "recalls": recalls, "scoring": None,
        "median_rank": Estimate(value=231.5, ci95=(200, 260)), "gallery": 2345.6, "chance": 0.0043,
    }  # fmt: skip
    gain = Gain(over="complement", value=0.005, ci95=(-0.001, 0.011))
    lines = list(
        complement(
            [
                row(name="complement", stage="complement", **found),
                row(name="two-stage", stage="two-stage", gain=gain, **found),
                row(name="two-stage", stage="two-stage", **found | {"data": "mango", "value": 0.9}),
            ]
        )
    )
    assert "| complement | 1.0% | 10.0% [5.0%, 20.0%] | 30.0% | 50.0% | 232 [200, 260] |" in lines
    assert "| random | not measured | not measured | not measured | not measured | not measured |" in lines
    assert any("`two-stage` adds to `complement`" in line and "+0.5 [-0.1, +1.1] points" in line for line in lines)
    assert any("2,346 texts to rank on average; by chance recall@10 is 0.4%" in line for line in lines)


def test_nothing_that_we_keep_names_a_path_of_one_machine() -> None:
    kept = [
        path
        for path in FOLDER.rglob("*")
        if path.suffix in (".json", ".jsonl", ".yaml", ".md") and "checkpoints" not in path.parts
    ]
    assert not [path.name for path in kept if re.search(r'": "(/|[A-Z]:)', path.read_text(encoding="utf-8"))]


def test_each_row_of_our_own_results_has_a_name_of_its_own() -> None:
    names = [(found.task, found.data, found.split, found.captions, found.name, found.scoring) for found in rows()]
    assert len(names) == len(set(names))

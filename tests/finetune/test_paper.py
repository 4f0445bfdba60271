"""The researcher's road, end to end: a small download in the official layout, tiny random models, the paper's recipes."""

import json
import random
import shutil

import pytest

from catalog.items import read_catalogue
from finetune import paper
from tests.conftest import ROOT
from tests.fakes import save_tiny_base, save_tiny_llava, word_tokenizer

SAMPLE = ROOT / "catalog" / "sample"
SPLITS = {"train": 20, "valid": 4, "test": 6}
SLOTS = ("tops", "bottoms", "shoes", "bags")


@pytest.fixture(scope="module")
def download(tmp_path_factory):
    """Outfits of four of the sample shop's things each, with their pictures, laid out as Polyvore Outfits is."""
    folder = tmp_path_factory.mktemp("data") / "polyvore_outfits"
    (folder / "disjoint").mkdir(parents=True)
    (folder / "images").mkdir()
    drawn = random.Random(0)
    items = [item for item in read_catalogue(SAMPLE / "items.jsonl").items if item.image]
    by_slot = {slot: drawn.sample([item for item in items if item.slot == slot], sum(SPLITS.values())) for slot in SLOTS}
    about, number = {}, 100_000
    for split, count in SPLITS.items():
        sets = []
        for outfit in range(count):
            pieces = []
            for index, slot in enumerate(SLOTS, 1):
                item, number = by_slot[slot].pop(), number + 1
                about[str(number)] = {"title": item.title, "url_name": item.title, "semantic_category": slot}
                shutil.copy(item.image, folder / "images" / f"{number}{item.image.suffix}")
                pieces.append({"item_id": str(number), "index": index})
            sets.append({"set_id": f"{split}{outfit}", "items": pieces})
        write(folder / "disjoint" / f"{split}.json", sets)
        write(folder / "disjoint" / f"fill_in_blank_{split}.json", [blank(sets, place) for place in range(count)])
        (folder / "disjoint" / f"compatibility_{split}.txt").write_text("".join(lines(sets)))
    write(folder / "polyvore_item_metadata.json", about)
    return folder


def write(path, value):
    path.write_text(json.dumps(value), encoding="utf-8")


def blank(sets, place):
    own, others = sets[place]["set_id"], [other["set_id"] for other in sets if other is not sets[place]]
    return {
        "question": [f"{own}_{index}" for index in (1, 2, 4)],
        "blank_position": 3,
        "answers": [f"{own}_3", *(f"{other}_3" for other in others[:3])],
    }


def lines(sets):
    names = [one["set_id"] for one in sets]
    yield from (f"1 {' '.join(f'{name}_{index}' for index in (1, 2, 3, 4))}\n" for name in names)
    yield from (
        f"0 {' '.join(f'{names[(at + index) % len(names)]}_{index}' for index in (1, 2, 3, 4))}\n" for at in range(len(names))
    )


@pytest.fixture(scope="module")
def mistral(tmp_path_factory) -> str:
    return save_tiny_base(tmp_path_factory.mktemp("mistral"), "mistral")


def go(download, base, work, *more):
    steps = ["--set", "training.max_steps=2", "--set", "training.save_steps=2", "--set", "data.outfits=20"]
    command = ["--data", str(download), "--base", base, "--precision", "bf16", "--work", str(work), *steps, *more]
    return paper.main(command)


def test_from_pictures_to_tables_with_tiny_models(download, mistral, tmp_path, tmp_path_factory, capsys):
    llava = save_tiny_llava(tmp_path_factory.mktemp("llava"), word_tokenizer())
    assert go(download, mistral, tmp_path, "--captioner", "llava", "--caption-model", llava) == 0
    captions = [json.loads(line) for line in (tmp_path / "captions.jsonl").read_text().splitlines()]
    assert len(captions) == 4 * sum(SPLITS.values())
    assert all(row["source"] == llava for row in captions)
    assert len({row["caption"] for row in captions if "caption" in row}) > 1, "what is written depends on the picture"
    table = (tmp_path / "tables.md").read_text()
    assert table.count("| sft+dpo-paper |") == 2
    assert "not measured" not in table
    assert table in capsys.readouterr().out


def test_captions_of_the_pictures_stand_in_for_titles_and_a_second_run_makes_nothing(download, mistral, tmp_path, capsys):
    assert go(download, mistral, tmp_path, "--captioner", "embedded") == 0
    run = json.loads((tmp_path / "adapters" / "fitb-sft" / "run.json").read_text())
    assert run["rows"]
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file() and path.name != "tables.md"}
    assert go(download, mistral, tmp_path, "--captioner", "embedded") == 0
    after = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file() and path.name != "tables.md"}
    assert {path.name for path in before if after[path] != before[path]} <= {"captions.jsonl", "captions.jsonl.lock"}


def test_a_download_without_pictures_is_a_sentence(tmp_path, capsys):
    assert go(tmp_path, "nothing", tmp_path) == 2
    assert "holds no pictures" in capsys.readouterr().err

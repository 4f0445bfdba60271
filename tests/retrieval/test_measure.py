"""What is measured of search, on shops small enough for a test."""

import json
import random

import pytest

from retrieval import growth, known_items
from retrieval.known_items import described, misspelt
from retrieval.measure import main
from retrieval.synthetic import SumOfWords, items
from tests.fakes import HashingEmbedder


def test_synthetic_items_are_the_same_by_seed_and_nearly_all_different():
    made = list(items(2000))
    assert made == list(items(2000)) != list(items(2000, seed=1))
    assert len({item.title for item in made}) > 1980
    assert {item.slot for item in made} == set(growth.vocabulary().slots)


def test_the_sum_of_words_does_not_know_their_order():
    embedder = SumOfWords(HashingEmbedder())
    red, boots = embedder.embed(["red boots", "boots red"])
    assert red == pytest.approx(boots, abs=1e-6)


def test_filters_are_measured_size_by_size_and_what_is_there_is_kept(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(growth, "SentenceEmbedder", lambda: HashingEmbedder(size=16))
    arguments = [
        "filters",
        "--queries",
        "20",
        "--plain-up-to",
        "300",
        "--work",
        str(tmp_path),
        "--out",
        str(tmp_path / "o.json"),
    ]
    assert main([*arguments, "--sizes", "300"]) == 0
    first = json.loads((tmp_path / "o.json").read_text())["300"]
    assert first["ours"]["recall"] == 1.0  # few are compared one by one
    assert first["plain"]["recall"] > 0.9
    assert first["readers"]["8"] > 0
    assert first["disk_megabytes"] > 0 and first["reader_megabytes"] > 0
    assert main([*arguments, "--sizes", "300", "400"]) == 0
    both = json.loads((tmp_path / "o.json").read_text())
    assert both["300"] == first
    assert "plain" not in both["400"]


def test_known_items_are_found_by_name_by_a_misspelt_name_and_by_description(tmp_path):
    lines = ["id,gender,masterCategory,subCategory,articleType,baseColour,season,usage,productDisplayName,colorgroup"]
    for number, colour in enumerate(("Red", "Blue", "Green", "Black") * 10):
        lines.append(f"{number},Men,Apparel,Topwear,Shirts,{colour},Fall,Casual,Turtle Men {colour} Style{number} Shirt,x")
    lines.append("99,Men,Personal Care,Fragrance,Perfume,Red,Fall,Casual,Denim Men Original Eau,x")
    (tmp_path / "styles.csv").write_text("\n".join(lines))
    found = known_items.measure(tmp_path / "styles.csv", tmp_path / "shop", HashingEmbedder(), 10)
    assert found["products"] == 40  # a perfume is no garment
    for way in ("vectors", "words", "fused"):
        assert found[way]["name"]["rate"] == 1.0
        assert found[way]["name"]["low"] < 1.0 == pytest.approx(found[way]["name"]["high"])
    assert found["words"]["typo"]["rate"] > 0.5


def test_a_misspelt_name_differs_in_one_word_or_two_and_a_description_lacks_the_brand():
    dice = random.Random(0)
    for _ in range(50):
        wrong = misspelt("Turtle Check Men Navy Shirt", dice).split()
        assert sum(a != b for a, b in zip(wrong, "Turtle Check Men Navy Shirt".split(), strict=True)) <= 1
    assert misspelt("a red hat", dice) == "a red hat"
    assert sorted(described("Turtle Navy Shirt", "Casual", dice).split()) == ["casual", "navy", "shirt"]

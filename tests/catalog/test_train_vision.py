"""The training of the captioner's heads: what it learns from labels that leave several kinds open, and from other sources."""

import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from catalog import train_vision
from catalog.deciding import ranked
from catalog.drawn import SIDE, taught
from catalog.evidence import GROUPS
from catalog.examples import OPEN_ELSEWHERE, Examples, left_open, shifted, shown_kinds
from catalog.heads import shipped_head
from catalog.jewels import polished
from catalog.laid import ARRANGEMENTS, laid
from catalog.photos import Photo
from catalog.region import find_garment
from catalog.train_vision import asking, fit, train

CENTRES = {"t-shirts": (3, 0, 0), "shirts": (0, 3, 0), "bags": (0, 0, 3)}


def examples(kinds, shift=0.0, seed=0, may=None, teaches=()):
    """Points about each kind's centre, with no evidence of ImageNet's; `may` says what a kind's label leaves open."""
    rng = np.random.default_rng(seed)
    seen = [np.add(CENTRES[kind], shift) + rng.normal(0, 0.3, 3) for kind in kinds]
    features = np.concatenate([np.array(seen), np.zeros((len(kinds), len(GROUPS)))], axis=1).astype(np.float32)
    return Examples(features, [(may or {}).get(kind, (kind,)) for kind in kinds], teaches)


def named(head, source):
    return [ranked(head.names, row)[0][0] for row in head.probabilities(source.features)]


def test_a_source_is_moved_to_where_the_photos_are_and_teaches_what_it_is_asked_to():
    photos = examples(["t-shirts", "shirts"] * 40)
    shop = examples(["t-shirts", "bags"] * 40, shift=50.0, seed=1, teaches=("bags",))
    moved = shifted(shop, photos)
    assert moved.may == [("bags",)] * 40
    assert moved.features[:, :3].mean(0) == pytest.approx(CENTRES["bags"], abs=0.3)
    head = fit(photos, [(shop, 1.0)])
    asked = ["t-shirts", "shirts", "bags"] * 10
    assert named(head, examples(asked, seed=2)) == asked


def test_a_label_that_leaves_two_kinds_open_is_settled_by_who_knows_one(monkeypatch):
    monkeypatch.setattr(train_vision, "PENALTY", 0.001)
    photos = examples(["t-shirts", "bags"] * 40)
    open_label = examples(["shirts"] * 40, seed=1, may={"shirts": ("t-shirts", "shirts")})
    head = fit(photos, [(open_label, 1.0)])
    assert "shirts" in head.names
    assert set(named(head, examples(["shirts"] * 10, seed=2))) <= {"t-shirts", "shirts"}


def test_a_head_asks_about_its_least_sure_share():
    photos = examples(["t-shirts", "shirts", "bags"] * 40)
    head = asking(fit(photos), examples(["t-shirts", "shirts", "bags"] * 40, seed=3))
    sure = [
        ranked(head.names, row)[0][1]
        for row in head.probabilities(examples(["t-shirts", "shirts", "bags"] * 40, seed=3).features)
    ]
    assert np.mean(np.array(sure) < head.ask_below) == pytest.approx(train_vision.ASKED, abs=0.03)


def test_a_head_is_fitted_without_the_test_photos_and_asks_as_the_validation_photos_say():
    asked = ["t-shirts", "shirts", "bags"] * 60
    shown = examples(asked)
    parts = (["train"] * 4 + ["valid"] + ["test"]) * 30
    head = train(parts, shown, asks=True)
    other = examples(asked)
    other.features[np.array(parts) == "test", :3] = 99
    again = train(parts, other, asks=True)
    assert np.array_equal(head.weight, again.weight)
    assert 0.3 < head.ask_below <= 1
    assert named(head, examples(asked[:9], seed=5)) == asked[:9]


def photo(label, seen, part="train"):
    return Photo(Path("x.jpg"), label, part, seen)


def test_a_photo_teaches_the_kind_that_is_seen_where_its_label_means_it_and_there_are_enough():
    photos = [photo("Pants", "jeans")] * 20 + [
        photo("Pants", "chinos"),
        photo("Longsleeve", "sweaters"),
        photo("Shirt", "dresses"),
        photo("Dress", "mini dresses"),
        photo("Shoes", "loafers"),
        photo("T-Shirt", ""),
    ]
    assert shown_kinds(photos) == ["jeans"] * 20 + ["pants", "tops", "shirts", "dresses", "shoes", "t-shirts"]


def test_a_name_leaves_open_what_lies_below_it_where_it_is_not_exact():
    kinds = ("pants", "jeans", "joggers", "shoes", "sneakers", "t-shirts", "long-sleeve tees", "sweaters")
    assert set(left_open(("shoes",), kinds)) == {"shoes", "sneakers"}
    assert left_open(("pants",), kinds) == ("pants",)
    assert set(left_open(("pants",), kinds, OPEN_ELSEWHERE)) == {"pants", "jeans", "joggers"}
    assert set(left_open(("long-sleeve tees",), kinds, OPEN_ELSEWHERE)) == {"long-sleeve tees", "sweaters"}
    assert left_open(("t-shirts", "scarves"), kinds, OPEN_ELSEWHERE) == ("t-shirts", "scarves")


def test_a_drawing_teaches_its_kind_where_photos_show_it_and_else_what_is_above():
    kinds = ("sneakers", "sweaters", "dresses")
    drawn = (
        "sneakers",
        "high-top sneakers",
        "heels",
        "turtlenecks",
        "gowns",
        "tote bags",
        "hoop earrings",
        "crop tops",
        "belts",
    )
    assert [taught(name, kinds) for name in drawn] == [
        "sneakers", "sneakers", "shoes", "sweaters", "dresses", "bags", "earrings", "tops", "belts",
    ]  # fmt: skip


def test_small_things_are_laid_the_same_each_time_and_are_seen():
    pictures = list(laid(2))
    assert [label for _, label in pictures] == [label for _, label in ARRANGEMENTS] * 2
    assert {label for _, label in pictures} <= set(shipped_head().names)
    for picture, label in pictures:
        assert picture.size == (SIDE, SIDE)
        assert not find_garment(picture).blank, label
    for make, label in ARRANGEMENTS:
        assert np.array_equal(make(random.Random(4)), make(random.Random(4))), label
        assert not np.array_equal(make(random.Random(4)), make(random.Random(5))), label


def test_metal_mirrors_light_and_dark_and_keeps_its_hue():
    disc = Image.new("L", (80, 80))
    ImageDraw.Draw(disc).ellipse((8, 8, 72, 72), fill=255)
    gold = np.asarray(polished(disc, (207, 165, 74), random.Random(1)), float)[np.asarray(disc) > 0]
    light = gold.mean(axis=1)
    assert np.quantile(light, 0.95) > 1.5 * np.quantile(light, 0.05)
    red, green, blue = gold.mean(axis=0)
    assert red > green > blue

"""The training of the captioner's head: what it learns from labels that leave several kinds open, and from other sources."""

import random

import numpy as np
import pytest

from catalog import train_vision
from catalog.drawn import SIDE
from catalog.evidence import GROUPS
from catalog.laid import ARRANGEMENTS, laid
from catalog.region import find_garment
from catalog.train_vision import Examples, calibrated, fit, shifted
from catalog.vision import shipped_head

CENTRES = {"t-shirts": (3, 0, 0), "shirts": (0, 3, 0), "bags": (0, 0, 3)}


def examples(kinds, shift=0.0, seed=0, may=None, teaches=()):
    """Points about each kind's centre, with no evidence of ImageNet's; `may` says what a kind's label leaves open."""
    rng = np.random.default_rng(seed)
    seen = [np.add(CENTRES[kind], shift) + rng.normal(0, 0.3, 3) for kind in kinds]
    features = np.concatenate([np.array(seen), np.zeros((len(kinds), len(GROUPS)))], axis=1).astype(np.float32)
    return Examples(features, [(may or {}).get(kind, (kind,)) for kind in kinds], teaches)


def named(head, source):
    return [head.ranked(row)[0][0] for row in head.probabilities(source.features)]


def test_a_source_is_moved_to_where_the_photos_are_and_teaches_what_it_is_asked_to():
    photos = examples(["t-shirts", "shirts"] * 40)
    shop = examples(["t-shirts", "bags"] * 40, shift=50.0, seed=1, teaches=("bags",))
    moved = shifted(shop, photos)
    assert moved.kinds == [("bags",)] * 40
    assert moved.features[:, :3].mean(0) == pytest.approx(CENTRES["bags"], abs=0.3)
    head = fit(photos, [(shop, 1.0)])
    asked = ["t-shirts", "shirts", "bags"] * 10
    assert named(head, examples(asked, seed=2)) == asked


def test_a_label_that_leaves_two_kinds_open_is_settled_by_who_knows_one(monkeypatch):
    monkeypatch.setattr(train_vision, "PENALTY", 0.001)
    photos = examples(["t-shirts", "bags"] * 40)
    open_label = examples(["shirts"] * 40, seed=1, may={"shirts": ("t-shirts", "shirts")})
    head = fit(photos, [(open_label, 1.0)])
    assert "shirts" in head.kinds
    assert set(named(head, examples(["shirts"] * 10, seed=2))) <= {"t-shirts", "shirts"}


def test_a_head_asks_about_its_least_sure_share():
    photos = examples(["t-shirts", "shirts", "bags"] * 40)
    head = calibrated(fit(photos, []), examples(["t-shirts", "shirts", "bags"] * 40, seed=3))
    sure = [
        head.ranked(row)[0][1] for row in head.probabilities(examples(["t-shirts", "shirts", "bags"] * 40, seed=3).features)
    ]
    assert np.mean(np.array(sure) < head.ask_below) == pytest.approx(train_vision.ASKED, abs=0.03)


def test_small_things_are_laid_the_same_each_time_and_are_seen():
    pictures = list(laid(2))
    assert [label for _, label in pictures] == [label for _, label in ARRANGEMENTS] * 2
    assert {label for _, label in pictures} <= set(shipped_head().kinds)
    for picture, label in pictures:
        assert picture.size == (SIDE, SIDE)
        assert not find_garment(picture).blank, label
    make = ARRANGEMENTS[1][0]
    assert np.array_equal(make(random.Random(4)), make(random.Random(4)))
    assert not np.array_equal(make(random.Random(4)), make(random.Random(5)))

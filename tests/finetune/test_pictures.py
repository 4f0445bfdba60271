"""Frozen features of pictures, by item key."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from finetune.controls import build
from finetune.pictures import picture_vectors
from finetune.tasks import FitbQuestion, Piece, TaskError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Round and square things, two of each."""
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(2):
        for name in ("round", "square"):
            picture = Image.new("RGB", (240, 320), "white")
            box = (40 + 10 * number, 60, 200, 220 + 10 * number)
            draw = ImageDraw.Draw(picture)
            draw.ellipse(box, fill="navy") if name == "round" else draw.rectangle(box, fill="navy")
            picture.save(folder / f"{name}-{number}.png")
    return folder


def piece(key: str, slot: str) -> Piece:
    return Piece(key, "a thing", slot)


def test_like_pictures_have_like_vectors_of_length_one(folder: Path) -> None:
    keys = ["round-0", "round-1", "square-0", "square-1"]
    vectors = picture_vectors(folder, keys)([piece(key, "tops") for key in keys])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-4)
    likeness = vectors @ vectors.T
    assert likeness[0, 1] > likeness[0, 2]
    assert likeness[2, 3] > likeness[2, 1]


def test_a_control_compares_pictures_where_captions_are_all_alike(folder: Path) -> None:
    vectors = picture_vectors(folder, ["round-0", "round-1", "square-0", "square-1"])
    question = FitbQuestion(
        context=("a thing",), context_keys=("round-0",), options=("a thing", "a thing "), option_keys=("square-1", "round-1"), answer=1
    )  # fmt: skip
    scores = build("cosine-mean", features=vectors).fitb(question)
    assert scores[1] > scores[0]


def test_a_missing_picture_is_named(folder: Path) -> None:
    with pytest.raises(TaskError, match=r"holds no picture heart\.jpg"):
        picture_vectors(folder, ["round-0", "heart"])

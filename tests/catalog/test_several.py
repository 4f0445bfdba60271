"""Several garments in one picture: found side by side and worn, and one garment never taken for two."""

import json
import random

import numpy as np
import pytest
from PIL import Image, ImageDraw

from catalog.__main__ import main
from catalog.figure import strips
from catalog.images import open_picture
from catalog.measure_several import shared, side_by_side, worn_looks
from catalog.photos import read_photos
from catalog.region import cropped, lit
from catalog.truths import Truth
from catalog.vision import EmbeddedCaptioner
from tests.catalog.looks import BLACK_JEANS, COAT, DRAWINGS, JEANS, SNEAKERS, SWEATER, drawing, laid_out, worn


@pytest.fixture(scope="module")
def captioner():
    return EmbeddedCaptioner()


def slots(found):
    return [one.slot for one in found]


def test_clothes_side_by_side_are_found_one_by_one_with_their_boxes(captioner):
    picture, frames = laid_out(COAT, JEANS, SNEAKERS)
    (found,) = captioner.describe_each([picture])
    assert sorted(slots(found)) == ["bottoms", "outerwear", "shoes"]
    by_place = sorted(found, key=lambda one: one.box[0])
    assert all(shared(one.box, frame) > 0.7 for one, frame in zip(by_place, frames, strict=True))
    assert by_place[0].colours == ("navy",)


def test_a_worn_look_is_found_from_top_to_bottom(captioner):
    (found,) = captioner.describe_each([worn()])
    assert slots(found) == ["tops", "bottoms", "shoes"]
    assert [one.box[1] for one in found] == sorted(one.box[1] for one in found)
    assert [one.colours[0] for one in found[:2]] == ["red", "black"]


@pytest.mark.parametrize(
    "name", [COAT, JEANS, SNEAKERS, "dusty-pink-satin-ballet-flats-women", "black-and-silver-stud-earrings-unisex"]
)
def test_one_garment_and_one_pair_are_one_without_a_box(captioner, name):
    (found,) = captioner.describe_each([drawing(name)])
    assert len(found) == 1
    assert found[0].box is None
    assert found == captioner.describe([drawing(name)])


def test_a_shop_s_pictures_are_one_garment_each(captioner):
    pictures = [open_picture(path) for path in sorted(DRAWINGS.glob("*.webp"))[::10]]
    found = captioner.describe_each(pictures)
    assert sum(isinstance(one, list) and len(one) > 1 for one in found) <= 1


def test_a_tall_part_is_cut_where_its_colours_change_for_good():
    picture = np.full((90, 40, 3), 255, np.uint8)
    picture[:40], picture[40:] = (200, 30, 30), (20, 30, 90)
    mask = np.ones((90, 40), bool)
    assert strips(mask, lit(picture)) == [(0, 40), (40, 90)]
    assert strips(mask[:50], lit(picture[:50])) == [(0, 50)], "not tall"
    fading = np.repeat(np.linspace(90, 120, 90)[:, None, None], 40, axis=1).repeat(3, axis=2).astype(np.uint8)
    assert strips(mask, lit(fading)) == [(0, 90)], "the light falls off"


def test_a_striped_dress_is_one(captioner):
    picture = Image.new("RGB", (300, 500), "#f2f2f2")
    pen = ImageDraw.Draw(picture)
    for top in range(60, 440, 20):
        half = 40 + (top - 60) * 0.16
        pen.rectangle((150 - half, top, 150 + half, top + 20), "#c3272b" if top % 40 else "#f4e6c8")
    (found,) = captioner.describe_each([picture])
    assert len(found) == 1


def test_the_command_prints_a_line_with_a_box_for_each_garment(tmp_path, capsys):
    laid_out(COAT, JEANS)[0].save(tmp_path / "both.png")
    (tmp_path / "text.jpg").write_text("no picture")
    assert main(["caption", str(tmp_path / "both.png"), str(tmp_path / "text.jpg"), "--several", "--json"]) == 0
    *both, bad = map(json.loads, capsys.readouterr().out.splitlines())
    assert len(both) == 2
    assert all(len(line["box"]) == 4 and line["image"].endswith("both.png") for line in both)
    assert "error" in bad
    assert main(["caption", str(tmp_path / "both.png"), "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert "box" not in json.loads(line)


def test_several_garments_are_not_looked_for_in_a_catalogue(tmp_path, capsys):
    assert main(["caption", "shop.csv", "--several"]) == 2
    assert main(["caption", str(tmp_path), "--several", "--out", str(tmp_path / "captions.jsonl")]) == 2
    assert "--several is for photos" in capsys.readouterr().err


def test_pictures_put_together_to_measure_on_say_where_each_garment_lies():
    things = {SWEATER: "tops", BLACK_JEANS: "bottoms", SNEAKERS: "shoes"}
    truths = [Truth(DRAWINGS / f"{name}.webp", name, slot) for name, slot in things.items()]
    picture, frames = next(side_by_side(truths, random.Random(0)))
    assert len(frames) in (2, 3)
    assert all(0 <= left < right <= 1 and 0 <= top < bottom <= 1 for left, top, right, bottom in frames)
    assert all(np.asarray(cropped(picture, frame)).std() > 10 for frame in frames)
    _, (above, below, feet) = next(worn_looks(truths, random.Random(0)))
    assert above[3] == pytest.approx(below[1], abs=0.01)
    assert below[3] == pytest.approx(feet[1], abs=0.02)
    assert shared(above, above) == 1
    assert shared(above, feet) == 0


@pytest.mark.data
def test_held_out_photos_of_one_garment_are_hardly_ever_split(captioner, request):
    folder = request.getfixturevalue("shared")
    photos = [photo for photo in read_photos(folder / "data" / "clothing_photos") if photo.part == "test"][:150]
    found = captioner.describe_each([open_picture(photo.path) for photo in photos])
    assert np.mean([isinstance(one, list) and len(one) > 1 for one in found]) <= 0.03

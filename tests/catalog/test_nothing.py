"""Pictures without a garment are said to show none; pictures with one are not."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from catalog.descriptions import AnswerError, Description
from catalog.images import open_picture
from catalog.nothing import CLOTHLIKE, SMALL_THINGS
from catalog.photos import read_photos
from catalog.vision import WORN, EmbeddedCaptioner
from tests.catalog.looks import DRAWINGS


@pytest.fixture(scope="module")
def captioner():
    return EmbeddedCaptioner()


def sheet():
    return Image.new("RGB", (300, 400), "#e8e4da")


def sky():
    fading = np.linspace((90, 140, 220), (210, 225, 245), 300)[:, None, :]
    return Image.fromarray(np.broadcast_to(fading, (300, 400, 3)).astype(np.uint8))


def page_of_text():
    picture = Image.new("RGB", (360, 640), "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(16)
    for place, top in enumerate(range(20, 600, 26)):
        pen.text((18, top), "your order of two mugs has been sent to you"[place % 7 :], "#222222", font=font)
    return picture


def mug():
    picture = Image.new("RGB", (400, 400), "#eef0e4")
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((110, 110, 260, 300), 20, fill="#2f6f86")
    pen.arc((225, 150, 330, 260), -100, 100, fill="#2f6f86", width=22)
    pen.ellipse((112, 96, 258, 130), fill="#1b4250")
    return picture.filter(ImageFilter.GaussianBlur(1))


@pytest.mark.parametrize("drawn", [sheet, sky, page_of_text, mug])
def test_what_is_no_garment_is_said_to_be_none(captioner, drawn):
    for answer in (*captioner.describe([drawn()]), *captioner.describe_each([drawn()])):
        assert isinstance(answer, AnswerError)
        assert str(answer) == "no garment seen"


def test_photos_of_a_building_and_of_a_flower_show_no_garment(captioner):
    from sklearn.datasets import load_sample_images

    pictures = [Image.fromarray(pixels) for pixels in load_sample_images().images]
    assert all(isinstance(answer, AnswerError) for answer in captioner.describe(pictures))


def test_garments_are_seen(captioner):
    pictures = [open_picture(path) for path in sorted(DRAWINGS.glob("*.webp"))[::10]]
    assert np.mean([isinstance(answer, Description) for answer in captioner.describe(pictures)]) >= 0.97


def test_a_guess_names_a_garment_all_the_same(captioner):
    assert captioner.guess([mug()])[0].kind


def test_the_classes_are_imagenet_s_and_none_counts_twice():
    classes = [*WORN, *CLOTHLIKE, *SMALL_THINGS]
    assert len(classes) == len(set(classes))
    assert all(0 <= number < 1000 for number in classes)


@pytest.mark.data
def test_held_out_photos_of_garments_show_one(captioner, shared):
    photos = [photo for photo in read_photos(shared / "data" / "clothing_photos") if photo.part == "test"][:150]
    answers = captioner.describe([open_picture(photo.path) for photo in photos])
    assert np.mean([isinstance(answer, AnswerError) for answer in answers]) <= 0.015

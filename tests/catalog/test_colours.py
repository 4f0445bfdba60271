"""Naming colours and finding regions: drawn pictures whose truth is known to the pixel."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from catalog.colours import linear_light, main_colours, name_colour, oklab
from catalog.region import box, garment_mask, lit, small
from catalog.taxonomy import vocabulary


def lab_of(hex_colour):
    return oklab(linear_light(np.array([[int(hex_colour[i : i + 2], 16) for i in (1, 3, 5)]], np.uint8)))


def garment_on(ground, garment, second=None, size=(300, 400)):
    """A drawn pullover; with `second`, its lower half has another colour."""
    picture = Image.new("RGB", size, ground)
    pen = ImageDraw.Draw(picture)
    pen.polygon(
        [(70, 110), (110, 90), (190, 90), (230, 110), (250, 280), (215, 285), (205, 320), (95, 320), (85, 285), (50, 280)],
        garment,
    )
    if second:
        pen.rectangle((95, 210, 205, 320), second)
    return picture


def colours_of(picture):
    lab = lit(np.asarray(small(picture)))
    return main_colours(lab[garment_mask(lab)])


def test_oklab_agrees_with_the_published_values_for_white_and_red():
    white, red = lab_of("#ffffff")[0], lab_of("#ff0000")[0]
    assert white == pytest.approx([1, 0, 0], abs=1e-3)
    assert red == pytest.approx([0.628, 0.225, 0.126], abs=1e-3)


@pytest.mark.parametrize(
    "name", [name for name, colour in vocabulary().colours.items() if colour.basic not in ("gold", "silver")]
)
def test_every_anchor_is_named_by_its_own_name(name):
    assert name_colour(lab_of(vocabulary().colours[name].hex)[0]) == name


@pytest.mark.parametrize(
    ("hex_colour", "basic"),
    [("#ff0000", "red"), ("#0000ff", "blue"), ("#101030", "blue"), ("#0b0b0b", "black"), ("#ffffff", "white"), ("#808080", "grey"),
     ("#ffff00", "yellow"), ("#ff8000", "orange"), ("#ffc0cb", "pink"), ("#800080", "purple"), ("#008000", "green"), ("#5c3317", "brown"),
     ("#d9c6a5", "beige")],
)  # fmt: skip
def test_textbook_colours_fall_under_their_basic_colour(hex_colour, basic):
    assert vocabulary().basic(name_colour(lab_of(hex_colour)[0])) == basic


def test_navy_black_and_blue_are_told_apart():
    assert [name_colour(lab_of(value)[0]) for value in ("#1f2a48", "#17171a", "#2f62b5")] == ["navy", "black", "blue"]


def test_a_red_garment_on_white_is_red_and_nothing_else():
    assert [patch.basic for patch in colours_of(garment_on("#fafafa", "#c3272b"))] == ["red"]


def test_a_white_ground_is_not_counted_as_a_colour_of_the_garment():
    assert "white" not in [patch.basic for patch in colours_of(garment_on("#ffffff", "#1f2a48"))]


def test_a_white_garment_on_a_dark_ground_is_white():
    assert [patch.basic for patch in colours_of(garment_on("#3a2d26", "#f7f7f5"))] == ["white"]


def test_two_colours_come_in_the_order_of_their_areas():
    patches = colours_of(garment_on("#f4f4f4", "#2f62b5", second="#f3b48f"))
    assert [patch.basic for patch in patches] == ["blue", "orange"]
    assert patches[0].share > patches[1].share


def test_metal_is_claimed_only_where_metal_is_expected():
    golden, steel = lab_of("#cfa54a"), lab_of("#bcc0c6")
    assert [main_colours(lab, metal=True)[0].basic for lab in (golden, steel)] == ["gold", "silver"]
    assert {main_colours(lab)[0].basic for lab in (golden, steel)}.isdisjoint({"gold", "silver"})


def test_a_region_without_pixels_is_refused():
    with pytest.raises(ValueError, match="no colour"):
        main_colours(np.zeros((0, 3), np.float32))


def test_the_region_is_where_the_garment_was_drawn():
    picture = garment_on("#e9e9ea", "#3d8a4c")
    lab = lit(np.asarray(small(picture)))
    left, top, right, bottom = box(garment_mask(lab), margin=0)
    assert (left, top, right, bottom) == pytest.approx((50 / 300, 90 / 400, 251 / 300, 321 / 400), abs=0.03)


def test_a_picture_of_one_colour_has_a_region_all_the_same():
    lab = lit(np.full((112, 84, 3), 200, np.uint8))
    assert garment_mask(lab).any()

"""The sample shop: what it sells, what its items say of themselves, and their drawings."""

import io
from collections import Counter

import pytest
from PIL import Image, ImageChops, ImageStat

from catalog.images import open_picture
from catalog.items import Item, read_catalogue
from catalog.sample import assemble, draw, paths
from catalog.taxonomy import vocabulary


@pytest.fixture(scope="module")
def shop() -> list[Item]:
    return read_catalogue(assemble.CATALOGUE, strict=True).items


def test_the_shop_is_read_without_a_reject_and_has_at_least_300_items(shop):
    assert len(shop) >= 300
    assert len({item.id for item in shop}) == len(shop)


def test_the_catalogue_is_what_the_assortment_makes():
    assert assemble.CATALOGUE.read_text(encoding="utf-8") == assemble.catalogue_text()


def test_every_slot_gender_basic_colour_and_pattern_is_sold(shop):
    slots = Counter(item.slot for item in shop)
    assert set(slots) == set(vocabulary().slots)
    assert min(slots.values()) >= 18
    assert {item.gender for item in shop} == set(vocabulary().genders)
    assert {vocabulary().basic(item.colours[0]) for item in shop} == set(vocabulary().basic_colours)
    assert {item.pattern for item in shop} == set(vocabulary().patterns)


def test_every_garment_kind_of_the_vocabulary_is_sold_and_drawn(shop):
    garments = set(vocabulary().kinds) - set(vocabulary().slots)
    assert {item.kind for item in shop} == garments
    assert garments <= set(draw.garments()["drawings"])


@pytest.mark.parametrize("gender", ["women", "men"])
def test_women_and_men_find_35_shoes_of_8_kinds(shop, gender):
    shoes = [item for item in shop if item.slot == "shoes" and item.gender in (gender, "unisex")]
    assert len(shoes) >= 35
    assert len({item.kind for item in shoes}) >= 8


def test_every_item_says_what_a_shopper_may_ask_for(shop):
    for item in shop:
        assert item.price and item.currency == "EUR", item.id
        assert item.brand and item.sizes and item.seasons and item.occasions and item.url, item.id
    assert 0 < sum(item.stock == 0 for item in shop) < 0.1 * len(shop)


def test_captions_and_titles_name_the_garment(shop):
    for item in shop:
        for text in (item.caption, item.title):
            kind = vocabulary().kind_in(text)
            assert kind and kind.name == item.kind, text


def test_captions_name_the_colours_and_come_from_the_attributes(shop):
    for item in shop:
        named = {mention.name for mention in vocabulary().mentions(item.caption, "colour")}
        assert named >= set(item.colours), item.caption
        assert item.caption_source == "attributes"


def test_brands_say_nothing_else(shop):
    """A brand that were a vocabulary word would put a garment or a colour into every title."""
    assert not [brand for brand in {item.brand for item in shop} if vocabulary().mentions(brand)]


def test_every_item_has_a_picture_and_no_picture_is_left_over(shop):
    for item in shop:
        assert open_picture(item.image).size == (draw.SIDE, draw.SIDE)
    assert {item.image for item in shop} == set((draw.FOLDER / "images").glob("*.webp"))


def test_the_pictures_stay_small_in_the_repository(shop):
    assert sum(item.image.stat().st_size for item in shop) < 2_500_000


def test_redrawing_gives_the_committed_pictures(shop):
    pytest.importorskip("resvg_py")
    for item in shop[::80]:
        drawn = draw.draw(item)
        assert drawn.tobytes() == draw.draw(item).tobytes()
        file = io.BytesIO()
        drawn.save(file, "WEBP", quality=draw.QUALITY, method=6)
        # Another release of the WebP encoder or of resvg may move a pixel by a shade; an edited outline moves many by far.
        apart = ImageChops.difference(open_picture(file.getvalue()), open_picture(item.image))
        assert max(ImageStat.Stat(apart).mean) < 0.5, item.id


def test_a_picture_shows_the_items_colour_most_of_all_on_a_light_ground(shop):
    pytest.importorskip("resvg_py")
    coat = next(item for item in shop if item.caption == "red wool coat")
    colours = Counter({colour: count for count, colour in draw.draw(coat).getcolors(maxcolors=100_000)})
    (ground, _), (fill, _) = colours.most_common(2)
    assert "#{:02x}{:02x}{:02x}".format(*ground) == draw.GROUND
    assert "#{:02x}{:02x}{:02x}".format(*fill) == vocabulary().colours["red"].hex


def test_a_graphic_tee_shows_its_print(shop):
    pytest.importorskip("resvg_py")
    tee = next(item for item in shop if item.pattern == "graphic")
    shown = {"#{:02x}{:02x}{:02x}".format(*colour) for _, colour in draw.draw(tee).getcolors(maxcolors=100_000)}
    assert {vocabulary().colours[colour].hex for colour in tee.colours} <= shown


def test_a_contact_sheet_holds_every_drawing_it_is_given(shop):
    pytest.importorskip("resvg_py")
    sheet = draw.contact_sheet(shop[:3], columns=2, side=50)
    assert sheet.size == (100, 132)
    assert sheet.crop((0, 0, 50, 50)).tobytes() == draw.draw(shop[0], 50).tobytes()


def test_half_an_outline_is_completed_by_its_mirror_image():
    assert paths.whole("M200 10 L150 20 C140 30 130 40 200 90") == (
        "M200 10 L150 20 C140 30 130 40 200 90 C270 40 260 30 250 20 L200 10 Z"
    )
    assert paths.twin("M150 20 L100 30 Z") == "M150 20 L100 30 Z M250 20 L300 30 Z"
    assert paths.dots("2 10,20") == "M8.0 20.0a2.0 2.0 0 1 0 4.0 0a2.0 2.0 0 1 0 -4.0 0Z"


def test_a_layer_is_a_role_a_shape_and_a_path():
    assert draw._read_layer("line/2.5 twin M150 20 L100 30", "") == ("line/2.5", "M150 20 L100 30 M250 20 L300 30")
    assert draw._read_layer("ribs same", "M0 0 L1 1") == ("ribs", "M0 0 L1 1")
    assert draw._read_layer("body M0 0 L1 1 Z", "") == ("body", "M0 0 L1 1 Z")


def test_black_garments_are_outlined_in_a_lighter_tone(shop):
    coat = next(item for item in shop if item.caption == "black wool coat")
    paint = draw._paint(coat)
    assert draw._rgb(paint.ink) > draw._rgb(paint.main)
    assert draw._rgb(paint.seam) > draw._rgb(paint.main)


def test_white_garments_stand_out_from_the_ground():
    ground, white = draw._rgb(draw.GROUND), draw._rgb(vocabulary().colours["white"].hex)
    assert min(one - other for one, other in zip(white, ground, strict=True)) > 10


def test_pictures_of_items_no_longer_sold_go(shop, tmp_path, monkeypatch):
    pytest.importorskip("resvg_py")
    monkeypatch.setattr(draw, "FOLDER", tmp_path)
    (tmp_path / "images").mkdir()
    Image.new("RGB", (20, 20)).save(tmp_path / "images" / "gone.webp")
    sold = shop[0].model_copy(update={"image": tmp_path / "images" / "sold.webp"})
    assert draw.write_pictures([sold]) == 1
    assert [path.name for path in (tmp_path / "images").iterdir()] == ["sold.webp"]

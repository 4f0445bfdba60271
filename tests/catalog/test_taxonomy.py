"""The vocabulary: what people write, and the one name it stands for."""

import pytest

from catalog.taxonomy import Mention, plural, singular, vocabulary

words = vocabulary()


@pytest.mark.parametrize("name", words.kinds)
def test_every_kind_is_found_by_its_own_name_and_by_its_singular(name):
    assert words.kind_in(name) is words.kinds[name]
    assert words.kind_in(f"a {words.kinds[name].one} in red") is words.kinds[name]


def test_every_colour_pattern_material_season_occasion_and_gender_is_found_by_its_own_name():
    fields = {
        "colour": words.colours,
        "pattern": words.patterns,
        "material": words.materials,
        "season": words.seasons,
        "occasion": words.occasions,
        "gender": words.genders,
    }
    for field, names in fields.items():
        assert [words.lookup(field, name) for name in names] == list(names)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("white trainers", "sneakers"),
        ("Trousers", "pants"),
        ("a chunky jumper", "sweaters"),
        ("dress shoes", "dress shoes"),
        ("shirt dress", "shirt dresses"),
        ("coat with scarf print", "coats"),
        ("belt for jeans", "belts"),
        ("T-Shirt", "t-shirts"),
        ("t shirt", "t-shirts"),
        ("Cat‑eye sunglasses".replace("‑", "-"), "cat-eye sunglasses"),
        ("two scarves", "scarves"),
        ("a dress, shoes not included", "dresses"),
        ("MIDI SKIRT", "midi skirts"),
        ("slip-on loafers", "loafers"),
    ],
)
def test_a_caption_is_about_the_garment_it_names_last_before_what_describes_it(text, kind):
    assert words.kind_in(text).name == kind


@pytest.mark.parametrize("text", ["", "a gift card", "shoebox", "recoated", "undressed"])
def test_a_text_that_names_no_garment_has_no_kind_and_no_slot(text):
    assert words.kind_in(text) is None
    assert words.slot_of(text) is None


@pytest.mark.parametrize("text", ["mıdı skırt", "ſhoes", "İSTANBUL COAT", "ŞIK ELBİSE", "straße boots", "ﬂats"])
def test_letters_that_change_in_lower_case_do_no_harm(text):
    words.mentions(text)
    words.kind_in(text)


def test_a_mention_says_where_in_the_text_it_stands_also_after_letters_that_grow_in_lower_case():
    text = "İ’s navy coat"
    found = words.mentions(text, "colour", "garment")
    assert found == [Mention("colour", "navy", 4, 8), Mention("garment", "coats", 9, 13)]
    assert [text[mention.start : mention.end] for mention in found] == ["navy", "coat"]


def test_a_curly_apostrophe_reads_as_a_straight_one():
    assert words.lookup("gender", "women’s") == words.lookup("gender", "women's") == "women"


def test_the_longest_word_wins():
    assert [mention.name for mention in words.mentions("light blue ankle boots")] == ["light blue", "ankle boots"]


def test_an_american_gray_is_grey_and_so_are_its_shades():
    assert words.lookup("colour", "gray") == "grey"
    assert words.lookup("colour", "light gray") == "light grey"


def test_a_shade_has_its_basic_colour_and_an_unknown_word_stays_as_it_is():
    assert words.basic("navy") == "blue"
    assert words.basic("blue") == "blue"
    assert words.basic("octarine") == "octarine"
    assert {colour.basic for colour in words.colours.values()} == set(words.basic_colours)


def test_a_kind_covers_its_children_and_not_its_parent():
    assert words.covers("boots", "chelsea boots")
    assert words.covers("shoes", "chelsea boots")
    assert words.covers("boots", "boots")
    assert not words.covers("chelsea boots", "boots")
    assert not words.covers("boots", None)
    assert not words.covers("boots", "octarine")


def test_kinds_under_a_slot_are_the_kinds_of_that_slot():
    for slot in words.slots:
        assert set(words.kinds_under(slot)) == {name for name, kind in words.kinds.items() if kind.slot == slot}


def test_slots_and_kinds_bear_different_names_and_every_parent_is_a_kind():
    assert all(kind.slot in words.slots for kind in words.kinds.values())
    assert all(kind.parent in words.kinds for name, kind in words.kinds.items() if name not in words.slots)


def test_sandals_clash_with_a_wool_coat_and_boots_do_not():
    assert words.clash("beige leather sandals", "grey wool coat")
    assert not words.clash("black leather ankle boots", "grey wool coat")


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("midi dress", "midi dresses"),
        ("scarf", "scarves"),
        ("watch", "watches"),
        ("accessory", "accessories"),
        ("boot", "boots"),
    ],
)
def test_singular_and_plural_are_each_others_inverse(one, many):
    assert plural(one) == many
    assert singular(many) == one
    assert plural(many) == many

import json

import pytest

from catalog.answers import prompt, read_answer, read_several, several_prompt
from catalog.descriptions import AnswerError
from catalog.taxonomy import vocabulary


def structured(**said):
    return json.dumps({"slot": "outerwear", "garment": "trench coat", "colours": ["beige"], **said})


def test_the_paper_s_words_are_asked_for():
    assert prompt() == "Generate a detailed 5-word description of this image, focusing on the color, style, material and design"
    assert all(slot in prompt(structured=True) for slot in vocabulary().slots)


@pytest.mark.parametrize(
    ("said", "kind", "colours", "material", "pattern"),
    [
        ("Navy blue wool double-breasted coat", "coats", ("navy",), "wool", None),
        ("Striped white and red cotton shirt.", "shirts", ("white", "red"), "cotton", "striped"),
        ('"Black leather ankle boots"', "ankle boots", ("black",), "leather", None),
    ],
)
def test_a_plain_answer_is_the_caption_with_what_the_vocabulary_knows_of_it(said, kind, colours, material, pattern):
    seen = read_answer(said)
    assert (seen.kind, seen.colours, seen.material, seen.pattern) == (kind, colours, material, pattern)
    assert seen.caption == said.strip(' ."').lower()
    assert seen.confidence is None


def test_a_structured_answer_is_read_into_fields():
    seen = read_answer(
        structured(material="cotton", season="Spring", occasion=["work"], pattern=["plain"], style="classic"), True
    )
    assert (seen.slot, seen.kind, seen.colours) == ("outerwear", "trench coats", ("beige",))
    assert (seen.material, seen.seasons, seen.occasions, seen.style) == ("cotton", ("spring",), ("work",), "classic")
    assert seen.caption == "beige cotton trench coat"


@pytest.mark.parametrize("around", ["```json\n{}\n```", "Sure! Here it is:\n{}", "{}\nI hope that helps."])
def test_what_stands_around_the_json_is_left_out(around):
    assert read_answer(around.replace("{}", structured()), True).kind == "trench coats"


def test_few_words_instead_of_json_are_an_answer_too():
    assert read_answer("Navy wool coat", True).caption == "navy wool coat"


def test_an_answer_that_was_cut_off_is_read_as_far_as_it_goes():
    assert read_answer(structured(material="cotton", style="classic")[:-12], True).material == "cotton"


@pytest.mark.parametrize(
    ("said", "in_fields", "why"),
    [
        ("", False, "an empty answer"),
        ("  \n", True, "an empty answer"),
        ("coat " * 2000, False, "an answer without end"),
        ("coat\ufffd je\x03ans", False, "a garbled answer"),
        ("{" * 5000, True, "an answer without end"),
        ("I'm sorry, but I can't help with identifying this image.", False, "a refusal"),
        ("I cannot see the picture.", True, "a refusal"),
        ("ein blauer Mantel mit Knöpfen", False, "an answer in another language"),
        ("синее шерстяное пальто", False, "an answer in another language"),
        ("a photo of a sunset by the lake", False, "no garment that is known"),
        ("There is no clothing in this image.", False, "no garment seen"),
        ('{"slot": null, "garment": null}', True, "no garment seen"),
        ('{"slot": "furniture", "garment": "armchair"}', True, "no garment that is known"),
        ("The picture shows a coat. " * 20, True, "no JSON"),
        ('{"slot": [["tops"]], "garment": {"a": 1}}', True, "broken JSON"),
    ],
)
def test_what_is_no_description_says_why(said, in_fields, why):
    with pytest.raises(AnswerError, match=why):
        read_answer(said, in_fields)


COAT = '{"box": [0.1, 0.05, 0.9, 0.5], "slot": "outerwear", "garment": "coat", "colours": ["navy"], "material": "wool"}'
JEANS = '{"box": [0.2, 0.45, 0.8, 0.9], "slot": "bottoms", "garment": "jeans", "colours": "blue"}'


def test_a_list_is_asked_for_with_boxes():
    assert "JSON list" in several_prompt()
    assert "box is [left, top, right, bottom]" in several_prompt()
    assert "outerwear" in several_prompt()


def test_a_list_of_garments_is_read_with_their_boxes():
    coat, jeans = read_several(f"Here you are:\n```json\n[{COAT}, {JEANS}]\n```")
    assert (coat.caption, coat.kind, coat.box) == ("navy wool coat", "coats", (0.1, 0.05, 0.9, 0.5))
    assert (jeans.kind, jeans.colours, jeans.box) == ("jeans", ("blue",), (0.2, 0.45, 0.8, 0.9))


@pytest.mark.parametrize(
    "box",
    [
        "[10, 20, 300, 400]",
        "[0.5, 0.1, 0.2, 0.9]",
        "[0.1, 0.2, 0.3]",
        "[0.1, 0.4, 0.9, 0.4]",
        '"left"',
        "null",
        "[true, 0, 1, 1]",
    ],
)
def test_a_box_that_is_none_is_left_out_and_the_garment_stays(box):
    coat, jeans = read_several(f'[{COAT}, {{"box": {box}, "slot": "bottoms", "garment": "jeans"}}]')
    assert coat.box
    assert (jeans.kind, jeans.box) == ("jeans", None)


def test_a_garment_that_is_listed_twice_is_one_and_what_is_no_garment_is_none():
    again = COAT.replace("0.05", "0.06")
    chair = '{"box": [0, 0, 1, 1], "slot": "furniture", "garment": "armchair"}'
    (coat,) = read_several(f"[{COAT}, {again}, {chair}]")
    assert (coat.kind, coat.box) == ("coats", None), "the only one stands for the picture"
    other = COAT.replace("[0.1, 0.05, 0.9, 0.5]", "[0.1, 0.5, 0.9, 0.95]")
    assert len(read_several(f"[{COAT}, {other}]")) == 2


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("", "no JSON"),
        ("a navy coat and blue jeans", "no JSON"),
        ("[]", "no garment seen"),
        ('[{"slot": "furniture", "garment": "armchair"}]', "no garment seen"),
        ('["coat", "jeans"]', "no list of garments"),
        (f"[{', '.join([COAT] * 13)}]", "an answer without end"),
    ],
)
def test_what_is_no_list_of_garments_says_why(said, why):
    with pytest.raises(AnswerError, match=why):
        read_several(said)


@pytest.mark.parametrize(
    ("garment", "why"),
    [("very " * 40 + "long coat", "without end"), ("coat\ud800", "garbled"), ("c" * 500, "without end")],
    ids=["words", "half a sign", "letters"],
)
def test_a_garment_s_name_is_no_story(garment, why):
    with pytest.raises(AnswerError, match=why):
        read_answer(structured(garment=garment), True)


def test_a_name_that_is_blank_leaves_the_slot_s_own():
    assert read_answer(structured(garment=" \n ", slot="shoes"), True).caption == "beige shoes"


@pytest.mark.parametrize("brackets", ["[" * 3_000, "[{" * 1_500], ids=["lists", "objects"])
def test_an_answer_that_only_opens_brackets_is_turned_down(brackets):
    with pytest.raises(AnswerError):
        read_several(brackets)

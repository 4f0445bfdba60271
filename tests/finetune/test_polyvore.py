"""The official layouts of Polyvore Outfits and Maryland Polyvore: their traps, and what they say when a file is missing."""

import json
from argparse import ArgumentParser
from collections import Counter

import pytest

from finetune.maryland import maryland_cp, maryland_fitb, read_maryland
from finetune.polyvore import official_cp, official_fitb, read_polyvore_outfits
from finetune.questions import options_into, questions
from finetune.reading import outfit_ids
from finetune.tasks import Outfit, Piece, TaskError, draw_fitb, without

SLOTS = ("tops", "bottoms", "shoes")


def item(outfit, index):
    return f"9{outfit}{index}"


def sets(count=5):
    """Outfits "0", "1" … of three items, whose own ids are "901" for set 0 and index 1, and so on."""
    return [
        {"set_id": str(n), "items": [{"item_id": item(n, index), "index": index} for index in (1, 2, 3)]} for n in range(count)
    ]


def metadata(count=5):
    return {
        item(n, index): {"title": f"Title  {n} {index}", "url_name": "url", "semantic_category": SLOTS[index - 1]}
        for n in range(count)
        for index in (1, 2, 3)
    }


def blank(outfit=0, index=3, answers=("1_3", "0_3", "2_3", "3_3")):
    return {"question": [f"{outfit}_{i}" for i in (1, 2, 3) if i != index], "blank_position": index, "answers": list(answers)}


def download(folder, split="test", about=None, blanks=None, lines=None, release="disjoint"):
    """The official layout under `folder`, the path of its release."""
    (folder / release).mkdir(exist_ok=True)
    write(folder / "polyvore_item_metadata.json", metadata() if about is None else about)
    write(folder / release / f"{split}.json", sets())
    write(folder / release / f"fill_in_blank_{split}.json", blanks or [blank()])
    (folder / release / f"compatibility_{split}.txt").write_text(
        lines or "1 0_1 0_2 0_3\n1 1_1 1_2\n0 2_1 3_2 4_3\n0 3_1 0_2\n"
    )
    return folder / release


def write(path, value):
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


# Outfits


def test_an_outfit_has_the_set_s_id_and_its_pieces_the_items_own(tmp_path):
    read = read_polyvore_outfits(download(tmp_path) / "test.json")
    assert (read.name, read.split, len(read.outfits)) == ("polyvore-outfits-disjoint", "test", 5)
    assert read.outfits[0] == Outfit(
        "0",
        (Piece("901", "Title 0 1", "tops"), Piece("902", "Title 0 2", "bottoms"), Piece("903", "Title 0 3", "shoes")),
    )


def test_an_item_without_a_title_has_its_url_s_name_and_one_without_either_is_left_out(tmp_path):
    about = metadata()
    about["901"]["title"], about["902"] = "", {"title": "", "url_name": "", "semantic_category": "tops"}
    read = read_polyvore_outfits(download(tmp_path, about=about) / "test.json")
    assert [piece.words for piece in read.outfits[0].pieces] == ["url", "Title 0 3"]  # outfits of two stay
    assert read.left_out == {"items without words": 1}


def test_captions_by_item_or_by_picture_go_before_titles(tmp_path):
    read = read_polyvore_outfits(download(tmp_path) / "test.json", {"901": "red top", "902.jpg": "blue jeans"})
    assert [piece.words for piece in read.outfits[0].pieces] == ["red top", "blue jeans", "Title 0 3"]


def test_captions_do_without_the_file_of_titles(tmp_path):
    folder = download(tmp_path)
    (tmp_path / "polyvore_item_metadata.json").unlink()
    captions = {key: f"{key} boots" for key in metadata()}
    assert {piece.slot for piece in read_polyvore_outfits(folder / "test.json", captions).outfits[0].pieces} == {"shoes"}
    write(tmp_path / "item_categories.json", {key: {"semantic_category": "hats", "category": None} for key in metadata()})
    assert {piece.slot for piece in read_polyvore_outfits(folder / "test.json", captions).outfits[0].pieces} == {"hats"}


@pytest.mark.parametrize(
    ("name", "read", "holds"),
    [
        ("polyvore_item_metadata.json", lambda f: read_polyvore_outfits(f / "test.json"), "the items' titles"),
        ("disjoint/test.json", lambda f: read_polyvore_outfits(f / "test.json"), "the outfits of this split"),
        ("disjoint/test.json", lambda f: official_fitb(f / "fill_in_blank_test.json"), "the outfits of this split"),
        ("disjoint/fill_in_blank_test.json", lambda f: official_fitb(f / "fill_in_blank_test.json"), "the official FITB quest"),
        ("disjoint/compatibility_test.txt", lambda f: official_cp(f / "compatibility_test.txt"), "the official CP questions"),
    ],
)
def test_a_missing_file_of_the_layout_is_named_with_what_it_holds_and_where_it_comes_from(tmp_path, name, read, holds):
    folder = download(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(TaskError, match=f"{name} is missing: it holds {holds}.*mvasil/polyvore-outfits"):
        read(folder)


def test_a_relative_path_finds_the_titles_too(tmp_path, monkeypatch):
    monkeypatch.chdir(download(tmp_path))
    assert len(read_polyvore_outfits(type(tmp_path)("test.json")).outfits) == 5


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"set_id": "1"}, "does not hold the outfits of a split in a JSON list"),
        ([], "or holds none"),
        ([*sets(1), {"set_id": "1"}], "outfit 2: items is not as expected"),
        ([{"set_id": "1", "items": [{"index": 1}]}], "outfit 1: items.0.item_id is not as expected"),
        ([{"set_id": "1", "items": [{"item_id": "9", "index": "first"}]}], "outfit 1: items.0.index is not as expected"),
        (sets(1) * 2, "outfit 2: the set 0 stands in the file twice"),
    ],
)
def test_a_malformed_outfit_is_named_with_its_file_and_number(tmp_path, rows, said):
    path = write(download(tmp_path) / "test.json", rows)
    with pytest.raises(TaskError, match=said) as raised:
        read_polyvore_outfits(path)
    assert str(path) in str(raised.value)


def test_titles_that_are_malformed_are_named_with_the_item(tmp_path):
    with pytest.raises(TaskError, match="item 901: title is not as expected"):
        read_polyvore_outfits(download(tmp_path, about={"901": {"title": ["a"]}}) / "test.json")
    with pytest.raises(TaskError, match="does not hold the items' titles and categories in a JSON object"):
        read_polyvore_outfits(download(tmp_path, about=[1]) / "test.json")


# FITB


def test_the_right_answer_is_the_one_of_the_question_s_own_set(tmp_path):
    (question,), left = official_fitb(download(tmp_path) / "fill_in_blank_test.json")
    assert question.options[question.answer] == "Title 0 3"
    assert sorted(question.options) == ["Title 0 3", "Title 1 3", "Title 2 3", "Title 3 3"]
    assert (question.context, question.context_slots) == (("Title 0 1", "Title 0 2"), ("tops", "bottoms"))
    assert (question.slot, question.outfit, not left) == ("shoes", "0", True)


def test_neither_words_nor_item_keys_give_the_set_away(tmp_path):
    (question,), _ = official_fitb(download(tmp_path) / "fill_in_blank_test.json")
    assert question.context_keys == ("901", "902")
    assert set(question.option_keys) == {"903", "913", "923", "933"}
    assert not any("_" in text for text in (*question.context, *question.options, *question.option_keys))


def test_always_taking_the_first_is_right_a_quarter_of_the_time_though_it_stands_first_in_the_file(tmp_path):
    first = blank(answers=("0_3", "1_3", "2_3", "3_3"))
    folder = download(tmp_path, blanks=[first] * 400, release="nondisjoint")
    questions, _ = official_fitb(folder / "fill_in_blank_test.json")
    assert sum(question.answer == 0 for question in questions) / 400 == pytest.approx(0.25, abs=0.07)
    assert questions == official_fitb(folder / "fill_in_blank_test.json")[0]
    other = official_fitb(folder / "fill_in_blank_test.json", seed=1)[0]
    assert [question.options for question in other] != [question.options for question in questions]


def test_a_question_that_is_left_out_moves_no_other_one_s_options(tmp_path):
    folder = download(tmp_path, blanks=[blank(), blank(outfit=1)])
    both, _ = official_fitb(folder / "fill_in_blank_test.json")
    write(folder / "fill_in_blank_test.json", [blank(answers=("0_3", "7_3", "2_3", "3_3")), blank(outfit=1)])
    alone, left = official_fitb(folder / "fill_in_blank_test.json")
    assert alone == both[1:]
    assert left == {"questions with an option without words": 1}


def test_options_of_equal_text_make_no_question(tmp_path):
    about = metadata()
    about["913"]["title"] = "title 2  3"
    folder = download(tmp_path, about=about, blanks=[blank(), blank(answers=("0_3", "2_3", "3_3", "4_3"))])
    questions, left = official_fitb(folder / "fill_in_blank_test.json")
    assert len(questions) == 1
    assert left == {"questions with options of equal text": 1}


def test_wordless_options_and_contexts_are_left_out_and_counted(tmp_path):
    about = metadata()
    for key in ("901", "911", "912", "933"):
        about[key] |= {"title": "", "url_name": ""}
    others = ("2_3", "4_3")
    blanks = [blank(), blank(answers=("0_3", "1_3", *others)), blank(outfit=1, answers=("0_3", "1_3", *others))]
    questions, left = official_fitb(download(tmp_path, about=about, blanks=blanks) / "fill_in_blank_test.json")
    assert [question.context for question in questions] == [("Title 0 2",)]
    assert left == {
        "questions with an option without words": 1,
        "questions with no words in the context": 1,
        "context items without words": 1,
    }


def test_no_slot_is_told_where_the_options_slots_differ(tmp_path):
    (question,), _ = official_fitb(
        download(tmp_path, blanks=[blank(answers=("0_3", "1_1", "2_1", "3_1"))]) / "fill_in_blank_test.json"
    )
    assert question.slot is None
    assert question.options[question.answer] == "Title 0 3"


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (blank(answers=("1_3", "2_3", "3_3", "4_3")), "question 2: expected one answer of the question's own set 0"),
        (blank(answers=("0_3", "0_2", "3_3", "4_3")), "question 2: expected one answer of the question's own set 0"),
        ({"question": ["0_1"]}, "question 2: answers is not as expected: Field required"),
        (blank() | {"question": []}, "question 2: question is not as expected"),
        (blank() | {"answers": ["0_3"]}, "question 2: answers is not as expected"),
        ("0_1", "question 2: the row is not as expected"),
    ],
)
def test_a_malformed_question_is_named_with_its_file_and_number(tmp_path, bad, said):
    path = download(tmp_path, blanks=[blank(), bad]) / "fill_in_blank_test.json"
    with pytest.raises(TaskError, match=said) as raised:
        official_fitb(path)
    assert str(path) in str(raised.value)


def test_a_file_whose_questions_are_all_left_out_is_refused_with_the_reasons(tmp_path):
    folder = download(tmp_path, blanks=[blank(answers=("0_3", "7_3"))], lines="1 7_1 7_2 7_3")
    with pytest.raises(
        TaskError, match=r"no question that can be asked in words. Left out: 1 questions with an option without"
    ):
        official_fitb(folder / "fill_in_blank_test.json")
    with pytest.raises(TaskError, match=r"no question that can be asked in words. Left out: 1 outfits of fewer than 2 items"):
        official_cp(folder / "compatibility_test.txt")


# CP


def test_a_negative_belongs_to_the_outfit_it_was_drawn_against(tmp_path):
    questions, left = official_cp(download(tmp_path) / "compatibility_test.txt")
    assert [(question.outfit, question.label) for question in questions] == [("0", 1), ("1", 1), ("0", 0), ("1", 0)]
    assert questions[2].items == ("Title 2 1", "Title 3 2", "Title 4 3")
    assert (questions[2].slots, questions[2].keys) == (SLOTS, ("921", "932", "943"))
    assert not left


def test_negatives_that_are_not_as_many_as_outfits_stand_for_themselves(tmp_path):
    questions, _ = official_cp(download(tmp_path, lines="1 0_1 0_2\n0 2_1 3_2\n0 1_1 4_2\n") / "compatibility_test.txt")
    assert [question.outfit for question in questions] == ["0", "negative 1", "negative 2"]


def test_wordless_items_of_a_cp_question_are_left_out_and_counted(tmp_path):
    about = metadata()
    about["901"] |= {"title": "", "url_name": ""}
    folder = download(tmp_path, about=about, lines="1 0_1 0_2 0_3\n1 0_1 0_2\n0 1_1 2_2\n")
    questions, left = official_cp(folder / "compatibility_test.txt")
    assert [len(question.items) for question in questions] == [2, 2]
    assert left == {"items without words": 1, "outfits of fewer than 2 items with words": 1}


@pytest.mark.parametrize("line", ["2 0_1 0_2", "0_1 0_2", "1", "yes 0_1"])
def test_a_malformed_compatibility_line_is_named(tmp_path, line):
    path = download(tmp_path, lines=f"1 0_1 0_2\n\n{line}\n") / "compatibility_test.txt"
    with pytest.raises(TaskError, match=f"compatibility_test.txt, line 3: expected a label, 0 or 1.*{line}"):
        official_cp(path)


# Maryland


def maryland(folder, names=True):
    """Maryland's layout: sets of a top, a lipstick, jeans and boots."""
    categories = (11, 2, 3, 4)
    items = [{"index": i, "name": f"Thing {i}", "categoryid": c} for i, c in enumerate(categories, 1)]
    named = [
        {"set_id": str(n), "name": "x", "items": [row | {"name": f"{row['name']} of {n}"} for row in items]} for n in range(4)
    ]
    write(folder / "test_no_dup.json", named)
    (folder / "category_id.txt").write_text("0 None\n2 Lipstick\n3 Skinny Jeans\n4 Ankle Booties\n11 Tops\n")
    write(folder / "fill_in_blank_test.json", [blank(answers=("0_3", "1_4", "2_2", "3_1"))] * 40)
    (folder / "fashion_compatibility_prediction.txt").write_text("1 0_1 0_2 0_3\n0 1_1 2_2 3_3\n0 1_1 2_2\n")
    return folder


def test_maryland_s_slots_come_from_its_categories_names_and_lipstick_is_left_out(tmp_path):
    read = read_maryland(maryland(tmp_path) / "test_no_dup.json")
    assert (read.name, read.split) == ("maryland", "test")
    assert read.outfits[0].pieces == (
        Piece("0_1", "Thing 1 of 0", "tops"),
        Piece("0_3", "Thing 3 of 0", "bottoms"),
        Piece("0_4", "Thing 4 of 0", "shoes"),
    )
    assert read.left_out == {"items of no slot": 4}


@pytest.mark.parametrize(
    ("task", "name"), [("fitb", "fill_in_blank_test.json"), ("cp", "fashion_compatibility_prediction.txt")]
)
def test_maryland_s_question_files_are_known_to_be_of_its_test_split(tmp_path, task, name):
    parser = ArgumentParser()
    options_into(parser)
    found = questions(parser.parse_args([task, "--data", str(maryland(tmp_path) / name)]))
    assert (found.split, found.seeds) == ("test", None)


def test_maryland_s_first_answer_is_right_and_does_not_stay_first(tmp_path):
    questions, _ = maryland_fitb(maryland(tmp_path) / "fill_in_blank_test.json")
    assert {question.options[question.answer] for question in questions} == {"Thing 3 of 0"}
    assert len({question.answer for question in questions}) == 4
    assert {question.slot for question in questions} == {None}  # its answers are of all categories
    assert questions[0].context == ("Thing 1 of 0", "Thing 2 of 0")  # published figures are with lipstick


def test_maryland_s_cp_lines_are_read_alike(tmp_path):
    questions, _ = maryland_cp(maryland(tmp_path) / "fashion_compatibility_prediction.txt")
    assert [question.label for question in questions] == [1, 0, 0]
    assert questions[1].items == ("Thing 1 of 1", "Thing 2 of 2", "Thing 3 of 3")


def test_captions_of_maryland_s_pictures_go_before_names(tmp_path):
    read = read_maryland(maryland(tmp_path) / "test_no_dup.json", {"0_1": "red top"})
    assert read.outfits[0].pieces[0].words == "red top"


@pytest.mark.parametrize("name", ["category_id.txt", "test_no_dup.json", "fill_in_blank_test.json"])
def test_a_missing_file_of_maryland_is_named(tmp_path, name):
    (maryland(tmp_path) / name).unlink()
    with pytest.raises(TaskError, match=f"{name} is missing: it holds .*xthan/polyvore-dataset"):
        maryland_fitb(tmp_path / "fill_in_blank_test.json")


def test_malformed_rows_of_maryland_are_named(tmp_path):
    path = maryland(tmp_path) / "test_no_dup.json"
    (tmp_path / "category_id.txt").write_text("0 None\nTops\n")
    with pytest.raises(TaskError, match=r"category_id.txt, line 2: expected a category's number and name, not 'Tops'"):
        read_maryland(path)
    maryland(tmp_path)
    write(path, [{"set_id": "1", "items": [{"index": 1, "name": "x"}]}])
    with pytest.raises(TaskError, match=r"test_no_dup.json, outfit 1: items.0.categoryid is not as expected"):
        read_maryland(path)


# The real files


@pytest.fixture(scope="module")
def disjoint(shared):
    return shared / "data" / "polyvore_outfits" / "disjoint"


@pytest.fixture(scope="module")
def categories(disjoint):
    """The copy has no titles: category names, which the items' ids make different, stand in for them."""
    known = json.loads((disjoint.parent / "item_categories.json").read_text(encoding="utf-8"))
    return {key: f"{row['category'] or row['semantic_category']} {key}" for key, row in known.items()}


@pytest.mark.data
def test_the_disjoint_release_is_complete_and_what_crosses_data_sets_is_dropped_with_a_count(shared, disjoint, categories):
    read = {split: read_polyvore_outfits(disjoint / f"{split}.json", categories) for split in ("train", "valid", "test")}
    assert {split: len(data.outfits) for split, data in read.items()} == {"train": 16995, "valid": 3000, "test": 15145}
    assert not any(data.left_out for data in read.values())
    polyvore_t = {split: outfit_ids(shared / "data" / "polyvore_t" / f"{split}.json") for split in ("test", "valid")}
    crossing = {split: without(read["train"].outfits, ids)[1] for split, ids in polyvore_t.items()}
    assert crossing == {"test": 151, "valid": 85}
    text = [Outfit(name, ()) for name in outfit_ids(shared / "data" / "polyvore_text" / "train.jsonl")]
    assert without(text, outfit_ids(disjoint / "test.json"))[1] == 104


@pytest.mark.data
def test_the_official_fitb_questions_are_all_read_but_those_that_show_an_item_twice(disjoint, categories):
    questions, left = official_fitb(disjoint / "fill_in_blank_valid.json", categories)
    assert (len(questions), left) == (2987, {"questions with options of equal text": 13})
    assert {len(question.options) for question in questions} == {4}
    assert sum(question.slot is None for question in questions) == 6  # the other options are of one category
    assert max(Counter(question.answer for question in questions).values()) < 800
    assert len({question.outfit for question in questions}) == 2987


@pytest.mark.data
def test_category_names_alone_make_hardly_any_fitb_question(disjoint, categories):
    coarse = {key: words.rpartition(" ")[0] for key, words in categories.items()}
    questions, left = official_fitb(disjoint / "fill_in_blank_valid.json", coarse)
    assert (len(questions), left) == (1, {"questions with options of equal text": 2999})


@pytest.mark.data
def test_official_negatives_have_their_outfit_s_categories_in_order(disjoint, categories):
    questions, left = official_cp(disjoint / "compatibility_valid.txt", categories)
    assert (len(questions), not left) == (6000, True)
    by_outfit = {}
    for question in questions:
        by_outfit.setdefault(question.outfit, []).append(question)
    assert {tuple(question.label for question in pair) for pair in by_outfit.values()} == {(1, 0)}
    assert all(positive.slots == negative.slots for positive, negative in by_outfit.values())


@pytest.mark.data
@pytest.mark.parametrize(("split", "count"), [("train", 16995), ("valid", 3000), ("test", 15145)])
def test_there_is_a_question_and_a_negative_for_every_outfit(disjoint, split, count):
    assert len(json.loads((disjoint / f"fill_in_blank_{split}.json").read_text())) == count
    labels = [line[0] for line in (disjoint / f"compatibility_{split}.txt").read_text().splitlines()]
    assert Counter(labels) == {"1": count, "0": count}


@pytest.mark.data
def test_questions_can_be_drawn_from_the_official_outfits_too(disjoint, categories):
    read = read_polyvore_outfits(disjoint / "valid.json", categories)
    assert len(list(draw_fitb(read.outfits[:500], 0))) == 500

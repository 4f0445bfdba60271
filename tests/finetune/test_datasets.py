"""Reading outfits: words, captions, what is left out and said, and which reader a file finds."""

import json
from collections import Counter

import pytest

from catalog.captions import CaptionRow
from catalog.descriptions import Description
from finetune.datasets import Dataset, collect, read_polyvore_t, read_titled, words_of
from finetune.files import Row, checked, read_text
from finetune.reading import outfit_ids, read_captions, read_dataset
from finetune.tasks import Outfit, Piece, TaskError, without

ITEMS = {
    "upper": {"index": 1, "name": "silk  shirt\n"},
    "bottom": {"index": 3, "name": "pleated skirt"},
    "shoe": {"index": 4, "name": "ankle boots"},
    "bag": {"index": 5, "name": ""},
}
TITLED = {
    "outfit_id": "7",
    "name": "School!!",
    "items": [
        {"index": 1, "title": "paris zipper", "category": "Sweatshirts"},
        {"index": 2, "title": "h&m skinny low jeans"},
        {"index": 3, "title": "red", "category": "Lipstick"},
        {"index": 4, "category": "Sneakers"},
        {"index": 5, "title": "canvas", "category": "Tote Bags"},
    ],
}


def written(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def lines(path, *rows):
    return written(path, "".join(json.dumps(row) + "\n" for row in rows))


# Polyvore-T


def test_polyvore_t_gives_slots_of_the_house_and_leaves_nameless_items_out(tmp_path):
    read = read_polyvore_t(written(tmp_path / "test.json", {"119": ITEMS}))
    shirt, skirt, boots = sorted(read.outfits[0].pieces)
    assert (shirt, skirt) == (Piece("119_1", "silk shirt", "tops"), Piece("119_3", "pleated skirt", "bottoms"))
    assert boots.slot == "shoes"
    assert read.left_out == {"items without words": 1}
    assert read.report() == "polyvore-t test: 1 outfits; left out: 1 items without words"


def test_an_outfit_of_two_named_items_is_left_out_and_counted(tmp_path):
    short = {slot: ITEMS[slot] for slot in ("upper", "shoe", "bag")}
    read = read_polyvore_t(written(tmp_path / "test.json", {"1": ITEMS, "2": short}))
    assert [outfit.id for outfit in read.outfits] == ["1"]
    assert read.left_out == {"items without words": 2, "outfits of fewer than 3 such items": 1}


def test_a_caption_goes_before_a_name_and_helps_out_where_there_is_none(tmp_path):
    read = read_polyvore_t(written(tmp_path / "test.json", {"119": ITEMS}), {"119_1": "white blouse", "119_5": "red clutch"})
    words = {piece.key: piece.words for piece in read.outfits[0].pieces}
    assert words == {"119_1": "white blouse", "119_3": "pleated skirt", "119_4": "ankle boots", "119_5": "red clutch"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([ITEMS], "does not hold Polyvore-T's outfits in a JSON object"),
        ({}, "holds none"),
        ({"119": [1]}, "outfit 119: expected items by slot"),
        ({"119": {"hat": ITEMS["bag"]}}, "outfit 119: expected items by slot, the slots being upper, bottom"),
        ({"119": ITEMS | {"bag": {"name": "x"}}}, "outfit 119, bag: index is not as expected: Field required"),
        ({"119": ITEMS | {"bag": {"index": 1, "name": None}}}, "outfit 119, bag: name is not as expected"),
        ({"119": ITEMS | {"bag": "clutch"}}, "outfit 119, bag: the row is not as expected"),
        ("{", "is not JSON"),
        ("[" * 200_000, "is not JSON"),
    ],
)
def test_a_malformed_polyvore_t_file_is_named_with_the_outfit(tmp_path, value, said):
    path = written(tmp_path / "test.json", value)
    with pytest.raises(TaskError, match=said) as raised:
        read_polyvore_t(path)
    assert str(path) in str(raised.value)


@pytest.mark.data
@pytest.mark.parametrize(("split", "outfits", "nameless", "short"), [("test", 2463, 97, 19), ("valid", 1196, 43, 10)])
def test_polyvore_t_holds_what_the_notes_say(shared, split, outfits, nameless, short):
    read = read_polyvore_t(shared / "data" / "polyvore_t" / f"{split}.json")
    assert len(read.outfits) == outfits - short
    assert read.left_out == {"items without words": nameless, "outfits of fewer than 3 such items": short}


# Titled outfits


def test_slots_of_titled_items_come_from_the_category_else_from_the_title(tmp_path):
    read = read_titled(lines(tmp_path / "train.jsonl", TITLED))
    assert [piece.slot for piece in read.outfits[0].pieces] == ["tops", "bottoms", "bags"]
    assert read.left_out == {"items of no slot": 1, "items without words": 1}
    assert read.split == "train"


def test_categories_and_prices_of_titled_items_are_kept_for_training(tmp_path):
    priced = [item | {"price": price} for item, price in zip(TITLED["items"], (12.5, 0, -1, 3, 3), strict=True)]
    read = read_titled(lines(tmp_path / "train.jsonl", TITLED | {"items": priced}))
    told = [(piece.category, piece.price) for piece in read.outfits[0].pieces]
    assert told == [("Sweatshirts", 12.5), (None, None), ("Tote Bags", 3.0)]


def test_captions_help_titled_items_out_too(tmp_path):
    read = read_titled(lines(tmp_path / "train.jsonl", TITLED), {"7_4": "white sneakers"})
    assert Piece("7_4", "white sneakers", "shoes", "Sneakers") in read.outfits[0].pieces


def test_a_line_separator_inside_a_title_parts_no_line_and_a_byte_order_mark_is_no_text(tmp_path):
    row = TITLED | {"items": [*TITLED["items"][:2], {"index": 9, "title": "red\u2028boots"}]}
    read = read_titled(written(tmp_path / "train.jsonl", "\ufeff" + json.dumps(row, ensure_ascii=False)))
    assert read.outfits[0].pieces[-1].words == "red boots"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"items": TITLED["items"]}, "line 2: outfit_id is not as expected: Field required"),
        (TITLED | {"items": [{"title": "no index"}]}, "line 2: items.0.index is not as expected"),
        (TITLED | {"items": "jeans"}, "line 2: items is not as expected"),
        ([1], "line 2: the row is not as expected"),
        (TITLED, "line 2: the outfit 7 stands in the file twice"),
    ],
)
def test_a_malformed_line_is_named(tmp_path, row, said):
    with pytest.raises(TaskError, match=said):
        read_titled(lines(tmp_path / "train.jsonl", TITLED, row))


def test_a_line_that_is_no_json_is_named(tmp_path):
    with pytest.raises(TaskError, match=r"train.jsonl, line 3 is not JSON"):
        read_titled(written(tmp_path / "train.jsonl", json.dumps(TITLED) + "\n\n{'single': 'quotes'}\n"))


def test_a_data_set_without_a_usable_outfit_is_refused_with_the_reasons():
    with pytest.raises(TaskError, match=r"at least 3 items with words. Left out: 3 items without words; 1 outfits of fewer"):
        collect("mine", "train", {"1": [Piece(str(n), "") for n in range(3)]})


def test_a_file_that_is_missing_a_folder_or_no_text_is_a_sentence(tmp_path):
    (tmp_path / "latin.jsonl").write_bytes(b"\xe9t\xe9")
    for path, said in ((tmp_path / "none.jsonl", "No such file"), (tmp_path, "Is a dir"), (tmp_path / "latin.jsonl", "UTF-8")):
        with pytest.raises(TaskError, match=said):
            read_text(path)


def test_an_id_may_be_written_as_a_number():
    class Named(Row):
        id: str

    assert checked(Named, {"id": 5, "more": 1}, "here").id == "5"


@pytest.mark.data
def test_no_set_of_polyvore_text_s_training_split_is_in_its_other_splits(shared):
    train, valid, test = (read_titled(shared / "data" / "polyvore_text" / f"{s}.jsonl") for s in ("train", "valid", "test"))
    assert (len(train.outfits), len(valid.outfits), len(test.outfits)) == (5503, 1254, 2440)
    assert without(train.outfits, {outfit.id for outfit in (*valid.outfits, *test.outfits)})[1] == 0


# Captions


def caption_lines(path, *rows):
    """What the command prints for (picture, id, caption), or for (picture, id, None), whose picture could not be used."""
    seen = {"slot": "shoes", "kind": "boots", "colours": ("red",), "confidence": 0.9, "unsure": False}
    printed = [
        CaptionRow(
            image=image, id=identity, description=Description(caption=said, **seen) if said else None, error="no picture"
        )
        for image, identity, said in rows
    ]
    return written(path, "".join(row.as_json() + "\n" for row in printed))


def test_what_the_caption_command_writes_is_found_by_id_path_file_name_and_stem(tmp_path):
    captions = read_captions(caption_lines(tmp_path / "c.jsonl", ("images/123.jpg", "shop-9", "red boots")))
    assert set(captions) == {"shop-9", "images/123.jpg", "123.jpg", "123", "images_123"}
    assert set(captions.values()) == {"red boots"}


def test_pictures_called_alike_in_many_folders_are_told_apart_by_their_folder_or_not_at_all(tmp_path):
    rows = (("images/119/1.jpg", None, "red boots"), ("images/120/1.jpg", None, "blue coat"))
    captions = read_captions(caption_lines(tmp_path / "c.jsonl", *rows))
    assert captions["119_1"] == "red boots"
    assert captions["120_1"] == "blue coat"
    assert "1" not in captions
    assert "1.jpg" not in captions


def test_an_id_means_its_own_picture_even_if_another_is_called_so(tmp_path):
    rows = (("a/5.jpg", "6", "red boots"), ("a/6.jpg", "7", "blue coat"))
    assert read_captions(caption_lines(tmp_path / "c.jsonl", *rows))["6"] == "red boots"


def test_a_later_caption_counts_and_an_error_is_none(tmp_path):
    rows = (("1.jpg", None, "red boots"), ("1.jpg", None, "red ankle boots"), ("2.jpg", None, None))
    captions = read_captions(caption_lines(tmp_path / "c.jsonl", *rows))
    assert captions["1"] == "red ankle boots"
    assert "2" not in captions


def test_a_caption_file_without_captions_or_with_plain_lines_is_refused_with_the_command(tmp_path):
    with pytest.raises(
        TaskError, match=r"holds no captions. `python -m catalog caption --json PICTURES > c.jsonl` writes some"
    ):
        read_captions(caption_lines(tmp_path / "c.jsonl", ("2.jpg", None, None)))
    with pytest.raises(TaskError, match=r"c.jsonl, line 1 is not JSON"):
        read_captions(written(tmp_path / "c.jsonl", "images/1.jpg: red boots\n"))


def test_words_are_the_first_key_s_caption_else_the_title_on_one_line():
    captions = {"a": "", "b": "red\n boots"}
    assert words_of("title", captions, "a", "b") == "red boots"
    assert words_of(" a  title ", captions, "c") == "a title"
    assert words_of(None, None, "c") == ""


# Which reader


def test_a_reader_is_found_by_what_a_file_holds(tmp_path):
    outfit = {"set_id": "1", "items": [{"item_id": str(n), "index": n} for n in range(3)]}
    official = written(tmp_path / "disjoint" / "valid.json", [outfit])
    named = {"set_id": "1", "items": [{"index": n, "name": f"{n} jeans", "categoryid": 3} for n in range(3)]}
    maryland = written(tmp_path / "test_no_dup.json", [named])
    written(tmp_path / "category_id.txt", "3 Skinny Jeans\n")
    read = [
        read_dataset(written(tmp_path / "test.json", {"119": ITEMS})),
        read_dataset(lines(tmp_path / "train.jsonl", TITLED)),
        read_dataset(official, captions={str(n): f"{n} boots" for n in range(3)}),
        read_dataset(maryland, "test"),
    ]
    found = [(data.name, data.split) for data in read]
    assert found == [
        ("polyvore-t", "test"),
        ("polyvore-text", "train"),
        ("polyvore-outfits-disjoint", "valid"),
        ("maryland", "test"),
    ]


def test_the_reader_found_is_given_the_captions(tmp_path):
    path = written(tmp_path / "test.json", {"119": ITEMS})
    assert read_dataset(path, captions={"119_5": "red clutch"}) == read_polyvore_t(path, {"119_5": "red clutch"})


def test_a_file_that_is_one_split_gives_no_other(tmp_path):
    path = written(tmp_path / "test.json", {"119": ITEMS})
    assert read_dataset(path, "test").split == "test"
    with pytest.raises(TaskError, match=r"is the split 'test' and holds no other: give the file of 'train'"):
        read_dataset(path, "train")


@pytest.mark.parametrize("name", ["fill_in_blank_test.json", "compatibility_test.txt", "folder"])
def test_what_holds_no_outfits_is_answered_with_what_does(tmp_path, name):
    path = tmp_path / name
    written(path, [{"question": ["1_1"], "answers": ["1_2", "2_1"]}]) if path.suffix else path.mkdir()
    with pytest.raises(TaskError, match=r"holds no outfits that can be read. These can: Polyvore-T"):
        read_dataset(path)


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    for name in ("test.json", "train.jsonl"):
        with pytest.raises(TaskError, match=f"{name} cannot be read: No such file"):
            read_dataset(tmp_path / name)


def test_all_outfits_of_a_file_have_ids_to_drop_by_also_those_without_words(tmp_path):
    assert outfit_ids(written(tmp_path / "test.json", {"119": ITEMS, "120": {}})) == {"119", "120"}
    assert outfit_ids(lines(tmp_path / "train.jsonl", TITLED, {"outfit_id": "8", "items": []})) == {"7", "8"}
    assert outfit_ids(written(tmp_path / "valid.json", [{"set_id": "1", "items": []}, {"set_id": 2}])) == {"1", "2"}
    with pytest.raises(TaskError, match=r"valid.json, outfit 1: set_id is not as expected"):
        outfit_ids(written(tmp_path / "valid.json", [{"question": []}]))
    with pytest.raises(TaskError, match="holds no outfits"):
        outfit_ids(written(tmp_path / "valid.json", "5"))


def test_a_report_says_when_nothing_was_left_out():
    assert Dataset("mine", "train", (Outfit("1", ()),), Counter()).report() == "mine train: 1 outfits; left out: nothing"

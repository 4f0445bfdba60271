"""Mango: attributes in words, a split that stays, and what training has not shown."""

import json
from itertools import combinations

import pytest

from finetune.mango import attributes, read_mango, tenth_of, unseen_answers
from finetune.reading import read_dataset
from finetune.tasks import CpQuestion, FitbQuestion, Outfit, Piece, TaskError, draw_cp, draw_fitb, plain

HEADER = "product_id,image,slot,colours,color,sex,fabric,category,type\n"
ROWS = [
    'p1-10,images/p1-10.jpg,shoes,white|beige,VAINILLA,Female,C-COMPLEMENTOS,"Accesories, Swim",Sandals',
    "p2-99,images/p2-99.jpg,tops,black,NEGRO,Female,T-TRICOT,Tops,Sweater",
    "p3-01,images/p3-01.jpg,bottoms,blue,TEJANO,Female,J-JEANS,Bottoms,Jeans",
    "p4-50,images/p4-50.jpg,none,red,ROJO,Female,C-COMPLEMENTOS,Beauty,Bodymist",
    "p5-77,images/p5-77.jpg,outerwear,,,Female,P-PLANA,Outerwear,Jacket (Cazadora)",
]
IDS = [row.partition(",")[0] for row in ROWS]


def shop(folder, outfits=None, rows=ROWS):
    """products.csv and, beside it, outfits.jsonl, whose path this is."""
    (folder / "products.csv").write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    outfits = {str(n): IDS for n in range(40)} if outfits is None else outfits
    lines = [json.dumps({"outfit_id": name, "items": items}) for name, items in outfits.items()]
    (folder / "outfits.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "outfits.jsonl"


def pieces_of(dataset):
    return {piece.key: piece for outfit in dataset.outfits for piece in outfit.pieces}


# Words


def test_attributes_are_put_in_english_words_without_an_id(tmp_path):
    pieces = pieces_of(read_mango(shop(tmp_path), "train"))
    assert {key: (piece.words, piece.slot) for key, piece in pieces.items()} == {
        "p1-10": ("white sandals", "shoes"),
        "p2-99": ("black knit sweater", "tops"),
        "p3-01": ("blue denim jeans", "bottoms"),
        "p5-77": ("jacket", "outerwear"),
    }


def test_the_first_of_the_colours_that_are_right_is_named():
    assert attributes("blue|black", "L-PIEL", "Jacket (Cazadora)") == "blue leather jacket"
    assert attributes("", "X-UNKNOWN", "T-Shirt") == "t-shirt"


@pytest.mark.parametrize("name", ["p2-99", "p2-99.jpg"])
def test_a_caption_by_id_or_picture_goes_before_the_attributes(tmp_path, name):
    pieces = pieces_of(read_mango(shop(tmp_path), "train", {name: "ribbed black jumper"}))
    assert pieces["p2-99"].words == "ribbed black jumper"
    assert pieces["p1-10"].words == "white sandals"


def test_a_picture_that_is_not_called_by_the_id_gives_its_caption_too(tmp_path):
    rows = [row.replace("images/p2-99.jpg", "images/black.jpg") for row in ROWS]
    for name in ("black.jpg", "black"):
        assert pieces_of(read_mango(shop(tmp_path, rows=rows), "train", {name: "jumper"}))["p2-99"].words == "jumper"


def test_what_is_no_garment_is_left_out_and_counted(tmp_path):
    read = read_mango(shop(tmp_path, {"0": IDS, "1": IDS[2:], "2": IDS[:4]}), "train")
    assert [tenth_of(name) < 8 for name in ("0", "1", "2")] == [True, True, True]
    assert [len(outfit.pieces) for outfit in read.outfits] == [4, 3]
    assert read.left_out == {"items of no slot": 3, "outfits of fewer than 3 such items": 1}


# The split


def test_the_split_is_by_outfit_and_never_changes(tmp_path):
    path = shop(tmp_path, {str(n): IDS for n in range(2000)})
    found = {split: {outfit.id for outfit in read_mango(path, split).outfits} for split in ("train", "valid", "test")}
    assert sum(map(len, found.values())) == len(set.union(*found.values())) == 2000
    assert len(found["train"]) == pytest.approx(1600, abs=60)
    assert len(found["valid"]) == pytest.approx(200, abs=50)
    more = shop(tmp_path, {str(n): IDS for n in range(3000)})
    assert found["test"] == {outfit.id for outfit in read_mango(more, "test").outfits if int(outfit.id) < 2000}
    assert [tenth_of(str(n)) for n in range(10)] == [5, 5, 1, 8, 2, 3, 3, 9, 9, 7]


def test_a_split_has_to_be_named(tmp_path):
    path = shop(tmp_path)
    assert read_dataset(path, "test") == read_mango(path, "test")
    with pytest.raises(TaskError, match="has no split of its own: say train, valid or test"):
        read_dataset(path)
    with pytest.raises(TaskError, match="say train, valid or test, not 'dev'"):
        read_dataset(path, "dev")


# What cannot be read


def test_missing_products_are_asked_for(tmp_path):
    path = shop(tmp_path)
    (tmp_path / "products.csv").unlink()
    with pytest.raises(TaskError, match=r"products.csv is missing: it holds the products.*Keep the two files together"):
        read_mango(path, "train")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("p9,images/p9.jpg,footwear,red,ROJO,Female,X,Shoes,Boots", "line 3: 'footwear' is no slot; expected none or tops"),
        ("p9,images/p9.jpg,shoes", "line 3: colours is not as expected"),
        (ROWS[0], "line 3: the product p1-10 stands in the file twice"),
        ('p9,"images', "line 3: "),
        ("p9," + "x" * 200_000 + ",shoes,red,ROJO,Female,X,Shoes,Boots", "not a CSV row: field larger"),
    ],
)
def test_a_malformed_product_is_named_with_its_line(tmp_path, row, said):
    with pytest.raises(TaskError, match=f"products.csv, .*{said}"):
        read_mango(shop(tmp_path, rows=[ROWS[0], row]), "train")


def test_a_product_with_more_cells_than_columns_is_read_by_its_columns(tmp_path):
    assert len(read_mango(shop(tmp_path, rows=[f"{ROWS[0]},more,cells", *ROWS[1:]]), "train").outfits) > 20


def test_an_outfit_of_unknown_items_or_of_none_is_named_with_its_line(tmp_path):
    with pytest.raises(TaskError, match=r"outfits.jsonl, line 2: the item 'p6' is not in products.csv"):
        read_mango(shop(tmp_path, {"0": IDS, "1": ["p6"]}), "train")
    with pytest.raises(TaskError, match=r"outfits.jsonl, line 1: items.0 is not as expected"):
        read_mango(shop(tmp_path, {"0": [{"index": 1}]}), "train")
    with pytest.raises(TaskError, match=r"outfits.jsonl, line 2: the outfit 0 stands in the file twice"):
        line = json.dumps({"outfit_id": "0", "items": IDS})
        (tmp_path / "outfits.jsonl").write_text(f"{line}\n{line}\n")
        read_mango(tmp_path / "outfits.jsonl", "train")


# What training has not shown

TRAIN = [Outfit("t", tuple(Piece(key, key) for key in "abc"))]


def fitb(*option_keys, answer=0):
    return FitbQuestion(
        context=("x",), options=tuple(option_keys), answer=answer, context_keys=("a",), option_keys=option_keys, outfit="q"
    )


def cp(*keys):
    return CpQuestion(items=keys, keys=keys, label=1, outfit="q")


def test_a_fitb_answer_is_unseen_if_it_is_in_no_training_outfit():
    assert unseen_answers([fitb("b", "z"), fitb("z", "b"), fitb("b", "z", answer=1)], TRAIN) == [False, True, True]


def test_a_cp_outfit_is_unseen_if_no_two_of_its_items_stand_together_in_training():
    assert unseen_answers([cp("a", "b", "z"), cp("a", "y", "z"), cp("y", "z")], TRAIN) == [False, True, True]


def test_questions_without_keys_cannot_be_told_apart():
    with pytest.raises(TaskError, match="outfit 'q' has no keys"):
        unseen_answers([CpQuestion(items=("a", "b"), label=1, outfit="q")], TRAIN)


# The real files


@pytest.fixture(scope="module")
def mango(shared):
    path = shared / "data" / "mango" / "outfits.jsonl"
    return {split: read_mango(path, split) for split in ("train", "valid", "test")}


@pytest.mark.data
def test_the_real_outfits_are_split_80_10_10_and_counted(mango):
    assert {split: len(data.outfits) for split, data in mango.items()} == {"train": 2877, "valid": 371, "test": 382}
    assert sum(data.left_out["items of no slot"] for data in mango.values()) == 696
    assert sum(len(data.outfits) + data.left_out["outfits of fewer than 3 such items"] for data in mango.values()) == 3724


@pytest.mark.data
def test_options_differ_in_text_and_were_never_worn_with_the_context(mango):
    outfits = mango["test"].outfits
    together = {frozenset(pair) for outfit in outfits for pair in combinations([piece.key for piece in outfit.pieces], 2)}
    questions = list(draw_fitb(outfits, seed=0))
    assert len(questions) == 382
    for question in questions:
        assert len({plain(words) for words in question.options}) == 4
        negatives = [key for place, key in enumerate(question.option_keys) if place != question.answer]
        pairs = {frozenset((key, worn)) for key in negatives for worn in question.context_keys}
        assert pairs.isdisjoint(together)
        assert not set(negatives) & set(question.context_keys)


@pytest.mark.data
def test_the_second_column_has_questions_of_both_labels(mango):
    train, test = mango["train"].outfits, mango["test"].outfits
    assert sum(unseen_answers(list(draw_fitb(test, 0)), train)) == 61
    questions = list(draw_cp(test, 0))
    labels = [question.label for question, unseen in zip(questions, unseen_answers(questions, train), strict=True) if unseen]
    assert labels.count(1) == 56
    assert labels.count(0) > 250

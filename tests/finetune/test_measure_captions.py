"""What captions are good for: whether they find their own product, and the same questions in the words of each source."""

import json
from itertools import permutations

import numpy as np
import pytest

from catalog.truths import HALVES, half_of
from finetune import measure_captions, own_product, same_questions
from finetune.caption_table import by_source
from finetune.controls import First, longest
from finetune.mango import SPLITS, captions_of, read_mango, read_products
from finetune.metrics import recall_hits
from finetune.own_product import ranks
from finetune.same_questions import Contestant, alike, drawn, reworded
from finetune.tasks import Piece, TaskError, draw_fitb, plain
from tests.fakes import HashingEmbedder
from tests.finetune.test_mango import ROWS, shop

# Own product


def shuffled(likeness, own, counts, cutoff):
    """How often a product of the own text is among the first, over every order of all products: the definition itself."""
    products = [text for text, count in enumerate(counts) for _ in range(count)]
    mine = products.index(own)
    found = [
        sorted(order, key=lambda place: -likeness[products[place]]).index(mine) < cutoff
        for order in permutations(range(len(products)))
    ]
    return sum(found) / len(found)


@pytest.mark.parametrize("cutoff", [1, 2, 3])
@pytest.mark.parametrize("own", [0, 1, 2, 3])
def test_ties_count_as_often_as_shuffling_them_finds_the_product(cutoff, own):
    likeness, counts = np.array([[0.9, 0.5, 0.5, 0.1]], np.float32), np.array([1, 2, 1, 2])
    better, tied = ranks(likeness, np.array([own]), counts)
    assert recall_hits(better, tied, cutoff)[0] == pytest.approx(shuffled(likeness[0], own, counts, cutoff))


def pieces(*texts):
    return [Piece(f"{place}-1", words, "tops") for place, words in enumerate(texts)]


def test_who_asks_in_the_product_s_own_words_is_kept_from_it_by_its_twins_alone():
    products = pieces("red shirt", "Red  shirt", "blue coat", "green hat")
    found = own_product.measure(products, {piece.key: piece.words for piece in products}, HashingEmbedder())
    assert (found["gallery"], found["texts"], found["without_caption"]) == (4, 3, 0)
    assert found["all"]["recall@1"]["rate"] == pytest.approx((0.5 + 0.5 + 1 + 1) / 4)
    assert found["all"]["recall@10"]["rate"] == 1


def test_a_product_without_a_caption_is_not_found_and_what_is_no_garment_is_not_asked_for():
    products = [*pieces("red shirt", "blue coat"), Piece("c-1", "white candle")]
    found = own_product.measure(products, {"0-1": "red shirt"}, HashingEmbedder())
    assert (found["gallery"], found["without_caption"]) == (3, 1)
    assert (found["all"]["recall@1"]["rate"], found["all"]["recall@10"]["rate"], found["all"]["recall@1"]["n"]) == (0.5, 0.5, 2)
    assert own_product.measure(products, {}, HashingEmbedder())["all"]["recall@10"]["rate"] == 0


def test_the_reported_half_is_a_part_of_all():
    products = pieces(*(f"shirt {number}" for number in range(40)))
    found = own_product.measure(products, {piece.key: piece.words for piece in products}, HashingEmbedder())
    assert found["test"]["recall@1"]["n"] == sum(half_of(piece.key) == HALVES[1] for piece in products)
    assert 0 < found["test"]["recall@1"]["n"] < found["all"]["recall@1"]["n"] == 40


# The same questions

MORE = [
    f"{slot}{number}-1,images/{slot}{number}-1.jpg,{slot},{colour},X,Female,P-PLANA,X,{kind}"
    for slot, kind in (("tops", "Shirt"), ("bottoms", "Skirt"), ("shoes", "Sandals"), ("outerwear", "Coat"))
    for number, colour in enumerate(("red", "blue", "green", "white", "black"))
]


@pytest.fixture
def folder(tmp_path):
    ids = [row.partition(",")[0] for row in MORE]
    outfits = {str(number): [ids[number % 5 + 5 * slot] for slot in range(4)] for number in range(400)}
    return shop(tmp_path, outfits, [*ROWS, *MORE]).parent


def captioned(folder, *, without=()):
    """Captions of every product in other words, by picture."""
    lines = [
        {"image": f"there/{key}.jpg", "caption": f"one {piece.words}"}
        for key, piece in read_products(folder / "products.csv").items()
        if key not in without
    ]
    path = folder / "captions.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_a_question_in_other_words_asks_for_the_same_item(folder):
    asked = drawn(folder / "outfits.jsonl", seeds=1)
    words = {key: f"one {piece.words}" for key, piece in read_products(folder / "products.csv").items()}
    for question in asked.questions:
        other = reworded(question, words)
        assert other.options == tuple(f"one {option}" for option in question.options)
        assert other.context == tuple(f"one {worn}" for worn in question.context)
        assert (other.answer, other.option_keys, other.slot) == (question.answer, question.option_keys, question.slot)


def test_the_questions_are_those_of_the_benchmark(folder):
    read = {split: read_mango(folder / "outfits.jsonl", split).outfits for split in SPLITS}
    known = [outfit for split in read.values() for outfit in split]
    asked = drawn(folder / "outfits.jsonl", seeds=2)
    assert asked.questions == [question for seed in range(2) for question in draw_fitb(read["test"], seed, known=known)]
    assert asked.train == read["train"]


def test_equal_answers_gain_nothing_and_the_words_alone_make_a_difference(folder):
    asked = drawn(folder / "outfits.jsonl")
    products = read_products(folder / "products.csv")
    attributes = {key: piece.words for key, piece in products.items()}
    telling = {key: "the longest words of all" if key.endswith("4-1") else "x" for key in products}
    seen = []

    def make(outfits):
        seen.append({piece.words for outfit in outfits for piece in outfit.pieces})
        return longest()

    contestants = [
        Contestant(lambda _: First(), {"name": "first", "stage": "control"}),
        Contestant(make, {"name": "longest", "stage": "control"}),
    ]
    rows = same_questions.measure(asked, {"attributes": (attributes, {}), "other": (telling, {"note": "n"})}, contestants)
    first, by_length = rows["other"]
    assert (first.gain.value, first.gain.ci95, first.gain.over) == (0, (0, 0), "attributes")
    assert rows["attributes"][0].gain is None
    assert by_length.gain.value == pytest.approx(by_length.value - rows["attributes"][1].value, abs=1e-4)
    assert by_length.gain.ci95[0] <= by_length.gain.value <= by_length.gain.ci95[1]
    assert (by_length.n, by_length.note, by_length.data, by_length.split) == (len(asked.questions), "n", "mango", "test")
    assert seen[1] <= {"the longest words of all", "x"}  # fitted in the words that it answers in


def test_options_that_captions_do_not_tell_apart_are_counted(folder):
    asked = drawn(folder / "outfits.jsonl", seeds=1)
    products = read_products(folder / "products.csv")
    assert alike(asked.questions, {key: piece.words for key, piece in products.items()}) == 0
    assert alike(asked.questions, dict.fromkeys(products, "a garment")) == 1


# The command


@pytest.fixture
def light(monkeypatch):
    monkeypatch.setattr(measure_captions, "SentenceEmbedder", HashingEmbedder)
    monkeypatch.setattr(measure_captions, "_contestants", lambda embedder: [measure_captions._control("cosine-mean", embedder)])


def command(folder, path, out):
    given = ["--mango", str(folder), "--captions", f"llava={path}", "--out", str(out), "--results", str(folder / "results")]
    return measure_captions.main(given)


def test_figures_go_beside_those_of_agreement_and_each_look_at_test_is_logged(folder, light):
    path, out = captioned(folder, without=["p2-99"]), folder / "found.json"
    agreed = {"sources": {"llava": {"captions": measure_captions.digest(path), "mango": {"left_out_none": 1}}}}
    out.write_text(json.dumps(agreed))
    assert command(folder, path, out) == 0
    found = json.loads(out.read_text())["sources"]
    assert found["llava"]["mango"] == {"left_out_none": 1}
    assert found["llava"]["own_product"]["without_caption"] == 1
    assert found["attributes"]["own_product"]["gallery"] == len(ROWS) + len(MORE)
    assert found["llava"]["fitb"]["cosine-mean"]["more"]["over"] == "attributes"
    logged = [json.loads(line) for line in (folder / "results" / "test_log.jsonl").read_text().splitlines()]
    assert [(row["name"], row.get("captions")) for row in logged] == [
        ("cosine-mean", None),
        ("cosine-mean", measure_captions.digest(path)),
    ]
    assert str(folder) not in out.read_text()


def test_figures_of_other_captions_by_that_name_are_not_mixed_with_these(folder, light, capsys):
    path, out = captioned(folder), folder / "found.json"
    out.write_text(json.dumps({"sources": {"llava": {"captions": "another"}}}))
    assert command(folder, path, out) == 2
    assert "speaks of other captions by the name llava" in capsys.readouterr().err
    assert not (folder / "results").exists()


def test_a_source_may_not_be_called_as_the_attributes_are(folder, light, capsys):
    path = captioned(folder)
    given = ["--mango", str(folder), "--captions", f"attributes={path}", "--out", str(folder / "o.json")]
    assert measure_captions.main(given) == 2
    assert "give" in capsys.readouterr().err


def test_without_a_caption_only_the_slot_is_known(folder):
    products = list(read_products(folder / "products.csv").values())
    said = captions_of(folder / "products.csv", {"p2-99.jpg": "ribbed jumper"})
    words = measure_captions._words(products, said)
    assert (words["p2-99"], words["p1-10"]) == ("ribbed jumper", "shoes")
    assert "p4-50" not in words  # no garment
    assert measure_captions._words(products, None)["p1-10"] == plain("white sandals")


def test_captions_that_cannot_be_read_are_named(folder, light, capsys):
    assert command(folder, folder / "nowhere.jsonl", folder / "o.json") == 2
    assert "nowhere.jsonl" in capsys.readouterr().err
    with pytest.raises(TaskError):
        captions_of(folder / "nowhere.csv", {})


def test_the_table_has_a_column_for_each_source_and_a_dash_for_what_was_not_measured():
    figure = {"rate": 0.5, "low": 0.4, "high": 0.6, "n": 1000}
    more = {"over": "attributes", "value": -0.07, "low": -0.1, "high": -0.04}
    sources = {
        "llava": {
            "fitb": {"blend": figure | {"more": more}},
            "mango": {"all": {"slot_main": figure | {"rate": 0.55}}, "test": {"slot_main": figure}},
        },
        "attributes": {"fitb": {"blend": figure}},
    }
    lines = by_source(sources).splitlines()
    assert lines[0] == "| what | attributes | llava |"
    (slot,) = [line for line in lines if line.startswith("| slot on Mango: tops")]
    assert slot.endswith("| — | 50.0% [40.0%, 60.0%], n = 1,000; all 55.0% |")
    (fitb,) = [line for line in lines if "zero-shot" in line]
    assert fitb.endswith("| 50.0% [40.0%, 60.0%], n = 1,000 | 50.0% [40.0%, 60.0%], n = 1,000; -7.0 [-10.0, -4.0] points |")

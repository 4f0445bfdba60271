"""What captions are held against, how they are joined with it, and the figures that come of it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from catalog.agreement import NOTHING, OTHER, as_fine, certainty, colours, confusion, kinds, not_wrong, patterns, rate, slots
from catalog.descriptions import Description
from catalog.items import CatalogueError
from catalog.measure_captions import main, of_photos
from catalog.said import NO_LINE, joined, named_file, read_said
from catalog.taxonomy import vocabulary
from catalog.truths import HALVES, TYPES, Truth, half_of, read_mango

HEADER = "product_id,image,slot,colours,type"
ROWS = [
    "1-10,images/1-10.jpg,bottoms,blue|grey,Jeans",
    "1-20,images/1-20.jpg,bottoms,black,Jeans",
    "2-10,images/2-10.jpg,shoes,black,Ankle Boots",
    "3-10,images/3-10.jpg,tops,,Top",
    "4-10,images/4-10.jpg,none,red,Candle",
]


def shop(folder: Path) -> Path:
    """A folder like Mango's, of drawn pictures."""
    (folder / "images").mkdir(parents=True)
    (folder / "products.csv").write_text("\n".join([HEADER, *ROWS]) + "\n", encoding="utf-8")
    for row in ROWS:
        picture = Image.new("RGB", (90, 120), "#f2f2f2")
        ImageDraw.Draw(picture).rectangle((30, 20, 60, 100), "#1f2a48")
        picture.save(folder / row.split(",")[1])
    return folder


def line(image: str, kind: str, *named: str, **more: object) -> str:
    said = {"image": f"somewhere/{image}.jpg", "caption": f"{named} {kind}", "slot": vocabulary().kinds[kind].slot}
    return json.dumps(said | {"kind": kind, "colours": named} | more)


def captions(folder: Path, *lines: str) -> Path:
    path = folder / "captions.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def said(kind: str, *named: str, **more: object) -> Description:
    return Description(caption="x", slot=vocabulary().kinds[kind].slot, kind=kind, colours=named, **more)


def true(*names: str, slot: str = "shoes", named: tuple[str, ...] = ()) -> Truth:
    return Truth(Path("x.jpg"), "label", slot, names, named)


# What is true


def test_every_type_of_the_table_names_kinds_of_one_slot_of_the_vocabulary():
    known = vocabulary().kinds
    for names in TYPES.values():
        assert len({known[name].slot for name in names}) == 1
    assert not {name for names in TYPES.values() for name in names} & set(vocabulary().slots)  # which would say the slot again


@pytest.mark.data
def test_the_patterns_we_saw_are_of_real_products_of_both_halves_and_words_of_the_vocabulary(shared):
    seen = [truth for truth in read_mango(shared / "data" / "mango") if truth.pattern]
    assert {half: sum(truth.half == half for truth in seen) for half in HALVES} == {"valid": 450, "test": 450}
    assert {truth.pattern for truth in seen} == set(vocabulary().patterns)


@pytest.mark.data
def test_the_table_agrees_with_the_slots_of_the_real_products_and_leaves_few_out(shared):
    worn = [truth for truth in read_mango(shared / "data" / "mango") if truth.slot != "none"]
    assert len(worn) == 4500
    assert {truth.slot == vocabulary().kinds[kind].slot for truth in worn for kind in truth.kinds} == {True}
    assert sum(not truth.kinds for truth in worn) == 504
    assert {half: sum(truth.half == half for truth in worn) for half in HALVES} == {"valid": 2254, "test": 2246}


def test_the_colours_of_a_style_stay_in_one_half_and_halves_never_change():
    assert half_of("37000577-10") == half_of("37000577-30")
    assert [half_of(f"{style}-1") for style in range(8)] == [half_of(str(style)) for style in range(8)]
    assert 0.45 < sum(half_of(str(style)) == "test" for style in range(2000)) / 2000 < 0.55


def test_a_folder_without_the_products_is_named(tmp_path):
    with pytest.raises(CatalogueError, match=r"products\.csv cannot be read"):
        read_mango(tmp_path)
    (tmp_path / "products.csv").write_text("id,image\n1,2\n")
    with pytest.raises(CatalogueError, match="no rows with the columns product_id, slot"):
        read_mango(tmp_path)


# What was said


def test_lines_are_joined_by_id_else_by_file_name_and_what_is_lacking_is_counted(tmp_path):
    path = captions(
        tmp_path,
        line("elsewhere", "jeans", "navy", id="1-10"),
        line("1-20", "pants", "black"),
        json.dumps({"image": "2-10.jpg", "error": "The captioner gave a refusal."}),
    )
    truths = [truth for truth in read_mango(shop(tmp_path / "mango")) if truth.slot != "none"]
    found = joined(truths, read_said(path))
    assert [one.kind if one else None for _, one in found.pairs] == ["jeans", "pants", None, None]
    assert found.without == {"no caption in its line": 1, NO_LINE: 1}


def test_the_later_of_two_lines_counts(tmp_path):
    read = read_said(captions(tmp_path, line("1-10", "pants"), line("1-10", "jeans", "navy", source="other", key="k")))
    assert read["1-10.jpg"].kind == "jeans"


def test_a_caption_without_fields_is_read_as_an_answer_is(tmp_path):
    plain = [{"image": "a.jpg", "caption": "Navy slim denim jeans"}, {"image": "b.jpg", "caption": "a nice sunset"}]
    read = read_said(captions(tmp_path, *map(json.dumps, plain)))
    assert (read["a.jpg"].kind, read["a.jpg"].colours) == ("jeans", ("navy",))
    assert read["b.jpg"] == "no garment that is known"


def test_a_garment_of_other_words_than_ours_is_no_caption(tmp_path):
    odd = {"image": "a.jpg", "caption": "x", "slot": "tops", "kind": "jeans", "colours": []}
    assert isinstance(read_said(captions(tmp_path, json.dumps(odd)))["a.jpg"], str)


@pytest.mark.parametrize(
    ("text", "message"), [("{", "line 1, is not JSON"), ("", "holds no captions"), ("[1]", "holds no captions")]
)
def test_a_file_of_something_else_is_refused(tmp_path, text, message):
    with pytest.raises(CatalogueError, match=message):
        read_said(captions(tmp_path, text))


def test_a_source_is_a_name_and_a_file():
    assert named_file("llava=out/a=b.jsonl") == ("llava", Path("out/a=b.jsonl"))
    for text in ("llava", "=file", "llava="):
        with pytest.raises(ValueError, match="is not NAME=FILE"):
            named_file(text)


# Figures


def test_a_rate_has_an_interval_and_refuses_no_cases():
    found = rate([True] * 90 + [False] * 10)
    assert (found["rate"], found["n"]) == (0.9, 100)
    assert found["low"] == pytest.approx(0.826, abs=0.002)
    assert found["high"] == pytest.approx(0.945, abs=0.002)
    with pytest.raises(ValueError, match="nothing to measure"):
        rate([])


def test_a_general_kind_is_not_wrong_but_not_as_fine():
    boots = true("ankle boots")
    assert [not_wrong(boots, said(kind)) for kind in ("shoes", "boots", "ankle boots", "chelsea boots", "sandals")] == [
        True, True, True, True, False,
    ]  # fmt: skip
    assert [as_fine(boots, said(kind)) for kind in ("shoes", "boots", "ankle boots", "chelsea boots", "sandals")] == [
        False, False, True, True, False,
    ]  # fmt: skip
    assert not not_wrong(boots, None)
    assert not as_fine(boots, None)
    assert as_fine(true("pants", "jeans"), said("skinny jeans"))


def test_pictures_without_a_caption_count_as_misses_and_those_without_a_known_type_do_not():
    pairs = [
        (true("boots", named=("black",)), None),
        (true("boots", named=("black",)), said("boots", "black")),
        (true(), said("flats")),
    ]
    assert slots(pairs)["slot"]["rate"] == pytest.approx(2 / 3, abs=1e-4)
    found = kinds(pairs)
    assert (found["kind_as_fine"]["rate"], found["kind_as_fine"]["n"], found["kind_left_out"]) == (0.5, 2, {"label": 1})
    assert (colours(pairs)["main_colour"]["rate"], colours(pairs)["left_out_without_colours"]) == (0.5, 1)


def test_recall_is_of_what_is_so_and_precision_of_what_is_said():
    pairs = [(true(slot="shoes"), said("shoes")), (true(slot="shoes"), said("bags")), (true(slot="bags"), said("bags"))]
    found = slots(pairs)
    assert {slot: figure["rate"] for slot, figure in found["per_slot"].items()} == {"shoes": 0.5, "bags": 1.0}
    assert {slot: figure["rate"] for slot, figure in found["per_slot_precision"].items()} == {"shoes": 1.0, "bags": 0.5}
    assert (found["slot_main"]["n"], found["slot_other"]["n"]) == (2, 1)


def test_a_print_is_right_of_any_print_and_only_patterns_that_are_told_count_for_precision():
    there = ("striped", "striped", "floral", "dotted", "solid", "solid", "")
    told = ("striped", None, "graphic", "floral", "striped", "solid", "striped")
    pairs = [
        (replace(true(), pattern=seen or None), said("dresses", pattern=word)) for seen, word in zip(there, told, strict=True)
    ]
    found = patterns(pairs)
    assert (found["pattern_precision"]["rate"], found["pattern_precision"]["n"]) == (0.5, 4)
    assert (found["pattern_recall"]["rate"], found["pattern_recall"]["n"]) == (0.5, 4)
    assert found["pattern_confusion"]["striped"] == {"striped": 1, NOTHING: 1}


def test_a_photo_s_type_is_held_against_its_own_label_and_against_what_we_see_in_it():
    jeans = Truth(Path("x.jpg"), "Pants", "bottoms", ("jeans",), pattern="solid")
    found = of_photos([(jeans, said("jeans")), (jeans, said("pants")), (jeans, said("shorts")), (jeans, None)])
    assert (found["kind"]["rate"], found["kind_as_fine"]["rate"], found["slot"]["rate"]) == (0.5, 0.25, 0.75)


def test_confusion_counts_each_case_once_in_the_given_order():
    cases = [("b", "a"), ("a", "a"), ("a", "z"), ("a", "a")]
    assert confusion(cases, ["a", "b"]) == {"a": {"a": 2, "z": 1}, "b": {"a": 1}}
    assert list(confusion(cases, ["b", "a"])) == ["b", "a"]


def test_the_matrices_add_up_to_their_rates():
    pairs = [
        (true("boots", named=("blue", "grey")), said("ankle boots", "charcoal", "navy")),
        (true("sandals", named=("red",)), said("shoes", "navy")),
        (true("sandals", named=("red",)), said("jeans")),
        (true("boots", named=("black",)), None),
    ]
    for figures, matrix, figure in (
        (slots(pairs), "slot_confusion", "slot"),
        (kinds(pairs), "kind_confusion", "kind_as_fine"),
        (colours(pairs), "colour_confusion", "main_colour"),
    ):
        counts = figures[matrix]
        assert sum(sum(row.values()) for row in counts.values()) == figures[figure]["n"] == 4
        assert sum(row.get(name, 0) for name, row in counts.items()) / 4 == figures[figure]["rate"], matrix
    assert kinds(pairs)["kind_confusion"]["sandals"] == {OTHER: 2}
    assert colours(pairs)["colour_confusion"]["grey"] == {"grey": 1}


def test_the_question_mark_is_measured_where_it_stands():
    shown = replace(true("boots"), label="Shoes")
    pairs = [(shown, said("sandals", confidence=0.9)), (shown, said("bags", confidence=0.3, unsure=True))]
    found = certainty(pairs)
    assert (found["kind_where_sure"]["rate"], found["asked"]["rate"], found["errors_among_asked"]["rate"]) == (1.0, 0.5, 1.0)
    assert found["calibration_error"] == pytest.approx((0.1 + 0.3) / 2)


# The command


def measured(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))["sources"]


def test_a_file_s_figures_stand_under_its_name_beside_others(tmp_path, capsys):
    folder, out = shop(tmp_path / "mango"), tmp_path / "found.json"
    path = captions(tmp_path, line("1-10", "jeans", "navy"), line("1-20", "pants", "blue"), line("2-10", "boots", "black"))
    assert main(["--mango", str(folder), "--captions", f"llava={path}", "--out", str(out)]) == 0
    assert f"llava: 1 pictures of mango without a caption: {NO_LINE}" in capsys.readouterr().err
    before = measured(out)["llava"]
    assert before["mango"]["left_out_none"] == 1
    assert before["mango"]["without_caption"] == {NO_LINE: 1}
    every = before["mango"]["all"]
    assert (every["slot"]["rate"], every["slot"]["n"]) == (0.75, 4)
    assert (every["kind_not_wrong"]["rate"], every["kind_as_fine"]["rate"]) == (
        pytest.approx(2 / 3, abs=1e-4),
        pytest.approx(1 / 3, abs=1e-4),
    )
    assert every["main_colour"]["rate"] == pytest.approx(2 / 3, abs=1e-4)
    parts = [before["mango"][half]["slot"]["n"] for half in HALVES if half in before["mango"]]
    assert sum(parts) == 4
    assert main(["--mango", str(folder), "--captions", f"other={path}", "--out", str(out)]) == 0
    assert measured(out)["llava"] == before
    assert str(tmp_path) not in out.read_text()


def test_the_embedded_captioner_is_asked_at_once_and_what_it_says_is_kept(tmp_path):
    folder, kept, out = shop(tmp_path / "mango"), tmp_path / "kept.jsonl", tmp_path / "found.json"
    assert main(["--mango", str(folder), "--keep", str(kept), "--out", str(out)]) == 0
    assert main(["--mango", str(folder), "--captions", f"file={kept}", "--out", str(out)]) == 0
    found = measured(out)
    assert found["embedded"]["captions"] == found["file"]["captions"]
    assert found["embedded"]["mango"] == found["file"]["mango"]
    assert found["embedded"]["pictures_per_second"] > 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("llava", "is not NAME=FILE; only embedded needs no file"),
        ("a=nowhere.jsonl", "cannot be read"),
        ("a={other}", "no caption of any"),
    ],
)
def test_what_cannot_be_measured_is_said_in_a_sentence(tmp_path, capsys, given, message):
    other = captions(tmp_path, line("of-another-shop", "jeans"))
    source = given.replace("{other}", str(other))
    assert main(["--mango", str(shop(tmp_path / "m")), "--captions", source, "--out", str(tmp_path / "o.json")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "o.json").exists()

"""Questions: what may be asked, how they are drawn, and that a draw can be repeated."""

import hashlib
import json

import pytest

from finetune.metrics import auc, fitb_hits
from finetune.tasks import (
    CpQuestion,
    FitbQuestion,
    Outfit,
    Piece,
    TaskError,
    cp_question,
    draw_cp,
    draw_fitb,
    draw_steps,
    fitb_question,
    plain,
    read_questions,
    without,
    write_questions,
)

SLOTS = ("tops", "bottoms", "shoes")


def outfits(count=30):
    return [
        Outfit(f"o{n:02}", tuple(Piece(f"k{n}-{slot}", f"{slot} number {n}", slot) for slot in SLOTS)) for n in range(count)
    ]


def slots_of(words):
    return [text.split()[0] for text in words]


# What may be asked


def test_the_answer_has_to_be_among_the_options():
    with pytest.raises(ValueError, match="the answer 2 is not among the 2 options"):
        FitbQuestion(context=("a",), options=("b", "c"), answer=2)


@pytest.mark.parametrize(
    "change", [{"context": ()}, {"options": ("b",)}, {"answer": -1}, {"answer": "second"}, {"options": ("b", 3)}]
)
def test_a_question_without_context_options_or_answer_is_none(change):
    with pytest.raises(ValueError):
        FitbQuestion(**{"context": ("a",), "options": ("b", "c"), "answer": 0} | change)


def test_the_stylist_gets_captions_and_slots_and_no_keys():
    right = Piece("secret_1", "red boots", "shoes")
    question = fitb_question("secret", [Piece("secret_2", "blue jeans", "bottoms")], [Piece("s_3", "hat"), right], right)
    context, options = question.garments()
    assert [(garment.words, garment.slot) for garment in (*context, *options)] == [
        ("blue jeans", "bottoms"),
        ("hat", "shoes"),
        ("red boots", "shoes"),
    ]
    assert question.answer == 1
    assert "secret" not in repr((context, options))
    assert [garment.slot for garment in CpQuestion(items=("a", "b"), label=0).garments()] == [None, None]


def test_a_right_answer_that_is_not_among_the_options_is_refused_with_the_outfit():
    with pytest.raises(TaskError, match="outfit 7: the right answer is not among the options"):
        fitb_question("7", [Piece("1", "a")], [Piece("2", "b"), Piece("3", "c")], Piece("4", "d"))


# Question files


def test_questions_come_back_from_a_file_as_they_were_with_its_sha256(tmp_path):
    questions = list(draw_fitb(outfits(), seed=3))
    digest = write_questions(questions, tmp_path / "new" / "fitb.jsonl")
    assert read_questions(tmp_path / "new" / "fitb.jsonl", FitbQuestion) == questions
    assert digest == hashlib.sha256((tmp_path / "new" / "fitb.jsonl").read_bytes()).hexdigest()


def test_a_line_separator_inside_a_caption_parts_no_line(tmp_path):
    questions = [CpQuestion(items=("red\u2028boots", "blue\x85jeans"), label=1)]
    write_questions(questions, tmp_path / "cp.jsonl")
    assert read_questions(tmp_path / "cp.jsonl", CpQuestion) == questions


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"items": ["a", "b"], "label": 1}\n{"items": ["a"], "label": 1}', "line 2: not a question"),
        ('\n{"items": ["a", "b"], "label": 2}', "line 2: not a question"),
        ("{", "line 1: not a question"),
        ("[1]", "line 1: not a question"),
        ("\n\n", "holds no question"),
    ],
)
def test_a_line_that_is_no_question_is_named(tmp_path, text, said):
    (tmp_path / "cp.jsonl").write_text(text)
    with pytest.raises(TaskError, match=f"cp.jsonl.*{said}"):
        read_questions(tmp_path / "cp.jsonl", CpQuestion)


def test_a_missing_question_file_is_a_sentence(tmp_path):
    with pytest.raises(TaskError, match=r"none.jsonl cannot be read: No such file"):
        read_questions(tmp_path / "none.jsonl", CpQuestion)


# Drawing FITB


def test_the_same_seed_draws_the_same_questions_whatever_the_outfits_order():
    first = list(draw_fitb(outfits(), seed=1))
    assert first == list(draw_fitb(outfits()[::-1], seed=1))
    assert first != list(draw_fitb(outfits(), seed=2))


def test_a_question_hides_one_item_among_others_of_its_slot():
    for question, outfit in zip(draw_fitb(outfits(), seed=0), outfits(), strict=True):
        right = question.option_keys[question.answer]
        assert {right, *question.context_keys} == {piece.key for piece in outfit.pieces}
        assert (len(question.options), len(question.context), question.outfit) == (4, 2, outfit.id)
        assert set(slots_of(question.options)) == {question.slot}
        assert list(question.context_slots) == slots_of(question.context)


def test_options_differ_in_more_than_case_and_blanks():
    told = [Outfit(str(n), (Piece(f"s{n}", f"Shoe  {n % 5}", "shoes"), Piece(f"t{n}", f"top {n}", "tops"))) for n in range(40)]
    for question in draw_fitb(told, seed=0):
        assert len({plain(words) for words in question.options}) == 4
    assert plain(" Red\n BOOTS ") == "red boots"


def test_a_negative_was_never_worn_with_an_item_of_the_context():
    shared_top = Piece("top", "the one top", "tops")
    told = [Outfit(str(n), (shared_top, Piece(f"s{n}", f"shoe {n}", "shoes"))) for n in range(5)]
    alone = [Outfit(f"x{n}", (Piece(f"t{n}", f"top {n}", "tops"), Piece(f"a{n}", f"other {n}", "shoes"))) for n in range(9)]
    for question in draw_fitb([*told, *alone], seed=0):
        if "top" in question.context_keys:
            assert [key[0] for place, key in enumerate(question.option_keys) if place != question.answer] == ["a"] * 3


def test_nor_was_it_in_an_outfit_that_is_only_known():
    asked = outfits()
    bottom = asked[0].pieces[1]
    everywhere = [
        Outfit(f"known {number}", (bottom, piece)) for number, other in enumerate(asked[1:16]) for piece in other.pieces
    ]
    for seed in range(5):
        (question,) = [question for question in draw_fitb(asked, seed, known=everywhere) if question.outfit == asked[0].id]
        if bottom.key in question.context_keys:
            known = {piece.key for outfit in everywhere for piece in outfit.pieces}
            assert known.isdisjoint(set(question.option_keys) - {question.option_keys[question.answer]})


def test_random_negatives_come_from_all_slots():
    drawn = list(draw_fitb(outfits(), seed=0, negatives="random"))
    assert any(len(set(slots_of(question.options))) > 1 for question in drawn)


def test_an_outfit_is_put_together_piece_by_piece_in_any_order():
    drawn = list(draw_steps(outfits(), seed=0))
    assert drawn == list(draw_steps(outfits()[::-1], seed=0))
    assert len(drawn) == 2 * 30  # every piece but the first
    for first, second in zip(drawn[::2], drawn[1::2], strict=True):
        assert first.outfit == second.outfit
        assert second.context == (*first.context, first.options[first.answer])
        assert {*second.context, second.options[second.answer]} == {f"{slot} number {int(first.outfit[1:])}" for slot in SLOTS}
        for question in (first, second):
            assert len(set(question.options)) == 4
            assert set(slots_of(question.options)) == {question.slot}
    assert [question.outfit for question in drawn[::2]] != sorted(question.outfit for question in drawn[::2])
    assert {question.slot for question in drawn[::2]} == set(SLOTS)  # no slot always comes first


def test_too_few_different_items_are_passed_over_instead_of_fewer_options():
    with pytest.raises(TaskError, match="No question can be drawn: no outfit's slots have 3 other items that differ in text"):
        list(draw_fitb(outfits(3), seed=0))
    with pytest.raises(TaskError, match="two options at least"):
        list(draw_fitb(outfits(), seed=0, options=1))
    same = [Outfit(str(n), (Piece(f"a{n}", "dress", "all-body"), Piece(f"b{n}", f"shoe {n}", "shoes"))) for n in range(200)]
    asked = list(draw_fitb(same, seed=0))
    assert {question.slot for question in asked} == {"shoes"}
    assert 60 < len(asked) < 140
    with pytest.raises(TaskError, match="No question can be drawn: no outfit's slots have another item"):
        list(draw_cp(same, seed=0))


@pytest.mark.parametrize("line", [{"context_slots": ["tops", "bags"]}, {"option_keys": ["1"]}])
def test_slots_and_keys_are_as_many_as_what_they_stand_beside(tmp_path, line):
    question = {"context": ["coat"], "options": ["boots", "heels"], "answer": 0} | line
    (tmp_path / "fitb.jsonl").write_text(json.dumps(question))
    with pytest.raises(TaskError, match=r"line 1: not a question: .* slots or keys stand beside"):
        read_questions(tmp_path / "fitb.jsonl", FitbQuestion)


@pytest.mark.parametrize("draw", [draw_fitb, draw_cp])
def test_an_outfit_of_one_item_is_refused(draw):
    with pytest.raises(TaskError, match="The outfit o99 has one item only"):
        list(draw([*outfits(), Outfit("o99", (Piece("k", "lonely shoe", "shoes"),))], seed=0))


def test_always_the_first_option_is_right_a_quarter_of_the_time():
    questions = list(draw_fitb(outfits(1200), seed=0))
    hits = fitb_hits([[4, 3, 2, 1]] * len(questions), [question.answer for question in questions])
    assert hits.mean() == pytest.approx(0.25, abs=0.05)


def test_an_oracle_is_always_right_on_drawn_questions():
    questions = list(draw_fitb(outfits(), seed=0))
    own = {piece.key: outfit.id for outfit in outfits() for piece in outfit.pieces}
    scores = [[float(own[key] == question.outfit) for key in question.option_keys] for question in questions]
    assert fitb_hits(scores, [question.answer for question in questions]).mean() == 1.0


# Drawing CP


def test_each_outfit_stands_beside_one_whose_every_item_is_replaced():
    questions = list(draw_cp(outfits(), seed=0))
    assert [question.label for question in questions] == [1, 0] * 30
    for real, drawn in zip(questions[::2], questions[1::2], strict=True):
        assert real.outfit == drawn.outfit
        assert real.slots == drawn.slots
        assert all(
            key != other and words != text
            for key, other, words, text in zip(real.keys, drawn.keys, real.items, drawn.items, strict=True)
        )
    assert questions == list(draw_cp(outfits()[::-1], seed=0))


def test_no_two_items_of_a_drawn_outfit_were_worn_together():
    for question in draw_cp(outfits(), seed=0):
        if question.label == 0:
            assert len({key.partition("-")[0] for key in question.keys}) == len(question.keys)


def test_an_oracle_of_drawn_outfits_has_an_auc_of_1():
    questions = list(draw_cp(outfits(), seed=0))
    scores = [-float(len({key.partition("-")[0] for key in question.keys})) for question in questions]
    assert auc(scores, [question.label for question in questions]) == 1.0


def test_a_cp_question_keeps_words_slots_and_keys_apart():
    question = cp_question("7", [Piece("k1", "a", "tops"), Piece("k2", "b")], 1)
    assert (question.items, question.slots, question.keys) == (("a", "b"), ("tops", None), ("k1", "k2"))


# Training without what is evaluated


def test_evaluated_outfits_are_dropped_with_a_count():
    kept, dropped = without(outfits(), {"o03", "o07", "elsewhere"})
    assert (len(kept), dropped) == (28, 2)
    assert not {"o03", "o07"} & {outfit.id for outfit in kept}

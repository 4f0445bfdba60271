"""The controls, on questions whose answers are known: by chance, by a word, by a colour that must match."""

import math
import random
from collections.abc import Sequence
from itertools import permutations

import numpy as np
import pytest
import torch

from catalog.taxonomy import vocabulary
from finetune.controls import CONTROLS, FITTED, build
from finetune.datasets import POLYVORE_T_SLOT, POLYVORE_T_SLOTS, as_polyvore_t
from finetune.logistic import fit_logistic
from finetune.metrics import auc, fitb_hits
from finetune.pairs import CaptionVectors, KeyVectors, unit
from finetune.scorers import Scorer
from finetune.tasks import CpQuestion, FitbQuestion, Outfit, Piece, TaskError, draw_cp, draw_fitb
from finetune.type_aware import fit_type_aware
from retrieval.embeddings import Vectors
from tests.fakes import HashingEmbedder

# Colours that go with each other come in pairs of different words, so that likeness alone does not find them.
MATCHES = [("red", "green"), ("blue", "orange"), ("black", "white"), ("grey", "pink"), ("brown", "purple")]
SLOTS = {
    "tops": ("shirt", "blouse", "sweater"),
    "bottoms": ("jeans", "skirt", "shorts"),
    "shoes": ("boots", "heels", "sandals"),
}
MATERIALS = ("wool", "linen", "silk", "denim", "cotton", "velvet")


def matched(count: int, seed: int, name: str = "") -> list[Outfit]:
    """Outfits of which tops have a colour, and bottoms and shoes the one that matches it."""
    rng = random.Random(seed)
    outfits = []
    for number in range(count):
        colour, match = rng.choice(MATCHES)
        colours = {"tops": colour, "bottoms": match, "shoes": match}
        pieces = tuple(
            Piece(f"{name}{number}_{slot}", f"{colours[slot]} {rng.choice(MATERIALS)} {rng.choice(kinds)}", slot)
            for slot, kinds in SLOTS.items()
        )
        outfits.append(Outfit(f"{name}{number}", pieces))
    return outfits


TRAIN, OTHERS = matched(1000, 0), matched(150, 1, "other ")


@pytest.fixture(scope="module")
def controls() -> dict[str, Scorer]:
    """All of them, fitted where they are to be."""
    return {name: build(name, TRAIN, HashingEmbedder()) for name in CONTROLS}


def accuracy(scorer: Scorer, questions: Sequence[FitbQuestion]) -> float:
    return float(
        fitb_hits([scorer.fitb(question) for question in questions], [question.answer for question in questions]).mean()
    )


def area(scorer: Scorer, questions: Sequence[CpQuestion]) -> float:
    return auc(np.array([scorer.cp(question) for question in questions]), np.array([question.label for question in questions]))


def fitb(*options: str, context: Sequence[str] = ("red wool shirt",)) -> FitbQuestion:
    return FitbQuestion(context=tuple(context), options=options, answer=0)


# All of them


@pytest.mark.parametrize("name", [name for name in CONTROLS if name != "first"])
def test_the_options_order_changes_no_pick(controls, name):
    for question in list(draw_fitb(OTHERS, 0))[:10]:
        picks = set()
        for order in permutations(question.options):
            scores = controls[name].fitb(question.model_copy(update={"options": order, "option_keys": ()}))
            picks.add(
                frozenset(option for option, score in zip(order, scores, strict=True) if score == pytest.approx(max(scores)))
            )
        assert len(picks) == 1


@pytest.mark.parametrize("name", CONTROLS)
def test_the_same_seed_gives_the_same_scores(controls, name):
    again = build(name, TRAIN, HashingEmbedder())
    assert [again.fitb(question) for question in draw_fitb(OTHERS[:20], 0)] == [
        controls[name].fitb(question) for question in draw_fitb(OTHERS[:20], 0)
    ]
    assert [again.cp(question) for question in draw_cp(OTHERS[:20], 0)] == [
        controls[name].cp(question) for question in draw_cp(OTHERS[:20], 0)
    ]


@pytest.mark.parametrize("name", CONTROLS)
def test_a_question_file_without_slots_and_keys_is_answered(controls, name):
    assert len(controls[name].fitb(fitb("green wool jeans", "blue silk skirt", "a thing of no slot"))) == 3
    assert isinstance(controls[name].cp(CpQuestion(items=("red wool shirt", "green jeans", "a thing"), label=1)), float)


# By chance, by place, by the caption alone


@pytest.mark.parametrize("name", ["random", "first"])
def test_what_reads_nothing_gets_the_share_of_chance(controls, name):
    questions = [question for seed in range(4) for question in draw_fitb(OTHERS, seed)]
    spread = math.sqrt(0.25 * 0.75 / len(questions))
    assert accuracy(controls[name], questions) == pytest.approx(0.25, abs=4 * spread)


def test_a_constant_score_of_outfits_has_an_area_of_one_half(controls):
    assert area(controls["first"], list(draw_cp(OTHERS, 0))) == 0.5


def test_random_scores_outfits_by_chance_and_another_seed_otherwise(controls):
    questions = list(draw_cp(OTHERS, 0))
    assert area(controls["random"], questions) == pytest.approx(0.5, abs=0.15)
    assert build("random", seed=1).cp(questions[0]) != controls["random"].cp(questions[0])


def test_first_takes_the_first_option(controls):
    assert controls["first"].fitb(fitb("b", "a", "c")) == [1, 0, 0]


def test_longest_takes_the_longest_caption_and_the_mean_of_an_outfit(controls):
    assert np.argmax(controls["longest"].fitb(fitb("a   b", "abcd", "ab"))) == 1
    assert controls["longest"].cp(CpQuestion(items=("ab", "abcd"), label=1)) == 3


def test_popular_takes_the_caption_of_most_training_outfits():
    worn = [Outfit(str(number), (Piece("a", "Belt"), Piece("b", f"scarf {number}"))) for number in range(3)]
    popular = build("popular", worn)
    assert popular.fitb(fitb("scarf 1", "belt", "unknown")) == pytest.approx([math.log(2), math.log(4), 0])
    assert popular.cp(CpQuestion(items=("belt", "unknown"), label=1)) == pytest.approx(math.log(4) / 2)


# By vectors


def test_cosine_mean_takes_what_is_most_like_the_outfit(controls):
    context = ["red wool shirt", "red silk skirt"]
    scores = controls["cosine-mean"].fitb(fitb("red wool boots", "blue linen heels", context=context))
    vectors = HashingEmbedder().embed([*context, "red wool boots", "blue linen heels"])
    assert scores == pytest.approx(list(vectors[2:] @ vectors[:2].mean(axis=0)), abs=1e-6)
    assert scores[0] > scores[1]


def test_cosine_mean_scores_an_outfit_by_the_mean_of_its_pairs(controls):
    items = ("red wool shirt", "red silk skirt", "blue linen heels")
    cosines = HashingEmbedder().embed(items) @ HashingEmbedder().embed(items).T
    expected = (cosines[0, 1] + cosines[0, 2] + cosines[1, 2]) / 3
    assert controls["cosine-mean"].cp(CpQuestion(items=items, label=1)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", ["type-aware", "logreg"])
def test_what_is_fitted_learns_that_colours_must_match(controls, name):
    # Knowing the rule gives about 0.7: negatives may have the right colour too. Likeness alone finds 0.31, and an area of 0.59.
    assert accuracy(controls[name], list(draw_fitb(OTHERS, 0))) > 0.55
    assert area(controls[name], list(draw_cp(OTHERS, 0))) > 0.85
    assert accuracy(controls["cosine-mean"], list(draw_fitb(OTHERS, 0))) < 0.4


def test_slots_that_were_never_trained_together_are_compared_without_a_mask():
    ones = [outfit._replace(pieces=outfit.pieces[:2]) for outfit in TRAIN]
    scorer = fit_type_aware(ones, CaptionVectors(HashingEmbedder()))
    hats, bags = (
        CpQuestion(items=("red hat", "green bag"), slots=slots, label=1) for slots in [("hats", "bags"), ("shoes", None)]
    )
    assert scorer.cp(hats) == scorer.cp(bags)
    trained = CpQuestion(items=("red hat", "green bag"), slots=("tops", "bottoms"), label=1)
    assert scorer.cp(trained) != scorer.cp(hats)


def test_fitting_leaves_the_worlds_random_numbers_alone():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    fit_type_aware(TRAIN[:10], CaptionVectors(HashingEmbedder()))
    assert torch.rand(1) == expected


@pytest.mark.parametrize("fit", [fit_logistic, fit_type_aware])
def test_vectors_may_come_by_key_where_words_say_nothing(fit):
    mute = [
        [outfit._replace(pieces=tuple(piece._replace(words=piece.key) for piece in outfit.pieces)) for outfit in outfits]
        for outfits in (TRAIN, OTHERS)
    ]
    pieces = [piece for outfit in (*TRAIN, *OTHERS) for piece in outfit.pieces]
    vectors = HashingEmbedder().embed([piece.words for piece in pieces])
    features = KeyVectors({piece.key: 3 * vector for piece, vector in zip(pieces, vectors, strict=True)})
    assert accuracy(fit(mute[0], features), list(draw_fitb(mute[1], 0))) > 0.45


def test_a_key_without_a_vector_is_named(controls):
    scorer = build("cosine-mean", features=KeyVectors({"1": np.ones(3, dtype=np.float32)}))
    with pytest.raises(TaskError, match=r"There is no vector for the key '2' \(boots\)"):
        scorer.cp(CpQuestion(items=("coat", "boots"), keys=("1", "2"), label=1))


def test_a_caption_is_embedded_once_and_new_ones_in_one_batch():
    class Counting(HashingEmbedder):
        def embed(self, texts: Sequence[str]) -> Vectors:
            asked.append(list(texts))
            return super().embed(texts)

    asked: list[list[str]] = []
    vectors = CaptionVectors(Counting())
    pieces = [Piece("1", "coat"), Piece("2", "boots"), Piece("3", "coat")]
    assert (vectors(pieces)[0] == vectors(pieces[2:])[0]).all()
    vectors([*pieces, Piece("4", "hat")])
    assert asked == [["boots", "coat"], ["hat"]]


def test_a_vector_of_zeros_stays_one():
    assert unit(np.zeros((1, 3), dtype=np.float32)).tolist() == [[0, 0, 0]]


# What is refused


def test_an_unknown_control_is_answered_with_the_known_ones():
    with pytest.raises(TaskError, match=r"no control 'clever'. There are random, first, popular"):
        build("clever")


@pytest.mark.parametrize("name", FITTED)
def test_a_control_that_learns_asks_for_training_outfits(name):
    with pytest.raises(TaskError, match=f"The control {name} is fitted on outfits: say which with --train"):
        build(name, [], HashingEmbedder())


@pytest.mark.parametrize("name", ["cosine-mean", "logreg", "type-aware"])
def test_a_control_that_compares_asks_for_vectors(name):
    with pytest.raises(TaskError, match=f"The control {name} compares vectors"):
        build(name, TRAIN)


@pytest.mark.parametrize("name", ["logreg", "type-aware"])
def test_outfits_of_single_items_teach_nothing(name):
    single = [outfit._replace(pieces=outfit.pieces[:1]) for outfit in TRAIN]
    with pytest.raises(TaskError, match="no two items worn together"):
        build(name, single, HashingEmbedder())


# Polyvore-T's slots


def test_all_our_slots_have_a_place_among_the_five_of_polyvore_t():
    assert {POLYVORE_T_SLOT.get(slot, slot) for slot in vocabulary().slots} == set(POLYVORE_T_SLOTS.values())
    outfit = Outfit(
        "1", (Piece("a", "coat", "outerwear"), Piece("b", "dress", "all-body"), Piece("c", "thing"), Piece("d", "bag", "bags"))
    )
    assert [piece.slot for piece in as_polyvore_t(outfit).pieces] == ["tops", "bottoms", None, "bags"]

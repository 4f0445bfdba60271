"""Finders: each on items whose right order is known, the batch against the plain way one by one."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from finetune.cir import Batch, CirQuestion, batches, draw_cir, galleries
from finetune.finders import (
    CONTROLS,
    FITTED,
    PROPOSED,
    TwoStages,
    build,
    complementary,
)
from finetune.pairs import CaptionVectors, Remembering
from finetune.parts import Worn
from finetune.reranking import NEARNESS, reranked
from finetune.stylist import Stylist, Weighted
from finetune.tasks import Outfit, Piece, TaskError
from finetune.type_aware import train_type_aware
from retrieval.complement import open_complement
from retrieval.set_encoder import SETS, SetEncoder, save_sets
from tests.fakes import HashingEmbedder
from tests.finetune.test_cir import looks

OUTFITS = looks(90)
TRAIN = [Outfit(f"train {look.id}", look.pieces) for look in looks(60)]


@pytest.fixture(scope="module")
def batch() -> Batch:
    return batches(draw_cir(OUTFITS, 0), galleries(OUTFITS))[0]


class Numbered:
    """A part that likes an option by the number in its words, and counts what it is asked."""

    def __init__(self) -> None:
        self.offered: list[int] = []

    def completing(self, outfit: Sequence[Worn], options: Sequence[Worn]) -> list[float]:
        self.offered.append(len(options))
        return [float(option.words.split()[-1]) for option in options]

    def together(self, outfits: Sequence[Sequence[Worn]]) -> list[float]:
        raise NotImplementedError


class Asked:
    """A first stage that answers by a rule."""

    def __init__(self, scores: np.ndarray) -> None:
        self.scores = scores

    def __call__(self, batch: Batch) -> np.ndarray:
        return self.scores.copy()


@pytest.mark.parametrize("name", CONTROLS)
def test_every_control_scores_the_whole_gallery_the_same_each_time(name: str, batch: Batch) -> None:
    first, again = (build(name, TRAIN, HashingEmbedder())(batch) for _ in range(2))
    assert first.shape == (len(batch.asked), len(batch.gallery))
    assert np.array_equal(first, again)


def test_a_control_says_what_it_lacks() -> None:
    with pytest.raises(TaskError, match="There are random, popular"):
        build("longest")
    for name in FITTED:
        with pytest.raises(TaskError, match="--train"):
            build(name, embedder=HashingEmbedder())
    with pytest.raises(TaskError, match="embedder"):
        build("cosine-mean")


def test_cosine_mean_is_the_mean_cosine_to_what_is_worn(batch: Batch) -> None:
    features = CaptionVectors(HashingEmbedder())
    scores = build("cosine-mean", embedder=HashingEmbedder())(batch)
    expected = features(batch.gallery) @ features(batch.asked[0].context).T
    assert np.array_equal(np.argsort(scores[0]), np.argsort(expected.mean(1)))


def test_slot_centroid_and_popular_see_no_outfit(batch: Batch) -> None:
    for name in ("slot-centroid", "popular"):
        scores = build(name, TRAIN, HashingEmbedder())(batch)
        assert np.allclose(scores, scores[0])
        assert len(set(scores[0].round(6))) > 1


def test_a_slot_without_training_items_is_not_refused(batch: Batch) -> None:
    hats = [Outfit("1", (Piece("1", "red hat", "hats"), Piece("2", "blue hat", "hats")))]
    assert np.isfinite(build("slot-centroid", hats, HashingEmbedder())(batch)).all()


def test_type_aware_scores_a_gallery_as_it_scores_options_one_by_one(batch: Batch) -> None:
    features = CaptionVectors(HashingEmbedder())
    score = train_type_aware(TRAIN, features)
    found = build("type-aware", TRAIN, HashingEmbedder())(batch)
    for row, question in enumerate(batch.asked[:5]):
        pairs = [(option, piece) for option in batch.gallery for piece in question.context]
        plain = score(*zip(*pairs, strict=True)).reshape(len(batch.gallery), -1).mean(1)
        assert np.allclose(found[row], plain, atol=1e-5)


def test_complementary_search_scores_by_the_encoders_queries(batch: Batch, tmp_path: Path) -> None:
    embedder = Remembering(HashingEmbedder(size=36))
    torch.manual_seed(0)
    save_sets(SetEncoder(("tops", "bottoms", "shoes"), torch.zeros(36), maps_items=False), tmp_path / SETS)
    (tmp_path / "base.json").write_text('{"base": "hashing"}')
    complement, features = open_complement(embedder, tmp_path), CaptionVectors(embedder)
    assert complement.learned
    found = complementary(complement, features)(batch)
    question = batch.asked[0]
    query = complement.query(question.context, question.slot)
    assert np.allclose(found[0], features(batch.gallery) @ query, atol=1e-6)
    assert np.abs(found).max() <= 1 + 1e-6


def test_the_second_stage_reorders_what_is_proposed_and_nothing_else(batch: Batch) -> None:
    rng, part = np.random.default_rng(0), Numbered()
    cosines = rng.uniform(-1, 1, (len(batch.asked), len(batch.gallery)))
    scores = TwoStages(Asked(cosines), Stylist([Weighted(part, 1000.0)]))(batch)
    assert set(part.offered) == {PROPOSED}
    first, second = np.argsort(-cosines[0]), np.argsort(-scores[0])
    assert set(first[:PROPOSED]) == set(second[:PROPOSED])
    assert list(first[PROPOSED:]) == list(second[PROPOSED:])
    numbers = [int(batch.gallery[place].words.split()[-1]) for place in second[:PROPOSED]]
    assert numbers == sorted(numbers, reverse=True)


def test_what_is_barred_takes_no_place_among_the_proposed() -> None:
    gallery = tuple(Piece(str(number), f"red boots {number}", "shoes") for number in range(60))
    question = CirQuestion("1", (Piece("a", "red shirt 1", "tops"),), gallery[-1])
    barred = np.zeros((1, 60), dtype=bool)
    barred[0, :20] = True
    part = Numbered()
    scores = TwoStages(Asked(np.linspace(1, 0, 60)[None]), Stylist([Weighted(part)]))(Batch((question,), gallery, barred))
    assert part.offered == [40]
    assert scores[0].argmax() == 59


def test_a_gallery_smaller_than_what_is_proposed_is_judged_whole() -> None:
    gallery = tuple(Piece(str(number), f"red boots {number}", "shoes") for number in range(3))
    question = CirQuestion("1", (Piece("a", "red shirt 1", "tops"),), gallery[0])
    scores = TwoStages(Asked(np.zeros((1, 3))), Stylist([Weighted(Numbered())]))
    assert scores(Batch((question,), gallery, np.zeros((1, 3), dtype=bool))).tolist() == [[0, 1, 2]]


def test_reranking_adds_up_the_stylists_odds_and_the_nearness() -> None:
    stylist = Stylist([Weighted(Numbered(), 0.5)])
    worn, options = [Piece("a", "red shirt 1")], [Piece("b", "boots 2"), Piece("c", "boots 7")]
    cosines = np.array([0.5, -0.5])
    assert reranked(stylist, worn, options, cosines).tolist() == [1 + NEARNESS * 0.5, 3.5 - NEARNESS * 0.5]
    assert reranked(stylist, worn, options, cosines, nearness=0).tolist() == [1, 3.5]
    assert reranked(stylist, [], options, cosines, nearness=2).tolist() == [1, -1]


def test_an_embedder_that_remembers_is_asked_once_for_each_text() -> None:
    asked: list[str] = []

    class Counting(HashingEmbedder):
        def embed(self, texts: Sequence[str]) -> np.ndarray:
            asked.extend(texts)
            return super().embed(texts)

    remembering = Remembering(Counting())
    vectors = remembering.embed(["red", "blue", "red"])
    assert np.array_equal(remembering.embed(["blue"])[0], vectors[1])
    assert sorted(asked) == ["blue", "red"]
    assert remembering.embed([]).shape == (0, 32)

"""From an outfit and a slot to a query: what a trained encoder, and what stands in for it, owe whoever asks."""

import json
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from catalog.items import Garment
from catalog.taxonomy import vocabulary
from retrieval.complement import (
    SHIPPED,
    WISH,
    Complement,
    ComplementError,
    CosineMean,
    Learned,
    complement_query,
    open_complement,
)
from retrieval.embeddings import EMBEDDED, SentenceEmbedder, Vectors
from retrieval.set_encoder import SETS, SetEncoder, save_sets
from tests.fakes import HashingEmbedder, garments

SIZE = 48
OUTFIT = garments("navy wool coat", "grey pants", "white shirt")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder for the hashing embedder that is no longer the identity."""
    into = tmp_path_factory.mktemp("complement")
    torch.manual_seed(0)
    sets = SetEncoder((*vocabulary().slots, WISH), torch.full((SIZE,), 0.02), maps_items=False, width=96)
    with torch.no_grad():
        for weight in sets.parameters():
            weight += 0.1 * torch.randn(weight.shape)
    save_sets(sets, into / SETS)
    (into / "base.json").write_text(json.dumps({"base": "hashing", "fingerprint": "0"}), encoding="utf-8")
    return into


@pytest.fixture
def learned(folder: Path) -> Complement:
    return open_complement(HashingEmbedder(size=SIZE), folder)


def same(one: Vectors, other: Vectors) -> bool:
    return bool(np.allclose(one, other, atol=1e-5))


def test_a_query_is_a_unit_vector_of_the_embedders_size(learned):
    query = learned.query(OUTFIT, "shoes", "something warm")
    assert learned.learned and (query.shape, query.dtype) == ((SIZE,), np.float32)
    assert np.linalg.norm(query) == pytest.approx(1, abs=1e-5)


def test_outfit_slot_and_wish_all_count(learned):
    query = learned.query(OUTFIT, "shoes")
    assert not same(query, learned.query(OUTFIT[:2], "shoes"))
    assert not same(query, learned.query(OUTFIT, "bags"))
    assert not same(query, learned.query(OUTFIT, "shoes", "red boots"))
    assert same(query, learned.query(OUTFIT, "shoes", " "))


def test_the_order_of_the_pieces_does_not_count_to_the_last_digit(learned):
    assert np.array_equal(learned.query(OUTFIT, "shoes", "red"), learned.query(OUTFIT[::-1], "shoes", "red"))


def test_a_slot_that_nobody_said_is_the_words_own(learned):
    said = [Garment(caption=thing.caption, slot=vocabulary().slot_of(thing.caption)) for thing in OUTFIT]
    assert np.array_equal(learned.query(OUTFIT, "shoes"), learned.query(said, "shoes"))
    assert not same(
        learned.query([Garment(caption="navy wool coat", slot="bags")], "shoes"), learned.query(OUTFIT[:1], "shoes")
    )


def test_several_are_answered_as_each_alone(learned):
    asked: list[tuple[Sequence[Garment], str]] = [(OUTFIT, "shoes"), (OUTFIT[:1], "bags"), ([], "hats"), (OUTFIT[1:], "shoes")]
    assert same(learned.queries(asked), np.stack([learned.query(outfit, slot) for outfit, slot in asked]))
    assert learned.queries([]).shape == (0, SIZE)


def test_of_nothing_worn_the_answer_is_the_words(folder):
    embedder = HashingEmbedder(size=SIZE)
    for complement in (open_complement(embedder, folder), CosineMean(embedder)):
        assert same(complement.query([], "shoes"), embedder.embed(["shoes"])[0])
        assert same(complement.query([], "shoes", "red boots"), embedder.embed(["red boots"])[0])


def test_threads_may_ask_at_once(learned):
    asked = [(garments(f"navy coat {number}", "grey pants"), "shoes") for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda question: learned.query(*question), asked))
    assert same(np.stack(found), learned.queries(asked))


def test_captions_are_embedded_once(folder):
    class Counting(HashingEmbedder):
        texts = 0

        def embed(self, texts: Sequence[str]) -> Vectors:
            self.texts += len(texts)
            return super().embed(texts)

    embedder = Counting(size=SIZE)
    complement = open_complement(embedder, folder)
    complement.query(OUTFIT, "shoes")
    before = embedder.texts
    complement.query(OUTFIT[:2], "shoes")
    assert embedder.texts == before


@pytest.mark.parametrize("other", [HashingEmbedder("another", SIZE), HashingEmbedder("hashing", 32)])
def test_for_another_embedder_the_mean_stands_in_and_says_so(folder, other):
    with pytest.warns(UserWarning, match=f"learned with hashing, not with {other.name}: the mean of the outfit's captions"):
        complement = open_complement(other, folder)
    assert not complement.learned
    expected = complement_query(other, [thing.words for thing in OUTFIT], "shoes")
    assert same(complement.query(OUTFIT, "shoes"), expected)
    assert same(complement.queries([(OUTFIT, "shoes")])[0], expected)
    assert not same(complement.query(OUTFIT, "shoes", "red boots"), expected)


def test_missing_and_damaged_weights_say_what_to_type(folder, tmp_path):
    embedder = HashingEmbedder(size=SIZE)
    with pytest.raises(ComplementError, match=r"cannot be loaded: .*No such file.*make train-complement"):
        open_complement(embedder, tmp_path / "nowhere")
    (tmp_path / "base.json").write_text('{"base": "hashing"}', encoding="utf-8")
    for content in (None, b"damaged", (folder / SETS).read_bytes()[:5000]):
        if content is not None:
            (tmp_path / SETS).write_bytes(content)
        with pytest.raises(ComplementError, match="make train-complement"):
            open_complement(embedder, tmp_path)


# What ships


def test_what_ships_opens_for_the_embedded_embedder_without_a_warning(embedder):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        complement = open_complement(embedder)
    assert isinstance(complement, Learned)
    assert embedder.name == EMBEDDED


def test_what_ships_is_small_and_names_no_machine():
    assert (SHIPPED / SETS).stat().st_size <= 5_000_000
    said = "".join(
        (SHIPPED / name).read_text(encoding="utf-8") for name in ("base.json", "recipe.yaml", "run.json", "README.md")
    )
    assert not any(place in said for place in ("/home/", "/work/", "/tmp/", "/root/"))


def test_a_wish_is_heard(embedder: SentenceEmbedder):
    complement = open_complement(embedder)
    boots, sandals = embedder.embed(["black leather ankle boots", "gold strappy sandals"])
    for wish, near, far in (("warm boots", boots, sandals), ("sandals for summer", sandals, boots)):
        plain, wished = complement.query(OUTFIT, "shoes"), complement.query(OUTFIT, "shoes", wish)
        assert wished @ near - wished @ far > plain @ near - plain @ far

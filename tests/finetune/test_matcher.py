"""The matcher: its loss, what it learns, and how it answers."""

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer, BertConfig, BertModel

from catalog.taxonomy import vocabulary
from finetune.encoding import BUCKET, Encoder, Frozen, WordTable, frequent_words
from finetune.match import Batches, example
from finetune.matcher import Matcher, Matching
from finetune.parts import ordered
from finetune.scorers import Ours
from finetune.stylist import Stylist, Weighted
from finetune.tasks import CpQuestion, FitbQuestion, Outfit, Piece
from retrieval.embeddings import embedded_folder
from retrieval.set_encoder import SetEncoder
from tests.fakes import garments

SIZE = 48
COLOURS = ("red", "blue", "green", "black", "white", "pink")


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return AutoTokenizer.from_pretrained(embedded_folder())


@pytest.fixture
def transformer() -> Any:
    torch.manual_seed(0)
    small = BertConfig(hidden_size=SIZE, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64)
    return BertModel(small, add_pooling_layer=False)


@pytest.fixture
def matching(transformer: Any, tokenizer: Any) -> Matching:
    encoder = Encoder(transformer, tokenizer)
    return Matching(encoder, SetEncoder(vocabulary().slots, torch.zeros(SIZE))).eval()


def outfit(name: str, **worn: str) -> Outfit:
    return Outfit(name, tuple(Piece(f"{name}_{slot}", words, slot) for slot, words in worn.items()))


def in_one_colour() -> list[Outfit]:
    return [outfit(colour, tops=f"{colour} shirt", bottoms=f"{colour} jeans", shoes=f"{colour} boots") for colour in COLOURS]


def batched(matching: Matching, *outfits: Outfit) -> dict[str, torch.Tensor]:
    return Batches(matching.encoder, matching.sets)([example(outfit) for outfit in outfits])


def loss(matching: Matching, batch: dict[str, Any]) -> float:
    torch.manual_seed(0)
    return float(matching(**batch)["loss"].detach())


def test_captions_are_encoded_alike_alone_and_in_company(matching: Matching):
    captions = [" ".join(["navy", "wool", "coat"] * (1 + place % 5)) for place in range(2 * BUCKET + 3)]
    encoder = matching.encoder
    together = encoder(**encoder.read(captions))
    assert together.shape == (len(captions), SIZE)
    assert torch.allclose(together.norm(dim=-1), torch.ones(len(captions)), atol=1e-5)
    for place in (0, 4, 50):
        assert torch.allclose(together[place], encoder(**encoder.read([captions[place]]))[0], atol=1e-5)


def test_the_words_that_are_frequent_add_their_own_vectors(transformer: Any, tokenizer: Any):
    captions = ["Levi's 501 jeans", "levi's jacket, jacket", "wool coat"]
    assert frequent_words(captions, 2) == ["levi's"]
    table = WordTable(["coat", "levi's"], SIZE, dropout=0.5).eval()
    plain, worded = Encoder(transformer.eval(), tokenizer), Encoder(transformer, tokenizer, table)
    added = worded(**worded.read([*captions, "501"])) - plain(**plain.read([*captions, "501"]))
    coat, levis = table.table.weight[1], table.table.weight[2]
    assert torch.allclose(added, torch.stack([levis, levis, coat, torch.zeros(SIZE)]), atol=1e-6)
    places = table.places(["levi's coat"] * 2000)
    left = table.train()(places)[:, 0].unique()
    assert len(left) == 4, "in training each word is there or not"


def test_a_frozen_encoder_says_what_it_said_before_and_learns_nothing(transformer: Any, tokenizer: Any):
    captions = ["navy coat", "red leather boots", "tote"]
    plain = Encoder(transformer.eval(), tokenizer)
    said = plain(**plain.read(captions))
    frozen = Frozen(transformer, tokenizer, None, captions).train()
    assert torch.allclose(frozen(**frozen.read(captions[::-1])), said.flip(0), atol=1e-6)
    assert not any(weight.requires_grad for weight in frozen.parameters())


def test_a_batch_holds_each_caption_once_and_slots_named_both_ways(matching: Matching):
    worn = outfit("a", outerwear="coat", shoes="boots"), outfit("b", shoes="boots", bags="tote", tops="shirt")
    batch = batched(matching, *worn)
    assert len(batch["input_ids"]) == 4
    assert batch["items"].tolist() == [[1, 0, -1], [0, 3, 2]]
    names = [*matching.sets.slots, None]
    assert [[names[way] for way in piece] for piece in batch["slots"][0, :2].tolist()] == [["outerwear", "tops"], ["shoes"] * 2]


def test_the_loss_holds_a_piece_against_others_of_its_slot_only(matching: Matching):
    alone = batched(matching, outfit("a", tops="red shirt", shoes="red boots"), outfit("b", bottoms="blue jeans", bags="tote"))
    assert loss(matching, alone) == pytest.approx(0, abs=1e-6), "no two pieces share a slot"
    twins = batched(matching, *(outfit(name, tops="red shirt", shoes="boots") for name in "ab"))
    assert loss(matching, twins) == pytest.approx(0, abs=1e-6), "the same words cannot be told apart"
    assert loss(matching, batched(matching, *in_one_colour())) > 0.5


def test_each_way_to_name_slots_asks_its_own_questions(matching: Matching):
    batch = batched(matching, outfit("a", outerwear="coat", shoes="boots"), outfit("b", tops="shirt", bags="tote"))
    ours, polyvores = (loss(matching, batch | {"slots": batch["slots"][..., [way]]}) for way in (0, 1))
    assert ours == pytest.approx(0, abs=1e-6), "no two pieces share a slot"
    assert polyvores > 0.1, "a coat is a top to Polyvore-T"
    assert loss(matching, batch) == pytest.approx((ours + polyvores) / 2)


def test_training_leaves_some_of_the_context_out_but_never_all(matching: Matching):
    worn = torch.ones(2000, 3, dtype=torch.bool)
    worn[:, 0] = False
    kept = matching.train()._some_of(worn)
    assert kept.any(1).all() and not kept[:, 0].any()
    assert 0.6 < kept[:, 1].float().mean() < 0.9
    assert torch.equal(matching.eval()._some_of(worn), worn)


def test_it_learns_what_goes_together(matching: Matching):
    batch = batched(matching, *in_one_colour())
    optimizer = torch.optim.AdamW(matching.train().parameters(), 3e-3)
    for _ in range(60):
        optimizer.zero_grad()
        matching(**batch)["loss"].backward()
        optimizer.step()
    matcher = Matcher(matching)
    right = [_asked(matcher, place) == place for place in range(len(COLOURS))]
    assert sum(right) >= len(COLOURS) - 1
    same, mixed = (ordered(garments(f"{one} shirt", f"{other} jeans")) for one, other in (("red", "red"), ("red", "blue")))
    whole, broken = matcher.together([same, mixed])
    assert whole > broken


def _asked(matcher: Matcher, place: int) -> int:
    context = garments(f"{COLOURS[place]} shirt", f"{COLOURS[place]} jeans")
    return Stylist([Weighted(matcher)]).pick(context, garments(*(f"{colour} boots" for colour in COLOURS))).index


def test_questions_are_answered_by_slot_whatever_the_order(matching: Matching):
    answers = Ours(Stylist([Weighted(Matcher(matching))]))
    question = FitbQuestion(
        context=("navy coat", "jeans"), options=("red boots", "blue sneakers", "clogs"), answer=0, slot="shoes"
    )
    scores = list(answers.fitb(question))
    turned = question.model_copy(update={"options": question.options[::-1], "context": question.context[::-1]})
    assert answers.fitb(turned) == tuple(scores[::-1])
    assert all(-1 <= score <= 1 for score in scores)
    other = list(answers.fitb(question.model_copy(update={"slot": "bags"})))
    assert other != pytest.approx(scores, abs=1e-6)
    outfits = (("coat", "jeans", "clogs"), ("clogs", "coat", "jeans"))
    assert len({answers.cp(CpQuestion(items=items, label=1)) for items in outfits}) == 1


def test_an_outfit_goes_together_as_each_of_its_items_completes_the_others(matching: Matching):
    matcher = Matcher(matching)
    worn = ordered(garments("navy coat", "red boots", "leather tote"))
    each = [matcher.completing([*worn[:place], *worn[place + 1 :]], [item])[0] for place, item in enumerate(worn)]
    assert matcher.together([worn, worn[:2]])[0] == pytest.approx(sum(each) / 3, abs=1e-6)


def test_options_of_several_slots_are_each_asked_for_in_their_own(matching: Matching):
    matcher = Matcher(matching)
    context, options = ordered(garments("navy coat")), ordered(garments("red boots", "leather tote"))
    one_by_one: Sequence[float] = [matcher.completing(context, [option])[0] for option in options]
    assert matcher.completing(context, options) == pytest.approx(one_by_one, abs=1e-6)


def test_nothing_to_complete_makes_no_difference(matching: Matching):
    assert Matcher(matching).completing([], ordered(garments("navy coat", "red boots"))) == [0, 0]

"""Three ways to let a language model answer, on a tiny random one and on scripted answers."""

import math
from typing import Any

import pytest

from finetune.likelihood import LocalLikelihoods
from finetune.model import LanguageModel
from finetune.prompts import answers, chat, instruction, question_text
from finetune.scorers import ROOM, Generated, Likely, LocalWriter, Ours, matched, parsed
from finetune.stylist import Stylist
from finetune.tasks import CpQuestion, FitbQuestion
from tests.fakes import tiny_language_model

FITB = FitbQuestion(context=("navy coat",), options=("red boots", "grey boots", "black heels"), answer=1, slot="shoes")
CP = CpQuestion(items=("navy coat", "red boots"), label=1)


@pytest.fixture(scope="module")
def roomy() -> LanguageModel:
    return tiny_language_model(context=1024)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("grey boots", 1),
        ("  Grey  BOOTS.", 1),
        ('"black heels"', 2),
        ("I would choose the red boots.", 0),
        ("boots", None),
        ("red boots or grey boots", None),
        ("", None),
    ],
)
def test_a_generated_answer_is_the_option_it_equals_or_else_the_only_one_it_holds(text: str, place: int | None) -> None:
    assert matched(text, FITB.options) == place


@pytest.mark.parametrize(
    ("text", "number"),
    [("0.8", 0.8), ("Score: 1", 1), (".5.", 0.5), ("0", 0), ("Compatibility score (0-1): 0.9", 0.9), ("from 0 to 1: 0.2", 0.2)],
)
def test_a_generated_score_is_the_first_number(text: str, number: float) -> None:
    assert parsed(text) == number


@pytest.mark.parametrize("text", ["", "very well", "8 out of 10", "-0.5", "100 %"])
def test_a_score_outside_0_and_1_is_no_score(text: str) -> None:
    assert math.isnan(parsed(text))


def test_of_two_options_that_an_answer_holds_the_one_inside_the_other_does_not_count() -> None:
    options = ("red boots", "red boots with a zip", 'the "it" bag"')
    assert matched("I choose red boots with a zip.", options) == 1
    assert matched('The "It" bag.', options) == 2


def test_the_paper_s_way_asks_in_the_paper_s_words_and_answers_by_text() -> None:
    asked = []

    def write(question: str, allowed: object) -> str:
        asked.append((question, allowed))
        return "the grey boots, surely"

    assert Generated(write).fitb(FITB) == [0, 1, 0]
    assert asked == [(question_text(FITB), answers(FITB))]
    assert Generated(lambda question, allowed: "no idea").fitb(FITB) == []
    assert Generated(lambda question, allowed: "0.3").cp(CP) == 0.3


def test_a_local_answer_is_greedy_and_has_room_for_the_longest_option(
    roomy: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []
    generate = roomy.model.generate
    monkeypatch.setattr(roomy.model, "generate", lambda **given: asked.append(given) or generate(**given))
    long = "black patent leather ankle boots with a block heel and a silver zip at the back"
    for allowed in (["0", "1"], [long, "0"]):
        LocalWriter(roomy)(question_text(FITB), allowed)
    assert [given["do_sample"] for given in asked] == [False, False]
    assert asked[0]["max_new_tokens"] == ROOM
    assert asked[1]["max_new_tokens"] == len(roomy.tokenizer(long)["input_ids"]) + 1 > ROOM


def test_likelihoods_are_those_of_the_whole_framed_text(roomy: LanguageModel) -> None:
    import torch

    found = Likely(LocalLikelihoods(roomy), roomy.tokenizer).fitb(FITB)
    for answer, total in zip(answers(FITB), found, strict=True):
        start, end = chat(roomy.tokenizer, question_text(FITB), answer)
        ids = roomy.tokenizer(start + end, return_tensors="pt")["input_ids"]
        first = len(roomy.tokenizer(start)["input_ids"])
        with torch.inference_mode():
            logs = roomy.model(ids).logits[0].log_softmax(-1)
        naive = sum(logs[place - 1, ids[0, place]].item() for place in range(first, ids.shape[1]))
        assert total == pytest.approx(naive, abs=1e-3)


def test_what_prompts_have_in_common_is_read_once(roomy: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, framed = LocalLikelihoods(roomy), chat(roomy.tokenizer, instruction(FITB))[0]
    sharing = LocalLikelihoods(roomy, framed)
    other = FITB.model_copy(update={"context": ("white linen shirt",)})
    for question in (FITB, other, FITB):
        expected = Likely(whole, roomy.tokenizer).fitb(question)
        assert Likely(sharing, roomy.tokenizer).fitb(question) == pytest.approx(expected, abs=1e-3)
    read: list[int] = []
    forward = roomy.model.forward
    monkeypatch.setattr(roomy.model, "forward", lambda **given: read.append(given["input_ids"].shape[1]) or forward(**given))
    Likely(sharing, roomy.tokenizer).fitb(other)
    asked = len(roomy.tokenizer(chat(roomy.tokenizer, question_text(other))[0])["input_ids"])
    assert read[0] < asked / 2, "more than half of the prompt is the instruction"
    short = [("An outfit of: red boots;", text) for text in (" navy coat;", " black jeans;")]
    assert sharing(short) == whole(short)


def test_compatibility_by_likelihood_is_the_log_odds(roomy: LanguageModel) -> None:
    likelihoods = LocalLikelihoods(roomy)
    start, yes = chat(roomy.tokenizer, question_text(CP), "1")
    _, no = chat(roomy.tokenizer, question_text(CP), "0")
    odds = [found.total for found in likelihoods([(start, yes), (start, no)], templated=True)]
    assert Likely(likelihoods, roomy.tokenizer).cp(CP) == pytest.approx(odds[0] - odds[1])


def test_ours_is_the_stylist_and_does_not_care_for_the_options_order(roomy: LanguageModel) -> None:
    stylist = Stylist.of(LocalLikelihoods(roomy))
    turned = FITB.model_copy(update={"options": FITB.options[::-1], "answer": 1})
    assert Ours(stylist).fitb(FITB) == stylist.pick(*FITB.garments()).log_odds
    assert Ours(stylist).fitb(turned) == Ours(stylist).fitb(FITB)[::-1]
    assert Ours(stylist).cp(CP) == stylist.log_odds([CP.garments()])[0]

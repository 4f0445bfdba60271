"""The stylist, with a random model in fp32: what it computes, and what must not change it."""

import itertools
import math
from collections.abc import Sequence

import pytest
import torch

from catalog.items import Garment
from catalog.taxonomy import vocabulary
from finetune.likelihood import BATCH, LikelihoodError, LocalLikelihoods
from finetune.model import LanguageModel
from finetune.parts import Worn
from finetune.prompts import OUTFIT, item_text, outfit_text
from finetune.stylist import Stylist, StylistError, Weighted
from tests.fakes import garments, tiny_language_model

OUTFIT_OF_THREE = garments("navy wool coat", "grey jeans", "white t-shirt")
OPTIONS = garments("black ankle boots", "red sneakers", "brown leather loafers", "beige sandals with a very long description")


@pytest.fixture
def stylist(language_model: LanguageModel) -> Stylist:
    return Stylist.of(LocalLikelihoods(language_model))


def log_likelihood(language_model: LanguageModel, prefix: str, text: str) -> tuple[float, int]:
    """The sum of a continuation's token log-probabilities by one plain forward pass, and how many tokens it has."""
    start = len(language_model.tokenizer(prefix)["input_ids"])
    tokens = torch.tensor([language_model.tokenizer(prefix + text)["input_ids"]])
    with torch.no_grad():
        logs = language_model.model(tokens).logits[0].double().log_softmax(-1)
    chosen = [logs[place - 1, tokens[0, place]].item() for place in range(start, tokens.shape[1])]
    return sum(chosen), len(chosen)


# The wording


def test_the_prompt_is_this_exact_string():
    assert outfit_text(["Navy  wool\ncoat", "black jeans"]) == "An outfit of: navy wool coat; black jeans;"
    assert outfit_text([]) == OUTFIT == "An outfit of:"
    assert item_text("Red Boots") == " red boots;"


# Picking


def test_probabilities_are_positive_and_sum_to_1(stylist):
    pick = stylist.pick(OUTFIT_OF_THREE, OPTIONS)
    assert math.fsum(pick.probabilities) == pytest.approx(1, abs=1e-12)
    assert min(pick.probabilities) > 0
    assert pick.index == max(range(4), key=pick.probabilities.__getitem__)


def test_a_pick_agrees_with_one_plain_forward_pass_per_option(stylist, language_model):
    pick = stylist.pick(OUTFIT_OF_THREE, OPTIONS)
    prefix = outfit_text(["white t-shirt", "grey jeans", "navy wool coat"])  # tops, bottoms, outerwear
    naive = []
    for option in OPTIONS:
        total, tokens = log_likelihood(language_model, prefix, item_text(option.caption))
        alone, _ = log_likelihood(language_model, OUTFIT, item_text(option.caption))
        naive.append((total - alone) / tokens)
    assert pick.log_odds == pytest.approx(naive, abs=1e-4)
    weights = [math.exp(value) for value in naive]
    assert pick.probabilities == pytest.approx([weight / sum(weights) for weight in weights], abs=1e-4)
    assert max(naive) - min(naive) > 0.01  # else agreement would say nothing


def test_the_options_order_changes_no_digit(stylist):
    reference = dict(zip(OPTIONS, stylist.pick(OUTFIT_OF_THREE, OPTIONS).probabilities, strict=True))
    for order in itertools.permutations(OPTIONS):
        pick = stylist.pick(OUTFIT_OF_THREE, order)
        assert dict(zip(order, pick.probabilities, strict=True)) == reference
        assert order[pick.index] == max(reference, key=reference.__getitem__)


def test_the_order_of_more_options_than_a_batch_changes_no_digit(stylist):
    kinds = list(vocabulary().kinds)
    many = garments(*(f"{'very ' * (10 + place % 9)}{kind}" for place, kind in enumerate(kinds)))
    assert 10 * len(many) > BATCH  # tokens
    reference = stylist.pick(OUTFIT_OF_THREE, many).probabilities
    assert stylist.pick(OUTFIT_OF_THREE, many[::-1]).probabilities == reference[::-1]


def test_the_outfits_order_changes_no_digit(stylist):
    outfit = [*OUTFIT_OF_THREE, *garments("silver thing", "black jeans", "Black jeans")]
    reference = stylist.pick(outfit, OPTIONS)
    for order in itertools.islice(itertools.permutations(outfit), 0, None, 31):
        assert stylist.pick(order, OPTIONS) == reference


def test_an_option_that_comes_twice_has_the_same_probability_twice(stylist):
    pick = stylist.pick(OUTFIT_OF_THREE, [OPTIONS[0], OPTIONS[1], *garments("Black  ankle boots")])
    assert pick.probabilities[0] == pick.probabilities[2] != pick.probabilities[1]


def test_a_single_option_is_certain(stylist):
    assert stylist.pick(OUTFIT_OF_THREE, OPTIONS[:1]).probabilities == (1.0,)


def test_an_outfit_of_nothing_may_be_completed(stylist):
    assert len(stylist.pick([], OPTIONS).probabilities) == 4


def test_more_options_than_a_batch_are_judged_as_each_by_itself(stylist):
    words = vocabulary()
    many = garments(*(f"{'very ' * 10}{colour} {kind}" for colour in ("red", "blue") for kind in list(words.kinds)[:60]))
    assert 10 * len(many) > BATCH  # tokens
    pick = stylist.pick(OUTFIT_OF_THREE, many)
    for place in (0, 40, 90, len(many) - 1):
        alone = stylist.pick(OUTFIT_OF_THREE, [many[place]])
        assert pick.log_odds[place] == pytest.approx(alone.log_odds[0], abs=1e-4)


def test_another_outfit_gets_another_answer(stylist):
    one = stylist.pick(OUTFIT_OF_THREE, OPTIONS).probabilities
    other = stylist.pick(garments("yellow sundress"), OPTIONS).probabilities
    assert max(abs(here - there) for here, there in zip(one, other, strict=True)) > 1e-3


def test_no_options_are_refused(stylist):
    with pytest.raises(StylistError, match="There are no options to pick from"):
        stylist.pick(OUTFIT_OF_THREE, [])


def test_a_text_longer_than_the_model_reads_is_refused_with_its_length(stylist):
    endless = garments("very " * 400 + "long coat")
    for attempt in (
        lambda: stylist.pick(OUTFIT_OF_THREE, endless),
        lambda: stylist.pick(endless, OPTIONS),
        lambda: stylist.score([*endless, *OUTFIT_OF_THREE]),
    ):
        with pytest.raises(LikelihoodError, match=r"has \d+ tokens, more than tiny-0 can read"):
            attempt()


def test_a_tokenizer_that_joins_prompt_and_option_is_refused(language_model):
    class Joining:
        def __call__(self, text: str, add_special_tokens: bool = True) -> dict[str, list[int]]:
            return {"input_ids": [len(text)]}

    joined = LanguageModel(language_model.model, Joining(), "joining", "none")
    with pytest.raises(LikelihoodError, match="The tokenizer of joining joins the prompt and ' black ankle boots;'"):
        Stylist.of(LocalLikelihoods(joined)).pick(OUTFIT_OF_THREE, OPTIONS[:1])


# Several parts


class Fixed:
    """A part that knows each caption's worth."""

    def __init__(self, **worth: float) -> None:
        self._worth = worth

    def completing(self, outfit: Sequence[Worn], options: Sequence[Worn]) -> list[float]:
        return [self._worth[option.words] for option in options]

    def together(self, outfits: Sequence[Sequence[Worn]]) -> list[float]:
        return [sum(self._worth[item.words] for item in outfit) for outfit in outfits]


PARTS = (Weighted(Fixed(coat=1, boots=2, hat=-1), 0.5, (2,)), Weighted(Fixed(coat=0, boots=-3, hat=4), 1, (-1,)))


def test_parts_are_weighed_and_added_up():
    pick = Stylist(PARTS).pick(garments("coat"), garments("Boots", "hat"))
    assert pick.log_odds == (0.5 * 2 - 3, -0.5 + 4)
    assert pick.index == 1
    assert pick.probabilities[1] == pytest.approx(1 / (1 + math.exp(-5.5)))


def test_a_score_has_weights_of_its_own_and_begins_with_the_intercept():
    stylist = Stylist(PARTS, intercepts=(-1.5,), score_kind="calibrated")
    outfits = [garments("coat", "boots"), garments("coat"), []]
    assert stylist.log_odds(outfits) == [-1.5 + 2 * 3 + 3, 0, 0]  # fewer than two items: no word on anything
    assert stylist.scores(outfits)[1:] == [0.5, 0.5]
    assert stylist.score_kind == "calibrated"


def test_outfits_of_each_size_have_weights_of_their_own_and_the_last_are_of_all_that_are_larger():
    stylist = Stylist([Weighted(Fixed(a=1, b=1, c=1, d=1), scoring=(1, 10))], intercepts=(0.5, 0.25))
    sizes = [garments(*"abcd"[:size]) for size in (2, 3, 4)]
    assert stylist.log_odds(sizes) == [0.5 + 2, 0.25 + 30, 0.25 + 40]


def test_a_part_without_weight_is_not_asked():
    silent = Weighted(Fixed(), 0, (0,))
    assert Stylist([*PARTS, silent]).pick(garments("coat"), garments("boots", "hat")).index == 1
    assert Stylist([*PARTS, silent]).score(garments("coat", "boots")) == Stylist(PARTS).score(garments("coat", "boots"))


# Scoring


def test_a_score_is_the_logistic_of_what_the_items_gain_together(stylist, language_model):
    captions = ["white t-shirt", "grey jeans", "navy wool coat"]
    together, tokens = log_likelihood(language_model, OUTFIT, outfit_text(captions).removeprefix(OUTFIT))
    apart = sum(log_likelihood(language_model, OUTFIT, item_text(caption))[0] for caption in captions)
    lift = (together - apart) / tokens
    assert stylist.log_odds([OUTFIT_OF_THREE]) == pytest.approx([lift], abs=1e-4)
    assert stylist.score(OUTFIT_OF_THREE) == pytest.approx(1 / (1 + math.exp(-lift)), abs=1e-4)
    assert abs(lift) > 1e-3


def test_a_score_lies_between_0_and_1_and_the_items_order_changes_no_digit(language_model):
    scores = {Stylist.of(LocalLikelihoods(language_model)).score(order) for order in itertools.permutations(OUTFIT_OF_THREE)}
    assert len(scores) == 1
    assert 0 < scores.pop() < 1


def test_several_outfits_are_scored_as_each_by_itself(stylist):
    outfits = [OUTFIT_OF_THREE, OPTIONS, OPTIONS[:2], [], OUTFIT_OF_THREE]
    together = stylist.scores(outfits)
    assert together == pytest.approx([stylist.score(outfit) for outfit in outfits], abs=1e-5)
    assert together[0] == together[4]


@pytest.mark.parametrize("outfit", [[], garments("navy wool coat"), garments("a thing")])
def test_what_has_nothing_to_go_with_scores_one_half(stylist, outfit):
    assert stylist.score(outfit) == 0.5
    assert stylist.explain(outfit) == [0] * len(outfit)


def test_a_stated_slot_goes_before_the_one_in_the_words_and_an_unknown_one_comes_last(stylist, language_model):
    odd = [Garment(caption="navy coat", slot="furniture"), Garment(caption="grey jeans"), Garment(caption="belt", slot="tops")]
    together, tokens = log_likelihood(language_model, OUTFIT, " belt; grey jeans; navy coat;")
    apart = sum(log_likelihood(language_model, OUTFIT, item_text(garment.caption))[0] for garment in odd)
    assert stylist.log_odds([odd]) == pytest.approx([(together - apart) / tokens], abs=1e-4)


def test_each_explanation_is_the_score_less_the_score_without_the_item(stylist):
    outfit = [*OUTFIT_OF_THREE, OPTIONS[0]]
    contributions = stylist.explain(outfit)
    whole = stylist.score(outfit)
    for place, contribution in enumerate(contributions):
        without = [garment for garment in outfit if garment is not outfit[place]]
        assert contribution == pytest.approx(whole - stylist.score(without), abs=1e-5)
    assert max(map(abs, contributions)) > 1e-4


def test_explanations_follow_their_items(stylist):
    forth, back = stylist.explain(OUTFIT_OF_THREE), stylist.explain(OUTFIT_OF_THREE[::-1])
    assert forth == back[::-1]


def test_without_an_adapters_calibration_scores_say_that_they_are_uncalibrated(stylist):
    assert stylist.score_kind == "uncalibrated"


def test_another_model_gives_other_scores(stylist):
    assert (
        abs(Stylist.of(LocalLikelihoods(tiny_language_model(1))).score(OUTFIT_OF_THREE) - stylist.score(OUTFIT_OF_THREE)) > 1e-4
    )

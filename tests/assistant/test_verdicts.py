import pytest

from assistant.floor.shopfloor import Result
from assistant.saying.verdicts import comparison, judgement
from assistant.understanding.understood import Anchor, Understood


def test_two_items_are_compared_by_what_they_cost():
    dear, cheap = {"title": "Coat", "price": 90.0, "currency": "EUR"}, {"title": "Jacket", "price": 70.0, "currency": "EUR"}
    assert comparison([dear, cheap]) == ["Jacket is 20.00 EUR cheaper."]
    assert comparison([dear, dear]) == ["Both cost the same."]


def test_items_that_state_no_price_are_not_said_to_cost_the_same():
    assert comparison([{"title": "Coat"}, {"title": "Jacket"}]) == []


@pytest.mark.parametrize(
    ("score", "opening", "rating"),
    [
        (0.8, "Yes, the black boots and the red dress", "I rate the set 80%."),
        (0.2, "By their colours, the black boots", "Outfits like it are rare, though: I rate the set 20%."),
    ],
)
def test_a_calibrated_score_is_said_and_one_that_is_not_is_kept_back(score, opening, rating):
    asked = Understood(intent="judge", anchors=tuple(Anchor(caption=caption) for caption in ("black boots", "red dress")))
    result = Result(tool="judge", score=score, score_kind="calibrated", facts=["red brightens the black"])
    said = judgement(asked, [result])
    assert said.startswith(opening) and said.endswith(rating)
    kept_back = judgement(asked, [result.model_copy(update={"score_kind": "uncalibrated"})])
    assert kept_back.startswith("Yes, ") and "%" not in kept_back

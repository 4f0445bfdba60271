import pytest

from assistant.understanding.amounts import Budget, read_budget


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("red dress under 80", Budget(highest=80)),
        ("I'd rather not spend more than £60", Budget(highest=60, currency="GBP")),
        ("boots for 80", Budget(highest=80)),
        ("under a hundred", Budget(highest=100)),
        ("not more than £50", Budget(highest=50, currency="GBP")),
        ("100-150 €", Budget(100, 150, None, "EUR")),
        ("between 50 and 100", Budget(50, 100)),
        ("from 40 to 90 euros", Budget(40, 90, None, "EUR")),
        ("up to 1,200 dollars", Budget(highest=1200, currency="USD")),
        ("$50 or less", Budget(highest=50, currency="USD")),
        ("12,90 €", Budget(highest=12.9, currency="EUR")),
        ("my budget is 120 eur", Budget(highest=120, currency="EUR")),
        ("over 100", Budget(lowest=100)),
        ("at least 40 but under 90", Budget(40, 90)),
        ("around 80", Budget(64, 96)),
        ("boots and a bag, all under 150", Budget(total=150)),
        ("two tops for 60 euros in total", Budget(total=60, currency="EUR")),
    ],
)
def test_a_budget_is_read_as_people_write_it(text, budget):
    assert read_budget(text)[0] == budget


@pytest.mark.parametrize(
    "text", ["shoes in size 38", "levi's 501", "compare 1 and 3", "the 2nd one", "100% cotton", "eu 42 boots"]
)
def test_a_number_that_is_no_money_is_left_alone(text):
    assert read_budget(text)[0] == Budget()


def test_amounts_are_blanked_out_of_the_text_they_were_read_from():
    assert "80" not in read_budget("red dress under 80, size 38")[1]
    assert "38" in read_budget("red dress under 80, size 38")[1]

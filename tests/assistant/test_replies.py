from assistant.replies import comparison


def test_two_items_are_compared_by_what_they_cost():
    dear, cheap = {"title": "Coat", "price": 90.0, "currency": "EUR"}, {"title": "Jacket", "price": 70.0, "currency": "EUR"}
    assert comparison([dear, cheap]) == "Jacket is 20.00 EUR cheaper."
    assert comparison([dear, dear]) == "Both cost the same."


def test_items_that_state_no_price_are_not_said_to_cost_the_same():
    assert comparison([{"title": "Coat"}, {"title": "Jacket"}]) == ""

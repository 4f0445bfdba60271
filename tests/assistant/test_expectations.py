"""Each key of an expectation, and each thing that must always hold, on scripted answers that satisfy and violate it."""

import pytest

from assistant.evaluation.audit import Stock, Told, audit
from assistant.evaluation.breaches import breaches
from assistant.evaluation.cases import Expected
from assistant.evaluation.expectations import CHECKS, Seen, failures
from catalog.items import Item


def item(name, **fields):
    known = {
        "title": f"Northfold plain {name} in black",
        "colours": ["black"],
        "price": 60,
        "currency": "EUR",
        "brand": "Northfold",
    }
    return Item(**(known | {"id": name} | fields))


BOOTS = item("boots", kind="chelsea boots", slot="shoes", sizes=["37", "38"], gender="women", material="leather")
PUMPS = item("pumps", kind="pumps", slot="shoes", colours=["navy"], price=89.9, sizes=["38"], gender="women")
BAG = item("bag", kind="tote bags", slot="bags", sizes=["one size"], price=40, colours=["brown"])
COAT = item("coat", kind="coats", slot="outerwear", sizes=["S", "M"], price=120, gender="men", pattern="checked", stock=3)
UNPRICED = item("sneakers", kind="sneakers", slot="shoes", price=None)
STOCK = Stock.of([BOOTS, PUMPS, BAG, COAT, UNPRICED])
FILTERS = {"max_price": 90.0, "kinds": ["boots", "sneakers"], "sizes": ["38"], "gender": "women"}


def shown(*items):
    return [
        one.model_dump(mode="json", exclude_none=True, include={"id", "title", "slot", "price", "currency"}) for one in items
    ]


def look(*items, **fields):
    slots, total = [one.slot for one in items], sum(one.price or 0 for one in items)
    return {"items": [one.id for one in items], "slots": slots, "total": total} | fields


def answer(*items, filters=(), **fields):
    understood = {"intent": "search", "slot": "shoes", "slots": ["shoes"], "filters": dict(filters)}
    told = {"reply": "Here is what I found.", "items": shown(*items), "understood": understood, "state": {}, "tools": []}
    return told | {"seconds": 0.5, "stages": {"retrieve": 0.2}} | fields


def told(given, *earlier, said=()):
    """What a conversation knows after an answer: its items, and those of an earlier one."""
    known = Told(list(said))
    known.returned([{"tool": "search", "items": shown(*earlier)}])
    known.returned([{"tool": "search", "items": given["items"], "looks": given.get("looks", [])}])
    return known


def failed(expected, given, before=(), earlier=(), said=()):
    found = audit(given, STOCK, told(given, *earlier, said=said))
    return failures(Expected.model_validate(expected), Seen(given, STOCK.items, before, found.ungrounded))


FRESH = {"anchors": [], "filters": {}, "shown": [], "thread": "t"}
ANSWER = answer(BOOTS, PUMPS, filters=FILTERS, state=FRESH | {"shown": ["boots"]}, reply="Two pairs, from 60.00 EUR.")
LOOKS = answer(BOOTS, BAG, COAT, looks=[look(BOOTS, BAG), look(BAG, COAT)])
TABLE = [
    ("intent", ANSWER, "search", "build"),
    ("slot", ANSWER, "shoes", "bags"),
    ("filters", ANSWER, {"max_price": 90}, {"max_price": 90.01}),
    ("filters", ANSWER, {"kinds": ["trainers", "boots"]}, {"kinds": ["boots"]}),
    ("filters", ANSWER, {"sizes": 38, "gender": "ladies"}, {"sizes": 38, "gender": "men"}),
    ("filters", ANSWER, {}, {"min_price": 0}),
    ("filters_absent", ANSWER, ["min_price", "colours"], ["min_price", "sizes"]),
    ("filters_absent", ANSWER, "colours", "gender"),
    ("items_min", ANSWER, 2, 3),
    ("items_max", ANSWER, 2, 1),
    ("items_max_price", ANSWER, 89.90, 89.89),
    ("items_slots", LOOKS, ["bags", "shoes"], ["bags", "hats"]),
    ("look_max_total", LOOKS, 160, 159),
    ("look_max_total", ANSWER, 149.9, 149.8),
    ("look_lacks_slots", LOOKS, ["hats"], ["outerwear", "hats"]),
    ("look_lacks_slots", ANSWER, ["bags"], ["shoes"]),
    ("reply_has", ANSWER, ["TWO", "60.00"], ["two", "three"]),
    ("reply_has_any", ANSWER, ["three", "two"], ["three", "four"]),
    ("reply_lacks", ANSWER, ["three"], ["three", "pairs"]),
    ("state_empty", ANSWER, False, True),
    ("state_empty", answer(state=FRESH), True, False),
    ("grounded", ANSWER, True, False),
]


@pytest.mark.parametrize(("key", "given", "holds", "fails"), TABLE)
def test_a_key_holds_or_is_named_with_what_was_expected_and_got(key, given, holds, fails):
    assert failed({key: holds}, given) == []
    (sentence,) = failed({key: fails}, given)
    assert sentence.startswith(f"{key}: expected ")
    assert ", got " in sentence


def test_every_key_of_an_expectation_has_a_check_and_every_check_a_key():
    assert CHECKS.keys() == Expected.model_fields.keys()


def test_only_what_a_case_states_is_checked():
    assert failed({}, answer()) == []


def test_new_items_are_those_of_no_earlier_answer():
    assert failed({"items_new": True}, ANSWER, before={"bag"}) == []
    assert failed({"items_new": True}, ANSWER, before={"pumps"}) == ["items_new: expected True, got shown before: pumps"]
    assert failed({"items_new": False}, ANSWER, before={"pumps"}) == []


def test_a_price_that_nobody_states_is_below_no_limit():
    given = answer(UNPRICED)
    assert failed({"items_max_price": 500}, given)
    assert failed({"look_max_total": 500}, given)


@pytest.mark.parametrize("key", ["anchors", "slots", "filters", "shown", "look"])
def test_anything_left_in_the_state_makes_it_not_empty(key):
    assert failed({"state_empty": True}, answer(state={key: ["something"]}))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"title": "Northfold plain boots in emerald"}, "title is"),
        ({"price": 6.0}, "price is 60.0, not 6.0"),
        ({"currency": "USD"}, "currency is EUR"),
        ({"id": "made-up"}, "not in the shop"),
    ],
)
def test_an_item_that_is_not_as_the_shop_has_it_is_not_grounded(change, why):
    given = answer(BOOTS)
    given["items"][0] |= change
    (sentence,) = failed({"grounded": True}, given)
    assert why in sentence


@pytest.mark.parametrize(
    ("reply", "grounded"),
    [
        ("1. Northfold plain boots in black, 60.00 EUR: black on black.", True),
        ("1. **Northfold  plain boots in Black** - €60", True),
        ("1. Northfold plain boots in black: 10 EUR below your limit of 70 EUR.", False),
        ("1. Northfold plain boots in black, 59.00 EUR.", False),
        ("1. Northfold velvet boots, 60.00 EUR.", False),
        ("I would take the Northfold plain bag in black.", False),
        ("It goes with anything you own.", True),
    ],
)
def test_the_reply_names_what_tools_returned_at_its_price(reply, grounded):
    assert bool(failed({"grounded": True}, answer(BOOTS, reply=reply))) is not grounded


def test_a_product_that_an_earlier_turn_returned_or_the_shopper_named_may_be_spoken_of():
    given = answer(BOOTS, reply="The Northfold plain bag in black would go with them.")
    assert failed({"grounded": True}, given, earlier=[BAG]) == []
    assert failed({"grounded": True}, given, said=["i have the northfold plain BAG in black"]) == []


def test_a_piece_that_stays_in_a_look_may_be_spoken_of():
    given = answer(BOOTS, reply="The Northfold plain bag in black stays.", looks=[look(BOOTS, BAG)])
    assert failed({"grounded": True}, given) == []
    assert failed({"grounded": True}, given | {"looks": []})


BREACHES = [
    ({"max_price": 60}, {"max_price": 59.99}),
    ({"total_max": 60}, {"total_max": 59}),
    ({"min_price": 60}, {"min_price": 61}),
    ({"colours": ["black", "red"]}, {"colours": ["red"]}),
    ({"kinds": ["boots"]}, {"kinds": ["sneakers"]}),
    ({"brands": ["northfold"]}, {"brands": ["Tidewell"]}),
    ({"sizes": ["38"]}, {"sizes": ["39"]}),
    ({"gender": "women"}, {"gender": "men"}),
    ({"exclude_colours": ["red"]}, {"exclude_colours": ["black"]}),
    ({"exclude_kinds": ["heels"]}, {"exclude_kinds": ["boots"]}),
    ({"exclude_brands": ["Tidewell"]}, {"exclude_brands": ["Northfold"]}),
    ({"exclude_materials": ["wool"]}, {"exclude_materials": ["leather"]}),
]


@pytest.mark.parametrize(("holds", "breaks"), BREACHES)
def test_an_item_keeps_a_hard_filter_or_the_breach_is_named(holds, breaks):
    assert list(breaches(BOOTS, holds)) == []
    assert len(list(breaches(BOOTS, breaks))) == 1


def test_shades_count_as_their_basic_colour_and_one_size_as_every_size():
    assert list(breaches(PUMPS, {"colours": ["blue"]})) == []
    assert list(breaches(PUMPS, {"exclude_colours": ["blue"]})) == ["blue ruled out"]
    assert list(breaches(BAG, {"sizes": ["38"]})) == []
    assert list(breaches(COAT, {"exclude_patterns": ["checked"]})) == ["checked ruled out"]
    assert list(breaches(COAT.model_copy(update={"stock": 0}), {})) == ["sold out"]


def broken(given):
    return audit(given, STOCK, Told()).broken


def test_items_that_break_what_the_answer_understood_are_found():
    assert broken(answer(BOOTS, filters=FILTERS)) == []
    assert broken(answer(PUMPS, filters=FILTERS)) == ["Northfold plain pumps in black (pumps): kinds boots, sneakers asked for"]


def test_who_judges_or_shows_may_speak_of_what_no_filter_lets_pass():
    given = answer(PUMPS, filters=FILTERS)
    given["understood"]["intent"] = "show"
    assert broken(given) == []


def test_where_several_slots_are_wanted_kinds_and_colours_and_sizes_bear_on_their_own_slot():
    calls = [
        {"name": "find_complements", "args": {"slot": "shoes", "filters": {"colours": ["black"]}}},
        {"name": "find_complements", "args": {"slot": "outerwear", "filters": {}}},
    ]
    filters = {"kinds": ["boots"], "colours": ["black"], "sizes": ["38"]}
    brown = COAT.model_copy(update={"colours": ("brown",)})
    stock = Stock.of([BOOTS, PUMPS, brown])
    assert audit(answer(BOOTS, brown, filters=filters, tools=calls), stock, Told()).broken == []
    wrong = audit(answer(PUMPS, brown, filters=filters, tools=calls), stock, Told()).broken
    assert len(wrong) == 2
    assert all("(pumps)" in sentence for sentence in wrong)


def test_some_piece_of_a_new_look_has_the_colour_and_the_piece_that_is_exchanged_has_it_itself():
    def given(colour, intent, *items):
        made = answer(*items, looks=[look(BOOTS, BAG)], filters={"colours": [colour]})
        made["understood"]["intent"] = intent
        return made

    assert broken(given("brown", "build", BOOTS, BAG)) == []
    assert broken(given("red", "build", BOOTS, BAG)) == ["look 1: nothing in red"]
    assert broken(given("brown", "swap", BOOTS, BAG)) == []  # another look altogether
    assert broken(given("brown", "swap", BOOTS)) == ["Northfold plain boots in black (boots): colours brown asked for"]


def test_a_size_of_shoes_says_nothing_about_the_coat_beside_them_but_all_about_the_shoes():
    assert broken(answer(BOOTS, COAT, filters={"sizes": ["38"]})) == []
    assert broken(answer(BOOTS, COAT, filters={"sizes": ["37", "s"]})) == []
    assert len(broken(answer(PUMPS, COAT, filters={"sizes": ["37"]}))) == 1
    alone = answer(COAT, filters={"sizes": ["38"]})
    alone["understood"]["slots"] = ["outerwear"]
    assert len(broken(alone)) == 1


def test_a_look_above_the_budget_and_a_sum_that_is_wrong_are_found():
    def over(limit, **fields):
        given = answer(BOOTS, BAG, looks=[look(BOOTS, BAG, **fields)], filters={"total_max": limit})
        return audit(given, STOCK, Told()).over_budget

    assert over(100) == []
    assert over(99) == ["look 1 costs 100.0, the limit is 99"]
    assert over(100, total=90) == ["look 1 costs 100.0, not 90"]

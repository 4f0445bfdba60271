from assistant.endpoint.tightening import astray, joined, tightened
from assistant.profile import Profile
from assistant.understanding.understood import Understood, Wish
from retrieval.filters import Filters

TAKES = ("words", "slot", "filters", "exclude")


def tight(args, understood):
    return tightened(args, understood, TAKES).get("filters", {})


def test_a_model_can_neither_raise_nor_forget_a_price_limit_but_lower_it():
    stated = Understood(intent="search", filters=Filters(max_price=80, min_price=20))
    assert tight({"filters": {"max_price": 1000, "min_price": 0}}, stated) == {"max_price": 80, "min_price": 20}
    assert tight({}, stated) == {"max_price": 80, "min_price": 20}
    assert tight({"filters": {"max_price": 50}}, stated) == {"max_price": 50, "min_price": 20}


def test_limits_that_cannot_be_met_together_give_way_to_the_shopper_s():
    assert joined(Filters(min_price=100), Filters(max_price=80)) == Filters(max_price=80)
    assert joined(Filters(max_price=10), Filters(min_price=50)) == Filters(max_price=10)


def test_what_is_ruled_out_stays_ruled_out():
    both = joined(Filters(exclude_colours=("red",)), Filters(exclude_colours=("brown",), exclude_kinds=("heels",)))
    assert set(both.exclude_colours) == {"red", "brown"}
    assert both.exclude_kinds == ("heels",)


def test_a_model_may_narrow_a_colour_or_type_but_not_exchange_it():
    stated = Filters(colours=("blue",), kinds=("boots",))
    assert joined(Filters(colours=("navy",), kinds=("ankle boots",)), stated).colours == ("navy",)
    assert joined(Filters(colours=("navy",), kinds=("ankle boots",)), stated).kinds == ("ankle boots",)
    assert joined(Filters(colours=("red",), kinds=("sneakers",)), stated) == stated


def test_size_gender_and_brand_come_back_where_the_model_left_them_out():
    stated = Filters(sizes=("38",), gender="women", brands=("Quillon",), total_max=200)
    assert joined(Filters(), stated) == stated
    assert joined(Filters(sizes=("42",), gender="men", brands=("quillon",), total_max=900), stated) == Filters(
        sizes=("38",), gender="women", brands=("quillon",), total_max=200
    )


def test_the_colour_and_size_of_what_is_wanted_bind_no_other_slot():
    stated = Understood(intent="search", slots=("shoes",), filters=Filters(colours=("black",), sizes=("42",), max_price=90))
    assert tight({"slot": "shoes"}, stated) == {"colours": ["black"], "sizes": ["42"], "max_price": 90}
    assert tight({"slot": "bags"}, stated) == {"max_price": 90}


def test_each_of_several_slots_keeps_its_own_colour():
    wishes = {"shoes": Wish(colours=("black",)), "bags": Wish(colours=("red",))}
    stated = Understood(intent="search", slots=("shoes", "bags"), filters=Filters(colours=("black", "red")), wishes=wishes)
    assert tight({"slot": "bags"}, stated) == {"colours": ["red"]}


def test_what_the_shopper_never_wears_is_not_shown_by_any_model():
    stated = Understood(intent="search", slots=("tops",), profile=Profile.of_words(dislikes=["yellow"], budget=60))
    found = tight({"slot": "tops", "filters": {"max_price": 500}}, stated)
    assert found["exclude_colours"] == ["yellow"]
    assert found["max_price"] == 60


def test_items_turned_down_are_left_out_of_every_search():
    stated = Understood(intent="search", exclude=("a",), rejected=("b",))
    assert tightened({"exclude": ["c"]}, stated, TAKES)["exclude"] == ["c", "a", "b"]


def test_a_search_for_anything_is_for_the_one_thing_asked_for():
    asked = Understood(intent="search", slots=("shoes",))
    assert tightened({"words": "anything"}, asked, TAKES)["slot"] == "shoes"
    assert "slot" not in tightened({"words": "anything"}, asked.but(slots=("shoes", "bags")), TAKES)
    assert "slot" not in tightened({"words": "anything"}, asked.but(intent="chat"), TAKES)


def test_a_tool_gets_only_what_it_takes():
    stated = Understood(intent="show", filters=Filters(max_price=80), exclude=("a",))
    assert tightened({"ids": ["b"]}, stated, ("ids", "worn")) == {"ids": ["b"]}


def test_a_search_for_none_of_the_things_asked_for_is_astray():
    asked = Understood(intent="complement", slots=("shoes",))
    assert "shoes" in (astray([{"slot": "bags"}], asked) or "")
    assert astray([{"slot": "bags"}, {"slot": "shoes"}], asked) is None
    assert astray([{"words": "boots"}], asked) is None
    assert astray([{"slot": "bags"}], asked.but(proposed=True)) is None

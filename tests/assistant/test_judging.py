"""A set judged: its score, what each thing adds, the weakest and a better one, and what speaks against it."""

import pytest

from assistant.floor.shopfloor import ShopFloor, Stopwatch
from retrieval.filters import Filters


@pytest.fixture(scope="module")
def floor(assistant) -> ShopFloor:
    return assistant.floor


def judge(floor, *things, **filters):
    return floor.judge([floor.thing(words) for words in things], Filters(**filters), Stopwatch())


ODD = ("white silk blouse", "navy wool dress pants", "black leather handbag", "pink rubber flip-flops")
CALM = ("navy wool coat", "blue jeans", "white cotton shirt", "brown suede boots")


def test_each_share_is_the_score_less_the_score_without_the_thing(floor):
    found = judge(floor, *ODD)
    outfit = [floor.thing(words) for words in ODD]
    for place, one in enumerate(found.contributions):
        without = floor.stylist.score([*outfit[:place], *outfit[place + 1 :]])
        assert one.share == pytest.approx(found.score - without, abs=1e-3)
    assert [one.caption for one in found.contributions] == list(ODD)


def test_the_weakest_is_what_clashes_most_and_a_better_one_raises_the_score(floor):
    found = judge(floor, *ODD, gender="women")
    assert found.weakest == "pink rubber flip-flops"
    (better,) = [item for item in found.items if item["id"] == found.better]
    assert floor.stylist.score([*map(floor.thing, ODD[:3]), floor.thing(found.better)]) == pytest.approx(
        better["score"], abs=1e-3
    )
    assert better["score"] > found.score
    assert better["gender"] in ("women", "unisex")
    assert better["slot"] == "shoes"


def test_where_nothing_clashes_the_weakest_adds_least(floor):
    found = judge(floor, *CALM)
    assert found.warnings == []
    assert found.weakest == min(found.contributions, key=lambda one: one.share).caption


def test_of_two_things_the_shoes_are_changed_and_not_the_dress(floor):
    found = judge(floor, "red midi dress", "pink sneakers")
    assert found.weakest == "pink sneakers"
    assert floor.thing(found.better).slot == "shoes"


def test_catalogue_items_are_judged_under_their_titles_and_not_proposed_in_their_own_place(floor):
    items = [next(item for item in floor.index.items() if item.slot == slot) for slot in ("tops", "bottoms", "shoes")]
    found = judge(floor, *(item.id for item in items))
    assert [one.id for one in found.contributions] == [item.id for item in items]
    assert found.weakest in {item.title for item in items}
    assert found.better not in {item.id for item in items}


def test_other_weather_and_an_occasion_that_was_not_meant_are_warned_of(floor):
    assert any("different weather" in text for text in judge(floor, "beige wool coat", "white sandals").warnings)
    tee = next(item for item in floor.index.items() if item.occasions == ("casual",))
    assert any("not made for a wedding" in text for text in judge(floor, tee.id, "grey skirt", occasions=("wedding",)).warnings)
    assert judge(floor, "beige wool coat", "brown leather boots").warnings == []


def test_one_thing_alone_has_no_score(floor):
    found = judge(floor, "green hoodie")
    assert (found.score, found.weakest, found.better) == (None, None, None)

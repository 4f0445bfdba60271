"""Whole looks: complete, of one gender, within the budget, distinct; and what is said where there is none."""

import pytest

from assistant.floor.looks import Asked
from assistant.floor.shopfloor import ShopFloor, Stopwatch
from assistant.floor.templates import implied_gender, leading, templates, wanted
from catalog.items import Garment, Item
from catalog.taxonomy import vocabulary
from finetune.stylist import Stylist
from retrieval.building import build_index
from retrieval.complement import CosineMean
from retrieval.filters import Filters
from tests.fakes import HashingEmbedder

CORE = [{"tops", "bottoms"}, {"all-body"}]


@pytest.fixture(scope="module")
def floor(assistant) -> ShopFloor:
    return assistant.floor


def build(floor, *given, slots=(), without=(), looks=1, words="", exclude=(), prefer=(), stays=(), **filters):
    asked = Asked(tuple(map(floor.thing, given)), Filters(**filters), words, tuple(exclude), tuple(prefer))
    return floor.build(asked, slots, without, looks, Stopwatch(), stays)


def swap(floor, stays, slot, exclude=(), **filters):
    return floor.swap(Asked(tuple(map(floor.thing, stays)), Filters(**filters), "", tuple(exclude)), slot, Stopwatch())


def genders(result) -> set[str]:
    return {item["gender"] for item in result.items} - {"unisex"}


@pytest.mark.parametrize(
    "filters",
    [
        {"gender": "women", "occasions": ("wedding", "beach"), "total_max": 250},
        {"gender": "men", "occasions": ("work",), "total_max": 400},
        {"gender": "women", "seasons": ("winter",), "total_max": 330},
        {"gender": "men", "occasions": ("sport",), "total_max": 150},
        {"occasions": ("party",), "total_max": 200},
        {},
    ],
)
def test_a_look_is_whole_of_different_slots_one_gender_and_within_the_budget(floor, filters):
    found = build(floor, **filters)
    (look,) = found.looks
    slots = [item["slot"] for item in found.items]
    assert any(core <= set(slots) for core in CORE)
    assert "shoes" in slots
    assert len(slots) == len(set(slots)) <= 5
    assert slots == look.slots == sorted(slots, key=vocabulary().slots.index)
    assert len(genders(found)) <= 1
    assert look.total == pytest.approx(sum(item["price"] for item in found.items))
    assert look.total <= filters.get("total_max", look.total)
    assert {item["look"] for item in found.items} == {1}
    assert [item["id"] for item in found.items] == look.items


def test_summer_and_the_beach_bring_no_coat_and_winter_brings_one(floor):
    assert "outerwear" not in build(floor, gender="women", occasions=("beach", "wedding")).looks[0].slots
    assert "outerwear" not in build(floor, gender="men", seasons=("summer",)).looks[0].slots
    assert "outerwear" in build(floor, gender="men", seasons=("winter",)).looks[0].slots


def test_sport_brings_sneakers_and_a_formal_man_a_tie_or_a_jacket_but_no_dress(floor):
    shoes = [item for item in build(floor, gender="women", occasions=("sport",)).items if item["slot"] == "shoes"]
    assert [vocabulary().covers("sneakers", item["kind"]) for item in shoes] == [True]
    formal = build(floor, gender="men", occasions=("formal",))
    assert {"accessories", "outerwear"} & set(formal.looks[0].slots)
    assert not any(vocabulary().covers("dresses", item["kind"]) for item in formal.items)


def test_what_is_worn_already_is_not_proposed_again_nor_paid_for(floor):
    found = build(floor, "navy wool coat", "red midi dress", total_max=150)
    assert not {"outerwear", "all-body", "tops", "bottoms"} & set(found.looks[0].slots)
    assert "men" not in genders(found)  # the dress tells for whom
    coat = next(item for item in floor.index.items() if item.slot == "outerwear" and (item.price or 0) > 150)
    assert build(floor, coat.id, total_max=150).looks[0].total <= 150


def test_under_a_suit_comes_a_shirt(floor):
    look = build(floor, "navy suit", gender="men", occasions=("wedding",)).looks[0]
    assert "tops" in look.slots
    assert not {"bottoms", "all-body"} & set(look.slots)


def test_slots_that_are_named_win_and_those_not_wanted_are_left_out(floor):
    assert build(floor, slots=["shoes", "hats"]).looks[0].slots == ["shoes", "hats"]
    assert not {"bags", "jewellery"} & set(
        build(floor, gender="women", occasions=("party",), without=["bags", "jewellery"]).looks[0].slots
    )


def test_three_looks_share_no_item_and_differ_in_their_main_piece(floor):
    found = build(floor, gender="women", occasions=("party",), total_max=260, looks=3)
    assert len(found.looks) == 3
    assert len({item["id"] for item in found.items}) == len(found.items)
    mains = [next(item for item in found.items if item["look"] == number) for number in (1, 2, 3)]
    assert len({(main["kind"], vocabulary().basic(main["colours"][0])) for main in mains}) == 3
    assert all(look.total <= 260 for look in found.looks)


def test_another_look_repeats_nothing_of_the_one_before(floor):
    first = build(floor, gender="men", occasions=("casual",))
    again = build(floor, gender="men", occasions=("casual",), exclude=first.looks[0].items)
    assert not set(first.looks[0].items) & set(again.looks[0].items)


@pytest.mark.parametrize("budget", [0, 40])
def test_where_no_look_fits_the_least_that_one_takes_is_named_and_is_true(floor, budget):
    wishes = {"gender": "women", "occasions": ("wedding",)}
    none = build(floor, **wishes, total_max=budget)
    assert (none.items, none.looks, none.relaxation.name) == ([], [], "total_max")
    least = none.relaxation.value
    assert build(floor, **wishes, total_max=least).looks[0].total <= least
    just_below = build(floor, **wishes, total_max=round(least - 0.01, 2))
    assert just_below.relaxed == ["occasions"]  # the occasion gives way to the budget, and never the budget to it
    assert just_below.looks[0].total < least


def test_what_the_budget_does_not_reach_is_left_out_before_a_look_is_given_up(floor):
    least = build(floor, gender="women", occasions=("party",), total_max=1).relaxation.value
    rich = build(floor, gender="women", occasions=("party",), total_max=400).looks[0]
    poor = build(floor, gender="women", occasions=("party",), total_max=least).looks[0]
    assert len(poor.slots) < len(rich.slots)


def test_hard_filters_hold_for_every_piece(floor):
    found = build(floor, gender="women", exclude_colours=("black", "white"), max_price=80, sizes=("M", "38"))
    for item in floor.index.get(found.looks[0].items):
        assert not {"black", "white"} & {vocabulary().basic(colour) for colour in item.colours}
        assert item.price <= 80
        assert {"M", "38", "one size"} & set(item.sizes)


def test_a_brand_that_has_no_shoes_is_the_wish_to_relax(floor):
    found = build(floor, gender="women", brands=("Nobody's",))
    assert (found.looks, found.relaxation.name) == ([], "brands")


def test_a_kind_that_is_named_is_in_the_look(floor):
    kinds = [item["kind"] for item in build(floor, gender="women", kinds=("ankle boots", "skirts")).items]
    assert any(vocabulary().covers("ankle boots", kind) for kind in kinds)
    assert any(vocabulary().covers("skirts", kind) for kind in kinds)


def test_what_is_liked_comes_up_more_often(floor):
    def green(prefer):
        items = floor.index.get([i for one in build(floor, gender="women", looks=3, prefer=prefer).looks for i in one.items])
        return sum(any(vocabulary().basic(colour) == "green" for colour in item.colours) for item in items)

    assert green(("green",)) > green(())


def test_a_swap_brings_one_new_piece_beside_what_stays_within_the_budget(floor):
    look = build(floor, gender="women", occasions=("party",), total_max=250).looks[0]
    old = look.items[look.slots.index("shoes")]
    stays = [name for name in look.items if name != old]
    found = swap(floor, stays, "shoes", exclude=[old], occasions=("party",), total_max=250)
    (new,) = found.items
    assert new["slot"] == "shoes"
    assert new["id"] != old
    assert set(found.looks[0].items) == {*stays, new["id"]}
    assert found.looks[0].total <= 250
    assert new["gender"] != "men"


WEDDING = {"gender": "women", "occasions": ("wedding",), "total_max": 300}


def test_a_look_goes_on_without_what_is_left_out(floor):
    (before,) = build(floor, **WEDDING).looks
    without = before.slots[-1]
    (after,) = build(floor, stays=before.items, without=[without], **WEDDING).looks
    assert after.items == before.items[:-1]
    assert after.total == pytest.approx(before.total - floor.index.get([before.items[-1]])[0].price)


def test_a_look_goes_on_with_what_is_added_within_what_is_left_of_the_budget(floor):
    (before,) = build(floor, **WEDDING, slots=("all-body", "shoes")).looks
    found = build(floor, stays=before.items, slots=("all-body", "shoes", "bags"), **WEDDING)
    assert set(before.items) < set(found.looks[0].items)
    assert found.looks[0].slots == ["all-body", "shoes", "bags"]
    assert found.looks[0].total <= 300


def test_only_the_pieces_that_are_ruled_out_since_give_way(floor):
    (before,) = build(floor, **WEDDING).looks
    shoes = next(item for item in floor.index.get(before.items) if item.slot == "shoes")
    found = build(floor, stays=before.items, exclude_kinds=(shoes.kind,), **WEDDING)
    (after,) = found.looks
    assert set(before.items) - set(after.items) == {shoes.id}
    assert after.slots == before.slots
    assert not vocabulary().covers(shoes.kind, next(item["kind"] for item in found.items if item["slot"] == "shoes"))


def test_where_what_stays_is_above_the_budget_a_look_is_built_anew(floor):
    (before,) = build(floor, **WEDDING).looks
    found = build(floor, stays=before.items, **(WEDDING | {"total_max": before.total - 10}))
    assert found.looks[0].total <= before.total - 10
    assert set(found.looks[0].items) != set(before.items)


def test_a_swap_that_the_budget_forbids_names_the_one_that_would_do(floor):
    look = build(floor, gender="women", occasions=("party",), total_max=250).looks[0]
    stays = [name for name, slot in zip(look.items, look.slots, strict=True) if slot != "shoes"]
    none = swap(floor, stays, "shoes", gender="women", total_max=10)
    assert (none.items, none.relaxation.name) == ([], "total_max")
    assert swap(floor, stays, "shoes", gender="women", total_max=none.relaxation.value).looks[0].total <= none.relaxation.value


def test_a_swap_that_the_budget_forbids_takes_one_more_piece_with_it(floor):
    (before,) = build(floor, **WEDDING).looks
    dearest = max(floor.index.get(before.items), key=lambda item: item.price)
    other = next(item for item in floor.index.get(before.items) if item is not dearest)
    cheapest = floor.index.price_range(Filters(gender="women"), [other.slot], before.items)[0]
    budget = before.total - other.price + cheapest - 1
    found = swap(floor, before.items, other.slot, gender="women", total_max=budget)
    assert found.looks[0].total <= budget
    assert found.looks[0].slots == before.slots
    assert other.id not in found.looks[0].items
    assert len(set(before.items) - set(found.looks[0].items)) == 2


def test_a_swap_leaves_out_a_worn_thing_of_the_same_slot(floor):
    look = build(floor, gender="men", occasions=("work",)).looks[0]
    found = swap(floor, look.items, "shoes")
    assert found.looks[0].slots.count("shoes") == 1
    assert found.items[0]["id"] not in look.items


def test_a_swap_where_nothing_is_left_says_which_wish_to_relax(floor):
    assert swap(floor, ["navy wool coat"], "shoes", brands=("Nobody's",)).relaxation.name == "brands"


@pytest.fixture
def small(tmp_path) -> ShopFloor:
    """A shop of few things, some without a price."""
    rows = [
        {"id": "top", "title": "white t-shirt", "price": 10.1},
        {"id": "unpriced", "title": "black t-shirt"},
        {"id": "jeans", "title": "blue jeans", "price": 20.2, "occasions": "casual"},
        {"id": "shoes", "title": "black sneakers", "price": 30.3},
    ]
    embedder = HashingEmbedder()
    index = build_index([Item.model_validate(row) for row in rows], tmp_path / "shop", embedder, source="test")
    return ShopFloor(index, Stylist([]), CosineMean(embedder))


def test_what_states_no_price_is_in_no_look_with_a_budget(small):
    assert build(small, total_max=60.6).looks[0].items == ["top", "jeans", "shoes"]
    assert build(small, total_max=60.59).relaxation.value == 60.6
    assert build(small, exclude=["top"], total_max=100).looks == []
    look = build(small, exclude=["top"]).looks[0]
    assert (look.items, look.total) == (["unpriced", "jeans", "shoes"], None)


def test_an_occasion_gives_way_where_a_slot_has_nothing_for_it_and_the_result_says_so(small):
    found = build(small, occasions=("party",))
    assert (found.looks[0].items[1], found.relaxed) == ("jeans", ["occasions"])


def test_a_shop_without_shoes_has_no_look_and_no_way_out(small):
    found = build(small, exclude=["shoes"])
    assert (found.looks, found.relaxation) == ([], None)


def test_a_beach_wedding_is_a_wedding_first():
    assert leading(("beach", "wedding")) == "wedding"
    assert leading(("nonsense",)) is None


@pytest.mark.parametrize(
    ("caption", "filters", "words", "gender"),
    [
        ("red midi dress", Filters(), "", "women"),
        ("silk tie", Filters(), "", "men"),
        ("blue jeans", Filters(), "", None),
        ("blue jeans", Filters(), "for my husband", "men"),
        ("blue jeans", Filters(kinds=("heels",)), "", "women"),
        ("red dress", Filters(gender="men"), "", "men"),
        ("red dress", Filters(kinds=("ties",)), "", None),
    ],
)
def test_for_whom_a_look_is_is_told_by_words_and_things(caption, filters, words, gender):
    assert implied_gender([Garment(caption=caption)], filters, words) == gender


def test_women_get_a_dress_or_separates_and_men_separates():
    def openings(gender):
        return [{piece.slot for piece in pieces} for pieces in wanted([], Filters(), gender)]

    assert [sorted(slots & {"tops", "bottoms", "all-body"}) for slots in openings("women")] == [
        ["bottoms", "tops"],
        ["all-body"],
    ]
    assert [sorted(slots & {"tops", "bottoms", "all-body"}) for slots in openings("men")] == [["bottoms", "tops"]]


def test_the_templates_name_only_what_the_vocabulary_knows():
    words, all_of = vocabulary(), templates()
    pieces = [*all_of.occasions.values(), *all_of.seasons.values()]
    slots = {slot for one in pieces for slot in (*one.required, *one.optional, *(one.men or ()), *one.without, *one.only)}
    kinds = {kind for one in pieces for group in (one.avoid, *one.only.values()) for kind in group}
    kinds |= {kind for group in (*all_of.tells.values(), *all_of.genders.values(), all_of.avoid) for kind in group}
    assert slots <= set(words.slots)
    assert kinds <= set(words.kinds)
    assert set(all_of.occasions) == set(words.occasions)
    assert set(all_of.seasons) == set(words.seasons)
    assert set(all_of.tells) <= set(words.occasions)

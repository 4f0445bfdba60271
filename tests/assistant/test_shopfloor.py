"""What the tools find in a shop: different things, of the slot, under the filters, and a way out where there is nothing."""

import pytest

from assistant.floor.shopfloor import ShopFloor, Stopwatch
from catalog.items import Garment, Item
from finetune.stylist import Stylist
from retrieval.building import build_index, change_index
from retrieval.complement import CosineMean
from retrieval.filters import Filters
from retrieval.relaxing import Relaxation
from tests.fakes import HashingEmbedder

COAT = Garment(caption="navy wool coat", slot="outerwear")
SHOP = [
    {"id": "a", "title": "black boots", "price": 80, "colours": "black"},
    {"id": "b", "title": "Black Boots", "price": 60, "colours": "black"},
    {"id": "c", "title": "red sneakers", "price": 40, "colours": "red"},
    {"id": "d", "title": "beige chunky boots", "price": 50, "colours": "beige"},
    {"id": "e", "title": "navy wool coat", "price": 150, "colours": "navy"},
]


@pytest.fixture
def floor(tmp_path) -> ShopFloor:
    """A shop where the stylist thinks the same of everything, so that nearness decides."""
    embedder = HashingEmbedder()
    index = build_index([Item.model_validate(item) for item in SHOP], tmp_path / "shop", embedder, source="test")
    return ShopFloor(index, Stylist([]), CosineMean(embedder))


def complement(floor, outfit=(COAT,), slot="shoes", filters=Filters(), words="", exclude=(), k=5, prefer=()):  # noqa: B008 - frozen
    return floor.complement(outfit, slot, filters, words, list(exclude), k, Stopwatch(), prefer)


def ids(result) -> list[str]:
    return [item["id"] for item in result.items]


def test_two_items_of_one_caption_are_one_choice(floor):
    found = ids(complement(floor))
    assert len(found) == 3
    assert len({"a", "b"} & set(found)) == 1


def test_what_fits_the_description_comes_first(floor):
    assert ids(complement(floor, words="chunky boots"))[0] == "d"


def test_filters_and_what_was_shown_before_hold(floor):
    assert ids(complement(floor, filters=Filters(max_price=45))) == ["c"]
    assert set(ids(complement(floor, exclude=["c", "d"]))) <= {"a", "b"}


def test_a_shopper_who_wears_nothing_yet_is_answered_too(floor):
    assert ids(complement(floor, outfit=(), words="boots"))


def test_where_a_filter_leaves_nothing_the_way_out_is_named(floor):
    found = complement(floor, filters=Filters(max_price=10))
    assert (found.items, found.relaxation) == ([], Relaxation(name="max_price", value=40.0, count=4))


def test_a_slot_with_nothing_in_it_has_no_way_out(floor):
    found = complement(floor, slot="hats")
    assert (found.items, found.relaxation) == ([], None)


def test_a_shop_that_was_emptied_answers_that_it_has_nothing(floor):
    change_index(floor.index, gone=[item["id"] for item in SHOP])
    assert complement(floor).items == []
    assert floor.search("boots", [], Filters(), [], 5, Stopwatch()).items == []
    assert floor.show(["a"], [], Stopwatch()).items == []


def test_a_soft_wish_gives_way_when_nothing_else_is_left(floor):
    change_index(floor.index, [Item.model_validate(item | {"occasions": "work"}) for item in SHOP])
    found = complement(floor, filters=Filters(occasions=("beach",)))
    assert found.relaxed == ["occasions"]
    assert ids(found)


def test_a_search_finds_by_words_and_takes_up_changes_at_once(floor):
    assert ids(floor.search("red sneakers", ["shoes"], Filters(), [], 1, Stopwatch())) == ["c"]
    change_index(floor.index, [Item.model_validate(SHOP[2] | {"stock": 0})])
    assert "c" not in ids(floor.search("red sneakers", ["shoes"], Filters(), [], 5, Stopwatch()))


def search(floor, words, filters=Filters(), k=5, **more):  # noqa: B008 - frozen
    return floor.search(words, [], filters, [], k, Stopwatch(), **more)


def test_the_cheapest_are_of_the_kind_that_was_asked_for_and_in_order_of_price(floor):
    assert ids(search(floor, "boots", cheapest=True)) == [
        "d",
        "b",
    ]  # "a" is the dearer of one caption; the sneakers are no boots
    assert ids(search(floor, "", cheapest=True)) == ["c", "d", "b", "e"]
    assert ids(search(floor, "", k=1, cheapest=True)) == ["c"]


def test_the_cheapest_of_what_is_described_suit_the_description(floor):
    assert ids(search(floor, "beige chunky boots", cheapest=True, k=1)) == ["d"]


def test_the_cheapest_keep_to_the_filters_and_know_a_way_out(floor):
    assert ids(search(floor, "boots", Filters(min_price=55), cheapest=True)) == ["b"]
    assert search(floor, "boots", Filters(max_price=10), cheapest=True).relaxation == Relaxation(
        name="max_price", value=40.0, count=5
    )


def test_what_is_liked_comes_up_and_the_reason_says_so(floor):
    assert ids(complement(floor, prefer=["chunky", "beige"])).index("d") < ids(complement(floor)).index("d")
    liked = search(floor, "boots", prefer=["red"]).items[0]
    assert liked["id"] == "c"
    assert "red, which you like" in liked["reason"]


def test_a_liking_is_no_filter(floor):
    assert set(ids(complement(floor, prefer=["purple"]))) == set(ids(complement(floor)))


def test_worn_things_tell_for_whom_where_something_is_left(floor):
    change_index(
        floor.index, [Item.model_validate(SHOP[2] | {"gender": "men"}), Item.model_validate(SHOP[3] | {"gender": "women"})]
    )
    dress = Garment(caption="green dress", slot="all-body")
    assert "c" not in ids(complement(floor, outfit=(dress,)))
    assert ids(complement(floor, outfit=(dress,), filters=Filters(colours=("red",)))) == ["c"]


def test_where_few_are_made_for_the_occasion_the_nearest_others_come_after_them(tmp_path):
    made = [
        {"id": "party", "title": "black satin heels", "price": 80, "occasions": ["party"]},
        {"id": "work", "title": "black leather loafers", "price": 60, "occasions": ["work"]},
        {"id": "sport", "title": "white sneakers", "price": 40, "occasions": ["sport"]},
        {"id": "beach", "title": "beige sandals", "price": 30, "occasions": ["beach"]},
    ]
    embedder = HashingEmbedder()
    index = build_index([Item.model_validate(item) for item in made], tmp_path / "shop", embedder, source="test")
    floor = ShopFloor(index, Stylist([]), CosineMean(embedder))
    found = complement(floor, filters=Filters(occasions=("party",)))
    assert (ids(found)[0], len(found.items), found.lacking, found.relaxed) == ("party", 3, 2, [])
    searched = floor.search("shoes", ["shoes"], Filters(occasions=("party",)), [], 5, Stopwatch())
    assert (ids(searched)[0], len(searched.items), searched.lacking) == ("party", 3, 2)

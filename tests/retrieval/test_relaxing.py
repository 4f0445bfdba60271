"""Where filters leave nothing: the one to relax is named, with the nearest value that leaves something."""

import pytest

from catalog.items import Item
from retrieval.building import build_index
from retrieval.filters import Filters
from retrieval.relaxing import Relaxation, relaxation
from tests.fakes import HashingEmbedder

ITEMS = [
    {"id": "1", "title": "black boots", "price": 80, "colours": "black", "brand": "Acme", "sizes": "38|39"},
    {"id": "2", "title": "navy boots", "price": 60, "colours": "navy", "brand": "Acme", "sizes": "39"},
    {"id": "3", "title": "red sneakers", "price": 40, "colours": "red", "brand": "Zed", "sizes": "40", "stock": 0},
    {"id": "4", "title": "blue sneakers", "price": 50, "colours": "blue", "brand": "Zed", "sizes": "39"},
    {"id": "5", "title": "green dress", "colours": "green"},
]


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    items = [Item.model_validate(item) for item in ITEMS]
    return build_index(items, tmp_path_factory.mktemp("shop"), HashingEmbedder(), source="test")


@pytest.mark.parametrize(
    ("filters", "way"),
    [
        (Filters(max_price=45), Relaxation(name="max_price", value=50.0, count=3)),  # 40 is out of stock
        (Filters(total_max=45), Relaxation(name="total_max", value=50.0, count=3)),
        (Filters(min_price=100), Relaxation(name="min_price", value=80.0, count=3)),
        (Filters(max_price=60, colours=("black",)), Relaxation(name="max_price", value=80.0, count=1)),
        (Filters(colours=("pink",)), Relaxation(name="colours", value="blue", count=3)),  # navy is a blue
        (Filters(kinds=("heels",)), Relaxation(name="kinds", value="boots", count=3)),
        (Filters(brands=("nobody",)), Relaxation(name="brands", value="Acme", count=3)),
        (Filters(sizes=("45",)), Relaxation(name="sizes", value="39", count=3)),
        (Filters(exclude_brands=("acme", "zed")), Relaxation(name="exclude_brands", count=3)),
        (Filters(max_price=1, colours=("pink",)), None),
    ],
    ids=lambda value: str(value.stated()) if isinstance(value, Filters) else "",
)
def test_the_filter_is_named_with_what_comes_nearest(index, filters, way):
    assert index.count(filters, ["shoes"]) == 0
    assert relaxation(index, filters, ["shoes"]) == way


def test_a_price_where_none_is_stated_has_no_nearest_value(index):
    assert relaxation(index, Filters(max_price=10), ["all-body"]) == Relaxation(name="max_price", count=1)


def test_what_was_shown_does_not_count(index):
    assert relaxation(index, Filters(max_price=45), ["shoes"], but=["4"]) == Relaxation(name="max_price", value=60.0, count=2)
    assert relaxation(index, Filters(max_price=45), ["shoes"], but=["1", "2", "4"]) is None


def test_a_slot_without_items_has_no_way_out(index):
    assert relaxation(index, Filters(max_price=10), ["hats"]) is None


def test_the_currency_that_was_spoken_of_is_no_filter(index):
    assert relaxation(index, Filters(currency="USD", max_price=45), ["shoes"]).name == "max_price"

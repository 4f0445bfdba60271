"""Hard filters: the ledger's answer to each is what plain Python says of every item."""

import random
from collections.abc import Callable

import numpy as np
import pytest
from pydantic import ValidationError

from catalog.items import Item
from catalog.taxonomy import vocabulary
from retrieval.building import build_index
from retrieval.filters import Filters
from retrieval.index import CaptionIndex
from tests.fakes import HashingEmbedder

words = vocabulary()
FORGETTABLE = ("colours", "price", "brand", "sizes", "gender", "seasons", "occasions", "stock", "kind", "material")


@pytest.fixture(scope="module")
def items(sample_items: list[Item]) -> list[Item]:
    """The sample shop, and poorer relations of its items that leave some things unsaid or say them otherwise."""
    dice = random.Random(1)
    poorer = []
    for number, item in enumerate(dice.sample(sample_items, 150)):
        fields = item.model_dump(exclude=set(dice.sample(FORGETTABLE, 4)), exclude_defaults=True)
        if item.sizes == ("one size",):
            fields["sizes"] = ("One Size",)
        poorer.append(Item.model_validate(fields | {"id": f"poorer-{number}", "stock": dice.choice((None, 0, 3))}))
    return [*sample_items, *poorer]


@pytest.fixture(scope="module")
def index(items, tmp_path_factory) -> CaptionIndex:
    return build_index(items, tmp_path_factory.mktemp("shop"), HashingEmbedder(), source="test")


def passes(item: Item, filters: Filters, slots: tuple[str, ...] = ()) -> bool:
    """The filters' meaning in plain Python, written apart from the code under test."""
    ceilings = [limit for limit in (filters.max_price, filters.total_max) if limit is not None]
    colours = {*item.colours, *(words.colours[colour].basic for colour in item.colours)}
    family, waiting = set(), [item.kind]
    while waiting:
        if kind := waiting.pop():
            family.add(kind)
            waiting += [words.kinds[kind].parent, words.kinds[kind].also]  # heeled sandals are sandals and heels
    brand = item.brand.lower() if item.brand else None
    sizes = {size.lower() for size in item.sizes}
    return (
        item.stock != 0
        and (not slots or item.slot in slots)
        and (not ceilings or (item.price is not None and item.price <= min(ceilings)))
        and (filters.min_price is None or (item.price is not None and item.price >= filters.min_price))
        and (not filters.colours or not colours.isdisjoint(filters.colours))
        and colours.isdisjoint(filters.exclude_colours)
        and (not filters.kinds or not family.isdisjoint(filters.kinds))
        and family.isdisjoint(filters.exclude_kinds)
        and (not filters.brands or brand in {name.lower() for name in filters.brands})
        and brand not in {name.lower() for name in filters.exclude_brands}
        and (not filters.sizes or not sizes.isdisjoint({"one size", *(size.lower() for size in filters.sizes)}))
        and (filters.gender is None or item.gender in (None, "unisex", filters.gender))
        and (not filters.seasons or not item.seasons or not set(item.seasons).isdisjoint(filters.seasons))
        and (not filters.occasions or not item.occasions or not set(item.occasions).isdisjoint(filters.occasions))
    )


def found(index: CaptionIndex, filters: Filters, slots: tuple[str, ...] = ()) -> set[str]:
    """Every id that is let through."""
    hits = index.search(index.embedder.embed(["black shoes"])[0], filters, slots, k=len(index))
    return {hit.item.id for hit in hits}


def assert_holds(index: CaptionIndex, items: list[Item], filters: Filters, slots: tuple[str, ...] = ()) -> int:
    wanted = {item.id for item in items if passes(item, filters, slots)}
    assert found(index, filters, slots) == wanted, filters.stated()
    assert index.count(filters, slots) == len(wanted)
    return len(wanted)


@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        Filters(max_price=20),
        Filters(min_price=20),
        Filters(min_price=13.9, max_price=13.9),
        Filters(total_max=30, max_price=100),
        Filters(colours=("blue",)),
        Filters(colours=("navy",)),
        Filters(colours=("navy", "red")),
        Filters(exclude_colours=("black",)),
        Filters(exclude_colours=("black", "blue")),
        Filters(kinds=("boots",)),
        Filters(kinds=("chelsea boots",)),
        Filters(kinds=("shoes", "coats")),
        Filters(exclude_kinds=("boots",)),
        Filters(exclude_kinds=("boots", "heels", "tops")),
        Filters(brands=("TIDEWELL",)),
        Filters(brands=("tidewell", "Kestrel Lane")),
        Filters(exclude_brands=("tidewell",)),
        Filters(sizes=("m",)),
        Filters(sizes=("38", "XXL")),
        Filters(gender="women"),
        Filters(gender="men"),
        Filters(gender="unisex"),
        Filters(seasons=("winter",)),
        Filters(seasons=("summer", "spring")),
        Filters(occasions=("formal",)),
        Filters(occasions=("sport", "beach")),
    ],
    ids=lambda filters: str(filters.stated()),
)
def test_each_filter_lets_through_what_plain_python_lets_through(index, items, filters):
    left = assert_holds(index, items, filters)
    assert left > 0
    assert left < len(items)


@pytest.mark.parametrize("slot", words.slots)
def test_each_slot_lets_through_its_items(index, items, slot):
    assert assert_holds(index, items, Filters(), (slot,)) > 0


def random_filters(dice: random.Random, items: list[Item]) -> Filters:
    like = dice.choice(items)  # filters that something satisfies, most of the time
    brands = sorted({item.brand for item in items if item.brand})
    makers: dict[str, Callable[[], object]] = {
        "max_price": lambda: (like.price or 30) + dice.choice((0, 20)),
        "min_price": lambda: (like.price or 10) / 2,
        "total_max": lambda: dice.uniform(20, 300),
        "colours": lambda: (*like.colours[:1], dice.choice(list(words.colours))),
        "exclude_colours": lambda: tuple(dice.sample(list(words.colours), 2)),
        "kinds": lambda: (like.kind or like.slot, dice.choice(list(words.kinds))),
        "exclude_kinds": lambda: tuple(dice.sample(list(words.kinds), 3)),
        "brands": lambda: (dice.choice(brands).upper(), like.brand or "nobody"),
        "exclude_brands": lambda: (dice.choice(brands),),
        "sizes": lambda: (dice.choice(("s", "M", "38", "44", "one size")),),
        "gender": lambda: dice.choice(("women", "men", "unisex")),
        "seasons": lambda: tuple(dice.sample(words.seasons, dice.randint(1, 2))),
        "occasions": lambda: tuple(dice.sample(words.occasions, dice.randint(1, 2))),
    }
    chosen = {name: makers[name]() for name in dice.sample(list(makers), dice.randint(1, 4))}
    if "min_price" in chosen and "max_price" in chosen:
        chosen["min_price"] = min(chosen["min_price"], chosen["max_price"])
    return Filters(**chosen)


def test_random_combinations_of_filters_hold_and_rank_as_brute_force_does(index, items):
    dice = random.Random(2)
    query = index.embedder.embed(["navy wool coat for winter"])[0]
    vectors = index.embedder.embed([item.words for item in items])
    similarity = dict(zip((item.id for item in items), (vectors @ query).tolist(), strict=True))
    some = 0
    for _ in range(200):
        filters = random_filters(dice, items)
        slots = tuple(dice.sample(words.slots, dice.choice((0, 0, 1, 3))))
        some += assert_holds(index, items, filters, slots) > 0
        best = sorted((similarity[item.id] for item in items if passes(item, filters, slots)), reverse=True)[:5]
        hits = index.search(query, filters, slots, k=5)
        assert np.allclose([hit.similarity for hit in hits], best, atol=1e-5), filters.stated()
        assert np.allclose([similarity[hit.item.id] for hit in hits], best, atol=1e-5)
    assert some > 100


def test_filters_that_leave_nothing_find_nothing(index):
    nothing = Filters(max_price=0.01)
    assert found(index, nothing) == set()
    assert index.count(nothing) == 0
    assert index.price_range(nothing) is None
    assert found(index, Filters(brands=("no such brand",))) == set()


def test_empty_filters_find_all_that_is_in_stock(index, items):
    assert found(index, Filters()) == {item.id for item in items if item.stock != 0}


def test_a_price_range_upside_down_is_refused():
    with pytest.raises(ValidationError, match="the lowest price 50 is above the highest 20"):
        Filters(min_price=50, max_price=20)


@pytest.mark.parametrize("price", [-1, float("inf"), float("nan")])
def test_a_price_that_is_no_amount_is_refused(price):
    with pytest.raises(ValidationError):
        Filters(max_price=price)


def test_only_what_was_stated_is_stated_and_lifting_it_leaves_the_rest():
    filters = Filters(max_price=20, colours=("red",), gender="men")
    assert filters.stated() == {"max_price": 20, "colours": ["red"], "gender": "men"}
    assert filters.without("max_price", "gender").stated() == {"colours": ["red"]}
    assert Filters().stated() == {}


def test_for_a_slot_the_kinds_of_other_slots_are_lifted():
    filters = Filters(kinds=("boots", "coats"), exclude_kinds=("heels",), max_price=20)
    assert filters.for_slot("shoes") == Filters(kinds=("boots",), exclude_kinds=("heels",), max_price=20)
    assert filters.for_slot("hats").kinds == ()


def test_a_season_the_vocabulary_does_not_know_finds_nothing_and_breaks_nothing(index):
    assert found(index, Filters(seasons=("monsoon",))) == set()


def test_a_kind_the_vocabulary_does_not_know_finds_nothing_and_breaks_nothing(index):
    assert Filters(kinds=("octarine",)).for_slot("shoes").kinds == ("octarine",)
    assert found(index, Filters(kinds=("octarine",)).for_slot("shoes")) == set()

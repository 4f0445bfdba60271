"""Search by the words themselves, and one ranking of two."""

import pytest

from catalog.items import Item
from retrieval.building import build_index, change_index
from retrieval.filters import Filters, condition
from retrieval.lexical import by_words, fused
from tests.fakes import HashingEmbedder

TITLES = {
    "501": "Levi's 501 blue jeans",
    "511": "Levi's 511 blue jeans",
    "dress": "Désigual red dress",
    "boots": "black leather boots",
    "wellington": "green wellington boots",
    "blouse": "Weiß turquoise blouse",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    items = [Item.model_validate({"id": identity, "title": title, "price": 10}) for identity, title in TITLES.items()]
    return build_index(items, tmp_path_factory.mktemp("shop"), HashingEmbedder(), source="test")


def said(index, text: str, filters: Filters = Filters(), most: int = 10) -> list[str]:  # noqa: B008 - frozen
    ledger = index.current().ledger
    numbers = by_words(ledger, text, condition(filters), most)
    items = ledger.items(numbers)
    return [Item.model_validate_json(items[number]).id for number in numbers]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("levi's 501", "501"),
        ("511", "511"),
        ("desigual", "dress"),
        ("a boot of leather", "boots"),
        ("welington boots", "wellington"),
        ("wellignton", "wellington"),
        ("lether boots", "boots"),
        ("bloise", "blouse"),
        ("turquose", "blouse"),
        ("weiß", "blouse"),
        ("levi's 501 " + " ".join(f"word{number}" for number in range(20_000)), "501"),
    ],
)
def test_names_numbers_word_forms_and_typos_find(index, text, first):
    assert said(index, text)[0] == first


@pytest.mark.parametrize(
    "text", ["", "   ", '"', "'; DROP TABLE items; --", "NEAR(", "*", "zzzzzzzz", "AND OR NOT", "a" * 5000, "\x00"]
)
def test_what_is_no_word_finds_nothing_and_breaks_nothing(index, text):
    assert said(index, text) == []
    assert len(index) == len(TITLES)


def test_words_are_sought_among_what_passes_only(index):
    assert said(index, "boots", Filters(max_price=5)) == []
    assert said(index, "boots", most=1) == ["boots"] or said(index, "boots", most=1) == ["wellington"]


def test_a_search_fuses_what_is_meant_and_what_is_said(index):
    assert index.search_words("levi's 501", Filters(), k=2)[0].item.id == "501"


def test_changed_words_are_found_and_the_old_no_more(tmp_path):
    items = [Item.model_validate({"id": "1", "title": "red boots"})]
    index = build_index(items, tmp_path / "shop", HashingEmbedder(), source="test")
    change_index(index, [Item.model_validate({"id": "1", "title": "suede clogs"})])
    assert (said(index, "suede"), said(index, "boots")) == (["1"], [])


def test_reciprocal_ranks_put_first_what_stands_high_in_both():
    assert fused([1, 2, 3], [2, 4]) == [2, 1, 4, 3]
    assert fused([], [5]) == [5]
    assert fused() == []

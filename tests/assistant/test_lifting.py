import pytest

from assistant.understanding.lifting import taken_back
from assistant.understanding.rules import understand
from assistant.understanding.understood import Understood
from retrieval.filters import Filters

STATED = Filters(
    max_price=90, min_price=20, colours=("pink",), exclude_colours=("yellow",), kinds=("boots",), brands=("Northfold",), sizes=("38",),
    exclude_materials=("wool",), gender="men",
)  # fmt: skip
BEFORE = Understood(intent="search", task="search", slots=("shoes",), filters=STATED)


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("forget the budget", {"max_price", "min_price"}),
        ("price doesn't matter", {"max_price", "min_price"}),
        ("take the price range away", {"max_price", "min_price"}),
        ("remove the lower price limit", {"min_price"}),
        ("any colour is fine", {"colours", "exclude_colours"}),
        ("yellow is fine after all", {"exclude_colours"}),
        ("I don't mind wool", {"exclude_materials"}),
        ("it doesn't have to be pink", {"colours"}),
        ("it doesn't have to be Northfold", {"brands"}),
        ("any size is ok too", {"sizes"}),
        ("forget the price and who they're for", {"max_price", "min_price", "gender"}),
    ],
)
def test_wishes_are_taken_back_in_many_words(text, gone):
    back = taken_back(text, BEFORE)
    assert back.changed
    left = back.before.filters.stated()
    assert set(STATED.stated()) - set(left) == gone


@pytest.mark.parametrize("text", ["any ties to go with the suit?", "mix prints without it looking messy", "what is this?"])
def test_words_that_only_sound_like_it_take_nothing_back(text):
    assert taken_back(text, BEFORE) is None


def test_the_same_task_goes_on_without_what_was_taken_back():
    after = understand("any colour is fine", (), understand("purple boots under 90"))
    assert (after.intent, after.filters.stated()) == ("search", {"max_price": 90, "kinds": ["boots"]})

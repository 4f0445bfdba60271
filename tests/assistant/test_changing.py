import pytest

from assistant.understanding.rules import understand
from assistant.understanding.understood import Shown

PIECES = (("tops", "t-shirts", 30), ("bottoms", "chinos", 60), ("shoes", "sneakers", 80), ("accessories", "ties", 25))


@pytest.fixture
def look():
    """A look as it stands after "a look for a summer party for a man under 300"."""
    shown = tuple(
        Shown(place=place, id=slot, title=f"Plain {kind}", slot=slot, kind=kind, price=price, look=1)
        for place, (slot, kind, price) in enumerate(PIECES, 1)
    )
    return understand("a look for a summer party for a man under 300").but(shown=shown, look=1)


@pytest.mark.parametrize(
    ("message", "swapped"),
    [
        ("other shoes", "shoes"),
        ("i don't like the t-shirt", "tops"),
        ("about the shoes, I want black ones", "shoes"),
        ("can i have loafers for the shoes", "shoes"),
        ("could the top be a linen shirt", "tops"),
        ("the shoes are lovely but can i see other chinos", "bottoms"),
    ],
)
def test_one_piece_is_exchanged(look, message, swapped):
    understood = understand(message, before=look)
    assert (understood.intent, understood.swapped) == ("swap", swapped)


def test_cheaper_means_the_whole_look(look):
    understood = understand("cheaper", before=look)
    assert (understood.intent, understood.swapped, understood.filters.total_max) == ("swap", None, 194.99)


@pytest.mark.parametrize("message", ["no tie please", "leave the tie out", "can the tie go?", "I don't need a tie"])
def test_a_piece_may_go(look, message):
    understood = understand(message, before=look)
    assert "ties" in understood.filters.exclude_kinds or "accessories" in understood.without


def test_what_was_asked_about_last_may_go(look):
    understood = understand("remove it then", before=look.but(spoken_of=("accessories",)))
    assert understood.without == ("accessories",)


def test_a_look_is_built_around_what_the_shopper_has(look):
    understood = understand("i already have brown loafers", before=look)
    assert (understood.intent, [thing.caption for thing in understood.anchors]) == ("build", ["brown loafers"])


def test_one_thing_may_take_the_place_of_two(look):
    understood = understand("a jumpsuit instead", before=look)
    assert {"tops", "bottoms"} <= set(understood.without)
    assert understood.filters.kinds == ("jumpsuits",)


def test_the_next_one_is_for_somebody_else(look):
    understood = understand("now do one for my girlfriend", before=look)
    assert (understood.task, understood.filters.gender, understood.filters.occasions) == ("build", "women", ("party",))

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


@pytest.mark.parametrize(
    ("message", "without"),
    [
        ("leave the shoes out", "shoes"),
        ("lose the tie", "accessories"),
        ("leave out the shoes", "shoes"),
        ("without the t-shirt", "tops"),
    ],
)
def test_what_is_left_out_leaves_the_rest_as_it_is(look, message, without):
    understood = understand(message, before=look)
    assert understood.without == (without,)
    assert understood.stays == tuple(slot for slot, *_ in PIECES)


@pytest.mark.parametrize("message", ["he never wears sneakers", "no chinos please", "throw in a cap"])
def test_what_is_ruled_out_or_added_leaves_the_rest_as_it_is(look, message):
    assert understand(message, before=look).stays == tuple(slot for slot, *_ in PIECES)


@pytest.mark.parametrize("message", ["under 150", "something less formal", "cheaper", "other shoes"])
def test_another_budget_or_style_is_another_look(look, message):
    assert understand(message, before=look).stays == ()


def test_several_looks_are_built_anew(look):
    second = tuple(piece.model_copy(update={"look": 2, "place": piece.place + 4}) for piece in look.shown)
    assert understand("without the shoes", before=look.but(shown=(*look.shown, *second))).stays == ()


def test_what_was_left_out_comes_back_when_it_is_wanted(look):
    without = look.but(without=("hats",))
    assert understand("throw in a cap", before=without).without == ()


def test_one_thing_may_take_the_place_of_another_slot_and_the_rest_stays(look):
    understood = understand("what about a cap instead of the tie", before=look)
    assert (understood.without, set(understood.stays)) == (("accessories",), {"tops", "bottoms", "shoes"})
    assert "hats" in understood.slots


def test_a_garment_that_is_praised_names_no_type_of_another(look):
    assert understand("dress is gorgeous but can i see other shoes with it", before=look).filters.kinds == ()


def test_a_message_may_change_two_things(look):
    swapped = understand("swap the shoes for black ones and leave the tie out", before=look)
    assert (swapped.without, "shoes" in swapped.stays, "accessories" in swapped.without) == (("accessories",), False, True)
    added = understand("without the tie but with a cap", before=look)
    assert (added.without, "hats" in added.slots) == (("accessories",), True)


def test_a_wish_of_all_pieces_is_another_look(look):
    assert understand("leave the tie out, size L", before=look).stays == ()


def test_a_price_that_is_too_high_is_no_heel(look):
    assert "heels" in understand("the shoes are too high", before=look).filters.exclude_kinds
    assert "heels" not in understand("the price of the shoes is too high", before=look).filters.exclude_kinds


def test_a_size_said_with_an_exchange_of_slots_is_asked_of_all_pieces(look):
    understood = understand("what about a cap instead of the tie, size L", before=look)
    assert (understood.without, understood.stays) == (("accessories",), ())

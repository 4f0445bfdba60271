import pytest

from assistant.understanding.rules import understand
from assistant.understanding.understood import Shown


def talk(*messages, shown=()):
    """What is understood after several messages; after each one something is shown, if `shown` says what."""
    before = None
    for place, message in enumerate(messages):
        before = understand(message, before=before)
        if place < len(shown):
            before = before.but(shown=(shown[place],))
    return before


def item(name, slot):
    return Shown(place=1, id=name, title=name, slot=slot, price=50)


def test_going_back_finds_the_thing_with_its_wishes():
    back = talk(
        "what shoes go with a navy wool coat? under 90, size 39",
        "and a bag for it, in red",
        "back to the shoes, but brown ones",
    )
    assert back.slots == ("shoes",)
    assert back.filters.stated() == {"max_price": 90, "sizes": ["39"], "colours": ["brown"]}
    assert [anchor.caption for anchor in back.anchors] == ["navy wool coat"]


def test_going_back_without_a_wish_shows_the_thing_again():
    back = talk("red dress under 80", "now a black belt", "let's go back to the dresses")
    assert (back.task, back.slots, back.filters.stated()) == (
        "search",
        ("all-body",),
        {"max_price": 80, "colours": ["red"], "kinds": ["dresses"]},
    )


def test_of_two_things_of_one_slot_the_named_one_is_meant():
    back = talk("gold necklaces", "what about earrings instead", "go back to the necklaces")
    assert back.filters.kinds == ("necklaces",)


def test_what_was_shown_comes_back_too():
    back = talk(
        "brooches for a grey cape",
        "a beret for the same cape",
        "back to the brooches. how much is the first one?",
        shown=[item("brooch", "jewellery"), item("beret", "hats")],
    )
    assert (back.intent, back.items) == ("show", ("brooch",))


def test_going_back_to_what_was_never_asked_for_is_no_going_back():
    assert talk("red dress under 80", "back to the red coat, what scarf goes with it?").slots == ("scarves",)


@pytest.mark.parametrize(
    ("message", "sizes"), [("shoes for it", ("39",)), ("a top for it", ()), ("men's shoes for my husband", ())]
)
def test_a_size_stays_with_the_things_it_is_a_size_of(message, sizes):
    assert talk("what shoes go with a navy wool coat? size 39", "and a scarf for it", message).filters.sizes == sizes

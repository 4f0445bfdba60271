import pytest

from assistant.understanding.references import pointed
from assistant.understanding.rules import understand
from assistant.understanding.understood import Shown, Understood

SHOES = tuple(
    Shown(place=place, id=id_, title=title, slot="shoes", price=price, kind=kind, colours=(colour,), brand=brand)
    for place, (id_, title, price, kind, colour, brand) in enumerate(
        [
            ("boots", "Northfold leather boots in black", 90.0, "boots", "black", "Northfold"),
            ("flats", "Quillon ballet flats in red", 40.0, "ballet flats", "red", "Quillon"),
            ("sneakers", "Quillon sneakers in white", 60.0, "sneakers", "white", "Quillon"),
        ],
        1,
    )
)
BAG = Shown(place=4, id="bag", title="Leather bag in camel", slot="bags", price=80.0, kind="handbags", colours=("camel",))
BEFORE = Understood(intent="complement", task="complement", shown=(*SHOES, BAG), spoken_of=("flats",))


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("the second one", ("flats",)),
        ("compare 1 and 3", ("boots", "sneakers")),
        ("do 1 and 2 differ?", ("boots", "flats")),
        ("the last pair please", ("bag",)),
        ("tell me about #3", ("sneakers",)),
        ("the first two", ("boots", "flats")),
        ("that bag", ("bag",)),
        ("the black ones are nice", ("boots",)),
        ("the Northfold boots", ("boots",)),
        ("the cheapest", ("flats",)),
        ("compare the cheapest with the dearest", ("flats", "boots")),
        ("the ones at 60.00, what are they made of?", ("sneakers",)),
    ],
)
def test_items_are_meant_by_place_price_colour_type_and_brand(text, ids):
    assert pointed(text, BEFORE).ids == ids


@pytest.mark.parametrize(
    "text",
    [
        "show me only the black ones",
        "the shoes should not be red",
        "could the bag be red?",
        "leave out the leather",
        "last year",
        "in the 1 million",
    ],
)
def test_wishes_and_other_numbers_point_at_nothing(text):
    assert pointed(text, BEFORE).ids == ()


def test_a_place_that_nothing_was_shown_at_is_told():
    assert pointed("number 9", BEFORE).missing == (9,)


@pytest.mark.parametrize(
    "asked", ["the second in black?", "does the second come in black?", "I'd like number 2 in black", "the second but in black"]
)
def test_a_shown_thing_in_another_colour_is_looked_for_by_its_kind(asked):
    before = understand("what shoes go with a camel coat?").but(shown=SHOES)
    understood = understand(asked, before=before)
    assert (understood.intent, understood.slots) == ("complement", ("shoes",))
    assert (understood.filters.kinds, understood.filters.colours) == (("ballet flats",), ("black",))


def test_a_shown_thing_in_its_own_colour_is_only_told_about():
    before = understand("what shoes go with a camel coat?").but(shown=SHOES)
    assert understand("the second in red?", before=before).intent == "show"

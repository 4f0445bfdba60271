"""Whether a type of thing suits an occasion or a season in general."""

import pytest

from assistant.saying.replies import reply
from assistant.understanding.reading import read
from assistant.understanding.rules import understand
from assistant.understanding.suiting import SUITS, asked_of, suitings, verdict_on
from catalog.taxonomy import vocabulary


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("are jeans ok for the office?", "For work jeans can do, if plain and neat"),
        ("can I wear jeans to a wedding?", "For a wedding jeans are too casual"),
        ("is it ok to wear shorts to work?", "For work shorts are not what most offices expect"),
        ("are loafers formal enough for work?", "For work loafers are a good choice"),
        ("is a red t-shirt formal enough for work?", "For work t-shirts can do"),
        ("can I wear boots in summer?", "In summer boots can do"),
        ("are trainers too casual for a wedding?", "For a wedding trainers can do"),
        ("is a graphic tee ok for the office?", "For work graphic tees are not"),
    ],
)
def test_a_general_question_is_answered_for_the_thing_and_the_occasion(asked, told):
    understood = understand(asked)
    assert (understood.intent, understood.topic) == ("chat", SUITS)
    assert reply(understood, [], "EUR").startswith(told)


@pytest.mark.parametrize(
    "asked",
    [
        "can I wear a white dress to a wedding?",
        "are trainers ok for an interview?",
        "are jeans ok?",
        "do jeans go with heels at work?",
    ],
)
def test_what_other_advice_knows_better_is_left_to_it(asked):
    assert asked_of(read(asked)) is None


def test_every_listed_kind_is_one_of_the_vocabulary_and_listed_once():
    kinds = vocabulary().kinds
    for name, suiting in suitings().items():
        listed = [*suiting.good, *suiting.maybe, *suiting.poor]
        assert set(listed) <= set(kinds), (name, set(listed) - set(kinds))
        assert len(listed) == len(set(listed)), (name, sorted(kind for kind in listed if listed.count(kind) > 1))
        assert name in (*vocabulary().occasions, *vocabulary().seasons)


def test_the_nearest_listed_kind_decides():
    work = suitings()["work"]
    assert (work.verdict("t-shirts"), work.verdict("long-sleeve tees"), work.verdict("graphic tees")) == (
        "maybe",
        "maybe",
        "poor",
    )
    assert work.verdict("umbrellas") is None
    assert verdict_on("trousers | pants | work").startswith("For work trousers can do")

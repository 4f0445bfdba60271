"""Reasons: true, short, of what was asked for and liked, and not all alike; and why one won."""

import pytest

from assistant.floor.reasons import look_facts, reason, reasons, why
from assistant.floor.shopfloor import Stopwatch
from catalog.items import Garment, Item
from retrieval.filters import Filters

COAT = Garment(caption="navy checked wool coat", slot="outerwear")


def boots(**more) -> Item:
    about = {
        "id": "b",
        "title": "Boots",
        "kind": "boots",
        "slot": "shoes",
        "colours": "olive",
        "price": 79.9,
        "caption": "olive boots",
    }
    return Item.model_validate(about | more)


@pytest.mark.parametrize(
    ("item", "filters", "outfit", "prefer", "fact"),
    [
        (boots(), Filters(), (), ("green",), "green, which you like"),
        (boots(), Filters(), (COAT,), (), "olive with navy, two neutrals"),
        (boots(sizes=["38", "39"]), Filters(sizes=("38",)), (), (), "comes in 38"),
        (boots(occasions="wedding"), Filters(occasions=("wedding",)), (), (), "made for a wedding"),
        (boots(), Filters(max_price=100), (), (), "20.10 under your limit"),
        (boots(colours="", caption="wool boots"), Filters(), (COAT,), (), "wool, like the coat"),
        (boots(colours="", pattern="solid"), Filters(), (COAT,), (), "plain beside the checked coat"),
        (boots(colours="", occasions="work"), Filters(), (), (), "made for work"),
    ],
)
def test_a_fact_that_holds_is_told(item, filters, outfit, prefer, fact):
    assert fact in reason(item, filters, outfit, prefer).split("; ")


@pytest.mark.parametrize(
    ("item", "filters", "outfit", "prefer", "words"),
    [
        (boots(), Filters(), (), ("red",), "like"),
        (boots(occasions="work"), Filters(occasions=("wedding",)), (), (), "wedding"),
        (boots(sizes=["39"]), Filters(sizes=("38",)), (), (), "38"),
        (boots(), Filters(max_price=80), (), (), "limit"),
        (boots(), Filters(), (Garment(caption="navy coat"),), (), "wool"),
        (boots(price=None), Filters(max_price=100), (), (), "limit"),
        (boots(), Filters(), (), ("wide leg",), "like"),
    ],
)
def test_a_fact_that_does_not_hold_is_not(item, filters, outfit, prefer, words):
    assert words not in reason(item, filters, outfit, prefer)


def test_a_reason_is_short_and_begins_with_what_is_liked():
    full = boots(occasions="work", seasons="winter", sizes=["38"], pattern="solid", caption="olive wool boots")
    told = reason(
        full, Filters(occasions=("work",), seasons=("winter",), sizes=("38",), max_price=300), (COAT,), ("olive", "wool")
    )
    assert told.startswith("olive and wool, which you like")
    assert len(told.split("; ")) == 3


def test_five_of_one_kind_do_not_all_read_the_same():
    five = [boots(id=str(number), caption="olive wool boots", pattern="solid", occasions="work") for number in range(5)]
    assert len(set(reasons(five, Filters(), (COAT,)))) > 1


def test_of_a_thing_of_which_nothing_is_known_nothing_is_said():
    assert reason(boots(colours="", caption="boots"), Filters(), ()) == ""


def test_the_facts_of_a_look_are_its_colours_what_it_is_made_for_and_what_is_left():
    pieces = [boots(occasions="work"), boots(id="c", colours="black", occasions="work,party")]
    assert look_facts(pieces, Filters(occasions=("work",), total_max=200), 159.8) == [
        "in olive and black",
        "every piece made for work",
        "40.20 under your budget",
    ]
    assert look_facts(pieces, Filters(occasions=("party",), total_max=159.8), 159.8) == ["in olive and black"]


def test_the_losers_are_the_best_of_those_that_scored_less():
    others = [(boots(id=str(score), title=f"Boots {score}"), score) for score in (0.9, 0.3, 0.5, 0.4, 0.2)]
    told = why(boots(), 0.6, others, "a stylist 1")
    assert (told.rank, told.of, told.model) == (2, 6, "a stylist 1")
    assert [rival.score for rival in told.rivals] == [0.5, 0.4, 0.3]


def test_why_shows_scores_that_the_stylist_gives_caption_and_model(assistant):
    floor, coat = assistant.floor, assistant.floor.thing("navy wool coat")
    first = floor.complement([coat], "shoes", Filters(), "", [], 1, Stopwatch()).items[0]
    (told,) = floor.show([first["id"]], [coat], Stopwatch()).whys
    assert told.score == pytest.approx(first["score"], abs=1e-3)
    assert 1 <= told.rank <= told.of
    assert (told.caption, told.caption_source) == (first["caption"], first["caption_source"])
    assert told.model == floor.stylist_name
    for rival in told.rivals:
        assert rival.score <= told.score
        assert floor.stylist.score([coat, floor.thing(rival.id)]) == pytest.approx(rival.score, abs=1e-3)


def test_items_that_are_shown_for_themselves_need_no_why(assistant):
    first = assistant.floor.index.items()[0]
    assert assistant.floor.show([first.id], [], Stopwatch()).whys == []


def test_why_this_names_only_rivals_that_the_shopper_s_limits_let_in(assistant, thread):
    assistant.ask("what shoes go with a navy wool coat? under 70", thread=thread)
    answer = assistant.ask("why the first one?", thread=thread)
    (told,) = assistant.history(thread)[-2].artifact["whys"]
    rivals = assistant.floor.index.get([rival["id"] for rival in told["rivals"]])
    assert rivals
    assert all(rival.price <= 70 for rival in rivals)
    assert "Behind it came" in answer.reply

"""The question is answered before things are shown: which of two, what it comes to, whether it comes in a size or suits a time."""

import pytest

from assistant.floor.results import Result
from assistant.saying.choosing import which
from assistant.saying.replies import reply
from assistant.saying.verdicts import details
from assistant.understanding.rules import understand
from assistant.understanding.understood import Anchor, Shown
from tests.assistant.test_photographed import drawn

CAP = Anchor(caption="yellow cap", slot="hats", kind="caps", source="photo")
SHOES = Anchor(caption="brown shoes", slot="shoes", kind="shoes", source="photo")
COAT = Anchor(caption="navy coat", slot="outerwear", kind="coats", source="photo")
JEANS = Anchor(caption="blue jeans", slot="bottoms", kind="jeans", source="photo")
SANDALS = Anchor(caption="black sandals", slot="shoes", kind="sandals", source="photo")
FLATS = Anchor(caption="beige flats", slot="shoes", kind="flats", source="photo")
SHOWN = tuple(
    Shown(place=place, id=f"i{place}", title=f"title {place}", slot=slot, kind=kind, colours=("red",))
    for place, (slot, kind) in enumerate(
        [("tops", "shirts"), ("tops", "t-shirts"), ("bottoms", "jeans"), ("shoes", "sneakers")], 1
    )
)


def talk(*messages, photos=(), shown=()):
    """What the last of these messages means; `shown` stands after the first."""
    understood = understand(messages[0], photos).but(shown=shown)
    for message in messages[1:]:
        understood = understand(message, before=understood)
    return understood


def captions(understood):
    return [thing.caption for thing in understood.anchors]


def an_item(id_, **fields):
    return {"id": id_, "title": f"title {id_}", "price": 20.0, "currency": "EUR", "reason": "", "slot": "shoes"} | fields


def test_what_is_pointed_at_is_added_up():
    understood = talk("what goes with this?", "perfect, 3 and 4. how much together?", photos=[CAP], shown=SHOWN)
    assert (understood.intent, understood.topic, understood.items) == ("show", "look", ("i3", "i4"))
    assert "All together 40.00 EUR." in details(understood, [Result(tool="show", items=[an_item("i3"), an_item("i4")])])


@pytest.mark.parametrize(("size", "told"), [("43", "title i4 comes in 43."), ("36", "title i4 does not come in 36.")])
def test_whether_a_shown_thing_comes_in_a_size_is_said_first(size, told):
    understood = talk("what goes with this?", f"the fourth one, in size {size}?", photos=[CAP], shown=SHOWN)
    item = an_item("i4", sizes=["42", "43"])
    assert details(understood, [Result(tool="show", items=[item])]).startswith(told)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("the first. is it too hot for september?", "title i1 is made for autumn."),
        ("is the first one ok for work?", "title i1 is not made for work."),
    ],
)
def test_whether_a_shown_thing_suits_a_time_is_said_first(asked, told):
    understood = talk("what goes with this?", asked, photos=[CAP], shown=SHOWN)
    item = an_item("i1", seasons=["autumn"], occasions=["casual"])
    assert details(understood, [Result(tool="show", items=[item])]).startswith(told)


def test_which_of_two_colours_comes_first_is_said():
    asked = "black or brown shoes with a navy suit?"
    results = [Result(tool="complement", slot="shoes", items=[an_item("a", colours=["tan"], kind="loafers")])]
    assert reply(understand(asked), results, "EUR", said=asked).startswith("I would go for brown here.")
    without = "brown shoes with a navy suit"
    assert "I would go for" not in reply(understand(without), results, "EUR", said=without)


def test_what_colour_goes_with_it_is_said_before_things_of_it():
    asked = "what colour trousers go with this?"
    blazer = COAT.model_copy(update={"caption": "blue blazer", "kind": "blazers"})
    results = [Result(tool="complement", slot="bottoms", items=[an_item("a")])]
    assert "With blue you can't go wrong with neutrals" in reply(understand(asked, [blazer]), results, "EUR", said=asked)


def test_which_of_two_photos_suits_an_occasion_goes_by_what_they_are():
    understood = understand("which of those for an outdoor wedding, on grass?", [SANDALS, FLATS])
    assert understood.filters.occasions == ("wedding",)
    told = which(understood, [Result(tool="search"), Result(tool="search")])
    assert told == "For a wedding the beige flats are a good choice. I would take the beige flats."


def test_so_yes_or_no_gets_the_verdict_again():
    understood = talk("is this ok for the office?", "so yes or no?", photos=[JEANS])
    assert (understood.topic, understood.filters.occasions) == ("fit for", ("work",))
    assert talk("do these work together?", "yes or no?", photos=[JEANS, SHOES]).intent == "judge"


def test_a_judgement_says_what_the_occasion_asks_of_each_thing():
    understood = understand("can I wear these together to the office?", [COAT, JEANS])
    told = reply(understood, [Result(tool="judge", score=0.7, facts=["Navy with blue, tone on tone"])], "EUR")
    assert "For work the blue jeans can do, if plain and neat" in told
    assert "For work the navy coat" not in told  # nothing against it


def test_the_shoppers_own_name_for_a_photo_counts():
    assert captions(understand("do these brown shoes go with this suit?", [SHOES, COAT])) == ["brown shoes", "navy suit"]


def test_a_correction_leaves_other_things_their_colours_and_takes_up_the_occasion():
    assert captions(talk("what goes with these?", "they're more rust than beige", photos=[FLATS])) == ["rust flats"]
    mended = talk("what goes with these?", "it's a skirt, and I meant for the office", photos=[JEANS])
    assert (captions(mended), mended.filters.occasions) == (["blue skirt"], ("work",))


def test_one_more_thing_that_is_worn_is_taken_up():
    understood = talk("black or brown belt with a navy suit?", "my shoes are brown")
    assert (understood.intent, understood.slots, captions(understood)) == (
        "complement",
        ("accessories",),
        ["navy suit", "brown shoes"],
    )


def test_what_to_wear_instead_is_of_another_kind():
    understood = talk("can I wear these together?", "what would you wear instead of the jeans?", photos=[COAT, JEANS])
    assert (understood.slots, captions(understood), understood.filters.exclude_kinds) == (
        ("bottoms",),
        ["navy coat"],
        ("jeans",),
    )


def test_what_goes_with_a_thing_that_was_asked_about_is_for_that_thing():
    understood = talk("is this ok for the office?", "ok and what shoes?", photos=[JEANS])
    assert (understood.intent, understood.slots, captions(understood)) == ("complement", ("shoes",), ["blue jeans"])


@pytest.mark.parametrize(
    "asked", ["Good evening, which blouse goes with this?", "a jacket for this when it is cool in the evening?"]
)
def test_the_time_of_day_is_no_occasion(asked):
    assert understand(asked, [JEANS]).filters.occasions == ()


def test_words_that_nobody_understands_in_a_talk_are_no_insult():
    understood = talk("what shoes go with this coat?", "mine is down filled, look again", photos=[COAT])
    assert reply(understood, [], "EUR").startswith("Sorry, I didn't catch that. We were at shoes")
    assert "only know my way around clothes" in reply(understand("who won the football?"), [], "EUR")


def test_nothing_left_is_not_called_all_shown_where_nothing_was():
    understood = talk("do you have something like this?", "a parka under 10?", photos=[COAT]).but(exclude=("x",))
    told = reply(understood, [Result(tool="search", slot="outerwear")], "EUR")
    assert "shown you all" not in told
    assert "shown you all" in reply(understood, [Result(tool="search", slot="outerwear", seen=2)], "EUR")


def test_nobody_proposes_slippers_with_a_coat(assistant, thread):
    first = assistant.ask("which shoes go with grey wool trousers? show me 15", thread=thread)
    assert first.items
    assert not [item for item in first.items if item["kind"] == "slippers"]
    named = assistant.ask("slippers to go with grey wool trousers", thread=f"{thread} named")
    assert {item["kind"] for item in named.items} == {"slippers"}


def test_another_thing_in_words_is_not_taken_for_the_photo():
    assert captions(understand("do these go with a grey suit?", [SHOES])) == ["brown shoes", "grey suit"]
    assert captions(understand("what goes with this suit?", [SHOES])) == ["brown suit"]


def test_what_was_seen_is_put_right_and_the_wish_beside_it_is_heard():
    understood = talk("is this warm enough for winter?", "no, it's white! do you have anything warmer?", photos=[COAT])
    assert (understood.intent, captions(understood), understood.mended) == ("search", ["white coat"], "white coat")
    assert reply(understood, [Result(tool="search", slot="outerwear")], "EUR").startswith("Thank you, a white coat, then.")
    look = talk("what goes with this?", "it's actually a bucket hat. just show me a summer look", photos=[CAP])
    assert (look.intent, captions(look)) == ("build", ["yellow bucket hat"])


def test_a_rhetorical_no_rules_nothing_out():
    understood = talk("which belt goes with a black suit?", "isn't brown better with brown shoes?")
    assert understood.filters.exclude_colours == ()


def test_whether_pieces_are_within_a_budget_is_added_up():
    understood = talk("what goes with this?", "the first and the third, is that within my 50?", photos=[CAP], shown=SHOWN)
    assert (understood.topic, understood.items, understood.filters.max_price) == ("look", ("i1", "i3"), None)


def test_the_better_one_of_two_is_what_the_talk_goes_on_with(assistant, thread):
    photos = [drawn("black-suede-heels-women"), drawn("black-leather-boots-women")]
    first = assistant.ask("which ones with a red dress?", photos, thread)
    (better, dress) = first.understood["anchors"]
    assert f"I would take the {better['caption']}" in first.reply
    assert first.reply.startswith("I see black heels and black boots.")
    bag = assistant.ask("and what bag would you wear with it?", thread=thread)
    assert [thing["caption"] for thing in bag.understood["anchors"]] == [better["caption"], dress["caption"]]


def test_what_is_not_as_described_is_said():
    understood = understand("a linen shirt in white")
    told = reply(understood, [Result(tool="search", slot="tops", items=[an_item("a")], described=0)], "EUR")
    assert told.startswith("None of these is linen, I am afraid; they come nearest.")
    both = Result(tool="search", slot="tops", items=[an_item("a"), an_item("b")], described=1)
    assert reply(understood, [both], "EUR").startswith("One of these is linen, the others come near.")


def test_a_wish_is_answered_with_things_and_not_with_advice():
    understood = talk("a look for a winter wedding for a man", "linen in winter?? wool please")
    assert understood.topic != "advice on style"


@pytest.mark.parametrize(
    ("asked", "adults"),
    [("raincoats for kids", True), ("a coat for a girl, age 6", True), ("a coat, my lad is 10", True), ("a coat, he's only 8", True),
     ("a coat for my son, he is 30", False), ("shoes for my girlfriend, she is a 38", False), ("a look for my daughter, 120 max", False)],
)  # fmt: skip
def test_who_asks_for_a_child_is_told_that_sizes_are_for_adults(asked, adults):
    assert any("for adults" in note for note in understand(asked).notes) == adults


def test_an_occasion_that_is_ruled_out_is_none():
    understood = understand("how do I wear this without looking like I'm off to the office", [COAT])
    assert (understood.intent, understood.filters.occasions) == ("complement", ())


def test_what_goes_over_a_thing_that_was_asked_about_is_for_it():
    understood = talk(
        "is this ok for an interview?",
        "what could I throw over it to make it smarter",
        photos=[FLATS.model_copy(update={"caption": "red dress", "slot": "all-body", "kind": "dresses"})],
    )
    assert (understood.intent, understood.slots, captions(understood)) == ("complement", ("outerwear",), ["red dress"])


def test_what_is_worn_instead_of_a_thing_is_not_chosen_to_go_with_it():
    turtleneck = COAT.model_copy(update={"caption": "black turtleneck", "slot": "tops", "kind": "turtlenecks"})
    understood = talk("what goes with these?", "what about in summer, what top instead?", photos=[JEANS, turtleneck])
    assert (understood.slots, captions(understood)) == (("tops",), ["blue jeans"])

"""Photos that show several garments, one where several were spoken of, or none."""

import io

import pytest
from PIL import Image

from assistant.floor.results import Result
from assistant.photos import Photo
from assistant.saying.choosing import which
from assistant.saying.photographed import photo_notes, sight
from assistant.saying.phrasing import a
from assistant.understanding.rules import understand
from assistant.understanding.understood import Anchor
from catalog.taxonomy import vocabulary
from tests.catalog.looks import COAT, JEANS, SNEAKERS, drawing, laid_out
from tests.catalog.test_nothing import mug
from tests.conftest import ROOT

DRAWN = ROOT / "catalog" / "sample" / "images"
ON_ONE = [
    Anchor(caption="navy coat", slot="outerwear", kind="coats", source="photo", beside=True),
    Anchor(caption="blue jeans", slot="bottoms", kind="jeans", source="photo", beside=True),
    Anchor(caption="white sneakers", slot="shoes", kind="sneakers", source="photo", beside=True),
]
BLAZER = Anchor(caption="grey blazer", slot="outerwear", kind="blazers", source="photo")


@pytest.mark.parametrize(
    ("caption", "told"),
    [
        ("white shirt with short sleeves", "a white shirt with short sleeves"),
        ("orange dress", "an orange dress"),
        ("boots", "boots"),
        ("pair of boots with laces", "a pair of boots with laces"),
        ("jeans in blue", "jeans in blue"),
    ],
)
def test_what_is_seen_takes_the_article_of_the_garment(caption, told):
    assert a(caption) == told


def photo(picture: Image.Image, name: str = "photo.png") -> Photo:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return Photo(name, file.getvalue())


def drawn(item: str) -> Photo:
    return Photo("photo.webp", DRAWN / f"{item}.webp")


def captions(understood):
    return [anchor.caption for anchor in understood.anchors]


@pytest.mark.parametrize(
    ("message", "meant"),
    [
        ("what bag goes with these?", ["navy coat", "blue jeans", "white sneakers"]),
        ("what bag goes with this?", ["navy coat", "blue jeans", "white sneakers"]),
        ("", ["navy coat", "blue jeans", "white sneakers"]),
        ("what bag goes with this coat?", ["navy coat"]),
        ("what shoes go with this coat?", ["navy coat"]),
        ("what shoes go with these jeans and the coat?", ["navy coat", "blue jeans"]),
        ("what shoes go with these?", ["navy coat", "blue jeans"]),
        ("do you have a coat like this?", ["navy coat"]),
        ("build a look around the jeans", ["blue jeans"]),
        ("what bag goes with this scarf?", ["navy coat", "blue jeans", "white sneakers", "scarf"]),
    ],
)
def test_of_several_on_a_photo_the_message_says_which_are_meant(message, meant):
    assert captions(understand(message, ON_ONE)) == meant


def test_several_on_a_photo_are_judged_as_an_outfit():
    assert len(understand("do these work together?", ON_ONE).anchors) == 3
    assert captions(understand("does this coat go with the jeans?", ON_ONE)) == ["navy coat", "blue jeans"]


def test_things_on_photos_of_their_own_all_stay():
    alone = [thing.model_copy(update={"beside": False}) for thing in ON_ONE[:2]]
    assert captions(understand("what shoes go with this coat?", alone)) == ["navy coat", "blue jeans"]
    assert captions(understand("what bag goes with these jeans?", [BLAZER, *ON_ONE])) == ["grey blazer", "blue jeans"]


def test_it_says_what_it_saw_and_by_what_it_goes():
    assert sight(ON_ONE, ON_ONE, "what goes with these?").startswith(
        "In this photo I see a navy coat, blue jeans and white sneakers. "
    )
    assert sight(ON_ONE, ON_ONE[:1], "shoes for this coat?").endswith("I go by the navy coat.")
    assert sight([BLAZER, *ON_ONE], [BLAZER, *ON_ONE], "").startswith("In your photos I see a grey blazer, a navy coat")


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        ("what goes with these?", "I see one garment, a grey blazer."),
        ("what shoes go with this blazer and jeans?", "I see one garment, a grey blazer."),
        ("what goes with this?", "I see a grey blazer."),
    ],
)
def test_that_it_sees_only_one_is_said_where_several_were_spoken_of(said, begins):
    assert sight([BLAZER], [BLAZER], said).startswith(begins)


def test_these_jeans_are_one_garment_and_need_no_remark():
    jeans = Anchor(caption="blue jeans", slot="bottoms", kind="jeans", source="photo")
    assert sight([jeans], [jeans], "what goes with these?").startswith("I see blue jeans.")


def test_an_unsure_garment_among_several_is_named_in_the_question():
    unsure = ON_ONE[0].model_copy(update={"unsure": True, "alternatives": ("dresses",)})
    assert "I am not sure about the navy coat, though: is it a coat or a dress?" in sight(
        [unsure, ON_ONE[1]], [unsure, ON_ONE[1]], ""
    )


@pytest.mark.parametrize("message", ["", "what shoes go with this?", "do you have something like this?", "hello"])
def test_a_photo_without_a_garment_is_asked_about(message):
    understood = understand(message, empty=1)
    assert understood.topic == "no garment"
    assert not understood.anchors


def test_the_next_words_are_what_it_is():
    asked = understand("what shoes go with this?", empty=1)
    told = understand("a navy wool coat", (), asked)
    assert (told.intent, told.slots, captions(told)) == ("complement", ("shoes",), ["navy wool coat"])
    freely = understand("it's a red dress", (), understand("", empty=1))
    assert captions(freely) == ["red dress"]
    assert freely.proposed
    other = understand("show me red dresses under 80", (), asked)
    assert other.filters.max_price == 80


def test_a_photo_without_a_garment_beside_words_or_other_photos_is_mentioned():
    named = understand("what shoes go with this coat?", empty=1)
    assert captions(named) == ["coat"]
    assert named.notes == ("I see no garment in the photo, so I go by your words.",)
    searched = understand("a red dress under 80", empty=1)
    assert (searched.intent, searched.topic) == ("search", None)
    other = understand("what goes with this?", [BLAZER], empty=1)
    assert captions(other) == ["grey blazer"]
    assert other.notes == ("In one of the photos I see no garment.",)


def test_a_model_that_reads_text_is_told_too():
    assert photo_notes(ON_ONE[:1], 1).splitlines() == [
        "[Photo 1 shows: navy coat (slot outerwear)]",
        "[Photo without a garment: ask what it is, unless the words say it]",
    ]


def test_a_photo_of_clothes_side_by_side_is_answered_as_an_outfit(assistant, thread):
    look = photo(laid_out(COAT, JEANS, SNEAKERS)[0])
    answer = assistant.ask("what bag goes with these?", [look], thread)
    assert answer.reply.startswith("In this photo I see ")
    assert {anchor["slot"] for anchor in answer.understood["anchors"]} == {"outerwear", "bottoms", "shoes"}
    assert {item["slot"] for item in answer.items} == {"bags"}
    one = assistant.ask("what shoes go with this coat?", [look], f"{thread}-one")
    assert [anchor["slot"] for anchor in one.understood["anchors"]] == ["outerwear"]
    assert "I go by the navy coat." in one.reply


def test_a_photo_of_a_mug_is_asked_about_and_the_answer_settles_it(assistant, thread):
    asked = assistant.ask("what shoes go with this?", [photo(mug())], thread)
    assert asked.reply == "I see no garment in this photo. What is it?"
    assert not asked.items
    answer = assistant.ask("a navy wool coat", thread=thread)
    assert answer.understood["anchors"][0]["caption"] == "navy wool coat"
    assert {item["slot"] for item in answer.items} == {"shoes"}


def test_a_photo_of_a_mug_beside_a_coat_is_mentioned(assistant, thread):
    answer = assistant.ask("what shoes go with this?", [photo(mug()), photo(drawing(COAT))], thread)
    assert "In one of the photos I see no garment." in answer.reply
    assert "coat" in answer.understood["anchors"][0]["caption"]
    assert {item["slot"] for item in answer.items} == {"shoes"}


TEE = Anchor(caption="red t-shirt", slot="tops", kind="t-shirts", source="photo")
SKIRT = Anchor(caption="black midi skirt", slot="bottoms", kind="midi skirts", source="photo")
HEELS = Anchor(caption="black heels", slot="shoes", kind="heels", source="photo")
TRAINERS = Anchor(caption="white sneakers", slot="shoes", kind="sneakers", source="photo")


@pytest.mark.parametrize(
    "asked", ["what is this?", "what colour is this", "what do you see on my photo?", "what's this called?"]
)
def test_who_asks_what_a_photo_shows_is_told_and_can_go_on(asked):
    understood = understand(asked, [TEE])
    assert (understood.intent, understood.topic) == ("chat", "seen")
    assert captions(understand("what goes with it?", before=understood)) == ["red t-shirt"]


@pytest.mark.parametrize("asked", ["this but in green", "do you have this in green?", "I want this one in green please"])
def test_the_same_in_another_colour_is_looked_for_by_its_kind(asked):
    understood = understand(asked, [SKIRT])
    assert (understood.intent, understood.slots, understood.words) == ("search", ("bottoms",), "midi skirt")
    assert (understood.filters.colours, understood.filters.kinds) == (("green",), ("midi skirts",))


def test_liking_a_thing_and_asking_for_another_is_no_wish_for_its_like():
    understood = understand("I like this, what shoes?", [TEE])
    assert (understood.intent, understood.slots, captions(understood)) == ("complement", ("shoes",), ["red t-shirt"])


def test_colours_that_go_with_a_photo_are_told(assistant, thread):
    reply = assistant.ask("what colour goes with this?", [drawn("navy-cotton-chinos-men")], thread).reply
    assert reply.startswith("I see")
    assert "neutral" in reply


def test_more_like_a_photo_begins_with_those_of_its_colour(assistant, thread):
    answer = assistant.ask("do you have something like this?", [drawn("camel-wool-coat-women")], thread)
    first, *_ = answer.items
    assert first["slot"] == "outerwear"
    assert {vocabulary().basic(colour) for colour in first["colours"]} & {"brown", "beige"}
    assert "to go with" not in answer.reply


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ("grey-wool-blazer-men", "For work the grey blazer is a good choice."),
        ("black-cotton-t-shirt-men", "can do, if plain and neat"),
    ],
)
@pytest.mark.parametrize("asked", ["is this formal enough for work?", "is it too casual for the office?"])
def test_whether_a_thing_does_for_work_is_told_with_what_would(assistant, thread, item, told, asked):
    answer = assistant.ask(asked, [drawn(item)], thread)
    assert told in answer.reply
    assert answer.items
    assert all("work" in thing["reason"] for thing in answer.items)
    assert all(thing["slot"] == answer.understood["anchors"][0]["slot"] for thing in answer.items)


def test_which_of_two_photos_goes_better_is_judged_with_the_rest(assistant, thread):
    photos = [drawn("black-leather-dress-shoes-men"), drawn("white-leather-sneakers-men")]
    answer = assistant.ask("which of these two is better with a navy suit?", photos, thread)
    assert len(answer.tools) == 2
    assert "I would take" in answer.reply or "little between them" in answer.reply
    assert not answer.items
    lone = assistant.ask("which one is better?", photos, f"{thread} alone")
    assert "With what?" in lone.reply


@pytest.mark.parametrize("asked", ["is this warm enough for winter?", "can I wear this in winter?", "will this keep me warm?"])
def test_whether_a_thing_does_for_a_season_is_told(asked):
    understood = understand(asked, [TEE])
    assert (understood.topic, understood.slots, understood.filters.seasons) == ("fit for", ("tops",), ("winter",))


@pytest.mark.parametrize("asked", ["how much is this?", "what does this cost?", "what is this worth?"])
def test_who_asks_what_a_photographed_thing_costs_is_shown_its_like(asked):
    understood = understand(asked, [TEE])
    assert (understood.intent, understood.slots, understood.filters.kinds) == ("search", ("tops",), ("t-shirts",))


def test_these_or_those_are_held_against_what_is_worn_with_them():
    understood = understand("these or those with a red dress?", [HEELS, TRAINERS])
    assert understood.topic == "which"
    assert captions(understood) == ["black heels", "white sneakers", "red dress"]
    assert understand("which bag goes with these?", [HEELS, TRAINERS]).slots == ("bags",)


def test_which_of_two_photos_does_for_an_occasion_is_told_by_what_is_made_for_it(assistant, thread):
    photos = [drawn("black-denim-jacket-unisex"), drawn("grey-wool-blazer-men")]
    answer = assistant.ask("which one for a wedding?", photos, thread)
    assert "I would take the grey blazer." in answer.reply
    assert not answer.items
    assert not answer.understood.get("shown")
    again = assistant.ask("and for work?", thread=thread)
    assert "For work the grey blazer is a good choice." in again.reply
    worn = assistant.ask("and with light blue jeans?", thread=thread)
    assert "light blue jeans" in worn.reply
    assert len(worn.tools) == 2


def test_what_cannot_be_told_apart_by_sight_is_asked_for_in_words():
    understood = understand(
        "which ones for a wedding?", [HEELS, TRAINERS.model_copy(update={"kind": "shoes", "caption": "white shoes"})]
    )
    assert which(understood, [Result(tool="search"), Result(tool="search")]).startswith(
        "The picture doesn't tell me enough of the white shoes."
    )


@pytest.mark.parametrize(
    ("asked", "things"),
    [
        ("should I wear heels or flats with a midi skirt?", ["heels", "flats", "midi skirt"]),
        ("which is better with a navy suit, brown loafers or black oxfords?", ["brown loafers", "black oxfords", "navy suit"]),
    ],
)
def test_this_or_that_in_words_is_judged_with_what_is_worn_with_it(asked, things):
    understood = understand(asked)
    assert (understood.topic, captions(understood)) == ("which", things)


@pytest.mark.parametrize("asked", ["show me heels or flats with my midi skirt", "black or brown shoes with a navy suit?"])
def test_this_or_that_looked_for_is_no_choice_of_what_is_there(asked):
    assert understand(asked).intent == "complement"

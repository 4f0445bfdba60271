import pytest

from assistant.understanding import understand
from assistant.understood import Anchor, Shown

COAT = Anchor(caption="navy coat", slot="outerwear", kind="coats", source="photo")
SHOWN = tuple(
    Shown(place=place, id=f"item-{place}", title=f"Item {place}", slot="shoes", price=40 + 10 * place) for place in range(1, 5)
)


def after_shoes():
    return understand("what shoes go with this coat?", [COAT])


@pytest.mark.parametrize(
    ("message", "intent", "slots"),
    [
        ("what shoes go with a navy wool coat?", "complement", ("shoes",)),
        ("I have a navy blazer and grey trousers, what shoes should I wear?", "complement", ("shoes",)),
        ("what bag would suit black heels and a red dress?", "complement", ("bags",)),
        ("is there a jumper that matches my green corduroy skirt?", "complement", ("tops",)),
        ("black boots for this coat, and a bag, all under 150", "complement", ("shoes", "bags")),
        ("I have a grey hoodie", "complement", ("bottoms", "shoes", "outerwear")),
        ("red dress under 80", "search", ("all-body",)),
        ("show me white trainers for men in size 42", "search", ("shoes",)),
        ("do you have hats", "search", ("hats",)),
        ("does this coat go with brown boots?", "judge", ()),
        ("do black heels work with a red dress?", "judge", ()),
        ("a look for a beach wedding under 250", "build", ()),
        ("hello!", "chat", ()),
        ("what is the capital of France?", "chat", ()),
        ("what spaceship goes with it?", "chat", ()),
        ("what colours go with red?", "chat", ()),
    ],
)
def test_the_intent_and_the_wanted_slots_are_understood(message, intent, slots):
    understood = understand(message)
    assert (understood.intent, understood.slots) == (intent, slots)


def test_what_is_there_and_what_is_wanted_are_told_apart():
    understood = understand("black or navy shoes to match a beige trench coat")
    assert [anchor.caption for anchor in understood.anchors] == ["beige trench coat"]
    assert understood.filters.colours == ("black", "navy")


def test_filters_bear_the_vocabulary_s_names():
    understood = understand("women's trainers in navy, size 38, not more than £60, by northfold", brands=["Northfold"])
    assert understood.filters.stated() == {
        "max_price": 60, "currency": "GBP", "colours": ["navy"], "kinds": ["sneakers"], "sizes": ["38"], "gender": "women", "brands": ["Northfold"],
    }  # fmt: skip


def test_what_is_ruled_out_is_no_wish():
    understood = understand("shoes but not heels or boots, nothing in brown")
    assert understood.filters.exclude_kinds == ("heels", "boots")
    assert understood.filters.exclude_colours == ("brown",)
    assert understood.filters.kinds == ()


def test_each_wanted_thing_keeps_its_own_colour():
    understood = understand("black boots for a camel coat, and a bag")
    assert understood.filters_of("shoes").colours == ("black",)
    assert understood.filters_of("bags").colours == ()


def test_a_photo_is_what_the_question_is_about():
    understood = after_shoes()
    assert (understood.intent, understood.slots, understood.anchors) == ("complement", ("shoes",), (COAT,))


def test_a_photo_alone_asks_what_goes_with_it():
    assert understand("", [COAT]).slots == ("tops", "bottoms", "shoes")


def test_the_shopper_s_word_for_the_photo_counts_more_than_the_captioner_s():
    seen = Anchor(caption="taupe jacket or coat", slot="outerwear", kind="outerwear", source="photo")
    assert understand("what goes with this parka?", [seen]).anchors[0].caption == "taupe parka"
    dress = Anchor(caption="red dress", slot="all-body", kind="dresses", source="photo")
    assert understand("what goes with this skirt?", [dress]).anchors[0].slot == "bottoms"


@pytest.mark.parametrize(
    ("message", "caption"),
    [
        ("no, it is dark green", "dark green coat"),
        ("it's black", "black coat"),
        ("actually it's a jacket", "navy jacket"),
        ("wrong, that's a grey blazer", "grey blazer"),
    ],
)
def test_a_correction_mends_what_was_seen_and_keeps_the_question(message, caption):
    understood = understand(message, (), after_shoes(), SHOWN)
    assert understood.anchors[0].caption == caption
    assert (understood.intent, understood.slots) == ("complement", ("shoes",))


def test_an_unsure_photo_is_settled_by_naming_the_garment():
    unsure = COAT.model_copy(update={"unsure": True, "alternatives": ("dresses",)})
    understood = understand("a dress", (), understand("what shoes go with this?", [unsure]), SHOWN)
    assert understood.anchors[0].kind == "dresses"
    assert not understood.anchors[0].unsure


def test_later_words_refine_the_same_wish():
    understood = understand("only boots, under 120 please", (), after_shoes(), SHOWN)
    assert (understood.intent, understood.slots, understood.anchors) == ("complement", ("shoes",), (COAT,))
    assert (understood.filters.kinds, understood.filters.max_price) == (("boots",), 120)
    black = understand("in black", (), understood, SHOWN)
    assert black.filters.stated() == {"max_price": 120, "colours": ["black"], "kinds": ["boots"]}
    assert understand("no boots", (), black, SHOWN).filters.kinds == ()


def test_the_next_wish_keeps_what_is_worn():
    understood = understand("and a bag?", (), after_shoes(), SHOWN)
    assert (understood.slots, understood.anchors) == (("bags",), (COAT,))


def test_a_wish_of_its_own_lets_go_of_what_was_worn():
    understood = understand("I'm looking for a summer dress for a beach wedding", (), after_shoes(), SHOWN)
    assert (understood.intent, understood.anchors) == ("search", ())


def test_cheaper_is_below_what_was_shown():
    assert understand("cheaper please", (), after_shoes(), SHOWN).filters.max_price < 50


def test_others_are_not_those_that_were_shown():
    assert set(understand("show me other shoes", (), after_shoes(), SHOWN).exclude) == {item.id for item in SHOWN}


@pytest.mark.parametrize(
    ("message", "ids"),
    [
        ("tell me more about the second one", ("item-2",)),
        ("compare 1 and 3", ("item-1", "item-3")),
        ("more about the last", ("item-4",)),
    ],
)
def test_places_point_at_what_was_shown(message, ids):
    understood = understand(message, (), after_shoes(), SHOWN)
    assert (understood.intent, understood.items) == ("show", ids)


def test_thanks_forget_nothing():
    understood = understand("thanks!", (), after_shoes(), SHOWN)
    assert (understood.intent, understood.anchors) == ("chat", (COAT,))


def test_understanding_survives_being_stored():
    understood = understand("only boots, under 120 please", (), after_shoes(), SHOWN)
    assert type(understood).model_validate_json(understood.model_dump_json()) == understood

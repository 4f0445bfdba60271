import pytest

from assistant.understanding.advice import Adviser
from assistant.understanding.asides import without_orders
from assistant.understanding.reading import read
from assistant.understanding.rules import understand
from assistant.understanding.understood import Anchor, Offer, Shown
from retrieval.embeddings import SentenceEmbedder

COAT = Anchor(caption="navy coat", slot="outerwear", kind="coats", source="photo")
SHOWN = tuple(
    Shown(place=place, id=f"item-{place}", title=f"Item {place}", slot="shoes", price=40 + 10 * place) for place in range(1, 5)
)


def after_shoes():
    return understand("what shoes go with this coat?", [COAT]).but(shown=SHOWN)


@pytest.mark.parametrize(
    ("message", "intent", "slots"),
    [
        ("what shoes go with a navy wool coat?", "complement", ("shoes",)),
        ("I have a navy blazer and grey trousers, what shoes should I wear?", "complement", ("shoes",)),
        ("what bag would suit black heels and a red dress?", "complement", ("bags",)),
        ("is there a jumper that matches my green corduroy skirt?", "complement", ("tops",)),
        ("black boots for this coat, and a bag, all under 150", "complement", ("shoes", "bags")),
        ("grey suit, what tie and shoes?", "complement", ("accessories", "shoes")),
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
    understood = understand(message, (), after_shoes())
    assert understood.anchors[0].caption == caption
    assert (understood.intent, understood.slots) == ("complement", ("shoes",))


def test_an_unsure_photo_is_settled_by_naming_the_garment():
    unsure = COAT.model_copy(update={"unsure": True, "alternatives": ("dresses",)})
    understood = understand("a dress", (), understand("what shoes go with this?", [unsure]))
    assert understood.anchors[0].kind == "dresses"
    assert not understood.anchors[0].unsure


def test_later_words_refine_the_same_wish():
    understood = understand("only boots, under 120 please", (), after_shoes())
    assert (understood.intent, understood.slots, understood.anchors) == ("complement", ("shoes",), (COAT,))
    assert (understood.filters.kinds, understood.filters.max_price) == (("boots",), 120)
    black = understand("in black", (), understood)
    assert black.filters.stated() == {"max_price": 120, "colours": ["black"], "kinds": ["boots"]}
    assert understand("no boots", (), black).filters.kinds == ()


def test_the_next_wish_keeps_what_is_worn():
    understood = understand("and a bag?", (), after_shoes())
    assert (understood.slots, understood.anchors) == (("bags",), (COAT,))


def test_a_wish_of_its_own_lets_go_of_what_was_worn():
    understood = understand("I'm looking for a summer dress for a beach wedding", (), after_shoes())
    assert (understood.intent, understood.anchors) == ("search", ())


def test_cheaper_is_below_what_was_shown():
    assert understand("cheaper please", (), after_shoes()).filters.cheaper_than == 50


def test_others_are_not_those_that_were_shown():
    assert set(understand("show me other shoes", (), after_shoes()).exclude) == {item.id for item in SHOWN}


@pytest.mark.parametrize(
    ("message", "ids"),
    [
        ("tell me more about the second one", ("item-2",)),
        ("compare 1 and 3", ("item-1", "item-3")),
        ("more about the last", ("item-4",)),
    ],
)
def test_places_point_at_what_was_shown(message, ids):
    understood = understand(message, (), after_shoes())
    assert (understood.intent, understood.items) == ("show", ids)


def test_thanks_forget_nothing():
    understood = understand("thanks!", (), after_shoes())
    assert (understood.intent, understood.anchors) == ("chat", (COAT,))


def test_understanding_survives_being_stored():
    understood = understand("only boots, under 120 please", (), after_shoes())
    assert type(understood).model_validate_json(understood.model_dump_json()) == understood


def test_several_things_are_searched_at_once():
    understood = understand("a red dress and black shoes under 90")
    assert (understood.intent, understood.slots) == ("search", ("all-body", "shoes"))
    assert understood.filters_of("all-body").colours == ("red",)
    assert understood.filters_of("shoes").colours == ("black",)


@pytest.mark.parametrize(
    "message",
    [
        "My client wears a cream blouse, black trousers and gold hoops. What coat?",
        "She already owns a cream blouse, which coat goes with it?",
    ],
)
def test_what_somebody_else_wears_is_worn_and_not_wanted(message):
    understood = understand(message)
    assert understood.anchors[0].caption == "cream blouse"
    assert understood.slots == ("outerwear",)


def test_a_place_stands_for_the_item_that_was_shown_there_worn_with_what_it_was_chosen_for():
    understood = understand("what bag goes with the second one?", (), after_shoes())
    assert understood.slots == ("bags",)
    assert [(anchor.id, anchor.source) for anchor in understood.anchors] == [(None, "photo"), ("item-2", "catalogue")]


def test_a_place_where_nothing_was_shown_is_asked_about():
    assert understand("tell me more about number 9", (), after_shoes()).topic == "no such place"


@pytest.mark.parametrize(
    ("message", "name", "excluded"),
    [
        ("boots that aren't black", "exclude_colours", ("black",)),
        ("not leather or suede", "exclude_materials", ("leather", "suede")),
        ("dress, not floral", "exclude_patterns", ("floral",)),
        ("anything but Northfold and Quillon", "exclude_brands", ("Northfold", "Quillon")),
        ("I can't walk in heels", "exclude_kinds", ("heels",)),
    ],
)
def test_people_rule_out_in_many_words(message, name, excluded):
    understood = understand(message, (), after_shoes(), ["Northfold", "Quillon"])
    assert getattr(understood.filters, name) == excluded


def test_yes_takes_up_the_offer():
    before = understand("boots under 20").but(offer=Offer(name="max_price", value=54.9))
    assert understand("yes please", (), before).filters.max_price == 54.9
    lifted = understand("purple boots").but(offer=Offer(name="colours"))
    assert understand("ok", (), lifted).filters.stated() == {"kinds": ["boots"]}


@pytest.mark.parametrize("message", ["any colour is fine", "forget the colour"])
def test_a_filter_can_be_taken_back(message):
    assert understand(message, (), understand("purple boots under 90")).filters.stated() == {
        "max_price": 90,
        "kinds": ["boots"],
    }


def test_a_new_start_forgets_everything():
    understood = understand("start over", (), after_shoes())
    assert (understood.anchors, understood.slots) == ((), ())


def test_one_thing_is_swapped_for_another():
    before = understand("I wear a green parka, jeans and white sneakers. does it match?")
    understood = understand("swap the sneakers for loafers", (), before)
    assert (understood.intent, understood.filters.kinds) == ("swap", ("loafers",))
    assert [anchor.caption for anchor in understood.anchors] == ["green parka", "jeans"]


def test_a_correction_names_the_thing_it_is_about():
    before = understand("I wear a green parka, jeans and white sneakers. does it match?")
    understood = understand("no, the parka is navy", (), before)
    assert [anchor.caption for anchor in understood.anchors] == ["navy parka", "jeans", "white sneakers"]
    assert understood.intent == "judge"


def test_a_range_that_cannot_be_is_asked_about():
    assert understand("shoes over 100 and under 50").topic == "contradiction"


def test_misspelt_garments_are_put_right_and_said_so():
    understood = understand("white snekers")
    assert understood.slots == ("shoes",)
    assert understood.taken == (("snekers", "sneakers"),)


def test_a_budget_before_a_wish_is_kept():
    before = understand("secret santa, max 25")
    assert before.topic == "what thing"
    assert understand("socks or a scarf", (), before).filters.max_price == 25


@pytest.mark.parametrize("message", ["赤いドレス", "Ich suche eine rote Jacke"])
def test_other_languages_are_told_that_only_english_is_understood(message):
    assert understand(message).topic == "language"


@pytest.mark.parametrize("message", ["fire 🔥 ty", "not too short", "flat ones please"])
def test_words_that_only_look_like_garments_are_none(message):
    assert not understand(message).slots


@pytest.mark.parametrize(
    ("message", "owned", "wanted"),
    [
        ("finally off shift :) got a grey sweater dress last week, need boots to wear with it", "grey sweater dress", "boots"),
        ("Bought myself a camel coat. I'm after a scarf to go with it", "camel coat", "scarf"),
        ("I am looking for a blouse to wear to the office with a charcoal pencil skirt", "charcoal pencil skirt", "blouse"),
        ("whats good with a light blue denim jacket, shoe wise", "light blue denim jacket", "shoes"),
        ("what goes with a leopard print midi skirt? looking for a top", "leopard print midi skirt", "top"),
        ("I've got a black suit and I need something for my neck - do you have bow ties?", "black suit", "bow ties"),
    ],
)
def test_what_is_owned_and_what_is_wanted_for_it(message, owned, wanted):
    reading = read(message)
    assert [phrase.words for phrase in reading.of_role("anchor")] == [owned]
    assert [phrase.words for phrase in reading.of_role("target")] == [wanted]


@pytest.mark.parametrize(
    ("message", "colours", "excluded"),
    [
        ("no wait, not red. green", ("green",), ("red",)),
        ("I'd rather have brown than black", ("brown",), ("black",)),
        ("orange is a bit much. anything in navy?", ("navy",), ("orange",)),
        ("Gold it is. Not more than 60 though", ("gold",), ()),
    ],
)
def test_one_colour_for_another(message, colours, excluded):
    reading = read(message)
    assert (reading.colours, reading.exclude_colours) == (colours, excluded)


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ("my husband wants linen shorts or trousers. Start with shorts.", ["shorts"]),
        ("earrings probably. or no, a necklace", ["necklaces"]),
        ("ok and some white trainers, what've you got", ["sneakers"]),
        ("an emerald dress and no shoes yet. what heels would look nice?", ["heels"]),
    ],
)
def test_of_several_things_the_one_that_is_meant(message, wanted):
    assert [phrase.kind for phrase in read(message).of_role("target")] == wanted


def test_a_limit_said_of_jeans_is_none_of_boots():
    jeans = understand("jeans under 65", before=understand("what goes with my brown leather jacket?"))
    assert understand("boots too?", before=jeans).filters.max_price is None


def test_what_a_shopper_can_spend_holds_for_the_next_thing():
    present = understand("a birthday present for my daughter, a bag or a scarf, max 80")
    assert understand("what about earrings", before=present).filters.max_price == 80


def test_a_plain_sentence_that_begins_with_now_keeps_its_full_stop():
    message = "I like the first. now gloves that match it"
    assert [phrase.role for phrase in read(without_orders(message)).phrases] == ["target"]


@pytest.mark.parametrize(
    "message", ["do men really wear socks with sandals?", "is it better to wear a jumper or two thin layers?"]
)
def test_questions_about_people_in_general_set_no_wish(message):
    understood = understand(message)
    assert (understood.intent, understood.filters.gender) == ("chat", None)


def test_a_general_question_is_answered_by_the_nearest_topic():
    advise = Adviser(SentenceEmbedder().embed)
    asked = understand("are jumpsuits fine at weddings?", advise=advise)
    assert (asked.topic, asked.about) == ("advice on style", "jumpsuits")
    assert advise("who tips the tailor?") is None


def test_what_no_description_says_is_asked_of_what_was_shown():
    before = understand("hiking boots").but(
        shown=(Shown(place=1, id="a", title="Plain hiking boots", slot="shoes", kind="hiking boots", price=90),)
    )
    understood = understand("are they waterproof?", before=before)
    assert (understood.intent, understood.about) == ("show", "water-resistant")


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("I have just bought a navy coat, what shoes go with it?", ["navy coat", "shoes"]),
        ("I wear mostly black, show me a red bag under 80", ["red bag"]),
        ("show me the rings you have", ["rings"]),
        ("does this navy coat go with brown boots or no, be honest", ["navy coat", "brown boots"]),
    ],
)
def test_no_garment_is_lost_in_tidying(message, words):
    assert [phrase.words for phrase in read(message).phrases] == words


def test_a_sum_at_the_end_is_the_looks_budget():
    assert understand("build me an outfit for a weekend in London, woman, 300").filters.total_max == 300
    assert understand("a look for new year 2026").filters.total_max is None


def test_how_a_thing_would_look_is_a_question_of_judgement():
    before = understand("what hat goes with my olive green parka?")
    assert understand("how would a mustard beanie look with it?", before=before).intent == "judge"


def test_whether_one_comes_in_a_size_is_asked_of_that_one():
    assert understand("the second looks good. do they come in 42?", before=after_shoes()).intent == "show"


@pytest.mark.parametrize("message", ["may a guest wear red to a wedding?", "how do I keep white leather clean?"])
def test_what_the_readme_says_one_can_ask_in_general(message):
    asked = understand(message, advise=Adviser(SentenceEmbedder().embed))
    assert (asked.intent, asked.topic) == ("chat", "advice on style")

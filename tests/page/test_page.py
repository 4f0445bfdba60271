"""The page, run by Streamlit's own AppTest over the real assistant."""

import io
import sqlite3
from dataclasses import replace

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from assistant import cards, page
from assistant.cards import Card, Group, blocks, groups_of
from assistant.photos import Photo
from assistant.saying.gone_by import Chip, chips
from catalog.items import Item
from retrieval.building import build_index
from tests.catalog.looks import COAT, JEANS, laid_out
from tests.conftest import ROOT

HOSTILE = "<b>Bold</b> $x^2$ [free](http://evil.example) :smile: :red[sale] **boots** #1"


@pytest.fixture
def visit(places, monkeypatch):
    """Opens the page, as a visitor with this conversation in the address."""

    def opened(thread: str | None = None, **settings: str) -> AppTest:
        for name, value in (places | settings).items():
            monkeypatch.setenv(name, value)
        visitor = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120)
        if thread:
            visitor.query_params["thread"] = thread
        return visitor.run()

    return opened


def texts(visitor: AppTest) -> list[str]:
    return [element.value for element in visitor.text]


def send(visitor: AppTest, text: str = "", **photos: bytes) -> AppTest:
    box = visitor.chat_input[0].set_value(text)
    for name, data in photos.items():
        box = box.upload(f"{name}.png", data, "image/png")
    return visitor.run()


def png(path) -> bytes:
    out = io.BytesIO()
    Image.open(path).save(out, "PNG")
    return out.getvalue()


def test_the_first_page_greets_and_offers_examples(visit):
    visitor = visit()
    assert not visitor.exception
    assert visitor.title[0].value == "What goes with what you have?"
    assert [button.label for button in visitor.main.button] == list(page.EXAMPLES)


def test_an_example_is_asked_when_it_is_clicked(visit):
    visitor = visit()
    visitor.main.button[2].click().run()
    assert any("black heels can be worn together" in text for text in texts(visitor))
    assert not visitor.main.button


def test_a_question_is_answered_by_numbered_cards_with_a_meter_each(visit):
    visitor = send(visit(), "What shoes go with a navy wool coat?")
    assert not visitor.exception
    shown = texts(visitor)
    assert "Shoes to go with the navy wool coat:" in shown
    assert [text for text in shown if text.isdigit()] == ["1", "2", "3", "4", "5"]
    assert len(visitor.main.get("image") or visitor.main.get("imgs")) == 5
    assert sum(text.endswith(" EUR") for text in shown) == 5
    assert len(visitor.get("progress")) == 5


def test_a_score_that_is_not_calibrated_has_no_meter(visit, monkeypatch):
    card_of = cards._card
    monkeypatch.setattr(cards, "_card", lambda *given: replace(card_of(*given), meter=None))
    assert not send(visit(), "What shoes go with a navy wool coat?").get("progress")


def test_a_calibrated_score_is_a_meter(visit, monkeypatch):
    card_of = cards._card
    monkeypatch.setattr(cards, "_card", lambda *given: replace(card_of(*given), meter=0.82))
    visitor = send(visit(), "What shoes go with a navy wool coat?")
    assert [bar.proto.text for bar in visitor.get("progress")] == ["Goes together: 82%"] * 5


def test_the_sidebar_says_what_was_understood(visit):
    visitor = send(visit(), "black shoes under 80 to go with a navy wool coat")
    said = [element.value for element in visitor.sidebar.text]
    assert {"navy wool coat", "shoes", "black", "up to 80"} <= set(said)


def test_two_photos_are_seen_shown_and_answered_without_words(visit, drawings):
    coat, dress = png(drawings / "navy-wool-coat-men.webp"), png(drawings / "red-satin-midi-dress-women.webp")
    visitor = send(visit(), coat=coat, dress=dress)
    assert not visitor.exception
    assert len(visitor.chat_message[0].get("image") or visitor.chat_message[0].get("imgs")) == 2
    assert any(text.startswith("I see") and "navy" in text and "red" in text for text in texts(visitor))


def test_things_on_one_photo_can_be_asked_about_one_by_one(visit):
    out = io.BytesIO()
    laid_out(COAT, JEANS)[0].save(out, "PNG")
    visitor = send(visit(), both=out.getvalue())
    assert any(text.startswith("In this photo I see ") for text in texts(visitor))
    offered = [button for button in visitor.main.button if button.label.startswith("What goes with the navy")]
    assert len(offered) == 1
    visitor = offered[0].click().run()
    assert any("to go with the navy" in text and "black" not in text.splitlines()[0] for text in texts(visitor))
    assert not [button for button in visitor.main.button if button.label.startswith("What goes with")]


def test_a_broken_photo_is_named_and_the_conversation_goes_on(visit):
    visitor = send(visit(), broken=b"I am no picture")
    assert "broken.png, not readable" in texts(visitor)
    assert any("broken.png is not a picture that can be read" in text for text in texts(visitor))
    assert "Shoes to go with the navy wool coat:" in texts(send(visitor, "What shoes go with a navy wool coat?"))


def test_a_reload_brings_the_conversation_back_and_a_new_one_is_empty(visit):
    visitor = send(visit(), "What shoes go with a navy wool coat?")
    again = visit(visitor.session_state.thread)
    assert texts(again) == texts(visitor)
    again.sidebar.button[0].click().run()
    assert again.title[0].value == "What goes with what you have?"
    assert again.session_state.thread != visitor.session_state.thread


def test_what_a_catalogue_says_is_shown_literally_and_only_web_links_are_links(visit, embedder, tmp_path):
    boots = {"slot": "shoes", "kind": "boots", "colours": ("black",), "caption": HOSTILE, "image": tmp_path / "missing.webp"}
    items = [
        Item(id="one", title=HOSTILE, url="javascript:alert(1)", **boots),
        Item(id="two", title="Plain boots", **boots | {"caption": "black boots"}, url="https://shop.example/two"),
    ]
    build_index(items, tmp_path / "shop", embedder, source="test")
    visitor = send(visit(ASSISTANT_SHOP=str(tmp_path / "shop")), "show me black boots")
    assert not visitor.exception
    assert HOSTILE in texts(visitor)
    assert not any("evil" in element.value for element in visitor.markdown)
    assert [link.proto.url for link in visitor.get("link_button")] == ["https://shop.example/two"]


def test_a_shop_that_is_not_there_is_a_sentence(visit, tmp_path):
    visitor = visit(ASSISTANT_SHOP=str(tmp_path / "nowhere"))
    assert not visitor.exception
    assert visitor.error[0].value == "The shop cannot open:"
    assert not visitor.title
    assert any("nowhere" in text for text in texts(visitor))


def test_a_turn_that_fails_is_a_sentence_and_the_conversation_goes_on(visit, tmp_path):
    visitor = visit(ASSISTANT_DATA=str(tmp_path))
    memory = sqlite3.connect(tmp_path / "conversations.sqlite")
    memory.execute("ALTER TABLE checkpoints RENAME TO lost")
    send(visitor, "What shoes go with a navy wool coat?")
    assert not visitor.exception
    assert visitor.error[0].value == "Sorry, I could not answer that."
    assert any("please try again" in text for text in texts(visitor))
    memory.execute("ALTER TABLE lost RENAME TO checkpoints")
    assert "Shoes to go with the navy wool coat:" in texts(send(visitor, "What shoes go with a navy wool coat?"))


def singles(items, shown=()) -> list[Card]:
    """Items without looks, as cards."""
    return [card for group in groups_of(items, [], shown, {}) for card in group.cards]


def test_a_card_stands_where_its_numbered_line_was():
    groups = groups_of([{"id": id_, "title": f"Boot {id_}", "reason": "black"} for id_ in "abc"], [], ["a", "b"], {})
    (a,), (b,), (c,) = (group.cards for group in groups)
    assert blocks("First:\n1. Boot a, black.\n\n2. **Boot b**\nThat is all.", groups) == [
        "First:",
        Group((a, b)),
        "That is all.",
        Group((c,)),
    ]


def test_a_numbered_line_that_names_another_item_stays():
    groups = groups_of([{"id": "a", "title": "Boot a", "reason": "black"}], [], ["a"], {})
    assert blocks("1. Wash it cold.", groups) == ["1. Wash it cold.", *groups]


def a_look(*ids: str, **others) -> dict:
    return {"items": list(ids), "slots": ["tops"] * len(ids), "total": 231.7, "currency": "EUR", "score": 0.7} | others


def pieces(*ids: str) -> list[dict]:
    return [{"id": id_, "title": f"Thing {id_}", "slot": "shoes", "price": 10.0, "currency": "EUR"} for id_ in ids]


def test_the_cards_of_a_look_stand_together_under_what_it_costs():
    groups = groups_of(pieces("a", "b", "c", "d"), [a_look("a", "b"), a_look("c", "d", total=None)], ["a", "b", "c", "d"], {})
    said = "Two looks.\n\nLook 1, 231.70 EUR in all:\n1. Thing a\n2. Thing b\n\nLook 2:\n3. Thing c\n4. Thing d\n\nWhich?"
    first, one, two, last = blocks(said, groups)
    assert (first, last) == ("Two looks.", "Which?")
    assert (one.heading, two.heading) == ("Look 1 · 231.70 EUR", "Look 2")
    assert [card.title for card in (*one.cards, *two.cards)] == ["Thing a", "Thing b", "Thing c", "Thing d"]
    assert [card.swap for card in (one.cards[0], two.cards[1])] == ["swap the shoes in look 1", "swap the shoes in look 2"]


def test_after_a_swap_the_whole_look_is_shown_with_the_pieces_known_from_before():
    (look,) = groups_of(pieces("new"), [a_look("a", "new")], ["a", "new"], {item["id"]: item for item in pieces("a", "b")})
    assert look.heading == "Your look · 231.70 EUR"
    assert [(card.title, card.number, card.swap) for card in look.cards] == [
        ("Thing a", 1, "swap the shoes"),
        ("Thing new", 2, "swap the shoes"),
    ]
    assert blocks("Instead:\n2. Thing new, lovely.\nAll right?", [look]) == ["Instead:", look, "All right?"]


def test_only_a_calibrated_look_has_a_meter():
    def meter(kind):
        return groups_of(pieces("a"), [a_look("a", score_kind=kind)], [], {})[0].meter

    assert (meter("calibrated"), meter("uncalibrated")) == (0.7, None)


def test_what_is_gone_by_is_said_in_words_each_with_what_takes_it_back():
    state = {
        "anchors": [{"caption": "navy wool coat"}],
        "slots": ["all-body", "shoes"],
        "filters": {"total_max": 250.0, "colours": ["red", "pink"], "exclude_kinds": ["heels"], "exclude_brands": ["Solvane"]},
        "look": ["a", "b"],
        "budget_left": 18.3,
        "without": ["bags"],
        "rejected": ["c", "unknown"],
    }
    assert chips(state, {item["id"]: item for item in pieces("a", "b", "c")}) == {
        "You have": [Chip("navy wool coat")],
        "Looking for": [Chip("dresses and jumpsuits"), Chip("shoes")],
        "Wishes": [Chip("all together up to 250", "forget the budget"), Chip("red or pink", "forget the colour")],
        "Ruled out": [
            Chip("no heels", "heels are fine after all"),
            Chip("not by Solvane", "any brand is fine"),
            Chip("no bags"),
            Chip("Thing c"),
        ],
        "Your look": [Chip("Thing a"), Chip("Thing b"), Chip("20.00 EUR together"), Chip("18.30 EUR left of the budget")],
    }
    assert chips({}, {}) == {}


@pytest.mark.parametrize(("kind", "meter"), [("calibrated", 0.7), ("uncalibrated", None)])
def test_only_a_calibrated_score_has_a_meter(kind, meter):
    item = {"id": "a", "title": "Boot", "reason": "black", "score": 0.7, "score_kind": kind}
    assert singles([item])[0].meter == meter


@pytest.mark.parametrize(
    "url", [None, "", "javascript:alert(1)", "data:text/html,x", "//shop.example", "http://[", "shop.example"]
)
def test_what_is_no_address_of_the_web_is_no_link(url):
    assert singles([{"id": "a", "title": "Boot", "reason": "black", "url": url}])[0].link is None


def test_a_missing_or_damaged_picture_is_a_hanger(tmp_path):
    (tmp_path / "bad.jpg").write_text("no picture")
    items = [{"id": name, "title": name, "reason": "", "image": str(tmp_path / name)} for name in ("bad.jpg", "missing.jpg")]
    bad, missing = singles(items)
    assert bad.picture == missing.picture
    assert Image.open(io.BytesIO(bad.picture)).size == (cards.SIDE, cards.SIDE)


def test_more_photos_than_are_looked_at_are_shown_by_name(drawings):
    photo = Photo("coat.png", png(drawings / "navy-wool-coat-men.webp"))
    shown = page.snapshots([photo] * 10)
    assert [bool(each.picture) for each in shown] == [True] * 8 + [False] * 2


@pytest.mark.parametrize("wanted", [None, "", "default", "../etc", "x" * 40])
def test_an_address_without_a_conversation_of_ours_gets_a_new_one(wanted):
    assert page.thread_of(wanted) not in (wanted, page.thread_of(wanted))


def test_a_picture_on_the_web_is_shown_from_its_address_and_nothing_else_is():
    item = {"id": "a", "title": "Coat", "reason": ""}
    (web,) = singles([item | {"image_url": "https://shop.example/coat.jpg"}])
    assert web.picture == "https://shop.example/coat.jpg"
    (script,) = singles([item | {"image_url": "javascript:alert(1)"}])
    assert isinstance(script.picture, bytes)


@pytest.fixture
def alone(tmp_path) -> dict[str, str]:
    """A data folder of the visit's own, for what is kept of its user."""
    return {"ASSISTANT_DATA": str(tmp_path)}


def click(visitor: AppTest, label: str) -> AppTest:
    return next(button for button in visitor.button if button.label == label).click().run()


def test_a_look_is_headed_by_its_sum_and_a_piece_is_swapped_by_its_button(visit):
    visitor = send(visit(), "a look for a summer wedding for women under 300")
    headings = [text for text in texts(visitor) if text.startswith("Your look · ")]
    assert len(headings) == 1 and headings[0].endswith(" EUR")
    assert any(text.endswith("together") for text in texts(visitor.sidebar))
    assert any(text.endswith("left of the budget") for text in texts(visitor.sidebar))
    before = [text for text in texts(visitor) if text.isdigit()]
    click(visitor, "Swap")
    assert not visitor.exception
    assert any(turn.text.startswith("swap the ") for turn in visitor.session_state.turns)
    old, new = (turn.groups[0] for turn in visitor.session_state.turns)
    assert len([text for text in texts(visitor) if text.isdigit()]) == 2 * len(before)
    assert len({card.title for card in new.cards} - {card.title for card in old.cards}) == 1
    assert [button.label for button in visitor.main.button].count("Swap") == len(before)


def test_a_reload_brings_looks_back(visit):
    visitor = send(visit(), "a look for a summer wedding for women under 300")
    again = visit(visitor.session_state.thread)
    assert [group.heading for group in again.session_state.turns[0].groups] == [
        group.heading for group in visitor.session_state.turns[0].groups
    ]
    assert texts(again) == texts(visitor)


def test_a_wish_is_taken_back_by_its_cross_and_all_by_starting_over(visit):
    visitor = send(visit(), "black boots under 90")
    assert {"black", "up to 90"} <= set(texts(visitor.sidebar))
    click(visitor, "×")
    assert not visitor.exception
    assert "black" in texts(visitor.sidebar) and "up to 90" not in texts(visitor.sidebar)
    click(visitor, "Start over")
    assert "black" not in texts(visitor.sidebar)


def test_what_is_said_for_good_stands_in_the_profile_and_can_be_forgotten(visit, alone):
    visitor = send(visit(**alone), "I love green and I never wear yellow. My shoe size is 42")
    fields = {field.label: field.value for field in visitor.sidebar.text_input}
    assert fields == {"I like": "green", "I never wear": "yellow", "My sizes": "42", "My climate": ""}
    click(visitor, "Forget me")
    assert {field.value for field in visitor.sidebar.text_input} == {""}
    assert not any(button.label == "Forget me" for button in visitor.button)


def test_the_profile_can_be_written_on_the_page_and_holds_in_a_new_conversation(visit, alone):
    visitor = visit(**alone)
    likes, never, sizes, climate = visitor.sidebar.text_input
    likes.set_value("linen, , minimal")
    never.set_value("black")
    sizes.set_value("medium, 42")
    climate.set_value("cold")
    visitor.sidebar.number_input[0].set_value(100)
    visitor.sidebar.selectbox[0].set_value("men")
    click(visitor, "Save")
    assert not visitor.exception
    user, thread = visitor.session_state.user, visitor.session_state.thread
    click(visitor, "New conversation")
    assert visitor.session_state.user == user and visitor.session_state.thread != thread
    assert [field.value for field in visitor.sidebar.text_input] == ["linen, minimal", "black", "M, 42", "cold"]
    shown = [card for group in send(visitor, "show me shoes").session_state.turns[0].groups for card in group.cards]
    assert shown and not any("black" in card.title for card in shown)
    assert all(float(card.price.split()[0]) <= 100 for card in shown)


def test_a_profile_that_makes_no_sense_is_a_sentence(visit, alone):
    visitor = visit(**alone)
    visitor.sidebar.text_input[0].set_value("x" * 61)
    click(visitor, "Save")
    assert not visitor.exception
    assert any("could not be kept" in error.value for error in visitor.error)


def test_two_visitors_have_two_profiles(visit, alone):
    one, two = visit(**alone), visit(**alone)
    one.sidebar.text_input[0].set_value("green")
    click(one, "Save")
    assert two.run().sidebar.text_input[0].value == ""
    assert one.session_state.user != two.session_state.user


@pytest.mark.parametrize(
    ("login", "user"),
    [
        ({"is_logged_in": True, "email": "ann@shop.example"}, "ann@shop.example"),
        ({}, "a" * 32),
        ({"email": "ann@shop.example"}, "a" * 32),
    ],
)
def test_who_is_logged_in_is_known_by_that_and_others_by_the_address(login, user):
    assert page.user_of("a" * 32, login) == user


def test_nobody_becomes_another_by_an_address_that_names_them():
    assert page.user_of("ann@shop.example", {}) != "ann@shop.example"


def test_a_turn_that_was_cut_off_says_so(visit):
    visitor = visit()
    visitor.session_state.turns.append(page.Turn("red dress"))
    assert page.CUT_OFF in texts(visitor.run())

"""The page, run by Streamlit's own AppTest over the real assistant."""

import io
import sqlite3
from dataclasses import replace

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from assistant import page
from assistant.photos import Photo
from catalog.items import Item
from retrieval.building import build_index
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
    cards_of = page.cards_of
    monkeypatch.setattr(page, "cards_of", lambda *given: [replace(card, meter=None) for card in cards_of(*given)])
    assert not send(visit(), "What shoes go with a navy wool coat?").get("progress")


def test_a_calibrated_score_is_a_meter(visit, monkeypatch):
    cards_of = page.cards_of
    monkeypatch.setattr(page, "cards_of", lambda *given: [replace(card, meter=0.82) for card in cards_of(*given)])
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


def test_a_card_stands_where_its_numbered_line_was():
    cards = page.cards_of([{"id": id_, "title": f"Boot {id_}", "reason": "black"} for id_ in "abc"], ["a", "b"])
    a, b, c = cards
    assert page.blocks("First:\n1. Boot a, black.\n\n2. **Boot b**\nThat is all.", cards) == [
        "First:",
        [a, b],
        "That is all.",
        [c],
    ]


def test_a_numbered_line_that_names_another_item_stays():
    cards = page.cards_of([{"id": "a", "title": "Boot a", "reason": "black"}], ["a"])
    assert page.blocks("1. Wash it cold.", cards) == ["1. Wash it cold.", cards]


@pytest.mark.parametrize(("kind", "meter"), [("calibrated", 0.7), ("uncalibrated", None)])
def test_only_a_calibrated_score_has_a_meter(kind, meter):
    item = {"id": "a", "title": "Boot", "reason": "black", "score": 0.7, "score_kind": kind}
    assert page.cards_of([item], [])[0].meter == meter


@pytest.mark.parametrize(
    "url", [None, "", "javascript:alert(1)", "data:text/html,x", "//shop.example", "http://[", "shop.example"]
)
def test_what_is_no_address_of_the_web_is_no_link(url):
    assert page.cards_of([{"id": "a", "title": "Boot", "reason": "black", "url": url}], [])[0].link is None


def test_a_missing_or_damaged_picture_is_a_hanger(tmp_path):
    (tmp_path / "bad.jpg").write_text("no picture")
    items = [{"id": name, "title": name, "reason": "", "image": str(tmp_path / name)} for name in ("bad.jpg", "missing.jpg")]
    bad, missing = page.cards_of(items, [])
    assert bad.picture == missing.picture
    assert Image.open(io.BytesIO(bad.picture)).size == (page.SIDE, page.SIDE)


def test_more_photos_than_are_looked_at_are_shown_by_name(drawings):
    photo = Photo("coat.png", png(drawings / "navy-wool-coat-men.webp"))
    shown = page.snapshots([photo] * 10)
    assert [bool(each.picture) for each in shown] == [True] * 8 + [False] * 2


@pytest.mark.parametrize("wanted", [None, "", "default", "../etc", "x" * 40])
def test_an_address_without_a_conversation_of_ours_gets_a_new_one(wanted):
    assert page.thread_of(wanted) not in (wanted, page.thread_of(wanted))


def test_a_picture_on_the_web_is_shown_from_its_address_and_nothing_else_is():
    item = {"id": "a", "title": "Coat", "reason": ""}
    (web,) = page.cards_of([item | {"image_url": "https://shop.example/coat.jpg"}], [])
    assert web.picture == "https://shop.example/coat.jpg"
    (script,) = page.cards_of([item | {"image_url": "javascript:alert(1)"}], [])
    assert isinstance(script.picture, bytes)

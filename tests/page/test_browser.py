"""The page in a real browser: pictures that are really there, real uploads, a real reload."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.conftest import ROOT

CHROMIUM = "/usr/bin/chromium"
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
SECONDS = 1000  # in Playwright's milliseconds

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not shutil.which(CHROMIUM), reason=f"{CHROMIUM} is not installed: apt-get install chromium fonts-dejavu-core"
    ),
]


@pytest.fixture(scope="module")
def address(places) -> Iterator[str]:
    """The page, served as `make app` serves it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--server.headless", "true"]
    server = subprocess.Popen(command, cwd=ROOT, env=os.environ | places, stdout=subprocess.DEVNULL)
    try:
        _wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def _wait_until_healthy(url: str, server: subprocess.Popen) -> None:
    for _ in range(240):
        assert server.poll() is None, "the page's server ended"
        try:
            with urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.25)
    pytest.fail("The page's server does not answer.")


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield chromium
        chromium.close()


@pytest.fixture
def view(browser, address):
    """The page, opened and ready for a message."""
    view = browser.new_page(viewport={"width": 1280, "height": 900})
    view.goto(address)
    view.get_by_test_id("stChatInputTextArea").wait_for(timeout=240 * SECONDS)
    yield view
    view.close()


def send(view, text: str, *photos: Path) -> None:
    """Send a message by its button, which works only once the uploads are through, and wait for the answer."""
    if photos:
        view.locator("[data-testid=stChatInput] input[type=file]").set_input_files(photos)
        view.wait_for_load_state("networkidle")
    view.get_by_test_id("stChatInputTextArea").fill(text)
    messages = view.get_by_test_id("stChatMessage").count()
    view.locator("[data-testid=stChatInputSubmitButton]:not([disabled])").click(timeout=30 * SECONDS)
    view.get_by_test_id("stChatMessage").nth(messages + 1).wait_for(timeout=60 * SECONDS)


def wait_for_pictures(view, count: int) -> None:
    """Until so many cards show a picture that the browser could draw."""
    drawn = (
        "count => [...document.querySelectorAll('[class*=st-key-card-] img')].filter(i => i.naturalWidth > 100).length == count"
    )
    view.wait_for_function(drawn, arg=count, timeout=60 * SECONDS)


def test_a_question_is_answered_by_cards_whose_pictures_are_visible(view):
    send(view, "What shoes go with a navy wool coat?")
    cards = view.locator("[class*=st-key-card-]")
    view.get_by_text("See it in the shop").nth(4).wait_for(timeout=60 * SECONDS)
    wait_for_pictures(view, 5)
    assert cards.count() == 5
    assert [card.inner_text().split()[0] for card in cards.all()] == ["1", "2", "3", "4", "5"]
    assert len({card.bounding_box()["height"] for card in cards.all()}) == 1
    assert view.get_by_role("progressbar").count() == 5


def test_two_photos_are_seen_and_named(view, drawings):
    send(view, "", drawings / "navy-wool-coat-men.webp", drawings / "red-satin-midi-dress-women.webp")
    seen = view.get_by_text(re.compile("^I see "))
    seen.wait_for(timeout=60 * SECONDS)
    assert "navy" in seen.inner_text() and "red dress" in seen.inner_text()
    wait_for_pictures(view, 6)
    assert view.locator("[class*=st-key-shopper-] img").count() == 2


def test_a_reload_keeps_the_conversation(view):
    send(view, "What shoes go with a navy wool coat?")
    last = view.get_by_text("See it in the shop").nth(4)
    last.wait_for(timeout=60 * SECONDS)
    before = view.locator("[class*=st-key-card-]").all_inner_texts()
    view.reload()
    last.wait_for(timeout=60 * SECONDS)
    assert view.locator("[class*=st-key-card-]").all_inner_texts() == before
    assert view.get_by_text("What shoes go with a navy wool coat?").count() == 1


def test_on_a_phone_nothing_runs_off_the_side(view):
    view.set_viewport_size({"width": 390, "height": 844})
    send(view, "what goes with a grey blazer?")
    view.get_by_text("See it in the shop").nth(8).wait_for(timeout=60 * SECONDS)
    assert view.evaluate("document.documentElement.scrollWidth") <= 390
    boxes = [card.bounding_box() for card in view.locator("[class*=st-key-card-]").all()]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)


def test_a_look_is_swapped_piece_by_piece_and_the_answer_comes_into_sight(view):
    send(view, "a look for a summer wedding for women, under 300")
    view.locator("[class*=st-key-chip-]", has_text="EUR together").wait_for(timeout=60 * SECONDS)  # the page is complete
    pieces = view.locator("[class*=st-key-card-]").count()
    view.get_by_role("button", name="Swap").first.click()
    view.get_by_text(re.compile("^Your look · ")).nth(1).wait_for(timeout=60 * SECONDS)
    wait_for_pictures(view, 2 * pieces)
    view.wait_for_function("document.querySelector('.st-key-shopper-1').getBoundingClientRect().top < innerHeight / 2")
    swaps = "count => document.querySelectorAll('[class*=st-key-swap-] button').length == count"
    view.wait_for_function(swaps, arg=pieces, timeout=30 * SECONDS)  # the earlier look's go when the page is complete


def wait_for_profile(view, never: str) -> None:
    """Until the profile says that this is never worn."""
    written = """never => document.querySelector('input[aria-label="I never wear"]')?.value === never"""
    view.wait_for_function(written, arg=never, timeout=30 * SECONDS)


def test_a_profile_stays_with_the_address(view):
    send(view, "I never wear yellow")
    view.get_by_text("About me").click()
    wait_for_profile(view, "yellow")
    view.get_by_role("button", name="New conversation").click()
    view.get_by_text("What goes with what you have?").wait_for(timeout=60 * SECONDS)
    view.reload()
    view.get_by_text("About me").click(timeout=60 * SECONDS)
    view.get_by_role("button", name="Forget me").click(timeout=30 * SECONDS)
    wait_for_profile(view, "")


def test_looks_and_the_sidebar_fit_on_a_phone(view):
    view.set_viewport_size({"width": 390, "height": 844})
    send(view, "a look for the beach under 200, no yellow")
    view.get_by_role("button", name="Swap").first.wait_for(timeout=60 * SECONDS)
    assert view.evaluate("document.documentElement.scrollWidth") <= 390
    boxes = [card.bounding_box() for card in view.locator("[class*=st-key-card-]").all()]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)

"""Who looks at a shopper's photos: the vision model that the settings name, and the embedded captioner for what it cannot say."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from assistant.agent import Assistant
from assistant.floor.stopwatch import Stopwatch
from assistant.models import make_vision
from assistant.photos import PAUSE, Eyes, Photo
from assistant.settings import Settings, SettingsError
from tests.conftest import ROOT
from tests.endpoint import Reply, drips, fails, keeps_silent, says, scripted
from tests.fakes import save_tiny_llava

DRAWN = ROOT / "catalog" / "sample" / "images"
LOOK = json.dumps(
    [
        {"slot": "outerwear", "garment": "trench coat", "colours": ["beige"], "box": [0.1, 0, 0.9, 0.7]},
        {"slot": "shoes", "garment": "ankle boots", "colours": ["brown"], "box": [0.2, 0.7, 0.8, 1]},
    ]
)


ODD = (
    '{"choices": "abc"}',
    '{"choices": [null]}',
    '{"choices": {"a": 1}}',
    '{"choices": [{"message": "no"}]}',
    '{"choices": [{"message": {"content": [{"type": "text", "text": "a coat"}]}}]}',
    '{"choices": [{"message": {"content": 3}}], "usage": {"prompt_tokens": "12"}}',
)


def answered(body):
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
    return Reply(raw=f"{head}{body}".encode())


def drawing():
    return Photo("drawing.webp", DRAWN / "black-satin-slip-dress-women.webp")


def eyes_of(server, clock=lambda: 0.0, **how):
    return Eyes(make_vision(Settings(vision="sees", vision_url=server.base_url, **how)), clock)


def captions(eyes, count=1):
    return [anchor.caption for anchor in eyes.see([drawing()] * count, Stopwatch()).seen]


def test_the_vision_model_names_each_garment_and_the_talk_goes_by_it(tmp_path):
    with scripted(says(LOOK)) as server:
        settings = Settings(data=tmp_path, vision="sees", vision_url=server.base_url, vision_key="secret")
        answer = Assistant.open(settings).ask("what bag goes with these?", [drawing()])
    assert {sent["authorization"] for sent in server.headers} == {"Bearer secret"}
    assert [anchor["caption"] for anchor in answer.understood["anchors"]] == ["beige trench coat", "brown ankle boots"]
    assert "In this photo I see a beige trench coat and brown ankle boots" in answer.reply
    assert {item["slot"] for item in answer.items} == {"bags"}


@pytest.mark.parametrize(
    "trouble",
    [
        fails(503),
        fails(401),
        keeps_silent(),
        drips(),
        Reply(raw=b"<html>"),
        *(answered(body) for body in ODD),
    ],
    ids=["down", "refuses the key", "silent", "drips", "no chat model", *ODD],
)
def test_while_it_does_not_answer_the_embedded_captioner_looks_and_it_is_left_alone(trouble):
    now = [0.0]
    with scripted(trouble) as server:
        eyes = eyes_of(server, lambda: now[0], timeout=1)
        assert "dress" in captions(eyes)[0]
        asked = len(server.requests)
        captions(eyes)
        assert len(server.requests) == asked
        now[0] = PAUSE
        captions(eyes)
        assert len(server.requests) > asked


def test_what_it_will_not_say_the_embedded_captioner_tells_of_that_photo_alone():
    def by_turns(request):
        return next(answers)

    answers = iter([says(LOOK)] + [says("I'm sorry, I cannot help with that.")] * 3)
    with scripted(by_turns) as server:
        eyes = eyes_of(server)
        assert captions(eyes) == ["beige trench coat", "brown ankle boots"]
        assert "dress" in captions(eyes)[0]


@pytest.mark.parametrize(
    "said",
    [
        ["There is no garment in this picture."],
        ["[]", "Fluffy brown dog on green grass", '{"slot": null, "garment": null}'],
    ],
    ids=["in words", "an empty list"],
)
def test_a_photo_without_a_garment_is_one_for_the_vision_model_too(said):
    with scripted(*map(says, said)) as server:
        sight = eyes_of(server).see([drawing()], Stopwatch())
    assert (sight.seen, sight.empty) == ([], 1)


def test_an_endpoint_is_told_its_own_key_and_nothing_meant_for_another(monkeypatch):
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Gateway: gateway-secret")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")
    monkeypatch.setenv("OPENAI_API_KEY", "other-secret")
    with scripted(says(LOOK)) as server:
        captions(eyes_of(server, vision_key="ours"))
    (sent,) = server.headers
    assert sent["authorization"] == "Bearer ours"
    assert "secret" not in str(sent)


def test_a_slow_endpoint_keeps_nobody_else_waiting():
    both = threading.Barrier(2, timeout=20)

    def meets(request):
        both.wait()  # breaks, and with it both answers, where one waits for the other
        return says(LOOK)

    with scripted(meets) as server:
        eyes = eyes_of(server)
        with ThreadPoolExecutor(2) as pool:
            told = list(pool.map(lambda _: captions(eyes), range(2)))
    assert told == [["beige trench coat", "brown ankle boots"]] * 2


def test_a_model_of_transformers_looks_too_and_what_a_random_one_writes_is_no_worse_than_silence(tmp_path):
    eyes = Eyes(make_vision(Settings(vision=save_tiny_llava(tmp_path))))
    watch = Stopwatch()
    assert eyes.see([drawing()], watch).seen
    assert watch.stages["ask the vision model"] > 0


def test_a_vision_model_that_cannot_be_had_is_said_at_the_start(tmp_path):
    with pytest.raises(SettingsError, match=r"ASSISTANT_VISION: The captioning model .* cannot be loaded"):
        make_vision(Settings(vision=str(tmp_path)))
    with pytest.raises(SettingsError, match="ASSISTANT_VISION_URL needs ASSISTANT_VISION"):
        Settings.from_env({"ASSISTANT_VISION_URL": "http://localhost:8000/v1"})
    assert make_vision(Settings()) is None

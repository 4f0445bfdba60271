import time

import pytest
from PIL import Image

from catalog.descriptions import AnswerError, Description
from catalog.items import CatalogueError
from catalog.vision_endpoint import SIDE, EndpointCaptioner
from tests.endpoint import Reply, fails, keeps_silent, says, scripted

PICTURES = [Image.new("RGB", (900, 1200), colour) for colour in ("navy", "red", "green", "white")]


def captioner(server, **how) -> EndpointCaptioner:
    return EndpointCaptioner(server.base_url, "llava", **({"timeout": 2.0, "retries": 2} | how))


def test_a_picture_is_sent_small_and_its_answer_is_read():
    with scripted(says("Navy wool winter coat, plain")) as server:
        one = captioner(server)
        (seen,) = one.describe(PICTURES[:1])
        (request,) = server.requests
    assert isinstance(seen, Description)
    assert (seen.kind, one.source, one.spent.requests) == ("coats", "llava", 1)
    _, image = request["messages"][0]["content"]
    assert image["image_url"]["url"].startswith("data:image/jpeg;base64,")
    assert len(image["image_url"]["url"]) < SIDE * SIDE


def test_answers_keep_the_pictures_order_whoever_comes_first():
    def slow_at_first(request):
        return says(f"{['black', 'red'][len(server.requests) % 2]} coat", wait=0.3 if len(server.requests) == 1 else 0.0)

    with scripted(slow_at_first) as server:
        seen = captioner(server, at_once=2).describe(PICTURES[:2])
    assert sorted(one.caption for one in seen if isinstance(one, Description)) == ["black coat", "red coat"]
    assert len(server.requests) == 2


def test_no_more_requests_than_allowed_stand_beside_each_other():
    most = standing = 0

    def counted(request):
        nonlocal most, standing
        standing += 1
        most = max(most, standing)
        time.sleep(0.05)
        standing -= 1
        return says("red dress")

    with scripted(counted) as server:
        captioner(server, at_once=2).describe(PICTURES * 2)
    assert most <= 2


@pytest.mark.parametrize(
    "trouble", [fails(500), fails(503), fails(429, retry_after="0"), keeps_silent(), Reply(raw=b"HTTP/1.1 200 OK\r\n\r\n")]
)
def test_a_server_that_fails_once_is_asked_again(trouble):
    with scripted(trouble, says("red satin dress")) as server:
        (seen,) = captioner(server, timeout=0.5).describe(PICTURES[:1])
    assert isinstance(seen, Description), seen
    assert seen.material == "satin"


@pytest.mark.parametrize(
    "lies", [Reply([]), says("I'm sorry, I can't help with that."), says("eine rote Jacke"), says("coat " * 2000)]
)
def test_an_answer_that_is_none_is_asked_for_in_other_words_and_then_left_out(lies):
    with scripted(lies) as server:
        (answer,) = captioner(server).describe(PICTURES[:1])
        assert isinstance(answer, AnswerError)
        asked = [request["messages"][0]["content"][0]["text"] for request in server.requests]
    assert len(set(asked)) == 2


def test_a_server_that_stays_down_costs_the_picture_and_not_the_run():
    with scripted(fails(500)) as server:
        answers = captioner(server, retries=0).describe(PICTURES[:2])
    assert all(isinstance(answer, AnswerError) and "no answer" in str(answer) for answer in answers)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refused_key_or_name_ends_the_run_with_a_sentence(status):
    with scripted(fails(status)) as server, pytest.raises(CatalogueError, match="refuses"):
        captioner(server).describe(PICTURES)


TWO = (
    '[{"box": [0.1, 0.0, 0.9, 0.5], "slot": "outerwear", "garment": "coat", "colours": ["navy"]},'
    ' {"box": [0.2, 0.4, 0.8, 0.9], "slot": "bottoms", "garment": "jeans", "colours": ["blue"]}]'
)


def test_each_garment_of_a_picture_is_asked_for_with_its_box():
    with scripted(says(TWO)) as server:
        (found,) = captioner(server).describe_each(PICTURES[:1])
        (request,) = server.requests
    assert [(one.caption, one.box) for one in found] == [
        ("navy coat", (0.1, 0.0, 0.9, 0.5)),
        ("blue jeans", (0.2, 0.4, 0.8, 0.9)),
    ]
    assert "JSON list" in request["messages"][0]["content"][0]["text"]


def test_who_lists_no_garments_is_asked_for_the_main_one():
    with scripted(says("I see a lovely outfit."), says("Navy wool winter coat")) as server:
        (found,) = captioner(server).describe_each(PICTURES[:1])
    assert [(one.kind, one.box) for one in found] == [("coats", None)]
    with scripted(says("[]"), says("There is no clothing in this image.")) as server:
        (answer,) = captioner(server).describe_each(PICTURES[:1])
    assert isinstance(answer, AnswerError)
    assert str(answer) == "no garment seen"

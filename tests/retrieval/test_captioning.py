"""How `retrieval build` and `update` come by captions: kept over kills, taken over from other machines, by any captioner."""

import json
import subprocess
import sys

import pytest
from PIL import Image, ImageDraw

from catalog.__main__ import main as catalog
from retrieval.__main__ import main as retrieval
from tests.conftest import ROOT
from tests.endpoint import fails, says, scripted

DOWN = fails(503, retry_after_ms="1")  # the client asks again, soon


def write_catalogue(folder, count):
    """A catalogue of dresses whose pictures all differ."""
    rows = []
    for number in range(count):
        picture = Image.new("RGB", (48, 64), (225, 225, 228))
        ImageDraw.Draw(picture).polygon([(20, 8), (28, 8), (38, 58), (10, 58)], (200, number, 40))
        picture.save(folder / f"{number}.png")
        rows.append({"id": f"d{number}", "title": "dress", "image": f"{number}.png"})
    path = folder / "products.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def by(server):
    return ["--captioner", "endpoint", "--address", server.base_url, "--model", "llava"]


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def go(capsys):
    """Runs a command, which must succeed, and gives what it printed."""

    def going(main, *arguments):
        assert main([*map(str, arguments), "--json"]) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return going


def captions(go, shop):
    return {item["id"]: (item["caption"], item["caption_source"]) for item in go(retrieval, "search", "dress", "--shop", shop)}


def test_a_build_that_is_killed_goes_on_with_the_captions_that_it_has(tmp_path):
    products, shop = write_catalogue(tmp_path, 80), tmp_path / "shop"
    command = [sys.executable, "-m", "retrieval", "build", str(products), "--into", str(shop), "--json"]
    kept = shop / "captions.jsonl"
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not (kept.exists() and kept.stat().st_size):
            pass
        process.kill()
    before = kept.read_bytes()
    assert 0 < before.count(b"\n") < 80
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    made = json.loads(done.stdout)
    assert (made["items"], made["pictures"]["captioned"]) == (80, 80 - before.count(b"\n"))
    assert kept.read_bytes().startswith(before[: before.rindex(b"\n") + 1])
    assert sorted(row["id"] for row in lines(kept)) == sorted(f"d{number}" for number in range(80))


def test_captions_made_on_several_machines_are_taken_over_without_a_captioner(tmp_path, go):
    products, shop = write_catalogue(tmp_path, 9), tmp_path / "shop"
    shop.mkdir()
    with scripted(says("striped red silk dress")) as server:
        for part in (1, 2):
            out = tmp_path / f"part-{part}.jsonl"
            go(catalog, "caption", products, *by(server), "--out", out, "--shard", f"{part}/2")
        together = b"".join((tmp_path / f"part-{part}.jsonl").read_bytes() for part in (1, 2))
        (shop / "captions.jsonl").write_bytes(together)
        asked = len(server.requests)
        for how in ([], by(server)):
            (made,) = go(retrieval, "build", products, "--into", shop, *how)
            assert (made["pictures"]["kept"], made["pictures"]["captioned"], made["unusable_pictures"]) == (9, 0, 0)
            assert set(captions(go, shop).values()) == {("striped red silk dress", "llava")}
        assert len(server.requests) == asked
    assert (shop / "captions.jsonl").read_bytes() == together


def test_what_a_dead_endpoint_did_not_answer_the_next_build_asks_and_says_what_it_spent(tmp_path, go):
    products, shop = write_catalogue(tmp_path, 3), tmp_path / "shop"
    with scripted(DOWN) as server:
        (made,) = go(retrieval, "build", products, "--into", shop, *by(server))
    assert (made["unusable_pictures"], made["pictures"]["captioned"]) == (3, 0)
    assert set(captions(go, shop).values()) == {("dress", "title")}
    with scripted(says("red cotton dress")) as server:
        (made,) = go(retrieval, "build", products, "--into", shop, *by(server))
    assert (made["unusable_pictures"], made["pictures"]["captioned"], made["pictures"]["requests"]) == (0, 3, 3)
    assert set(captions(go, shop).values()) == {("red cotton dress", "llava")}


def test_a_picture_that_was_refused_is_asked_for_again_only_on_request(tmp_path, go, capsys):
    products, shop = write_catalogue(tmp_path, 2), tmp_path / "shop"
    (tmp_path / "0.png").write_bytes(b"no picture")
    with scripted(says("I cannot help with that."), says("I cannot help with that."), says("red dress")) as server:
        go(retrieval, "build", products, "--into", shop, *by(server))
        assert retrieval(["build", str(products), "--into", str(shop), *by(server)]) == 0
        said = capsys.readouterr().err
        assert "d0: 0.png is not a picture that can be read" in said
        assert "d1: The captioner gave a refusal. Its title serves as its caption." in said
        assert len(server.requests) == 2
        (made,) = go(retrieval, "build", products, "--into", shop, "--again", *by(server))
        assert (made["unusable_pictures"], made["pictures"]["captioned"]) == (1, 1)


def test_an_update_asks_the_chosen_captioner_about_new_pictures_only(tmp_path, go):
    products, shop = write_catalogue(tmp_path, 2), tmp_path / "shop"
    with scripted(says("red cotton dress")) as server:
        go(retrieval, "build", products, "--into", shop, *by(server))
        more = write_catalogue(tmp_path, 3)
        assert go(retrieval, "update", more, "--shop", shop, *by(server))[0]["added"] == 1
        assert len(server.requests) == 3
    assert captions(go, shop)["d2"] == ("red cotton dress", "llava")


def test_an_endpoint_without_an_address_is_a_sentence_and_leaves_the_shop(tmp_path, go, capsys):
    products, shop = write_catalogue(tmp_path, 1), tmp_path / "shop"
    assert retrieval(["build", str(products), "--into", str(shop), "--captioner", "endpoint"]) == 2
    assert "needs --address" in capsys.readouterr().err

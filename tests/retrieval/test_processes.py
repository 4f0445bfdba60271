"""Several processes on one shop, its captions in the folder or at a Chroma server: one writes, others read, nobody fails."""

import gc
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from catalog.items import Item
from retrieval import building, chroma, nearest
from retrieval.building import build_index, change_index
from retrieval.filters import Filters
from retrieval.index import open_index
from retrieval.shop import ShopError
from tests.conftest import ROOT
from tests.fakes import HashingEmbedder

READERS = 3
# Reads until it sees the item that the writer adds last; every answer must be whole and in order.
READER = """
import json, sys, time
from pathlib import Path
from retrieval import nearest
nearest.FEW, nearest.PROPOSED = 10, 40
from retrieval.filters import Filters
from retrieval.index import open_index
from tests.fakes import HashingEmbedder
index = open_index(Path(sys.argv[1]), HashingEmbedder())
query = index.embedder.embed(["coat"])[0]
print("reading", flush=True)
answers, builds, until = 0, set(), time.monotonic() + 100
while time.monotonic() < until:
    hits = index.search(query, Filters(), ["outerwear"], k=5)
    assert len(hits) == 5 and [hit.similarity for hit in hits] == sorted((hit.similarity for hit in hits), reverse=True)
    assert abs(hits[0].similarity - float(index.embedder.embed([hits[0].item.words])[0] @ query)) < 1e-5
    index.search_words("coat", Filters(max_price=30), k=5)
    builds.add(index.manifest.build)
    answers += 1
    if index.get(["last"]):
        break
print(json.dumps({"answers": answers, "builds": len(builds), "last": bool(index.get(["last"]))}))
"""


def coats(*numbers: int, price: float = 20) -> list[Item]:
    return [Item(id=f"coat-{number}", title=f"coat {number}", slot="outerwear", price=price) for number in numbers]


@pytest.fixture
def few(monkeypatch):
    """Fifty items are many, here and in the readers."""
    monkeypatch.setattr(nearest, "FEW", 10)
    monkeypatch.setattr(nearest, "PROPOSED", 40)
    monkeypatch.setattr(building, "FEW", 10)


@pytest.fixture
def server(tmp_path) -> Iterator[str]:
    """A Chroma server of our own on loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    chroma = Path(sys.executable).parent / "chroma"
    command = [chroma, "run", "--path", str(tmp_path / "server"), "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _wait_for(f"http://127.0.0.1:{port}/api/v2/heartbeat")
        yield f"http://127.0.0.1:{port}"
        process.terminate()


def _wait_for(address: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"{address} does not answer")


def readers_beside_a_writer(shop: Path) -> list[dict[str, object]]:
    """What readers saw while this process changed prices, added, deleted, and built anew."""
    with ExitStack() as stack:
        command = [sys.executable, "-c", READER, str(shop)]
        readers = [
            stack.enter_context(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
            for _ in range(READERS)
        ]
        for reader in readers:
            assert reader.stdout.readline() == "reading\n", reader.stderr.read()
        index = open_index(shop, HashingEmbedder())
        for turn in range(6):
            change_index(index, coats(*range(turn, 50, 5), price=20 + turn))  # prices
            change_index(index, coats(*range(50 + 4 * turn, 54 + 4 * turn)), gone=[f"coat-{turn}"])  # at last more than few
        change_index(index, [Item(id="last", title="coat", slot="outerwear")])
        said = [reader.communicate(timeout=120) for reader in readers]
    for out, error in said:
        assert out, error
    return [json.loads(out) for out, _ in said]


def test_readers_go_on_beside_a_writer_on_one_folder(few, tmp_path):
    index = build_index(coats(*range(50)), tmp_path / "shop", HashingEmbedder(), source="test")
    before = index.manifest.build
    seen = readers_beside_a_writer(tmp_path / "shop")
    assert all(reader["last"] and reader["answers"] for reader in seen)
    assert index.get(["coat-0", "coat-60", "last"]) and index.manifest.build != before


def test_readers_go_on_beside_a_writer_with_a_chroma_server(few, tmp_path, server):
    build_index(coats(*range(50)), tmp_path / "shop", HashingEmbedder(), source="test", server=server)
    seen = readers_beside_a_writer(tmp_path / "shop")
    assert all(reader["last"] and reader["answers"] for reader in seen)
    assert not list((tmp_path / "shop").glob("build-*/chroma"))
    index = open_index(tmp_path / "shop", HashingEmbedder())
    build_index(coats(*range(50)), tmp_path / "shop", HashingEmbedder(), source="test", server=server)
    build_index(coats(*range(50)), tmp_path / "shop", HashingEmbedder(), source="test", server=server)
    import chromadb

    there = [
        found.name for found in chromadb.HttpClient(host="127.0.0.1", port=int(server.rpartition(":")[2])).list_collections()
    ]
    builds = {path.name for path in (tmp_path / "shop").glob("build-*")}
    assert {"-".join(name.split("-")[:4]) for name in there} == builds  # what is no build's is cleared up
    assert len(index.search_words("coat", Filters(), k=5)) == 5


def test_a_server_that_is_gone_costs_speed_and_no_answer(few, tmp_path, server):
    index = build_index(coats(*range(50)), tmp_path / "shop", HashingEmbedder(), source="test", server=server)
    query = index.embedder.embed(["coat"])[0]
    served = [hit.item.id for hit in index.search(query, Filters(), ["outerwear"], 5)]
    with pytest.warns(UserWarning, match=r"Chroma at http://127\.0\.0\.1:1 does not serve: .*compared one by one"):
        away = open_index(tmp_path / "shop", HashingEmbedder(), server="http://127.0.0.1:1")
        assert [hit.item.id for hit in away.search(query, Filters(), ["outerwear"], 5)] == served


def test_a_server_that_never_answers_is_given_up(few, tmp_path, monkeypatch):
    monkeypatch.setattr(chroma, "DEADLINE", 0.5)
    index = build_index(coats(*range(50)), tmp_path / "shop", HashingEmbedder(), source="test")
    query = index.embedder.embed(["coat"])[0]
    served = [hit.item.id for hit in index.search(query, Filters(), ["outerwear"], 5)]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        away = open_index(tmp_path / "shop", HashingEmbedder(), server=f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.warns(UserWarning, match=r"does not serve: .*timed out"):
            assert [hit.item.id for hit in away.search(query, Filters(), ["outerwear"], 5)] == served
        with pytest.warns(UserWarning, match=r"did not serve a moment ago"):
            assert [hit.item.id for hit in away.search(query, Filters(), ["outerwear"], 5)] == served


def test_changes_stand_where_their_new_build_finds_no_server_and_leave_nothing_behind(few, tmp_path, server):
    build_index(coats(*range(50)), tmp_path / "shop", HashingEmbedder(), source="test", server=server)
    index = open_index(tmp_path / "shop", HashingEmbedder(), server="http://127.0.0.1:1")
    for turn in range(3):
        with pytest.warns(UserWarning, match=r"was changed, but could not be built anew: Chroma at http://127\.0\.0\.1:1"):
            change_index(index, coats(*range(100 + 20 * turn, 120 + 20 * turn)))
    assert len(index) == 110
    assert len(list((tmp_path / "shop").glob("build-*"))) == 1


def test_a_reader_lets_go_of_builds_that_are_no_more(few, tmp_path):
    index = build_index(coats(*range(50)), tmp_path / "shop", HashingEmbedder(), source="test")
    open_files = []
    for turn in range(8):
        build_index(coats(*range(50 + turn)), tmp_path / "shop", HashingEmbedder(), source="test")
        index.search(index.embedder.embed(["coat"])[0], Filters(), ["outerwear"], 5)
        gc.collect()  # SQLite's connections go with the next round of it
        open_files.append(len(list(Path("/proc/self/fd").iterdir())))
    assert max(open_files[4:]) <= max(open_files[:4]) + 3


@pytest.mark.parametrize("address", ["localhost:8000", "ftp://localhost", "http://"])
def test_an_address_that_is_none_is_refused_before_anything_is_replaced(tmp_path, address):
    build_index(coats(1), tmp_path / "shop", HashingEmbedder(), source="test")
    with pytest.raises(ShopError, match=r"is no address of a Chroma server: write it as http://localhost:8000"):
        build_index(coats(2), tmp_path / "shop", HashingEmbedder(), source="test", server=address)
    assert open_index(tmp_path / "shop", HashingEmbedder()).get(["coat-1"])


def test_a_server_that_does_not_answer_leaves_the_old_index(tmp_path):
    build_index(coats(1), tmp_path / "shop", HashingEmbedder(), source="test")
    with pytest.raises(ShopError, match=r"Chroma at http://127\.0\.0\.1:1 does not serve"):
        build_index(coats(2), tmp_path / "shop", HashingEmbedder(), source="test", server="http://127.0.0.1:1")
    assert open_index(tmp_path / "shop", HashingEmbedder()).get(["coat-1"])

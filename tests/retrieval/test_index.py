"""The caption index: what is stored is found again, and no failure loses what was stored before."""

import json
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from catalog.items import Item
from retrieval.filters import Filters
from retrieval.index import BATCH, ShopError, build_index, open_index, prepare_folder
from tests.conftest import ROOT
from tests.fakes import HashingEmbedder

EVERYTHING = Filters()
STUCK_BUILD = """
import sys, threading
from pathlib import Path
from catalog.items import Item
from retrieval.index import BATCH, build_index
from tests.fakes import HashingEmbedder

class Stuck(HashingEmbedder):
    def embed(self, texts):
        if len(texts) < BATCH:  # the second batch
            print("half way", flush=True)
            threading.Event().wait()
        return super().embed(texts)

items = [Item(id=f"new-{number}", title="coat", slot="outerwear") for number in range(BATCH + 1)]
build_index(items, Path(sys.argv[1]), Stuck(), source="new")
"""


def make(identity: str, title: str = "navy coat", **fields) -> Item:
    return Item.model_validate({"id": identity, "title": title} | fields)


def ids(index) -> list[str]:
    hits = index.search_words("coat", EVERYTHING, k=10_000)
    return sorted(hit.item.id for hit in hits)


def builds(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("build-*"))


@pytest.fixture
def embedder() -> HashingEmbedder:
    return HashingEmbedder()


@pytest.fixture
def shop(tmp_path, embedder) -> Path:
    """A shop of one coat, built before whatever a test does to it."""
    build_index([make("old")], tmp_path / "shop", embedder, source="old.csv", rejected=2)
    return tmp_path / "shop"


@pytest.fixture
def stuck_build(shop) -> Iterator[subprocess.Popen]:
    """Another process in the middle of rebuilding the shop."""
    command = [sys.executable, "-c", STUCK_BUILD, str(shop)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "half way\n"
        yield process
        process.kill()


# Finding


def test_an_item_comes_back_whole(tmp_path, embedder, sample_items):
    index = build_index(sample_items, tmp_path / "shop", embedder, source="sample")
    assert len(index) == len(sample_items)
    assert index.get([item.id for item in sample_items]) == sample_items


def test_hits_come_best_first_with_their_cosine_similarity(tmp_path, embedder):
    items = [make("1", "navy coat"), make("2", "navy wool coat"), make("3", "red boots")]
    index = build_index(items, tmp_path / "shop", embedder, source="test")
    hits = index.search_words("navy coat", EVERYTHING, k=3)
    assert [hit.item.id for hit in hits] == ["1", "2", "3"]
    query, *vectors = embedder.embed(["navy coat", "navy coat", "navy wool coat", "red boots"])
    assert np.allclose([hit.similarity for hit in hits], np.array(vectors) @ query, atol=1e-5)


def test_more_asked_for_than_there_is_gives_what_there_is(shop, embedder):
    assert ids(open_index(shop, embedder)) == ["old"]


def test_what_is_out_of_stock_is_kept_but_not_offered(tmp_path, embedder):
    index = build_index([make("1", stock=0), make("2", stock=1), make("3")], tmp_path / "shop", embedder, source="test")
    assert ids(index) == ["2", "3"]
    assert [item.id for item in index.get(["1"])] == ["1"]


def test_items_are_got_in_the_order_asked_for_without_the_unknown(tmp_path, embedder):
    index = build_index([make(str(number)) for number in range(5)], tmp_path / "shop", embedder, source="test")
    assert [item.id for item in index.get(["4", "nobody", "0", "2"])] == ["4", "0", "2"]
    assert index.get([]) == []


def test_prices_ascend_and_brands_are_as_the_shop_writes_them(tmp_path, embedder):
    items = [make("1", price=30, brand="Zed"), make("2", price=10, brand="ACME"), make("3"), make("4", price=20, brand="Zed")]
    index = build_index(items, tmp_path / "shop", embedder, source="test")
    assert index.prices(EVERYTHING) == [10, 20, 30]
    assert index.prices(Filters(brands=("zed",))) == [20, 30]
    assert index.brands == ["ACME", "Zed"]


def test_the_manifest_says_what_was_built(tmp_path, embedder):
    items = [make("1", price="5 €"), make("2", price="5 €"), make("3", price="$5")]
    manifest = build_index(items, tmp_path / "shop", embedder, source="shop.csv", rejected=4).manifest
    assert (manifest.items, manifest.rejected, manifest.source, manifest.currency) == (3, 4, "shop.csv", "EUR")
    assert (manifest.embedder, manifest.size) == (embedder.name, embedder.size)
    assert json.loads((tmp_path / "shop" / "shop.json").read_text()) == manifest.model_dump()


def test_several_threads_may_search_at_once(shop, embedder):
    index, found = open_index(shop, embedder), []
    threads = [threading.Thread(target=lambda: found.append(ids(index))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [["old"]] * 8


def test_pictures_move_with_a_shop_that_holds_them_and_stay_where_else_they_are(tmp_path, embedder):
    inside, outside = tmp_path / "shop" / "images" / "1.jpg", tmp_path / "elsewhere" / "2.jpg"
    build_index([make("1", image=inside), make("2", image=outside)], tmp_path / "shop", embedder, source="test")
    (tmp_path / "shop").rename(tmp_path / "moved")
    one, two = open_index(tmp_path / "moved", embedder).get(["1", "2"])
    assert one.image == tmp_path / "moved" / "images" / "1.jpg"
    assert two.image == outside


# Adding


def test_upsert_adds_the_new_and_replaces_the_known(shop, embedder):
    index = open_index(shop, embedder)
    assert index.brands == []
    index.upsert([make("old", "red boots", brand="Acme"), make("new", image=shop / "images" / "new.jpg")])
    again = open_index(shop, embedder)
    assert ids(again) == ["new", "old"]
    assert [item.title for item in again.get(["old"])] == ["red boots"]
    assert again.get(["new"])[0].image == shop / "images" / "new.jpg"
    assert again.manifest.items == index.manifest.items == 2
    assert index.brands == ["Acme"]


def test_upsert_takes_more_than_one_batch_and_also_nothing(shop, embedder):
    index = open_index(shop, embedder)
    index.upsert([make(f"new-{number}") for number in range(BATCH + 5)])
    index.upsert([])
    assert len(index) == BATCH + 6


def test_upsert_into_a_shop_that_was_built_anew_is_refused(shop, embedder):
    index = open_index(shop, embedder)
    build_index([make("new")], shop, embedder, source="new.csv")
    with pytest.raises(ShopError, match=r"has been built anew since it was opened here. Open it again"):
        index.upsert([make("lost")])
    assert ids(open_index(shop, embedder)) == ["new"]


# Building again


def test_a_rebuild_replaces_the_old_index_and_open_readers_keep_theirs(shop, embedder):
    reader = open_index(shop, embedder)
    build_index([make("new")], shop, embedder, source="new.csv")
    assert ids(open_index(shop, embedder)) == ["new"]
    assert ids(reader) == ["old"]
    build_index([make("newest")], shop, embedder, source="newest.csv")
    assert len(builds(shop)) == 2  # the current one, and the one before for those who read it


def test_the_old_index_is_replaced_only_when_the_new_one_is_complete(shop, embedder):
    during = []

    def look(done: int, total: int) -> None:
        during.append((done, total, ids(open_index(shop, embedder))))

    items = [make(f"new-{number}") for number in range(BATCH + 1)]
    build_index(items, shop, embedder, source="new.csv", progress=look)
    assert during == [(BATCH, BATCH + 1, ["old"]), (BATCH + 1, BATCH + 1, ["old"])]
    assert len(open_index(shop, embedder)) == BATCH + 1


def test_an_embedder_that_fails_leaves_the_old_index(shop, embedder):
    class Failing(HashingEmbedder):
        def embed(self, texts):
            raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        build_index([make("new")], shop, Failing(), source="new.csv")
    assert ids(open_index(shop, embedder)) == ["old"]


def test_a_second_writer_is_refused_and_readers_are_not(stuck_build, shop, embedder):
    with pytest.raises(ShopError, match=f"Another build is writing into {shop}. Wait until it has ended, or choose another"):
        build_index([make("mine")], shop, embedder, source="mine.csv")
    index = open_index(shop, embedder)
    with pytest.raises(ShopError, match="Another build is writing"):
        index.upsert([make("mine")])
    assert ids(index) == ["old"]


def test_after_a_kill_in_the_middle_the_old_index_answers_and_the_next_build_clears_up(stuck_build, shop, embedder):
    assert len(builds(shop)) == 2
    stuck_build.kill()
    stuck_build.wait()
    assert ids(open_index(shop, embedder)) == ["old"]
    half = next(name for name in builds(shop) if name != open_index(shop, embedder).manifest.build)
    build_index([make("newer")], shop, embedder, source="newer.csv")
    assert ids(open_index(shop, embedder)) == ["newer"]
    assert half not in builds(shop)


def test_no_items_are_refused_and_the_old_index_stays(shop, embedder):
    with pytest.raises(ShopError, match="There is no item to index"):
        build_index([], shop, embedder, source="none.csv")
    assert ids(open_index(shop, embedder)) == ["old"]


# What cannot be opened or written


def test_an_index_built_with_another_embedder_is_refused_with_both_ways_out(shop):
    for other in (HashingEmbedder("other"), HashingEmbedder(size=16)):
        with pytest.raises(ShopError, match="Set ASSISTANT_EMBEDDER=hashing, or build the index again"):
            open_index(shop, other)


def test_a_rebuild_with_another_embedder_is_a_way_out(shop):
    other = HashingEmbedder("other", size=16)
    build_index([make("new")], shop, other, source="new.csv")
    assert ids(open_index(shop, other)) == ["new"]


def test_a_folder_that_is_no_shop_is_refused_with_the_command_that_makes_one(tmp_path, embedder):
    with pytest.raises(ShopError, match=r"holds no shop\.json\. Build one: python -m retrieval build CATALOGUE --into"):
        open_index(tmp_path, embedder)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"build": 1}', b"\xff\xfe", b'{"build": "x"}'])
def test_a_damaged_shop_json_is_refused_and_building_again_mends_it(shop, embedder, content):
    (shop / "shop.json").write_bytes(content)
    with pytest.raises(ShopError, match=r"shop\.json is damaged\. Build the shop again: python -m retrieval build"):
        open_index(shop, embedder)
    build_index([make("new")], shop, embedder, source="new.csv")
    assert ids(open_index(shop, embedder)) == ["new"]


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda build: shutil.rmtree(build), "has lost its index build-"),
        (lambda build: (build / "chroma.sqlite3").unlink(), "cannot be opened "),
        (lambda build: (build / "chroma.sqlite3").write_bytes(b"no database" * 1000), "cannot be opened "),
    ],
    ids=["no-folder", "no-database", "junk"],
)
def test_a_lost_or_damaged_build_is_refused_and_building_again_mends_it(shop, tmp_path, embedder, damage, sentence):
    copied = tmp_path / "copied"  # Chroma keeps the original open in this process
    shutil.copytree(shop, copied)
    damage(copied / builds(copied)[0])
    with pytest.raises(ShopError, match=f"{sentence}.* Build it again: python -m retrieval build"):
        open_index(copied, embedder)
    build_index([make("new")], copied, embedder, source="new.csv")
    assert ids(open_index(copied, embedder)) == ["new"]


def test_a_file_in_the_folders_place_is_refused_and_left_alone(tmp_path, embedder):
    place = tmp_path / "shop"
    place.write_text("mine")
    for attempt in (lambda: build_index([make("1")], place, embedder, source="test"), lambda: prepare_folder(place)):
        with pytest.raises(ShopError, match=r"shop cannot be written: .*Choose another with --into"):
            attempt()
    with pytest.raises(ShopError, match="cannot be read: Not a directory"):
        open_index(place, embedder)
    assert place.read_text() == "mine"


WRITE = """
import os, sys
from pathlib import Path
from catalog.items import Item
from retrieval.index import ShopError, build_index
from tests.fakes import HashingEmbedder
import chromadb
if os.getuid() == 0:
    os.setegid(65534), os.seteuid(65534)  # root may write anywhere; nobody, who may not, takes over from here
try:
    build_index([Item(id="1", title="coat", slot="outerwear")], Path(sys.argv[1]), HashingEmbedder(), source="test")
except ShopError as error:
    print(error)
"""


@pytest.mark.parametrize("inner", ["", "shop"], ids=["read-only", "inside-read-only"])
def test_a_folder_without_leave_to_write_is_refused(inner):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        try:
            command = [sys.executable, "-c", WRITE, str(folder / inner)]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        finally:
            folder.chmod(0o755)
        assert "cannot be written: " in done.stdout, done.stderr
        assert "Permission denied" in done.stdout
        assert done.stdout.endswith("Choose another with --into.\n")
        assert list(folder.iterdir()) == []

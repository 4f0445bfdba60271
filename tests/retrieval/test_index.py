"""The caption index: what is stored is found again, and no failure loses what was stored before."""

import json
import random
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
from retrieval import building, nearest
from retrieval.building import BATCH, build_index, change_index
from retrieval.filters import Filters
from retrieval.index import CaptionIndex, open_index
from retrieval.shop import ShopError, prepare_folder
from tests.conftest import ROOT
from tests.fakes import HashingEmbedder

EVERYTHING = Filters()
STUCK_BUILD = """
import sys, threading
from pathlib import Path
from catalog.items import Item
from retrieval.building import BATCH, build_index
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


def test_prices_are_a_range_and_brands_are_as_the_shop_writes_them(tmp_path, embedder):
    items = [make("1", price=30, brand="Zed"), make("2", price=10, brand="ACME"), make("3"), make("4", price=20, brand="Zed")]
    index = build_index(items, tmp_path / "shop", embedder, source="test")
    assert index.price_range(EVERYTHING) == (10, 30)
    assert index.price_range(Filters(brands=("zed",))) == (20, 30)
    assert index.price_range(Filters(max_price=5)) is None
    assert index.brands == ["ACME", "Zed"]


def test_the_manifest_says_what_was_built(tmp_path, embedder):
    items = [make("1", price="5 €"), make("2", price="5 €"), make("3", price="$5")]
    manifest = build_index(items, tmp_path / "shop", embedder, source="shop.csv", rejected=4).manifest
    assert (manifest.rejected, manifest.source, manifest.currency) == (4, "shop.csv", "EUR")
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


# Changing


def test_a_change_adds_the_new_replaces_the_known_and_shows_at_once(shop, embedder):
    index, reader = open_index(shop, embedder), open_index(shop, embedder)
    assert index.brands == []
    made = change_index(index, [make("old", "red boots", brand="Acme"), make("new", image=shop / "images" / "new.jpg")])
    assert (made.added, made.changed, made.unchanged, made.removed, made.embedded) == (1, 1, 0, 0, 1)
    for again in (index, reader, open_index(shop, embedder)):
        assert ids(again) == ["new", "old"]
        assert [item.title for item in again.get(["old"])] == ["red boots"]
        assert again.get(["new"])[0].image == shop / "images" / "new.jpg"
        assert len(again) == 2
        assert again.brands == ["Acme"]


def test_a_change_takes_more_than_one_batch_and_also_nothing(shop, embedder):
    index = open_index(shop, embedder)
    change_index(index, [make(f"new-{number}") for number in range(BATCH + 5)])
    assert change_index(index).added == 0
    assert len(index) == BATCH + 6


def test_of_items_with_one_id_in_a_change_the_last_counts(shop, embedder):
    index = open_index(shop, embedder)
    change_index(index, [make("new", "red boots"), make("new", "green boots")])
    assert [item.title for item in index.get(["new"])] == ["green boots"]


def test_prices_and_stock_change_without_embedding_anything(shop, embedder):
    class Counting(HashingEmbedder):
        embedded = 0

        def embed(self, texts):
            self.embedded += len(texts)
            return super().embed(texts)

    counting = Counting()
    index = open_index(shop, counting)
    made = change_index(index, [make("old", price=5, stock=0)])
    assert (made.changed, made.embedded, counting.embedded) == (1, 0, 0)
    assert index.count(EVERYTHING) == 0
    change_index(index, [make("old", price=7, stock=2)])
    assert index.price_range(EVERYTHING) == (7, 7)
    assert change_index(index, [make("old", price=7, stock=2)]).unchanged == 1
    change_index(index, [make("other", "navy coat")])  # another item of the same caption
    assert counting.embedded == 0


def test_what_is_deleted_is_found_no_more_by_meaning_by_words_or_by_id(shop, embedder):
    index = open_index(shop, embedder)
    change_index(index, [make("a", "red boots"), make("b", "red boots")])
    assert change_index(index, gone=["a", "nobody"]).removed == 1
    assert ids(index) == ["b", "old"]
    assert [hit.item.id for hit in index.search_words("red boots", EVERYTHING, k=1)] == ["b"]
    assert index.get(["a"]) == []


def test_a_shop_may_be_emptied_and_filled_again(shop, embedder):
    index = open_index(shop, embedder)
    change_index(index, gone=["old"])
    assert (len(index), ids(index)) == (0, [])
    change_index(index, [make("new")])
    assert ids(index) == ["new"]


def test_a_change_that_fails_changes_nothing(shop):
    class Failing(HashingEmbedder):
        def embed(self, texts):
            raise RuntimeError("out of memory")

    index = open_index(shop, Failing())
    with pytest.raises(RuntimeError, match="out of memory"):
        change_index(index, [make("old", price=1), make("new", "red boots")], gone=["old"])
    assert ids(open_index(shop, HashingEmbedder())) == ["old"]
    assert index.get(["old"])[0].price is None


def test_a_change_after_a_new_build_goes_into_that_one(shop, embedder):
    index = open_index(shop, embedder)
    build_index([make("new")], shop, embedder, source="new.csv")
    change_index(index, [make("newer")])
    assert ids(index) == ids(open_index(shop, embedder)) == ["new", "newer"]


# Many items: Chroma proposes


@pytest.fixture
def crowded(tmp_path, embedder, monkeypatch) -> CaptionIndex:
    """A shop where fifty coats are many, so that Chroma is asked, for few."""
    monkeypatch.setattr(nearest, "FEW", 20)
    monkeypatch.setattr(nearest, "PROPOSED", 25)
    monkeypatch.setattr(building, "FEW", 20)
    items = [make(str(number), f"coat {number}", price=number + 1) for number in range(50)]
    return build_index(items, tmp_path / "shop", embedder, source="test")


def exactly(index: CaptionIndex, filters: Filters, k: int) -> list[str]:
    """What plain comparison finds."""
    items = [item for item in index.items() if filters.max_price is None or item.price <= filters.max_price]
    query, *vectors = index.embedder.embed(["coat", *(item.words for item in items)])
    return [items[place].id for place in np.argsort(-(np.array(vectors) @ query), kind="stable")[:k]]


def found(index: CaptionIndex, filters: Filters = EVERYTHING, k: int = 5, slots=("outerwear",)) -> list[str]:
    return [hit.item.id for hit in index.search(index.embedder.embed(["coat"])[0], filters, slots, k)]


@pytest.mark.filterwarnings("error:Chroma at")
@pytest.mark.parametrize("limit", [None, 10, 21, 40])
@pytest.mark.parametrize("k", [1, 5, 30, 100])
def test_with_chroma_s_proposals_the_nearest_are_found(crowded, limit, k):
    filters = Filters(max_price=limit)
    assert found(crowded, filters, k) == exactly(crowded, filters, k)
    assert found(crowded, filters, k, slots=()) == exactly(crowded, filters, k)


def test_what_came_after_chroma_was_filled_is_found_beside_it(crowded):
    change_index(crowded, [make("new", "coat"), make("7", "coat")], gone=["3"])
    assert found(crowded)[:2] == ["7", "new"]
    assert "3" not in found(crowded, k=100)
    assert len(found(crowded, k=100)) == 50


def test_after_many_changes_the_shop_is_built_anew_by_itself(crowded):
    before = crowded.manifest.build
    change_index(crowded, [make(f"new-{number}", f"new coat {number}") for number in range(25)], gone=["0"])
    assert found(crowded, k=200) == exactly(crowded, EVERYTHING, 200)
    assert crowded.manifest.build != before
    assert crowded.current().ledger.fresh() == 0
    assert len(crowded) == 74


@pytest.mark.filterwarnings("error:Chroma at")
def test_over_several_slots_nothing_near_is_passed_over(tmp_path, embedder, monkeypatch):
    monkeypatch.setattr(nearest, "FEW", 50)
    monkeypatch.setattr(nearest, "PROPOSED", 60)
    dice = random.Random(0)
    kinds = ("coat", "boots", "hat", "bag", "dress", "scarf")
    items = [make(str(n), f"{dice.choice(kinds)} coat {n}", price=dice.uniform(0, 100)) for n in range(600)]
    index = build_index(items, tmp_path / "shop", embedder, source="test")
    for limit in (15, 40, None):
        assert found(index, Filters(max_price=limit), 10, slots=()) == exactly(index, Filters(max_price=limit), 10)


def test_captions_that_nothing_bears_any_more_are_cleared_away(crowded):
    for turn in range(5):
        change_index(crowded, [make(str(number), f"coat {turn} {number}") for number in range(20)])
        assert crowded.current().ledger.spare_captions() <= 20 + len(crowded)
    assert found(crowded, k=200) == exactly(crowded, EVERYTHING, 200)


def test_without_chroma_the_answer_is_the_same_and_a_warning_says_why(crowded):
    shutil.rmtree(crowded.folder / crowded.manifest.build / "chroma")
    with pytest.warns(UserWarning, match=r"Chroma at .* does not serve: .*All that pass the filters are compared one by one"):
        assert found(crowded) == exactly(crowded, EVERYTHING, 5)


def test_a_killed_writer_s_half_vector_harms_nobody(tmp_path):
    embedder = HashingEmbedder(size=100)  # 400 bytes a vector
    index = build_index([make("1", "coat 1"), make("2", "coat 2")], tmp_path / "shop", embedder, source="test")
    with (tmp_path / "shop" / index.manifest.build / "captions.f32").open("ab") as file:
        file.write(b"\1" * 434)
    change_index(index, [make("3", "coat 3")])
    for again in (index, open_index(tmp_path / "shop", embedder)):
        assert found(again, k=9) == exactly(again, EVERYTHING, 9)
    build_index(index.items(), tmp_path / "shop", embedder, source="test")
    assert found(index, k=9) == exactly(index, EVERYTHING, 9)


def test_of_items_with_one_id_in_a_build_the_last_counts(tmp_path, embedder):
    index = build_index([make("1", "red boots"), make("1", "green boots")], tmp_path / "shop", embedder, source="test")
    assert [item.title for item in index.items()] == ["green boots"]


def test_what_else_lies_in_the_folder_stays(shop, embedder):
    (shop / "build-tools").mkdir()
    (shop / "build-tools" / "mine.txt").write_text("mine")
    for _ in range(3):
        build_index([make("new")], shop, embedder, source="new.csv")
    assert (shop / "build-tools" / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("k", [0, -1, 2**40])
def test_a_number_of_items_that_makes_no_sense_is_refused(shop, embedder, k):
    with pytest.raises(ValueError, match="ask for 1 to 1,000,000 items"):
        open_index(shop, embedder).search(embedder.embed(["coat"])[0], EVERYTHING, k=k)


def test_a_query_of_another_size_is_refused(shop, embedder):
    with pytest.raises(ValueError, match=r"has shape \(16,\), but the captions' vectors have 32 numbers"):
        open_index(shop, embedder).search(np.ones(16, dtype=np.float32), EVERYTHING)


# Building again


def test_a_rebuild_replaces_the_old_index_and_open_readers_follow(shop, embedder):
    reader = open_index(shop, embedder)
    assert ids(reader) == ["old"]
    build_index([make("new")], shop, embedder, source="new.csv")
    assert ids(open_index(shop, embedder)) == ids(reader) == ["new"]
    assert reader.manifest.source == "new.csv"
    build_index([make("newest")], shop, embedder, source="newest.csv")
    assert len(builds(shop)) == 2  # the current one, and the one before for those who read it


def test_the_old_index_is_replaced_only_when_the_new_one_is_complete(shop, embedder):
    during = []

    def look(what: str, done: int, total: int) -> None:
        during.append((what, done, total, ids(open_index(shop, embedder))))

    items = [make(f"new-{number}") for number in range(BATCH + 1)]
    build_index(items, shop, embedder, source="new.csv", progress=look)
    assert {ids for *_, (ids,) in during} == {"old"}
    assert [(what, done, total) for what, done, total, _ in during if what != "indexing"] == [
        ("embedding", 1, 1),  # all are of one caption
        ("storing", BATCH, BATCH + 1),
        ("storing", BATCH + 1, BATCH + 1),
    ]
    assert during[-1][:3] == ("indexing", 1, 1)
    assert len(open_index(shop, embedder)) == BATCH + 1


def test_an_embedder_that_fails_leaves_the_old_index(shop, embedder):
    class Failing(HashingEmbedder):
        def embed(self, texts):
            raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        build_index([make("new", "red boots")], shop, Failing(), source="new.csv")
    assert ids(open_index(shop, embedder)) == ["old"]


def test_a_second_writer_is_refused_and_readers_are_not(stuck_build, shop, embedder):
    with pytest.raises(ShopError, match=f"Another build is writing into {shop}. Wait until it has ended, or choose another"):
        build_index([make("mine")], shop, embedder, source="mine.csv")
    index = open_index(shop, embedder)
    with pytest.raises(ShopError, match="Another build is writing"):
        change_index(index, [make("mine")])
    assert ids(index) == ["old"]


def test_after_a_kill_in_the_middle_the_next_build_embeds_only_what_the_first_had_not(shop, embedder):
    class Killed(HashingEmbedder):
        def embed(self, texts):
            if "coat 300" in texts:
                raise KeyboardInterrupt
            return super().embed(texts)

    embedded: list[str] = []

    class Counting(HashingEmbedder):
        def embed(self, texts):
            embedded.extend(texts)
            return super().embed(texts)

    items = [make(str(number), f"coat {number}") for number in range(BATCH + 100)]
    with pytest.raises(KeyboardInterrupt):
        build_index(items, shop, Killed(), source="new.csv")
    index = build_index(items, shop, Counting(), source="new.csv")
    assert embedded == [f"coat {number}" for number in range(BATCH, BATCH + 100)]
    assert found(index, k=500) == exactly(index, EVERYTHING, 500)


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
        (lambda build: (build / "ledger.sqlite").unlink(), "cannot be opened "),
        (lambda build: (build / "ledger.sqlite").write_bytes(b"no database" * 1000), "cannot be opened "),
        (lambda build: (build / "captions.f32").unlink(), "cannot be opened "),
    ],
    ids=["no-folder", "no-ledger", "junk", "no-vectors"],
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
from retrieval.building import build_index
from retrieval.shop import ShopError
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

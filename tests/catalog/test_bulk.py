import gc
import json
import resource
import subprocess
import sys
import tracemalloc
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from filelock import FileLock
from PIL import Image

from catalog.__main__ import main
from catalog.bulk import PATIENCE, caption_in_bulk, shard_of
from catalog.captions import BATCH
from catalog.descriptions import Description, NoAnswer
from catalog.items import CatalogueError
from catalog.vision_endpoint import EndpointCaptioner
from tests.endpoint import fails, says, scripted


class RedDresses:
    """Says of every picture that it shows a red dress; dies at the n-th."""

    source = "red-dresses-1"

    def __init__(self, dies_at=None):
        self.seen, self.dies_at = 0, dies_at

    def describe(self, pictures):
        self.seen += len(pictures)
        if self.dies_at and self.seen >= self.dies_at:
            raise KeyboardInterrupt
        return [Description(caption="red dress", slot="all-body", kind="dresses", colours=("red",))] * len(pictures)


@pytest.fixture
def pictures(tmp_path):
    made = []
    for number in range(3 * BATCH):
        path = tmp_path / f"{number:03}.png"
        Image.new("RGB", (32, 32), (number, 0, 0)).save(path)
        made.append((path, f"item-{number}"))
    return made


def rows(out):
    return [json.loads(line) for line in out.read_text().splitlines()]


def test_each_picture_has_a_line_and_a_second_run_does_nothing(pictures, tmp_path):
    out, first, second = tmp_path / "out.jsonl", RedDresses(), RedDresses()
    assert caption_in_bulk(pictures, first, out).captioned == len(pictures)
    report = caption_in_bulk(pictures, second, out)
    assert (report.kept, report.captioned, second.seen) == (len(pictures), 0, 0)
    assert [row["id"] for row in rows(out)] == [item for _, item in pictures]


def test_a_run_that_is_killed_goes_on_and_loses_no_more_than_a_batch(pictures, tmp_path):
    out = tmp_path / "out.jsonl"
    with pytest.raises(KeyboardInterrupt):
        caption_in_bulk(pictures, RedDresses(dies_at=2 * BATCH + 1), out)
    assert len(rows(out)) == 2 * BATCH
    with out.open("a") as file:
        file.write('{"image": "cut o')  # as a kill in mid-write leaves it
    rest = RedDresses()
    caption_in_bulk(pictures, rest, out)
    assert rest.seen == BATCH
    assert sorted(row["id"] for row in rows(out)) == sorted(item for _, item in pictures)


def test_one_bad_picture_stops_nothing_and_is_counted(pictures, tmp_path):
    pictures[3][0].write_bytes(b"no picture")
    out = tmp_path / "out.jsonl"
    report = caption_in_bulk(pictures, RedDresses(), out)
    assert (report.captioned, report.failures.total()) == (len(pictures) - 1, 1)
    assert caption_in_bulk(pictures, RedDresses(), out).failures.total() == 0, "a picture that failed is not tried at each run"
    assert caption_in_bulk(pictures, RedDresses(), out, again=True).failures.total() == 1


def test_a_whole_last_line_that_lacks_only_its_break_is_kept(pictures, tmp_path):
    out, again = tmp_path / "out.jsonl", RedDresses()
    caption_in_bulk(pictures[:4], RedDresses(), out)
    out.write_bytes(out.read_bytes().rstrip(b"\n"))  # as editors leave it
    caption_in_bulk(pictures[:5], again, out)
    assert (again.seen, len(rows(out))) == (1, 5)


def test_what_a_dead_endpoint_did_not_answer_has_no_line_and_is_asked_again(pictures, tmp_path):
    out = tmp_path / "out.jsonl"
    with scripted(fails(503)) as server:
        dead = caption_in_bulk(pictures[:3], EndpointCaptioner(server.base_url, "llava", retries=0), out)
    assert (dead.failures, out.read_text()) == (
        {"The captioner gave no answer of the endpoint (InternalServerError).": 3},
        "",
    )
    with scripted(says("I cannot help with that."), says("I cannot help with that."), says("red dress")) as server:
        alive = caption_in_bulk(pictures[:3], EndpointCaptioner(server.base_url, "llava", at_once=1), out)
    assert (alive.captioned, alive.failures) == (2, {"The captioner gave a refusal.": 1})
    assert ["error" in row for row in rows(out)] == [True, False, False]


def test_a_captioner_that_never_answers_is_given_up(pictures, tmp_path):
    class Dead(RedDresses):
        def describe(self, pictures):
            self.seen += len(pictures)
            return [NoAnswer("no answer of the endpoint (APIConnectionError)")] * len(pictures)

    dead, many = Dead(), [(path, f"{item}-{part}") for part in range(3) for path, item in pictures]
    with pytest.raises(CatalogueError, match=r"No answer came for 64 pictures.*APIConnectionError.*the same command goes on"):
        caption_in_bulk(many, dead, tmp_path / "out.jsonl")
    assert dead.seen == PATIENCE < len(many)


def test_a_file_that_cannot_be_written_is_a_sentence(pictures, tmp_path):
    (tmp_path / "no-folder").write_text("")
    with pytest.raises(CatalogueError, match="Captions cannot be kept in"):
        caption_in_bulk(pictures, RedDresses(), tmp_path / "no-folder" / "out.jsonl")


class Hoarding(RedDresses):
    """Lets go of no picture that it saw."""

    def __init__(self):
        super().__init__()
        self.hoard = []

    def describe(self, pictures):
        self.hoard += pictures
        return super().describe(pictures)


def growth(captioner, folder):
    """Bytes that each picture adds in the end, in a process of its own: memory that others let go of would hide it."""
    with ProcessPoolExecutor(1, get_context("spawn")) as apart:
        return apart.submit(growth_here, captioner, folder).result()


def growth_here(captioner, folder, count=6_400):
    """Bytes that each picture after the first tenth of a run adds: to Python's objects, and to the process as a whole."""
    held = []
    for number in range(100):
        Image.new("RGB", (64, 64), (number, 0, 0)).save(folder / f"{number}.png")

    def progress(done, total):
        if done in (total // 10, total):
            gc.collect()
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            held.append((tracemalloc.get_traced_memory()[0], pages * resource.getpagesize()))

    tracemalloc.start()
    try:
        many = [(folder / f"{number % 100}.png", f"item-{number}") for number in range(count)]
        assert caption_in_bulk(many, captioner, folder / "out.jsonl", progress).captioned == count
    finally:
        tracemalloc.stop()
    return [(last - first) / (0.9 * count) for first, last in zip(*held, strict=True)]


def test_memory_stays_flat_over_very_many_pictures(tmp_path):
    """What grows is what tells the pictures apart, some 250 bytes each: neither rows (2 KB) nor pictures (16 KB) are held."""
    objects, process = growth(RedDresses(), tmp_path)
    assert objects < 500
    assert process < 4_000


def test_the_measure_of_memory_sees_pictures_that_are_held(tmp_path):
    objects, process = growth(Hoarding(), tmp_path)
    assert objects > 500
    assert process > 12_000


def test_a_picture_that_changed_is_done_anew(pictures, tmp_path):
    out = tmp_path / "out.jsonl"
    caption_in_bulk(pictures, RedDresses(), out)
    Image.new("RGB", (32, 32), (0, 0, 200)).save(pictures[0][0])
    assert caption_in_bulk(pictures, RedDresses(), out).captioned == 1


def test_shards_are_apart_and_together_all(pictures):
    parts = [shard_of(pictures, number, 3) for number in (1, 2, 3)]
    assert sorted(each for part in parts for each in part) == sorted(pictures)
    assert all(parts)
    with pytest.raises(CatalogueError, match="--shard 4/3"):
        shard_of(pictures, 4, 3)


def test_a_second_run_into_the_same_file_is_refused(pictures, tmp_path):
    out = tmp_path / "out.jsonl"
    with FileLock(f"{out}.lock"), pytest.raises(CatalogueError, match="Another run writes"):
        caption_in_bulk(pictures, RedDresses(), out)


def test_the_command_writes_a_file_by_an_endpoint_and_reports(pictures, tmp_path, capsys):
    folder, out = tmp_path / "some", tmp_path / "captions.jsonl"
    folder.mkdir()
    for path, _ in pictures[:3]:
        (folder / path.name).write_bytes(path.read_bytes())
    with scripted(says("red cotton dress")) as server:
        told = ["--captioner", "endpoint", "--address", server.base_url, "--model", "llava", "--out", str(out), "--json"]
        assert main(["caption", str(folder), *told]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["pictures"], report["captioned"], report["requests"]) == (3, 3, 3)
    assert {row["caption"] for row in rows(out)} == {"red cotton dress"}


@pytest.mark.parametrize(
    ("more", "said"), [(["--shard", "x"], "--shard is I/N"), (["--captioner", "endpoint"], "needs --address")]
)
def test_what_a_person_can_mend_is_a_sentence(pictures, tmp_path, capsys, more, said):
    assert main(["caption", str(pictures[0][0]), "--out", str(tmp_path / "o.jsonl"), *more]) == 2
    assert said in capsys.readouterr().err


def test_a_killed_process_goes_on(pictures, tmp_path):
    """A real kill, of the embedded captioner's own process, in the middle."""
    out = tmp_path / "out.jsonl"
    command = [sys.executable, "-m", "catalog", "caption", str(tmp_path), "--out", str(out)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not (out.exists() and out.stat().st_size):
        pass
    process.kill()
    process.wait()
    before = len(rows(out))
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    assert before >= BATCH
    assert len({row["image"] for row in rows(out)}) == len(rows(out)) == len(pictures)

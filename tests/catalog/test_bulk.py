import json
import subprocess
import sys

import pytest
from filelock import FileLock
from PIL import Image

from catalog.__main__ import main
from catalog.bulk import caption_in_bulk, shard_of
from catalog.captions import BATCH
from catalog.descriptions import Description
from catalog.items import CatalogueError
from tests.endpoint import says, scripted


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

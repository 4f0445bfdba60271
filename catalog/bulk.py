"""Captions for very many pictures, into a file of lines: goes on after a kill, does each picture once, in shards if wished."""

import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout

from catalog.captions import BATCH, Captioner, CaptionRow, caption_pictures, picture_key
from catalog.items import CatalogueError

Picture = tuple[Path, str | None]  # a picture, and the item that it shows
Progress = Callable[[int, int], None]


@dataclass
class Report:
    """How a run went. `kept`: pictures of which an earlier run had a line; `seconds`: of this run."""

    pictures: int
    kept: int = 0
    captioned: int = 0
    seconds: float = 0.0
    failures: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        """As plain data, with the pictures a second that this run did."""
        done = self.captioned + self.failures.total()
        speed = round(done / self.seconds, 2) if self.seconds else None
        counted = dict(self.failures.most_common())
        return {
            "pictures": self.pictures,
            "kept": self.kept,
            "captioned": self.captioned,
            "failures": counted,
            "a_second": speed,
        }


def shard_of(pictures: Sequence[Picture], number: int, of: int) -> list[Picture]:
    """The part of the pictures that one of several machines does, the same at each run. `number` counts from 1."""
    if not 1 <= number <= of:
        raise CatalogueError(f"--shard {number}/{of} is no part: the first number goes from 1 to the second.")
    return [picture for picture in pictures if int(_digest(str(picture[1] or picture[0].name)), 16) % of == number - 1]


def caption_in_bulk(
    pictures: Sequence[Picture], captioner: Captioner, out: Path, progress: Progress | None = None, again: bool = False
) -> Report:
    """Caption pictures into `out`, a JSON line for each, as they are done; lines of earlier runs stay.

    A picture is known by its bytes and its item: a run that was killed loses no more than the batch in flight, and pictures
    that changed are done anew. `again` tries those once more that failed. Files of several shards simply concatenate.
    Raises CatalogueError where another run writes to the same file.
    """
    try:
        with FileLock(f"{out}.lock", timeout=0):
            return _captioned(pictures, captioner, out, progress, again)
    except Timeout as error:
        raise CatalogueError(f"Another run writes to {out}; wait for its end, or choose another --out.") from error


def _captioned(pictures: Sequence[Picture], captioner: Captioner, out: Path, progress: Progress | None, again: bool) -> Report:
    done = _done(out, captioner.source, again)
    begun = time.perf_counter()
    report = Report(len(pictures))
    with out.open("a", encoding="utf-8") as file:
        for start in range(0, len(pictures), BATCH):
            batch = [(path, item, picture_key(path)) for path, item in pictures[start : start + BATCH]]
            todo = [each for each in batch if (each[2], _shown(*each[:2])) not in done]
            report.kept += len(batch) - len(todo)
            for row, (_, item, key) in zip(
                caption_pictures([(path, item) for path, item, _ in todo], captioner), todo, strict=True
            ):
                done.add((key, _shown(row.image, item)))
                _write(file, row, key, captioner.source)
                if row.description is None:
                    report.failures[_reason(row)] += 1
                else:
                    report.captioned += 1
            file.flush()
            os.fsync(file.fileno())
            if progress:
                progress(min(start + BATCH, len(pictures)), len(pictures))
    report.seconds = time.perf_counter() - begun
    return report


def _write(file: IO[str], row: CaptionRow, key: str, source: str) -> None:
    line = json.loads(row.as_json())
    file.write(json.dumps({**line, "key": key, "source": source}, ensure_ascii=False) + "\n")


def _reason(row: CaptionRow) -> str:
    """Why a picture has no caption, without what tells it from others, so that reasons can be counted."""
    return (row.error or "").replace(row.image.name, "the picture")


def _done(out: Path, source: str, again: bool) -> set[tuple[str, str]]:
    """The pictures of which `out` has a line by this captioner; what a kill left of a last line is cut off."""
    if not out.is_file():
        return set()
    with out.open("rb+") as file:
        data = file.read()
        whole = data.rfind(b"\n") + 1
        file.truncate(whole)
    rows = _rows(data[:whole].decode("utf-8", "replace").splitlines())
    return {
        (row["key"], row.get("id") or row["image"])
        for row in rows
        if row.get("source") == source and not (again and "error" in row)
    }


def _shown(path: Path, item: str | None) -> str:
    """What a picture's line is told by, beside its bytes: the item that it shows, else its name."""
    return item or str(path)


def _rows(lines: Sequence[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict) and "key" in row and "image" in row:
            yield row


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

"""Captions for very many pictures, into a file of lines: goes on after a kill, does each picture once, in shards if wished."""

import hashlib
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalog.captions import BATCH, Captioner, CaptionRow, caption_pictures, picture_key
from catalog.items import CatalogueError
from catalog.kept import only_writer, rows_in

PATIENCE = 4 * BATCH  # pictures without an answer, and no caption among them, after which a captioner is taken for dead

Picture = tuple[Path, str | None]  # a picture, and the item that it shows
Progress = Callable[[int, int], None]


@dataclass
class Report:
    """How a run went: `pictures` were asked for, the last `unanswered` in vain. `spent`: at an endpoint."""

    pictures: int = 0
    captioned: int = 0
    seconds: float = 0.0
    failures: Counter[str] = field(default_factory=Counter)
    spent: dict[str, float] = field(default_factory=dict)
    unanswered: int = 0

    @property
    def kept(self) -> int:
        """Pictures of which an earlier run had a line."""
        return self.pictures - self.captioned - self.failures.total()

    def count(self, rows: Sequence[CaptionRow]) -> None:
        """These were looked at too. Reasons are counted without the name that tells a picture from others."""
        for row in rows:
            self.captioned += row.description is not None
            self.unanswered = 0 if row.description else self.unanswered + row.passing
            if row.error:
                self.failures[row.error.replace(row.image.name, "the picture")] += 1

    def as_json(self) -> dict[str, Any]:
        """As plain data, with the pictures a second that this run did."""
        done = self.captioned + self.failures.total()
        counted = {"pictures": self.pictures, "kept": self.kept, "captioned": self.captioned}
        speed = round(done / self.seconds, 2) if self.seconds else None
        return counted | {"failures": dict(self.failures.most_common()), "a_second": speed} | self.spent

    def in_words(self) -> list[str]:
        """For people: the counts, then a line for each reason and one for what was spent."""
        told = self.as_json()
        speed = f", {told['a_second']:g} a second" if told["a_second"] else ""
        lines = [f"{self.pictures} pictures: {self.kept} done before, {self.captioned} captioned now{speed}."]
        lines += [f"{count} left out: {reason}" for reason, count in self.failures.most_common()]
        if self.spent:
            lines.append("{requests} requests, {tokens_in} tokens in, {tokens_out} out, {cost:.2f} in all".format(**self.spent))
        return lines


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
    that changed are done anew. `again` tries those once more that failed; where merely no answer came there is no line, and
    the next run tries by itself. Files of several shards simply concatenate. Raises CatalogueError where another run writes to
    the same file, and where PATIENCE is at an end.
    """
    report, begun = Report(len(pictures)), time.perf_counter()
    with only_writer(out) as file:
        done = {_told_by(row) for row in rows_in(out) if row.source == captioner.source and not (again and row.error)}
        for start in range(0, len(pictures), BATCH):
            rows = _new_rows(pictures[start : start + BATCH], captioner, done)
            lasting = [row for row in rows if not row.passing]
            file.writelines(row.as_json() + "\n" for row in lasting)
            file.flush()
            os.fsync(file.fileno())
            done.update(map(_told_by, lasting))
            report.count(rows)
            if report.unanswered >= PATIENCE:
                raise CatalogueError(_given_up(report, out))
            if progress:
                progress(min(start + BATCH, len(pictures)), len(pictures))
    report.seconds = time.perf_counter() - begun
    spent = getattr(captioner, "spent", None)
    report.spent = spent.as_json() if spent else {}
    return report


def _new_rows(batch: Sequence[Picture], captioner: Captioner, done: set[tuple[str, str]]) -> list[CaptionRow]:
    """Rows of those pictures of a batch that are not done yet."""
    keyed = [
        CaptionRow(image=path, id=item, key=picture_key(path) or f"unreadable {path}", source=captioner.source)
        for path, item in batch
    ]
    todo = [row for row in keyed if _told_by(row) not in done]
    rows = caption_pictures([(row.image, row.id) for row in todo], captioner)
    return [row.model_copy(update={"key": new.key, "source": new.source}) for row, new in zip(rows, todo, strict=True)]


def _told_by(row: CaptionRow) -> tuple[str, str]:
    """What a picture's row is told by: its bytes, and the item that it shows, else its name."""
    return row.key or "", row.id or str(row.image)


def _given_up(report: Report, out: Path) -> str:
    return (
        f"No answer came for {report.unanswered} pictures one after the other; most often: {report.failures.most_common(1)[0][0]} "
        f"What was captioned is kept in {out}, and the same command goes on from there."
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

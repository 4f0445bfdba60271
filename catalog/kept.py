"""The file in which captions are kept, a JSON line for each picture: one run at a time appends, whoever likes reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout

from catalog.captions import CaptionRow
from catalog.items import CatalogueError


def rows_in(path: Path) -> Iterator[CaptionRow]:
    """The rows of a file, one after the other; what is no row of ours is passed over. No file has none."""
    if path.is_file():
        with path.open("rb") as file:
            yield from (row for row in map(CaptionRow.from_json, file) if row)


@contextmanager
def only_writer(path: Path) -> Iterator[IO[str]]:
    """The file, to append to while no other process may. Raises CatalogueError where another does, or nothing can be written."""
    try:
        with FileLock(f"{path}.lock", timeout=0):
            _end_last_line(path)
            with path.open("a", encoding="utf-8") as file:
                yield file
    except Timeout as error:
        raise CatalogueError(f"Another run writes captions into {path}; wait for its end, or choose another file.") from error
    except OSError as error:
        raise CatalogueError(f"Captions cannot be kept in {path}: {error.strerror or error}.") from error


def _end_last_line(path: Path) -> None:
    """Cut off what a kill left of the last line; one that is whole, and lacks but its line break, gets it."""
    if not path.is_file():
        return
    with path.open("rb+") as file:
        last = b"\n"
        for last in file:  # noqa: B007
            pass
        if last.endswith(b"\n"):
            return
        if CaptionRow.from_json(last):
            file.write(b"\n")
        else:
            file.truncate(file.tell() - len(last))

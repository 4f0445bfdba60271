"""Other people's files, row by row: whatever is not as expected is a TaskError that names the file, the row and the field."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from finetune.tasks import TaskError


class Row(BaseModel):
    """A row of somebody's file; what the reader does not know in it is ignored, and ids may be written as numbers."""

    model_config = ConfigDict(coerce_numbers_to_str=True)


Kind = TypeVar("Kind", bound=Row)
Shape = TypeVar("Shape", dict[str, Any], list[Any])


def checked(kind: type[Kind], value: Any, where: str) -> Kind:
    """A row as what it should be. `where` is what the TaskError begins with if it is something else."""
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the row"
        raise TaskError(f"{where}: {place} is not as expected: {first['msg']}.") from error


def read_jsonl(path: Path, kind: type[Kind]) -> Iterator[tuple[str, Kind]]:
    """The rows of a JSONL file, each with the words that say where it stands. Raises TaskError."""
    for number, line in enumerate(read_text(path).split("\n"), 1):  # splitlines() would also split inside of strings
        if line.strip():
            where = f"{path}, line {number}"
            yield where, checked(kind, _parsed(line, where), where)


def list_in(path: Path, what: str) -> list[Any]:
    """The JSON list in a file, or a TaskError that says what it should have held."""
    return _of_shape(path, list, f"{what} in a JSON list")


def mapping_in(path: Path, what: str) -> dict[str, Any]:
    """The JSON object in a file, or a TaskError that says what it should have held."""
    return _of_shape(path, dict, f"{what} in a JSON object")


def _of_shape(path: Path, shape: type[Shape], what: str) -> Shape:
    value = read_json(path)
    if not isinstance(value, shape) or not value:
        raise TaskError(f"{path} does not hold {what}, or holds none.")
    return value


def read_json(path: Path) -> Any:
    """What a JSON file holds. Raises TaskError."""
    return _parsed(read_text(path), str(path))


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:  # also brackets 100,000 deep
        raise TaskError(f"{where} is not JSON: {error}.") from error


def read_text(path: Path) -> str:
    """What a UTF-8 file holds, with or without a byte order mark. Raises TaskError."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise TaskError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise TaskError(f"{path} is not UTF-8 text.") from error


def must_exist(path: Path, what: str, source: str) -> None:
    """Raises TaskError for a file of a layout that is not there: what it should hold, and where it comes from."""
    if not path.exists():
        raise TaskError(f"{path} is missing: it holds {what}. {source}")

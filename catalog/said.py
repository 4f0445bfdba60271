"""What a captioner said of pictures: read from a file of captions, whoever made it, or asked of a captioner at once."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from catalog.answers import read_answer
from catalog.captions import Captioner, CaptionRow, caption_pictures
from catalog.descriptions import AnswerError, Description
from catalog.items import CatalogueError
from catalog.taxonomy import vocabulary
from catalog.truths import Truth

Found = Mapping[str, Description | str]  # by item id or file name; words say why there is no description
NO_LINE = "no line in the file"


@dataclass(frozen=True)
class Said:
    """Pictures with what was said of each, None where nothing was, and why, reason -> count."""

    pairs: list[tuple[Truth, Description | None]]
    without: Counter[str] = field(default_factory=Counter)


def named_file(text: str) -> tuple[str, Path]:
    """NAME=FILE of a command line. Raises ValueError for anything else."""
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise ValueError(f"{text!r} is not NAME=FILE")
    return name, Path(path)


def read_said(path: Path) -> dict[str, Description | str]:
    """What a file of captions says, by item id and by the picture's file name; the later of two lines counts.

    A line is as `python -m catalog caption` prints or keeps it. Where it has no slot and kind, its caption is read as a vision
    model's answer is. Raises CatalogueError for a file without such lines.
    """
    found: dict[str, Description | str] = {}
    for row in _objects(path):
        described = _described(row)
        names = (row.get("id"), Path(row["image"]).name if row.get("image") else None)
        found |= {str(name): described for name in names if name}
    if not found:
        raise CatalogueError(f"{path} holds no captions: expected lines such as `python -m catalog caption --json` prints.")
    return found


def _objects(path: Path) -> Iterator[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, ValueError) as error:
        raise CatalogueError(f"{path} cannot be read: {error}.") from error
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line) if line.strip() else None
        except ValueError as error:
            raise CatalogueError(f"{path}, line {number}, is not JSON: {error}.") from error
        if isinstance(row, dict):
            yield row


def _described(row: dict[str, Any]) -> Description | str:
    """What a line says, or why it says nothing."""
    if row.get("error") or not row.get("caption"):
        return "no caption in its line"
    try:
        if "slot" not in row or "kind" not in row:
            return read_answer(str(row["caption"]))
        said = Description.model_validate(row)
    except AnswerError as error:
        return str(error)
    except ValidationError:
        return "a line with other fields than a caption has"
    kind = vocabulary().kinds.get(said.kind)
    return said if kind and kind.slot == said.slot else "a garment that is none of the vocabulary's"


def joined(truths: Sequence[Truth], found: Found) -> Said:
    """Each picture with what was said of it: by its item's id, else by its file name."""
    pairs: list[tuple[Truth, Description | None]] = []
    without: Counter[str] = Counter()
    for truth in truths:
        said = found.get(truth.id or "") or found.get(truth.path.name) or NO_LINE
        pairs.append((truth, said if isinstance(said, Description) else None))
        without.update([said] if isinstance(said, str) else [])
    return Said(pairs, without)


def asked(truths: Sequence[Truth], captioner: Captioner) -> tuple[Said, list[CaptionRow]]:
    """What a captioner says of each picture now, and the lines in which that may be kept."""
    rows = list(caption_pictures([(truth.path, truth.id) for truth in truths], captioner))
    without = Counter((row.error or "").replace(row.image.name, "the picture") for row in rows if row.description is None)
    return Said([(truth, row.description) for truth, row in zip(truths, rows, strict=True)], without), rows

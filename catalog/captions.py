"""Captions for pictures: who gives them, and a row for each picture, as it is printed and kept."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, Self

from PIL import Image
from pydantic import BaseModel

from catalog.descriptions import AnswerError, Description, NoAnswer
from catalog.images import SUFFIXES, PictureError, open_picture
from catalog.items import CatalogueError
from catalog.taxonomy import vocabulary

BATCH = 16  # pictures in memory at a time
KEPT = ("image", "id", "error", "key", "source")  # what a kept row has beside its description
SOMETIMES = ("material", "style", "seasons", "occasions", "box")  # what is seen only by some captioners, or on some pictures


class Captioner(Protocol):
    """Describes pictures, or says why it cannot. `source` names it and its version in `Item.caption_source`.

    `describe` takes a picture to show one product, as a catalogue's does; `describe_each` finds each garment of a photo.
    """

    source: str

    def describe(self, pictures: Sequence[Image.Image]) -> Sequence[Description | AnswerError]: ...

    def describe_each(self, pictures: Sequence[Image.Image]) -> Sequence[list[Description] | AnswerError]: ...


class CaptionRow(BaseModel):
    """A picture with what it shows, or with the reason why it has no caption.

    `passing`: the reason lies not in the picture, which may fare better another time. A row that is kept in a file says by
    `key` which bytes it is about, and by `source` who looked.
    """

    image: Path
    id: str | None = None
    description: Description | None = None
    error: str | None = None
    passing: bool = False
    key: str | None = None
    source: str | None = None

    def as_json(self) -> str:
        """One JSON line: {"image", "id"?, "caption", "slot", "kind", "colours", "pattern", "confidence"} or {"image", "error"}.

        What only some captioners see (material, style, seasons, occasions) stands there where it was seen; where a picture
        shows several garments, the "box" of each: left, top, right and bottom as shares of the picture; `key` and `source`
        where the row is kept.
        """
        line: dict[str, Any] = {"image": str(self.image)} | ({"id": self.id} if self.id else {})
        if self.description is None:
            line |= {"error": self.error}
        else:
            seen = self.description.model_dump(mode="json", exclude={"alternatives", "unsure"})
            line |= {name: value for name, value in seen.items() if value or name not in SOMETIMES}
        kept = {"key": self.key, "source": self.source} if self.source else {}
        return json.dumps(line | kept, ensure_ascii=False)

    @classmethod
    def from_json(cls, line: bytes) -> Self | None:
        """A kept row from its line; None for what is none, or speaks of a garment that the vocabulary has not."""
        try:
            row = json.loads(line)
            described = None if row.get("error") else Description.model_validate(row)
            made = cls.model_validate({name: row.get(name) for name in KEPT} | {"description": described})
        except (ValueError, AttributeError, RecursionError):
            return None
        kind = vocabulary().kinds.get(described.kind) if described else None
        known = kind is not None and described is not None and kind.slot == described.slot
        return made if made.key and made.source and (known or made.error) else None


def pictures_in(paths: Sequence[Path]) -> list[Path]:
    """The pictures that paths name: files as they stand, folders with all pictures in them. Raises CatalogueError."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES)
            if not inside:
                raise CatalogueError(f"{path} holds no picture ({', '.join(SUFFIXES)}).")
            found += inside
        else:
            found.append(path)
    return found


def caption_pictures(pictures: Sequence[tuple[Path, str | None]], captioner: Captioner) -> Iterator[CaptionRow]:
    """A row for each (picture, id), in order; a picture that cannot be used gives a row that says why."""
    for start in range(0, len(pictures), BATCH):
        yield from _caption_batch(pictures[start : start + BATCH], captioner)


def caption_garments(pictures: Sequence[Path], captioner: Captioner) -> Iterator[CaptionRow]:
    """A row for each garment of each picture, in order; a picture that cannot be used gives one row that says why."""
    for path in pictures:
        try:
            answer = captioner.describe_each([open_picture(path)])[0]
        except PictureError as error:
            yield CaptionRow(image=path, error=str(error))
            continue
        if isinstance(answer, AnswerError):
            yield CaptionRow(image=path, error=f"The captioner gave {answer}.")
        else:
            yield from (CaptionRow(image=path, description=one) for one in answer)


def _caption_batch(pictures: Sequence[tuple[Path, str | None]], captioner: Captioner) -> list[CaptionRow]:
    opened: dict[int, Image.Image] = {}
    found: dict[int, Description | AnswerError | PictureError] = {}
    for place, (path, _) in enumerate(pictures):
        try:
            opened[place] = open_picture(path)
        except PictureError as error:
            found[place] = error
    if opened:
        found |= zip(opened, captioner.describe(list(opened.values())), strict=True)
    return [_row(path, identity, found[place]) for place, (path, identity) in enumerate(pictures)]


def _row(path: Path, identity: str | None, found: Description | AnswerError | PictureError) -> CaptionRow:
    if isinstance(found, Description):
        return CaptionRow(image=path, id=identity, description=found)
    said = f"The captioner gave {found}." if isinstance(found, AnswerError) else str(found)
    return CaptionRow(image=path, id=identity, error=said, passing=isinstance(found, NoAnswer))


def picture_key(path: Path) -> str | None:
    """The sha256 of a picture's bytes; None for one that cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None

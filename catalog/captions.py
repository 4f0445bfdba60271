"""Captions for pictures and for catalogues: from a captioner for what has a picture, resumable, else from the shop's words."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from PIL import Image
from pydantic import BaseModel, ValidationError

from catalog.descriptions import AnswerError, Description
from catalog.images import SUFFIXES, PictureError, open_picture
from catalog.items import CatalogueError, Item
from catalog.taxonomy import singular, vocabulary

BATCH = 16  # pictures in memory at a time
SOMETIMES = ("material", "style", "seasons", "occasions", "box")  # what is seen only by some captioners, or on some pictures
FROM_WORDS = "title"  # the caption source of an item that has no usable picture

Progress = Callable[[int, int], None]


class Captioner(Protocol):
    """Describes pictures, or says why it cannot. `source` names it and its version in `Item.caption_source`.

    `describe` takes a picture to show one product, as a catalogue's does; `describe_each` finds each garment of a photo.
    """

    source: str

    def describe(self, pictures: Sequence[Image.Image]) -> Sequence[Description | AnswerError]: ...

    def describe_each(self, pictures: Sequence[Image.Image]) -> Sequence[list[Description] | AnswerError]: ...


class CaptionRow(BaseModel):
    """A picture with what it shows, or with the reason why it has no caption."""

    image: Path
    id: str | None = None
    description: Description | None = None
    error: str | None = None

    def as_json(self) -> str:
        """One JSON line: {"image", "id"?, "caption", "slot", "kind", "colours", "pattern", "confidence"} or {"image", "error"}.

        What only some captioners see (material, style, seasons, occasions) stands there where it was seen, and where a picture
        shows several garments, the "box" of each: left, top, right and bottom as shares of the picture.
        """
        line: dict[str, Any] = {"image": str(self.image)} | ({"id": self.id} if self.id else {})
        if self.description is None:
            return json.dumps(line | {"error": self.error}, ensure_ascii=False)
        seen = self.description.model_dump(mode="json", exclude={"alternatives", "unsure"})
        said = {name: value for name, value in seen.items() if value or name not in SOMETIMES}
        return json.dumps(line | said, ensure_ascii=False)


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
    errors: dict[int, str] = {}
    for place, (path, _) in enumerate(pictures):
        try:
            opened[place] = open_picture(path)
        except PictureError as error:
            errors[place] = str(error)
    described: dict[int, Description] = {}
    for place, answer in zip(opened, captioner.describe(list(opened.values())), strict=True):
        if isinstance(answer, AnswerError):
            errors[place] = f"The captioner gave {answer}."
        else:
            described[place] = answer
    return [
        CaptionRow(image=path, id=identity, description=described.get(place), error=errors.get(place))
        for place, (path, identity) in enumerate(pictures)
    ]


def caption_catalogue(
    items: Sequence[Item], captioner: Callable[[], Captioner], kept: Path, progress: Progress | None = None
) -> tuple[list[Item], list[CaptionRow]]:
    """The items, each with a caption, and the rows of pictures that could not be used.

    Items that bring a caption keep it. What a captioner says is appended to the file `kept` as it comes, by the
    picture's sha256, so that an interrupted run goes on where it stopped. The captioner is made only if it is needed.
    """
    wanting = [item for item in items if not item.caption and item.image]
    if not wanting:
        return [_from_words(item) for item in items], []
    maker = captioner()
    known = _read_kept(kept, maker.source)
    keys = {item.id: picture_key(item.image) for item in wanting if item.image}
    todo = [(item.image, item.id) for item in wanting if item.image and keys[item.id] not in known]
    failed: list[CaptionRow] = []
    with kept.open("a", encoding="utf-8") as file:
        for done, row in enumerate(caption_pictures(todo, maker), 1):
            if row.description is None:
                failed.append(row)
            elif row.id:
                known[keys[row.id]] = row.description
                line = {"key": keys[row.id], "source": maker.source, "description": row.description.model_dump(mode="json")}
                file.write(json.dumps(line) + "\n")
            if progress:
                progress(len(wanting) - len(todo) + done, len(wanting))
    return [_captioned(item, known.get(keys.get(item.id, "")), maker.source) for item in items], failed


def picture_key(path: Path) -> str:
    """The sha256 of a picture's bytes; of nothing for one that cannot be read, which the captioner then reports."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return f"unreadable {path}"


def _read_kept(path: Path, source: str) -> dict[str, Description]:
    """What an earlier run of the same captioner said, by picture; a line that a kill cut off is left out."""
    known: dict[str, Description] = {}
    if not path.is_file():
        return known
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
            if row["source"] == source:
                known[row["key"]] = Description.model_validate(row["description"])
        except (json.JSONDecodeError, KeyError, TypeError, ValidationError):
            continue
    return known


def _captioned(item: Item, seen: Description | None, source: str) -> Item:
    """The item with what was seen; the shop's own word for the garment counts more than the captioner's."""
    if item.caption or seen is None:
        return _from_words(item)
    told = {
        "caption_source": source,
        "colours": item.colours or seen.colours,
        "pattern": item.pattern or seen.pattern,
        "material": item.material or seen.material,
        "seasons": item.seasons or seen.seasons,
        "occasions": item.occasions or seen.occasions,
    }
    if seen.kind == item.kind or (item.kind in (None, item.slot) and seen.slot == item.slot):
        return item.model_copy(update=told | {"caption": seen.caption, "kind": seen.kind})
    words = [" and ".join(seen.colours), seen.pattern or "", garment_word(item.kind or item.slot)]
    return item.model_copy(update=told | {"caption": " ".join(word for word in words if word)})


def garment_word(kind: str) -> str:
    """A kind as it stands in a caption: singular, but "boots" and "jeans" as they are."""
    one = vocabulary().kinds[kind].one
    return kind if one.startswith("pair of") else singular(kind)


def _from_words(item: Item) -> Item:
    """The item captioned by its title where it has no caption."""
    if item.caption:
        return item if item.caption_source else item.model_copy(update={"caption_source": "catalogue"})
    return item.model_copy(update={"caption": item.title, "caption_source": FROM_WORDS})

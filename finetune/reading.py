"""One door for what a person names: the file of a data set, whatever its layout, and a file of captions for its pictures.

It stands apart from `datasets.py`, which every reader imports.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from finetune.datasets import Captions, Dataset, read_polyvore_t, read_titled
from finetune.files import Row, checked, read_json, read_jsonl, read_text
from finetune.mango import read_mango
from finetune.maryland import read_maryland
from finetune.polyvore import read_polyvore_outfits
from finetune.tasks import TaskError

KNOWN = (
    "Polyvore-T ({outfit: {slot: item}}), Polyvore Outfits (disjoint/test.json), Maryland Polyvore (test_no_dup.json), "
    'Mango (outfits.jsonl beside products.csv), or a .jsonl of {"outfit_id", "items": [{"index", "title", "category"}]}'
)


def read_dataset(path: Path, split: str | None = None, captions: Captions | None = None) -> Dataset:
    """The outfits in a file, whatever their layout, by its name and what it holds.

    `split` picks one of a data set that has no split of its own (Mango: train, valid, test); elsewhere the file is one.
    Raises TaskError for a file that is none of the layouts, and for whatever its reader cannot read.
    """
    if path.suffix == ".jsonl" and isinstance(_first_item(_first_line(path)), str):
        if split is None:
            raise TaskError(f"{path} has no split of its own: say train, valid or test.")
        return read_mango(path, split, captions)
    dataset = read_titled(path, captions) if path.suffix == ".jsonl" else _read_json_layout(path, captions)
    if split not in (None, dataset.split):
        raise TaskError(f"{path} is the split {dataset.split!r} and holds no other: give the file of {split!r}.")
    return dataset


def _read_json_layout(path: Path, captions: Captions | None) -> Dataset:
    if path.name.endswith("_no_dup.json"):
        return read_maryland(path, captions)
    if path.suffix == ".json":
        value = read_json(path)
        item = _first_item(value[0] if isinstance(value, list) and value else None)
        if isinstance(item, dict) and "item_id" in item:
            return read_polyvore_outfits(path, captions)
        if isinstance(value, dict):
            return read_polyvore_t(path, captions)
    raise TaskError(f"{path} holds no outfits that can be read. These can: {KNOWN}.")


def _first_item(outfit: Any) -> Any:
    """The first of an outfit's items, None if it is no outfit."""
    items = outfit.get("items") if isinstance(outfit, dict) else None
    return items[0] if isinstance(items, list) and items else None


def _first_line(path: Path) -> Any:
    """What the first line holds; None if that is no JSON, which the reader then says."""
    try:
        return json.loads(read_text(path).lstrip().partition("\n")[0])
    except (ValueError, RecursionError):
        return None


class _Identified(Row):
    outfit_id: str


class _IdentifiedSet(Row):
    set_id: str


def outfit_ids(path: Path) -> set[str]:
    """The ids of all outfits in a file of any layout, also of those that no words are known for: what `without` drops.

    Raises TaskError.
    """
    if path.suffix == ".jsonl":
        return {row.outfit_id for _, row in read_jsonl(path, _Identified)}
    value = read_json(path)
    if isinstance(value, dict):
        return set(value)
    if not isinstance(value, list):
        raise TaskError(f"{path} holds no outfits that can be read. These can: {KNOWN}.")
    return {checked(_IdentifiedSet, row, f"{path}, outfit {number}").set_id for number, row in enumerate(value, 1)}


class _CaptionRow(Row):
    id: str | None = None
    image: Path | None = None
    caption: str | None = None

    def names(self) -> Iterator[str]:
        """What a data set may call the picture: in Maryland's images/<set id>/<index>.jpg, for one, "<folder>_<stem>"."""
        if self.id:
            yield self.id
        if self.image:
            yield from (str(self.image), self.image.name, self.image.stem, f"{self.image.parent.name}_{self.image.stem}")


def read_captions(path: Path) -> dict[str, str]:
    """The captions that `python -m catalog caption --json` wrote, by item id, and by the picture's path, name and stem.

    Rows that hold an error instead of a caption are passed over; of two rows for one picture the later counts. A name that
    pictures with different captions share (the "1.jpg" of many folders) stands for none of them. Raises TaskError.
    """
    rows = {row.id or str(row.image): row for _, row in read_jsonl(path, _CaptionRow) if row.caption and (row.id or row.image)}
    if not rows:
        raise TaskError(f"{path} holds no captions. `python -m catalog caption --json PICTURES > {path.name}` writes some.")
    said: dict[str, set[str]] = {}
    for row in rows.values():
        for name in row.names():
            said.setdefault(name, set()).add(row.caption or "")
    by_id = {row.id: row.caption for row in rows.values() if row.id and row.caption}
    return {name: captions.pop() for name, captions in said.items() if len(captions) == 1} | by_id

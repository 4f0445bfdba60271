"""Frozen features of items' pictures, for the control that sees instead of reading."""

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.progress import track

from catalog.backbone import Backbone
from catalog.images import open_picture
from catalog.vision import look
from finetune.pairs import KeyVectors
from finetune.tasks import TaskError
from retrieval.embeddings import Vectors

BATCH = 32
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def picture_vectors(folder: Path, keys: Iterable[str]) -> KeyVectors:
    """EfficientNet-lite2's features of each item's picture, `<key>.jpg` in the folder. Raises TaskError where one is missing."""
    net = Backbone()
    table: dict[str, Vectors] = {}
    wanted = [(key, _picture(folder, key)) for key in sorted(set(keys))]
    for first in track(range(0, len(wanted), BATCH), description="pictures", console=Console(stderr=True)):
        part = wanted[first : first + BATCH]
        found = net.features([look(open_picture(path)).square for _, path in part])
        table.update(zip((key for key, _ in part), found, strict=True))
    return KeyVectors(table)


def _picture(folder: Path, key: str) -> Path:
    for suffix in SUFFIXES:
        if (folder / f"{key}{suffix}").is_file():
            return folder / f"{key}{suffix}"
    raise TaskError(f"{folder} holds no picture {key}.jpg.")

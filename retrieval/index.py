"""The caption index: a shop's items in Chroma, searched by meaning under hard filters.

A shop is a folder: `shop.json` says which index is current and what it was built with; each build has a folder of
its own, and `shop.json` is replaced only when the new one is complete. The previous build stays for readers that
still have it open, until the next one.
"""

import json
import shutil
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from filelock import FileLock, Timeout
from pydantic import BaseModel, ValidationError

from catalog.items import Item
from retrieval.embeddings import Embedder, Vectors
from retrieval.filters import Filters, metadata_of, where

COLLECTION = "items"
LAYOUT = 1  # what an item's metadata holds; an index of another layout must be built again
HNSW = {"space": "cosine", "ef_construction": 100, "max_neighbors": 16, "ef_search": 100}
BATCH = 256  # captions embedded and stored at a time

Progress = Callable[[int, int], None]


class ShopError(RuntimeError):
    """A shop's index that cannot be built or opened; the message says what to do."""


class ShopManifest(BaseModel):
    """`shop.json`: the current build and what it was built with."""

    layout: int = 0
    build: str
    embedder: str
    size: int
    items: int
    rejected: int = 0
    source: str
    currency: str | None = None


@dataclass(frozen=True)
class Hit:
    """An item found, and the cosine similarity of its caption to the query, in [-1, 1]."""

    item: Item
    similarity: float


class CaptionIndex:
    """A shop's captions. Open one with `open_index`; safe for several threads of one process."""

    def __init__(self, folder: Path, manifest: ShopManifest, embedder: Embedder) -> None:
        self.folder, self.manifest, self.embedder = folder, manifest, embedder
        self._collection = _client(folder / manifest.build).get_collection(COLLECTION, embedding_function=None)

    def __len__(self) -> int:
        return int(self._collection.count())

    def search(self, query: Vectors, filters: Filters, slots: Sequence[str] = (), k: int = 10) -> list[Hit]:
        """The k nearest items to a query vector, shape (size,), among those that pass the filters, best first."""
        found = self._collection.query(
            query_embeddings=[query],
            n_results=max(1, min(k, len(self))),
            where=where(filters, slots),
            include=["metadatas", "distances"],
        )
        rows = zip(found["metadatas"][0], found["distances"][0], strict=True)
        return [Hit(self._item(metadata), 1.0 - float(distance)) for metadata, distance in rows]

    def search_words(self, words: str, filters: Filters, slots: Sequence[str] = (), k: int = 10) -> list[Hit]:
        """The k items whose captions are nearest to the words."""
        return self.search(self.embedder.embed([words])[0], filters, slots, k)

    def get(self, ids: Sequence[str]) -> list[Item]:
        """The items with these ids, in the order asked for; unknown ids are left out."""
        if not ids:
            return []
        found = self._collection.get(ids=list(ids), include=["metadatas"])
        items = {item.id: item for item in map(self._item, found["metadatas"])}
        return [items[identity] for identity in ids if identity in items]

    def count(self, filters: Filters, slots: Sequence[str] = ()) -> int:
        """How many items pass the filters."""
        return len(self._collection.get(where=where(filters, slots), include=[])["ids"])

    def prices(self, filters: Filters, slots: Sequence[str] = ()) -> list[float]:
        """The prices of the items that pass the filters, ascending."""
        found = self._collection.get(where=where(filters, slots), include=["metadatas"])
        return sorted(float(row["price"]) for row in found["metadatas"] if "price" in row)

    @cached_property
    def brands(self) -> list[str]:
        """Every brand of the shop as it writes it, so that a message can be read for them."""
        found = self._collection.get(include=["metadatas"])
        return sorted({item.brand for item in map(self._item, found["metadatas"]) if item.brand})

    def upsert(self, items: Sequence[Item]) -> None:
        """Add items, or replace those that bear the same id; `shop.json` counts them.

        Raises ShopError while another process writes: what goes into a build that is being replaced would be lost.
        """
        with _only_writer(self.folder):
            if _read_manifest(self.folder).build != self.manifest.build:
                raise ShopError(
                    f"{self.folder} has been built anew since it was opened here. Open it again, then add the items."
                )
            for batch in _batches(items):
                self.store(batch)
            self.manifest = self.manifest.model_copy(update={"items": len(self)})
            _write_manifest(self.folder, self.manifest)
        self.__dict__.pop("brands", None)  # read again when asked for

    def store(self, items: Sequence[Item]) -> None:
        """One batch into Chroma, for whoever holds the lock."""
        items = [_portable(item, self.folder) for item in items]
        vectors = self.embedder.embed([item.words for item in items])
        self._collection.upsert(
            ids=[item.id for item in items],
            embeddings=list(vectors),
            documents=[item.words for item in items],
            metadatas=[cast(Any, metadata_of(item)) for item in items],
        )

    def _item(self, metadata: Any) -> Item:
        item = Item.model_validate_json(metadata["item"])
        return item.model_copy(update={"image": self.folder / item.image}) if item.image else item


def build_index(
    items: Sequence[Item], folder: Path, embedder: Embedder, *, source: str, rejected: int = 0, progress: Progress | None = None
) -> CaptionIndex:
    """Index the items into a shop's folder, and make that the current build once it is complete.

    Raises ShopError for no items or a folder that cannot be written; what stood there before is then untouched.
    """
    if not items:
        raise ShopError("There is no item to index.")
    from chromadb.errors import ChromaError

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _only_writer(folder):
            return _build(items, folder, embedder, _current_build(folder), source, rejected, progress)
    except (OSError, ChromaError) as error:
        raise ShopError(f"The shop's folder {folder} cannot be written: {error}. Choose another with --into.") from error


def prepare_folder(folder: Path) -> None:
    """Make a shop's folder, before work is done that will be kept in it. Raises ShopError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".lock").touch()
    except OSError as error:
        raise ShopError(
            f"The shop's folder {folder} cannot be written: {error.strerror}. Choose another with --into."
        ) from error


def open_index(folder: Path, embedder: Embedder) -> CaptionIndex:
    """The current index of a shop's folder.

    Raises ShopError where there is none, it is damaged, or it was built by another version or with another embedder.
    """
    manifest = _read_manifest(folder)
    if (manifest.embedder, manifest.size) != (embedder.name, embedder.size):
        raise ShopError(
            f"{folder} was indexed with the embedder {manifest.embedder} ({manifest.size} numbers a caption), but the settings "
            f"say {embedder.name} ({embedder.size}). Set ASSISTANT_EMBEDDER={manifest.embedder}, or build the index again."
        )
    if manifest.layout != LAYOUT:
        raise ShopError(
            f"{folder} was indexed by another version. Build it again: python -m retrieval build CATALOGUE --into {folder}"
        )
    if not (folder / manifest.build).is_dir():
        raise ShopError(
            f"{folder} has lost its index {manifest.build}. Build it again: python -m retrieval build CATALOGUE --into {folder}"
        )
    try:
        return CaptionIndex(folder, manifest, embedder)
    except Exception as error:
        raise ShopError(
            f"The index in {folder} cannot be opened ({error}). Build it again: python -m retrieval build CATALOGUE --into {folder}"
        ) from error


def _build(
    items: Sequence[Item],
    folder: Path,
    embedder: Embedder,
    previous: str | None,
    source: str,
    rejected: int,
    progress: Progress | None,
) -> CaptionIndex:
    build = f"build-{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:8]}"  # a plain folder: mkdtemp's would be closed to other users
    manifest = ShopManifest(
        layout=LAYOUT,
        build=build,
        embedder=embedder.name,
        size=embedder.size,
        items=len(items),
        rejected=rejected,
        source=source,
        currency=_currency(items),
    )
    _client(folder / build).create_collection(COLLECTION, embedding_function=None, configuration={"hnsw": HNSW})
    index = CaptionIndex(folder, manifest, embedder)
    _fill(index, items, progress)
    _write_manifest(folder, manifest)
    _remove_builds(folder, keep={build, previous or build})
    return index


@contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    try:
        with FileLock(folder / ".lock", timeout=0):
            yield
    except Timeout as error:
        raise ShopError(
            f"Another build is writing into {folder}. Wait until it has ended, or choose another folder."
        ) from error


def _client(folder: Path) -> Any:
    import chromadb  # half a second, only for whoever opens an index
    from chromadb.config import Settings

    return chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))


def _fill(index: CaptionIndex, items: Sequence[Item], progress: Progress | None) -> None:
    done = 0
    for batch in _batches(items):
        index.store(batch)
        done += len(batch)
        if progress:
            progress(done, len(items))


def _batches(items: Sequence[Item]) -> list[Sequence[Item]]:
    return [items[start : start + BATCH] for start in range(0, len(items), BATCH)]


def _portable(item: Item, folder: Path) -> Item:
    """The item with its picture's path relative to the shop's folder where it lies inside, else absolute."""
    if item.image is None:
        return item
    path = item.image.resolve()
    inside = path.is_relative_to(folder.resolve())
    return item.model_copy(update={"image": path.relative_to(folder.resolve()) if inside else path})


def _currency(items: Sequence[Item]) -> str | None:
    """The currency most prices are in."""
    currencies = [item.currency for item in items if item.currency]
    return Counter(currencies).most_common(1)[0][0] if currencies else None


def _current_build(folder: Path) -> str | None:
    """The build that `shop.json` names; None where there is none, or it is damaged and about to be replaced."""
    try:
        return _read_manifest(folder).build
    except ShopError:
        return None


def _read_manifest(folder: Path) -> ShopManifest:
    try:
        return ShopManifest.model_validate_json((folder / "shop.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ShopError(
            f"{folder} is no shop: it holds no shop.json. Build one: python -m retrieval build CATALOGUE --into {folder}"
        ) from error
    except OSError as error:
        raise ShopError(f"The shop {folder} cannot be read: {error.strerror}.") from error
    except (ValidationError, UnicodeDecodeError) as error:
        raise ShopError(
            f"{folder}/shop.json is damaged. Build the shop again: python -m retrieval build CATALOGUE --into {folder}"
        ) from error


def _write_manifest(folder: Path, manifest: ShopManifest) -> None:
    temporary = folder / "shop.json.new"
    temporary.write_text(json.dumps(manifest.model_dump(), indent=2), encoding="utf-8")
    temporary.replace(folder / "shop.json")


def _remove_builds(folder: Path, keep: set[str]) -> None:
    for build in folder.glob("build-*"):
        if build.name not in keep:
            shutil.rmtree(build, ignore_errors=True)

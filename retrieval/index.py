"""The caption index as readers have it: a shop's items, found by meaning and by words under hard filters."""

import os
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import TypeVar

import numpy as np

from catalog.items import Item
from catalog.taxonomy import vocabulary
from retrieval.chroma import Proposals
from retrieval.embeddings import Embedder, Vectors
from retrieval.filters import Filters, condition
from retrieval.ledger import FILE, Ledger
from retrieval.lexical import by_words, fused
from retrieval.nearest import Build, Passing, nearest
from retrieval.shop import LAYOUT, MANIFEST, ShopError, ShopManifest, read_manifest, rebuild_command
from retrieval.vectors import VectorFile

FUSED = 100  # items of each ranking, by meaning and by words, that are put together
VECTORS = "captions.f32"
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Hit:
    """An item found, its caption's unit vector, shape (size,), and the cosine of that and the query, in [-1, 1]."""

    item: Item
    similarity: float
    vector: Vectors = field(repr=False, compare=False)


class CaptionIndex:
    """A shop's captions. Open one with `open_index`; safe for several threads.

    It follows the shop: changes show at once, and a new build is taken up as soon as it is complete.
    """

    def __init__(self, folder: Path, embedder: Embedder, server: str | None = None) -> None:
        self.folder, self.embedder, self.server = folder, embedder, server
        self._before: Build | None = None
        self._lock = Lock()
        self._room = BoundedSemaphore(os.cpu_count() or 1)  # more threads than cores would only wait for Python's lock
        self._seen = _mark(folder)
        self._build, self.manifest = _opened(folder, embedder, server)

    def __len__(self) -> int:
        return self._ask(lambda build: len(build.ledger))

    def search(
        self,
        query: Vectors,
        filters: Filters,
        slots: Sequence[str] = (),
        k: int = 10,
        but: Sequence[str] = (),
        *,
        distinct: bool = False,
    ) -> list[Hit]:
        """The k items nearest to a query vector, shape (size,), among those that pass the filters, best first.

        Items whose id stands in `but` are left out; `distinct`: only one of each caption.
        """
        _check(query, self.embedder.size, k)
        passing = Passing(filters, slots or vocabulary().slots, but)
        return self._ask(lambda build: self._hits(build, query, nearest(build, query, passing, k, distinct=distinct)))

    def search_words(
        self,
        words: str,
        filters: Filters,
        slots: Sequence[str] = (),
        k: int = 10,
        but: Sequence[str] = (),
        *,
        distinct: bool = False,
    ) -> list[Hit]:
        """The k items that suit the words best, by meaning and by the words themselves.

        `distinct`: of those that mean the same, only one; what bears the words themselves stays.
        """
        query, most = self.embedder.embed([words])[0], max(k, FUSED)
        _check(query, self.embedder.size, k)
        passing = Passing(filters, slots or vocabulary().slots, but)

        def both(build: Build) -> list[Hit]:
            meant = nearest(build, query, passing, most, distinct=distinct)
            said = by_words(build.ledger, words, passing.condition(), most)
            return self._hits(build, query, fused(meant, said)[:k])

        return self._ask(both)

    def get(self, ids: Sequence[str]) -> list[Item]:
        """The items with these ids, in the order asked for; unknown ids are left out."""
        found = self._ask(lambda build: build.ledger.by_id(ids))
        return [self._item(found[identity]) for identity in ids if identity in found]

    def count(self, filters: Filters, slots: Sequence[str] = (), but: Sequence[str] = ()) -> int:
        """How many items pass the filters."""
        return self._ask(lambda build: build.ledger.count(condition(filters, slots, but)))

    def price_range(self, filters: Filters, slots: Sequence[str] = (), but: Sequence[str] = ()) -> tuple[float, float] | None:
        """The lowest and the highest price of the items that pass the filters; None where none states one."""
        return self._ask(lambda build: build.ledger.price_range(condition(filters, slots, but)))

    def frequent(
        self, field: str, filters: Filters, slots: Sequence[str] = (), but: Sequence[str] = ()
    ) -> list[tuple[str, int]]:
        """What the items that pass have in a filter's field ("colours"), most frequent first, with counts."""
        return self._ask(lambda build: build.ledger.frequent(field, condition(filters, slots, but)))

    @property
    def brands(self) -> list[str]:
        """Every brand of the shop as it writes it, so that a message can be read for them."""
        return self._ask(lambda build: build.ledger.brands())

    def items(self) -> list[Item]:
        """Every item, in the order they came in."""
        return [self._item(text) for text in self._ask(lambda build: build.ledger.all_items())]

    def current(self) -> Build:
        """The current build: opened anew where `shop.json` names another than before."""
        mark = _mark(self.folder)
        if mark != self._seen:
            with self._lock:
                if mark != self._seen:
                    before, self._before = self._before, self._build
                    self._build, self.manifest = _opened(self.folder, self.embedder, self.server)
                    self._seen = mark
                    if before:  # whoever still asks it finds it opened again
                        before.proposals.close()
        return self._build

    def _ask(self, question: Callable[[Build], Answer]) -> Answer:
        """What the current build answers, all of it at one moment; where it is replaced meanwhile, what the new one does."""
        build = self.current()
        try:
            with self._room, build.ledger.reading():
                return question(build)
        except (sqlite3.Error, OSError, ValueError) as error:  # so it shows that a build's files are gone
            later = self.current()
            if later is build:
                raise ShopError(
                    f"The index in {self.folder} cannot be read ({error}). Build it again: {rebuild_command(self.folder)}"
                ) from error
        with self._room, later.ledger.reading():
            return question(later)

    def _hits(self, build: Build, query: Vectors, numbers: Sequence[int]) -> list[Hit]:
        """Items by number, in this order. To be called inside `build.ledger.reading()`."""
        items, captions = build.ledger.items(numbers), build.ledger.captions_by_item(numbers)
        vectors = build.vectors.rows(np.array([captions[number] for number in numbers], dtype=np.int64))
        found = zip(numbers, vectors @ query, vectors, strict=True)
        return [Hit(self._item(items[number]), float(similarity), vector) for number, similarity, vector in found]

    def _item(self, text: str) -> Item:
        item = Item.model_validate_json(text)
        return item.model_copy(update={"image": self.folder / item.image}) if item.image else item


def open_index(folder: Path, embedder: Embedder, server: str | None = None) -> CaptionIndex:
    """A shop's index; `server`: where its Chroma is now, if not at the address it was built with.

    Raises ShopError where there is none, it is damaged, or it was built by another version or with another embedder.
    """
    return CaptionIndex(folder, embedder, server)


def _check(query: Vectors, size: int, k: int) -> None:
    if query.shape != (size,):
        raise ValueError(f"The query has shape {query.shape}, but the captions' vectors have {size} numbers.")
    if not 0 < k <= 1_000_000:
        raise ValueError(f"k is {k}: ask for 1 to 1,000,000 items.")


def _opened(folder: Path, embedder: Embedder, server: str | None) -> tuple[Build, ShopManifest]:
    manifest = read_manifest(folder)
    if (manifest.embedder, manifest.size) != (embedder.name, embedder.size):
        raise ShopError(
            f"{folder} was indexed with the embedder {manifest.embedder} ({manifest.size} numbers a caption), but the settings "
            f"say {embedder.name} ({embedder.size}). Set ASSISTANT_EMBEDDER={manifest.embedder}, or build the index again."
        )
    if manifest.layout != LAYOUT:
        raise ShopError(f"{folder} was indexed by another version. Build it again: {rebuild_command(folder)}")
    if not (folder / manifest.build).is_dir():
        raise ShopError(f"{folder} has lost its index {manifest.build}. Build it again: {rebuild_command(folder)}")
    try:
        return open_build(folder, manifest, server), manifest
    except (OSError, sqlite3.Error, ValueError) as error:
        raise ShopError(
            f"The index in {folder} cannot be opened ({error}). Build it again: {rebuild_command(folder)}"
        ) from error


def open_build(folder: Path, manifest: ShopManifest, server: str | None = None) -> Build:
    """The parts of a build. Raises sqlite3.Error, OSError or ValueError where one is missing or damaged."""
    place = folder / manifest.build
    vectors = VectorFile(place / VECTORS, manifest.size)
    ledger = Ledger(place / FILE)
    vectors.check(ledger.next_caption())
    return Build(manifest.build, ledger, vectors, Proposals(manifest.build, place / "chroma", server or manifest.server))


def _mark(folder: Path) -> tuple[int, int] | None:
    """What changes whenever `shop.json` is replaced; None where there is none."""
    try:
        found = (folder / MANIFEST).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino

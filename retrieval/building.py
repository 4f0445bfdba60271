"""Building a shop's index and changing it: one writer at a time, whole or not at all, and nothing embedded twice.

A new build takes over the vectors of captions that an earlier one knows, also one that was killed half-way: so it goes on
where that stopped. A change stands in the ledger at once; when Chroma misses too many of its captions, a new build is made.
"""

import sqlite3
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from catalog.items import Item
from catalog.taxonomy import vocabulary
from retrieval.chroma import Proposals
from retrieval.embeddings import Embedder
from retrieval.index import VECTORS, CaptionIndex, open_index
from retrieval.ledger import FILE, Ledger
from retrieval.nearest import FEW, Build
from retrieval.shop import (
    LAYOUT,
    ShopError,
    ShopManifest,
    builds_in,
    new_build,
    only_writer,
    read_manifest,
    remove_builds,
    write_manifest,
)
from retrieval.vectors import VectorFile

BATCH = 256  # captions embedded and stored at a time

Progress = Callable[[str, int, int], None]  # what is being done, how much of it is, and how much there is


@dataclass(frozen=True)
class Known:
    """Captions whose vectors an earlier build holds."""

    ledger: Ledger
    vectors: VectorFile


@dataclass(frozen=True)
class Changed:
    """What a change did to a shop: numbers of items."""

    added: int
    changed: int
    unchanged: int
    removed: int
    embedded: int  # captions that no item had before


def build_index(
    items: Sequence[Item],
    folder: Path,
    embedder: Embedder,
    *,
    source: str,
    rejected: int = 0,
    server: str | None = None,
    progress: Progress | None = None,
) -> CaptionIndex:
    """Index the items into a shop's folder, and make that the current build once it is complete.

    `server`: the address of a Chroma server that shall hold the captions; else they lie in the folder. Raises ShopError for
    no items or a folder that cannot be written; what stood there before is then untouched.
    """
    if not items:
        raise ShopError("There is no item to index.")
    items = list({item.id: item for item in items}.values())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with only_writer(folder):
            manifest = ShopManifest(
                layout=LAYOUT,
                build=new_build(),
                embedder=embedder.name,
                size=embedder.size,
                rejected=rejected,
                source=source,
                currency=_currency(items),
                server=server,
            )
            _build(items, folder, embedder, manifest, server, progress or _silent)
    except (OSError, sqlite3.Error) as error:
        raise ShopError(f"The shop's folder {folder} cannot be written: {error}. Choose another with --into.") from error
    return open_index(folder, embedder)


def change_index(
    index: CaptionIndex, items: Sequence[Item] = (), gone: Sequence[str] = (), progress: Progress | None = None
) -> Changed:
    """Add items, replace those that bear the same id, and take out the ids `gone`: all of it, or, after a failure, none.

    Only captions that no item had before are embedded. Raises ShopError while another process writes.
    """
    folder = index.folder
    items = list({item.id: _portable(item, folder) for item in items}.values())
    try:
        with only_writer(folder):
            build = index.current()
            before = build.ledger.by_id([item.id for item in items])
            new = [item for item in items if before.get(item.id) != item.model_dump_json(exclude_defaults=True)]
            embedded = _learn(build.ledger, build.vectors, new, index.embedder, (), progress or _silent)
            with build.ledger.writing():
                build.ledger.put(new, build.ledger.numbers_of([item.words for item in new]), fresh=True)
                removed = build.ledger.remove(gone)
            with _a_failure_is_told(folder):
                _renew(index, build, progress or _silent)
    except (OSError, sqlite3.Error) as error:
        raise ShopError(f"The shop {folder} cannot be changed: {error}. Nothing was changed.") from error
    added = sum(item.id not in before for item in new)
    return Changed(added, len(new) - added, len(items) - len(new), removed, embedded)


def _build(
    items: Sequence[Item], folder: Path, embedder: Embedder, manifest: ShopManifest, server: str | None, progress: Progress
) -> None:
    """A whole build, made the current one at last. `server`: where the manifest's Chroma is reached from here."""
    previous = _current(folder)
    place = folder / manifest.build
    proposals = Proposals(manifest.build, place / "chroma", server)
    proposals.check()
    place.mkdir()
    ledger = Ledger.create(place / FILE, embedder.name, embedder.size)
    vectors = VectorFile(place / VECTORS, embedder.size)
    items = [_portable(item, folder) for item in items]
    _learn(ledger, vectors, items, embedder, _earlier(folder, embedder, but=manifest.build), progress)
    for start in range(0, len(items), BATCH):
        batch = items[start : start + BATCH]
        with ledger.writing():
            ledger.put(batch, ledger.numbers_of([item.words for item in batch]), fresh=False)
        progress("storing", start + len(batch), len(items))
    ledger.settle()
    try:
        _propose(ledger, vectors, proposals, progress)
        write_manifest(folder, manifest)
        _clear_up(folder, proposals, keep={manifest.build, previous or manifest.build})
    finally:
        proposals.close()


def _clear_up(folder: Path, proposals: Proposals, keep: set[str]) -> None:
    """Remove older builds; where a server does not let go of them they stay, and the next build tries again."""
    gone = [path for path in builds_in(folder) if path.name not in keep]
    try:
        proposals.drop([path.name for path in gone])
    except ShopError as error:
        warnings.warn(f"{error} {len(gone)} older builds stay until the next one.", stacklevel=2)
    else:
        remove_builds(gone)


def _learn(
    ledger: Ledger,
    vectors: VectorFile,
    items: Sequence[Item],
    embedder: Embedder,
    earlier: Sequence[Known],
    progress: Progress,
) -> int:
    """Give the items' captions numbers and vectors, a batch at a time, so that what was embedded outlives a kill.

    How many captions had to be embedded.
    """
    words, embedded = list(dict.fromkeys(item.words for item in items)), 0
    for start in range(0, len(words), BATCH):
        batch = words[start : start + BATCH]
        known = ledger.numbers_of(batch)
        new = [text for text in batch if text not in known]
        if new:
            found, count = _vectors_of(new, embedder, earlier)
            with ledger.writing():
                first = ledger.next_caption()
                vectors.write(first, found)  # before the ledger names them
                ledger.add_captions(first, new)
            embedded += count
        progress("embedding", start + len(batch), len(words))
    return embedded


def _vectors_of(words: Sequence[str], embedder: Embedder, earlier: Sequence[Known]) -> tuple[np.ndarray, int]:
    """Captions' vectors, shape (n, size), from an earlier build where one has them; how many had to be embedded."""
    found = np.empty((len(words), embedder.size), dtype=np.float32)
    missing = dict(zip(words, range(len(words)), strict=True))
    for known in earlier:
        numbers = known.ledger.numbers_of(list(missing))
        if numbers:
            places = [missing.pop(text) for text in numbers]
            found[places] = known.vectors.rows(np.array(list(numbers.values())))
    if missing:
        found[list(missing.values())] = embedder.embed(list(missing))
    return found, len(missing)


def _earlier(folder: Path, embedder: Embedder, but: str) -> list[Known]:
    """Builds of the same embedder, complete or not, whose vectors can be taken over."""
    found = []
    for place in builds_in(folder):
        if place.name == but:
            continue
        try:
            known = Known(Ledger(place / FILE), VectorFile(place / VECTORS, embedder.size))
            if known.ledger.embedder == (embedder.name, embedder.size):
                known.vectors.check(known.ledger.next_caption())
                found.append(known)
        except (sqlite3.Error, OSError, KeyError, ValueError):
            continue  # of another layout, damaged, or killed before it began
    return found


def _propose(ledger: Ledger, vectors: VectorFile, proposals: Proposals, progress: Progress) -> None:
    """Fill Chroma with the captions of every slot, also of those that have none yet."""
    slots = {slot: ledger.captions_of(slot) for slot in vocabulary().slots}
    total, done = sum(map(len, slots.values())), 0
    for slot, found in slots.items():
        proposals.fill(slot, found, vectors.rows)
        done += len(found)
        progress("indexing", done, total)


@contextmanager
def _a_failure_is_told(folder: Path) -> Iterator[None]:
    """A change stands also where the new build after it fails: answers stay right, only slower."""
    try:
        yield
    except (ShopError, OSError, sqlite3.Error) as error:
        warnings.warn(f"{folder} was changed, but could not be built anew: {error}", stacklevel=2)


def _renew(index: CaptionIndex, build: Build, progress: Progress) -> None:
    """Build anew from the ledger where too much has changed: to compare one by one, or of which nothing is left."""
    ledger = build.ledger
    if not len(ledger) or (ledger.fresh() <= FEW and ledger.spare_captions() <= FEW + len(ledger)):
        return
    items = index.items()
    manifest = index.manifest.model_copy(update={"build": new_build(), "currency": _currency(items)})
    try:
        _build(items, index.folder, index.embedder, manifest, index.server or manifest.server, progress)
    except BaseException:
        if read_manifest(index.folder).build != manifest.build:
            remove_builds([index.folder / manifest.build])  # all that it holds the current one has too
        raise


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


def _current(folder: Path) -> str | None:
    """The build that `shop.json` names; None where there is none, or it is damaged and about to be replaced."""
    try:
        return read_manifest(folder).build
    except ShopError:
        return None


def _silent(what: str, done: int, total: int) -> None:
    return None

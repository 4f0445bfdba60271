"""From an outfit and a slot to a query vector: where, among the captions, may the missing item lie?

A learned encoder answers for the embedder that it was trained with, and for any other the mean of the outfit's captions.
Both answer in the captions' own space, so that one index serves what complements and what is searched by words.
"""

import json
import threading
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

import numpy as np

from catalog.taxonomy import vocabulary
from retrieval.embeddings import Embedder, Vectors

if TYPE_CHECKING:
    from retrieval.set_encoder import SetEncoder

SHIPPED = Path(__file__).parent / "shipped"  # what `python -m finetune.distil` left
WISH = "wish"  # the slot of a piece that nobody wears: the shopper's own words for what is wanted
WORDS_SHARE = 0.5  # how much the wanted slot's and the shopper's words weigh against the outfit, where nothing was learned
REMEMBERED = 50_000  # captions whose vectors are kept: 77 MB of MiniLM's
BATCH = 256  # outfits that are encoded together
Read = TypeVar("Read")


class ComplementError(RuntimeError):
    """The learned encoder cannot be used; the message says what to type."""


class Wearable(Protocol):
    """What is read of an item: its words, and its slot if it is known."""

    @property
    def words(self) -> str: ...
    @property
    def slot(self) -> str | None: ...


class Complement(Protocol):
    """Answers in unit vectors of the embedder's space, which captions are compared with by dot product."""

    learned: bool

    def query(self, outfit: Sequence[Wearable], slot: str, wish: str = "") -> Vectors:
        """Shape (size,): what of a slot would go with the outfit. `wish`: the shopper's words for it, as "warm, for winter"."""
        ...

    def queries(self, asked: Sequence[tuple[Sequence[Wearable], str]]) -> Vectors:
        """Shape (len(asked), size): several outfits and slots at once."""
        ...


def open_complement(embedder: Embedder, folder: Path | None = None) -> Complement:
    """What `python -m finetune.distil` left in a folder, or what ships; the captions' mean for an embedder it is not for.

    Raises ComplementError for weights that are missing or damaged.
    """
    folder = folder or SHIPPED
    base = _read(folder, lambda: str(json.loads((folder / "base.json").read_text(encoding="utf-8"))["base"]))
    sets = _sets(folder) if embedder.name == base else None
    if sets and len(sets.centre) == embedder.size:
        return Learned(sets, embedder)
    warnings.warn(
        f"What complements an outfit was learned with {base}, not with {embedder.name}: the mean of the outfit's captions "
        "stands in, which finds less. To teach an encoder for it: python -m finetune.distil --set base=FOLDER",
        stacklevel=2,
    )
    return CosineMean(embedder)


def _sets(folder: Path) -> "SetEncoder":
    from retrieval.set_encoder import SETS, load_sets  # torch takes seconds; only whoever learned something pays

    return _read(folder, lambda: load_sets(folder / SETS).eval())


def _read(folder: Path, what: Callable[[], Read]) -> Read:
    from safetensors import SafetensorError

    try:
        return what()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, SafetensorError) as error:
        repair = "Install outfit-assistant anew" if folder == SHIPPED else "Name another folder"
        raise ComplementError(
            f"The encoder of what complements in {folder} cannot be loaded: {error}. {repair}, or type: make train-complement"
        ) from error


class CosineMean:
    """The mean of the outfit's captions, with the wanted thing's words beside it: the benchmarks' control `cosine-mean`."""

    learned = False

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def query(self, outfit: Sequence[Wearable], slot: str, wish: str = "") -> Vectors:
        """As `Complement.query`."""
        return complement_query(self._embedder, [item.words for item in outfit], wish or slot)

    def queries(self, asked: Sequence[tuple[Sequence[Wearable], str]]) -> Vectors:
        """As `Complement.queries`."""
        return np.stack([self.query(outfit, slot) for outfit, slot in asked])


def complement_query(embedder: Embedder, outfit: Sequence[str], wanted: str) -> Vectors:
    """A unit vector, shape (size,), for what `wanted` ("shoes", "warm boots for winter") would go with the captions."""
    vectors = embedder.embed([wanted, *outfit])
    query = WORDS_SHARE * vectors[0] + (1 - WORDS_SHARE) * vectors[1:].mean(axis=0) if outfit else vectors[0]
    return np.asarray(query / np.linalg.norm(query), dtype=np.float32)


class _Asked(NamedTuple):
    """Pieces as (words, slot), the wish among them; without any, `alone` is what is known."""

    pieces: tuple[tuple[str, str], ...]
    slot: str
    alone: str


class Learned:
    """The trained set encoder. Safe for several threads; vectors of captions are remembered, since outfits come again."""

    learned = True

    def __init__(self, sets: "SetEncoder", embedder: Embedder) -> None:
        self._sets, self._embedder = sets, embedder
        self._known: dict[str, Vectors] = {}
        self._lock = threading.Lock()  # tokenizers and the memory are for one thread at a time

    def query(self, outfit: Sequence[Wearable], slot: str, wish: str = "") -> Vectors:
        """As `Complement.query`; of nothing worn, the wish's own vector, or the slot's."""
        answer: Vectors = self._answered([_asked(outfit, slot, wish)])[0]
        return answer

    def queries(self, asked: Sequence[tuple[Sequence[Wearable], str]]) -> Vectors:
        """As `Complement.queries`."""
        rows = [_asked(outfit, slot) for outfit, slot in asked]
        parts = [self._answered(rows[start : start + BATCH]) for start in range(0, len(rows), BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, self._embedder.size), np.float32)

    def _answered(self, asked: Sequence[_Asked]) -> Vectors:
        found: Vectors = self._remembered([row.alone for row in asked])
        worn = [place for place, row in enumerate(asked) if row.pieces]
        if worn:
            found[worn] = self._encoded([asked[place] for place in worn])
        return found

    def _encoded(self, asked: Sequence[_Asked]) -> Vectors:
        import torch

        counts = torch.tensor([len(row.pieces) for row in asked])
        there = torch.arange(int(counts.max())) < counts[:, None]
        pieces = [piece for row in asked for piece in row.pieces]
        vectors, slots = torch.zeros(*there.shape, self._embedder.size), torch.zeros(there.shape, dtype=torch.long)
        vectors[there] = torch.from_numpy(self._remembered([words for words, _ in pieces]))
        slots[there] = self._sets.places([slot for _, slot in pieces])
        with torch.inference_mode():
            queries = self._sets.queries(vectors, slots, there, self._sets.places([row.slot for row in asked]))
        return np.asarray(queries.numpy(), dtype=np.float32)

    def _remembered(self, texts: Sequence[str]) -> Vectors:
        with self._lock:
            if len(self._known) > REMEMBERED:
                self._known.clear()
            new = sorted(set(texts) - self._known.keys())
            if new:
                self._known.update(zip(new, self._embedder.embed(new), strict=True))
            return np.stack([self._known[text] for text in texts])


def _asked(outfit: Sequence[Wearable], slot: str, wish: str = "") -> _Asked:
    """In one order, so that the outfit's does not count to the last digit."""
    pieces = sorted((" ".join(item.words.split()), item.slot or vocabulary().slot_of(item.words) or "") for item in outfit)
    wishes = [(" ".join(wish.split()), WISH)] if wish.strip() and pieces else []
    return _Asked((*pieces, *wishes), slot, wish.strip() or slot)

"""What the fitted controls share: vectors of pieces, who was worn with whom, and a scorer made of a score for two pieces."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations, zip_longest

import numpy as np
from numpy.typing import NDArray

from catalog.taxonomy import vocabulary
from finetune.tasks import CpQuestion, FitbQuestion, Outfit, Piece, TaskError
from retrieval.embeddings import Embedder, Vectors

Features = Callable[[Sequence[Piece]], Vectors]  # pieces -> unit vectors, shape (len(pieces), size), float32
PairScore = Callable[[Sequence[Piece], Sequence[Piece]], NDArray[np.float64]]  # n pieces, n others -> n scores
Rows = NDArray[np.int64]  # places in a table of vectors


class Remembering:
    """An embedder that embeds each text once, for benchmarks that meet the same captions again and again."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder, self.name, self.size = embedder, embedder.name, embedder.size
        self._known: dict[str, Vectors] = {}

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), size), float32."""
        new = sorted(set(texts) - self._known.keys())
        if new:
            self._known.update(zip(new, self._embedder.embed(new), strict=True))
        return np.array([self._known[text] for text in texts], dtype=np.float32).reshape(len(texts), self.size)


class CaptionVectors:
    """The embeddings of pieces' words. Each text is embedded once, and what is new of a call in one batch."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = Remembering(embedder)

    def __call__(self, pieces: Sequence[Piece]) -> Vectors:
        """Unit vectors, shape (len(pieces), size), float32."""
        return self._embedder.embed([piece.words for piece in pieces])


class KeyVectors:
    """Vectors by pieces' keys: features of their pictures, for one."""

    def __init__(self, table: Mapping[str, Vectors]) -> None:
        self._table = table

    def __call__(self, pieces: Sequence[Piece]) -> Vectors:
        """Unit vectors, shape (len(pieces), size), float32. Raises TaskError for a piece without any."""
        for piece in pieces:
            if piece.key not in self._table:
                raise TaskError(f"There is no vector for the key {piece.key!r} ({piece.words}).")
        return unit(np.stack([self._table[piece.key] for piece in pieces]))


def unit(vectors: Vectors) -> Vectors:
    """The rows of a table at length 1; a row of zeros stays one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)


def slot_of(piece: Piece) -> str:
    """A piece's slot, or the one its words name, or "" where they name none."""
    return piece.slot or vocabulary().slot_of(piece.words) or ""


class Pairwise:
    """A scorer made of a score for two pieces: the mean over the option and each item of the context, or over all pairs."""

    def __init__(self, score: PairScore) -> None:
        self._score = score

    def fitb(self, question: FitbQuestion) -> Sequence[float]:
        """The mean score of each option with the items of the context."""
        context = _pieces(question.context, question.context_slots, question.context_keys)
        options = _pieces(question.options, [question.slot] * len(question.options), question.option_keys)
        pairs = [(option, item) for option in options for item in context]
        return [float(mean) for mean in self._scores(pairs).reshape(len(options), len(context)).mean(axis=1)]

    def cp(self, question: CpQuestion) -> float:
        """The mean score of all pairs of items."""
        return float(self._scores(combinations(_pieces(question.items, question.slots, question.keys), 2)).mean())

    def _scores(self, pairs: Iterable[tuple[Piece, Piece]]) -> NDArray[np.float64]:
        left, right = zip(*pairs, strict=True)
        return self._score(left, right)


def _pieces(captions: Sequence[str], slots: Sequence[str | None], keys: Sequence[str]) -> list[Piece]:
    """A question's pieces; a question file may leave slots and keys out."""
    return [Piece(key or "", words or "", slot) for words, slot, key in zip_longest(captions, slots, keys)]


@dataclass(frozen=True)
class Worn:
    """Who was worn with whom: every two pieces of an outfit, in both orders, as rows of one table of vectors."""

    vectors: Vectors  # (pieces, size)
    slots: NDArray[np.str_]  # (pieces,)
    left: Rows  # (pairs,)
    right: Rows  # (pairs,)

    def instead(self, rng: np.random.Generator, count: int) -> Rows:
        """For each pair `count` random pieces of the right one's slot, shape (pairs, count).

        Now and then that is the right one itself, or one of the same words: no loss can tell them apart, so it does no harm.
        """
        found = np.empty((len(self.right), count), dtype=np.int64)
        for slot in np.unique(self.slots):
            places = self.slots[self.right] == slot
            found[places] = rng.choice(np.flatnonzero(self.slots == slot), (places.sum(), count))
        return found


def worn(outfits: Sequence[Outfit], features: Features) -> Worn:
    """The pairs of some outfits. Raises TaskError where there is none."""
    rows: dict[Piece, int] = {}
    for outfit in outfits:
        for piece in outfit.pieces:
            rows.setdefault(piece, len(rows))
    pairs = [(rows[one], rows[other]) for outfit in outfits for one, other in permutations(dict.fromkeys(outfit.pieces), 2)]
    if not pairs:
        raise TaskError("There are no two items worn together that a control could be fitted on.")
    left, right = np.array(pairs).T
    return Worn(features(list(rows)), np.array([slot_of(piece) for piece in rows]), left, right)

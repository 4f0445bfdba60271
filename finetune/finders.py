"""Who answers CIR: complementary search, the same re-ranked by the stylist, and the controls that they have to beat.

A finder scores the whole gallery for a batch of questions at once: a benchmark of thousands must take a minute, not an hour.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from finetune.cir import Batch, CirQuestion
from finetune.controls import popularity
from finetune.pairs import CaptionVectors, Features, slot_of, unit
from finetune.reranking import NEARNESS, reranked
from finetune.stylist import Stylist
from finetune.tasks import Outfit, Piece, TaskError
from finetune.type_aware import TypeAware, train_type_aware
from retrieval.complement import Complement
from retrieval.embeddings import Embedder, Vectors

CONTROLS = ("random", "popular", "cosine-mean", "slot-centroid", "type-aware")
FITTED = ("popular", "slot-centroid", "type-aware")  # on training outfits
COMPARING = ("cosine-mean", "slot-centroid", "type-aware")  # by vectors
PROPOSED = 50  # items that the first stage hands to the second

Scores = NDArray[np.float64]
Queries = Callable[[Sequence[CirQuestion]], Vectors]  # questions -> what to look for, shape (questions, size)


class Finder(Protocol):
    """What looks for the missing item."""

    def __call__(self, batch: Batch) -> Scores:
        """Scores, shape (questions, gallery): higher is better. Those of barred items are not read."""
        ...


def build(name: str, outfits: Sequence[Outfit] = (), embedder: Embedder | None = None) -> Finder:
    """The control of that name, fitted on training outfits if it learns; these must hold none that is evaluated.

    Raises TaskError for an unknown name, and for a control that lacks its outfits or its embedder.
    """
    if name not in CONTROLS:
        raise TaskError(f"There is no control {name!r} of cir. There are {', '.join(CONTROLS)}.")
    if name in FITTED and not outfits:
        raise TaskError(f"The control {name} is fitted on outfits: say which with --train.")
    if name == "random":
        return Random()
    if name == "popular":
        return Popular(popularity(outfits))
    if embedder is None:
        raise TaskError(f"The control {name} compares vectors: give it an embedder.")
    features = CaptionVectors(embedder)
    if name == "cosine-mean":
        return cosine_mean(features)
    return slot_centroid(outfits, features) if name == "slot-centroid" else Typed(train_type_aware(outfits, features))


class Random:
    """Numbers drawn anew for every question: by its texts, one that is asked again would count one draw of luck twice."""

    def __init__(self, seed: int = 0) -> None:
        self._generator = np.random.default_rng(seed)

    def __call__(self, batch: Batch) -> Scores:
        """Numbers in [0, 1)."""
        return self._generator.random((len(batch.asked), len(batch.gallery)))


class Popular:
    """The caption that stands in most training outfits, whatever is worn."""

    def __init__(self, popularity: Callable[[str], float]) -> None:
        self._popularity = popularity

    def __call__(self, batch: Batch) -> Scores:
        """One row, repeated."""
        return np.tile([self._popularity(piece.words) for piece in batch.gallery], (len(batch.asked), 1))


class Nearest:
    """Items by their captions' cosine to a query. `queries` says what to look for; only its direction counts."""

    def __init__(self, features: Features, queries: Queries) -> None:
        self._features, self._queries = features, queries

    def __call__(self, batch: Batch) -> Scores:
        """Cosines, in [-1, 1]."""
        found = unit(self._queries(batch.asked)) @ self._features(batch.gallery).T
        return np.asarray(found, dtype=np.float64)


def cosine_mean(features: Features) -> Nearest:
    """What is most like the outfit."""
    return Nearest(features, lambda asked: np.stack([features(question.context).mean(0) for question in asked]))


def slot_centroid(outfits: Sequence[Outfit], features: Features) -> Nearest:
    """What is most like the slot's training items, whatever is worn; in slots that these lack, like all of them."""
    pieces: dict[str, list[Piece]] = {}
    for outfit in outfits:
        for piece in outfit.pieces:
            pieces.setdefault(slot_of(piece), []).append(piece)
    centroids: dict[str, Vectors] = {slot: features(members).mean(0) for slot, members in pieces.items()}
    anywhere: Vectors = np.mean(list(centroids.values()), axis=0)
    return Nearest(features, lambda asked: np.stack([centroids.get(question.slot, anywhere) for question in asked]))


class Typed:
    """The control `type-aware`: the mean over the context of the cosine under the mask of the two slots."""

    def __init__(self, type_aware: TypeAware) -> None:
        self._type_aware = type_aware

    def __call__(self, batch: Batch) -> Scores:
        """Mean cosines, in [-1, 1]."""
        wanted, found = batch.asked[0].slot, np.zeros((len(batch.asked), len(batch.gallery)))
        worn = [(row, piece) for row, question in enumerate(batch.asked) for piece in question.context]
        for slot in sorted({slot_of(piece) for _, piece in worn}):
            rows, pieces = zip(*((row, piece) for row, piece in worn if slot_of(piece) == slot), strict=True)
            cosines = self._type_aware.seen(pieces, wanted) @ self._type_aware.seen(batch.gallery, slot).T
            np.add.at(found, list(rows), cosines)
        return np.asarray(found / np.array([[len(question.context)] for question in batch.asked]))


def complementary(complement: Complement, features: Features) -> Nearest:
    """Complementary search: `features` are of the embedder that the encoder was trained for."""
    return Nearest(features, lambda asked: complement.queries([(question.context, question.slot) for question in asked]))


class TwoStages:
    """The first stage's best `PROPOSED`, re-ranked by the stylist; the others stand behind them in the first stage's order."""

    def __init__(self, first: Finder, stylist: Stylist, nearness: float = NEARNESS) -> None:
        self._first, self._stylist, self._nearness = first, stylist, nearness

    def __call__(self, batch: Batch) -> Scores:
        """Log-odds of those proposed, and below them numbers that only keep an order. `first` must say cosines."""
        scores = self._first(batch)
        for row, question in enumerate(batch.asked):
            first = np.where(batch.barred[row], -np.inf, scores[row])
            proposed = np.argsort(-first, kind="stable")[: min(PROPOSED, int((~batch.barred[row]).sum()))]
            options = [batch.gallery[place] for place in proposed]
            odds = reranked(self._stylist, question.context, options, scores[row, proposed], self._nearness)
            scores[row] += odds.min() - 3.0  # cosines differ by 2 at most
            scores[row, proposed] = odds
        return scores

"""The controls: simple scorers that stand in the same tables as the language models, so that these have something to beat."""

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from finetune.logistic import fit_logistic
from finetune.pairs import CaptionVectors, Features, Pairwise
from finetune.scorers import Scorer
from finetune.tasks import CpQuestion, FitbQuestion, Outfit, Piece, TaskError, plain
from finetune.type_aware import fit_type_aware
from retrieval.embeddings import Embedder

CONTROLS = ("random", "first", "popular", "longest", "cosine-mean", "logreg", "type-aware")
FITTED = ("popular", "logreg", "type-aware")  # on training outfits
COMPARING = ("cosine-mean", "logreg", "type-aware")  # by vectors
SAMPLED = {"logreg-1000": "logreg", "type-aware-1000": "type-aware"}  # rows of those fitted on as few outfits as the models


def build(
    name: str,
    outfits: Sequence[Outfit] = (),
    embedder: Embedder | None = None,
    *,
    features: Features | None = None,
    seed: int = 0,
) -> Scorer:
    """The control of that name, fitted on training outfits if it learns. `outfits` must hold none that is evaluated.

    `features` (of pictures, for one) are compared instead of the captions' embeddings. Raises TaskError for an unknown
    name, and for a control that lacks its outfits or its vectors.
    """
    if name not in CONTROLS:
        raise TaskError(f"There is no control {name!r}. There are {', '.join(CONTROLS)}.")
    if name in FITTED and not outfits:
        raise TaskError(f"The control {name} is fitted on outfits: say which with --train.")
    match name:
        case "random":
            return Random(seed)
        case "first":
            return First()
        case "longest":
            return longest()
        case "popular":
            return popular(outfits)
    vectors = features or (CaptionVectors(embedder) if embedder else None)
    if vectors is None:
        raise TaskError(f"The control {name} compares vectors: give it an embedder, or features.")
    if name == "cosine-mean":
        return cosine_mean(vectors)
    return (fit_logistic if name == "logreg" else fit_type_aware)(outfits, vectors, seed=seed)


class Random:
    """A number drawn by the question's texts: always the same, whatever their order."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = str(seed)

    def fitb(self, question: FitbQuestion) -> Sequence[float]:
        """Numbers in [0, 1)."""
        return [self._draw([*sorted(question.context), option]) for option in question.options]

    def cp(self, question: CpQuestion) -> float:
        """A number in [0, 1)."""
        return self._draw(sorted(question.items))

    def _draw(self, texts: Sequence[str]) -> float:
        return random.Random("\n".join([self._seed, *texts])).random()


class First:
    """The first option; every outfit alike. It shows whether the answers' places give them away."""

    def fitb(self, question: FitbQuestion) -> Sequence[float]:
        """1 for the first option, 0 for the others."""
        return [float(place == 0) for place in range(len(question.options))]

    def cp(self, question: CpQuestion) -> float:
        """0."""
        return 0.0


class _Itemwise:
    """A scorer made of a score for one caption: it sees no outfit, only whether right items look like it by themselves."""

    def __init__(self, score: Callable[[str], float]) -> None:
        self._score = score

    def fitb(self, question: FitbQuestion) -> Sequence[float]:
        """The score of each option."""
        return [self._score(option) for option in question.options]

    def cp(self, question: CpQuestion) -> float:
        """The mean score of the items."""
        return fmean(self._score(item) for item in question.items)


def longest() -> Scorer:
    """The longest caption, in characters."""
    return _Itemwise(lambda words: float(len(plain(words))))


def popular(outfits: Sequence[Outfit]) -> Scorer:
    """The caption that stands in most training outfits."""
    return _Itemwise(popularity(outfits))


def popularity(outfits: Sequence[Outfit]) -> Callable[[str], float]:
    """log(1 + the number of outfits that a caption stands in)."""
    counts = Counter(words for outfit in outfits for words in {plain(piece.words) for piece in outfit.pieces})
    return lambda words: math.log1p(counts[plain(words)])


def cosine_mean(features: Features) -> Scorer:
    """What is most like the outfit: the mean cosine, which ranks options as the cosine to the mean of the context does."""

    def cosine(left: Sequence[Piece], right: Sequence[Piece]) -> NDArray[np.float64]:
        return np.asarray(np.einsum("ij,ij->i", features(left), features(right), dtype=np.float64))

    return Pairwise(cosine)

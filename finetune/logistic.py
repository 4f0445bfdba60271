"""The control `logreg`: logistic regression on frozen vectors. Worn together, or one of the two replaced?"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from finetune.pairs import Features, Pairwise, unit, worn
from finetune.tasks import Outfit, Piece
from retrieval.embeddings import Vectors

# Chosen on Polyvore-T valid, trained on polyvore_text/train: the products of all components with all found 36.9 % (AUC .676),
# each component's own product and difference, of 64 to 384 components, at most 36.8 % (.638).
COMPONENTS = 40  # principal ones: 820 features of a pair
INVERSE_PENALTY = 0.01
MOST_PAIRS = 50_000  # that are fitted on, drawn at random: 330 MB of features


def fit_logistic(outfits: Sequence[Outfit], features: Features, seed: int = 0) -> Pairwise:
    """A scorer of two pieces by the log-odds that they were worn together, rather than one replaced by another of its slot.

    The same seed gives the same scores. Raises TaskError where no two pieces were worn together.
    """
    pairs, rng = worn(outfits, features), np.random.default_rng(seed)
    components = PCA(min(COMPONENTS, *pairs.vectors.shape), random_state=seed).fit(pairs.vectors)
    reduced = unit(components.transform(pairs.vectors))
    drawn = rng.permutation(len(pairs.left))[:MOST_PAIRS]
    left = reduced[pairs.left[drawn]]
    together = _products(left, reduced[pairs.right[drawn]])
    replaced = _products(left, reduced[pairs.instead(rng, 1)[drawn, 0]])
    labels = np.repeat([1, 0], len(drawn))
    regression = LogisticRegression(C=INVERSE_PENALTY, max_iter=1000).fit(np.vstack([together, replaced]), labels)

    def score(one: Sequence[Piece], other: Sequence[Piece]) -> NDArray[np.float64]:
        vectors = [unit(components.transform(features(pieces))) for pieces in (one, other)]
        return np.asarray(regression.decision_function(_products(*vectors)), dtype=np.float64)

    return Pairwise(score)


def _products(left: Vectors, right: Vectors) -> Vectors:
    """Each component of one times each of the other, the same whichever is left: shape (pairs, size * (size + 1) / 2)."""
    first, second = np.triu_indices(left.shape[1])
    return left[:, first] * right[:, second] + left[:, second] * right[:, first]

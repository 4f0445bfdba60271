"""How answers are measured: FITB accuracy, CP AUC, CIR recall, bootstrap intervals, order consistency and calibration.

Every metric refuses what it cannot measure instead of returning 0.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from finetune.tasks import TaskError

RESAMPLES = 2000  # of the bootstrap
BINS = 10  # of the calibration error, as in Guo et al. 2017


def fitb_hits(scores: Sequence[Sequence[float]], answers: Sequence[int]) -> NDArray[np.float64]:
    """For each question 1 if the right option scores highest, 1/n if it ties with n - 1 others, else 0.

    An empty row is no answer: 0. Raises TaskError for a score that is no number.
    """
    hits = []
    for row, answer in zip(scores, answers, strict=True):
        if np.isnan(row).any():
            raise TaskError("A score is no number (NaN): no accuracy can be measured.")
        best = np.flatnonzero(np.asarray(row) == max(row, default=0))
        hits.append(1 / len(best) if answer in best else 0.0)
    return np.array(hits)


def auc(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Area under the ROC curve. Raises TaskError where all labels are equal, or a score is no number."""
    if len(np.unique(labels)) < 2:
        raise TaskError("CP needs questions of both labels.")
    if np.isnan(scores).any():
        raise TaskError("A score is no number (NaN): no AUC can be measured.")
    return float(roc_auc_score(labels, scores))


def recall_hits(better: NDArray[np.int64], tied: NDArray[np.int64], cutoff: int) -> NDArray[np.float64]:
    """For each question the share of all orders of ties in which the right item is among the first `cutoff`.

    better: how many items score higher; tied: how many as high, the right one too.
    """
    return np.clip((cutoff - better) / tied, 0.0, 1.0)


def mid_ranks(better: NDArray[np.int64], tied: NDArray[np.int64]) -> NDArray[np.float64]:
    """The right item's rank, from 1 on, the mean over all orders of what ties with it."""
    return np.asarray(better + (tied + 1) / 2)


def calibration_error(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Expected calibration error: how far the mean probability lies from the share of 1s, over ten equal bins of [0, 1]."""
    if len(probabilities) == 0 or not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise TaskError("A calibration error needs probabilities between 0 and 1.")
    places = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    gaps = [abs(probabilities[places == bin].sum() - labels[places == bin].sum()) for bin in range(BINS)]
    return float(sum(gaps) / len(labels))


def order_consistency(picks: Sequence[Sequence[str]]) -> float:
    """The share of questions whose pick is the same text for every rotation of the options. `picks`: question x rotation."""
    if not picks:
        raise TaskError("Order consistency needs at least one question.")
    return float(np.mean([len(set(row)) == 1 for row in picks]))


def bootstrap(groups: Sequence[str], measure: Callable[[NDArray[np.int64]], float], seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of `measure`, a function of question indices, as `intervals` finds it."""
    low, high = intervals(groups, lambda places: np.array([measure(places)]), seed)
    return float(low[0]), float(high[0])


def intervals(
    groups: Sequence[str], measure: Callable[[NDArray[np.int64]], NDArray[np.float64]], seed: int = 0
) -> NDArray[np.float64]:
    """The 95 % intervals, shape (2, k), of the k figures of `measure`, over resampled outfits with all their questions.

    A resample that cannot be measured (an AUC of few questions that are all alike) is drawn again.
    """
    if not groups:
        raise TaskError("An interval needs at least one question.")
    members: dict[str, list[int]] = {}
    for place, group in enumerate(groups):
        members.setdefault(group, []).append(place)
    rows = [np.array(places) for places in members.values()]
    rng = np.random.default_rng(seed)
    values: list[NDArray[np.float64]] = []
    for _ in range(10 * RESAMPLES):
        try:
            values.append(measure(np.concatenate([rows[i] for i in rng.integers(0, len(rows), len(rows))])))
        except TaskError:
            continue
        if len(values) == RESAMPLES:
            break
    if not values:
        raise TaskError("These questions are too few for an interval.")
    return np.asarray(np.percentile(values, [2.5, 97.5], axis=0))

"""The metrics: what a scorer gets that knows everything, nothing, or always says the same."""

import numpy as np
import pytest

from finetune.metrics import auc, bootstrap, calibration_error, fitb_hits, order_consistency
from finetune.tasks import TaskError

ANSWERS = [place % 4 for place in range(400)]
LABELS = np.array([0, 1] * 50)


def test_an_oracle_hits_always_and_its_opposite_never():
    oracle = [[float(place == answer) for place in range(4)] for answer in ANSWERS]
    assert fitb_hits(oracle, ANSWERS).mean() == 1.0
    assert fitb_hits(-np.array(oracle), ANSWERS).mean() == 0.0


def test_always_the_first_hits_as_often_as_the_first_is_right():
    assert fitb_hits([[9, 1, 1, 1]] * 400, ANSWERS).mean() == 0.25


def test_ties_count_one_nth():
    assert list(fitb_hits([[1, 1, 1, 1], [2, 2, 1, 1], [2, 2, 1, 1]], [3, 0, 2])) == [0.25, 0.5, 0.0]


def test_questions_may_have_different_numbers_of_options():
    assert list(fitb_hits([[1, 2], [1, 2, 3]], [1, 2])) == [1.0, 1.0]


def test_scores_and_answers_have_to_be_as_many():
    with pytest.raises(ValueError):
        fitb_hits([[1, 2]], [0, 1])


def test_a_constant_cp_scorer_has_an_auc_of_a_half():
    assert auc(np.full(100, 0.7), LABELS) == 0.5
    assert auc(LABELS.astype(float), LABELS) == 1.0
    assert auc(-LABELS.astype(float), LABELS) == 0.0


def test_an_auc_of_one_label_is_refused():
    with pytest.raises(TaskError, match="questions of both labels"):
        auc(np.array([0.1, 0.2]), np.array([1, 1]))


def test_a_calibrated_scorer_has_no_error_and_a_sure_and_wrong_one_the_whole():
    assert calibration_error(np.full(100, 0.5), LABELS) == pytest.approx(0)
    assert calibration_error(1.0 - LABELS, LABELS) == pytest.approx(1)
    assert calibration_error(np.full(100, 0.8), LABELS) == pytest.approx(0.3)


@pytest.mark.parametrize("bad", [np.array([]), np.array([1.2]), np.array([-0.1]), np.array([np.nan])])
def test_a_calibration_error_of_what_is_no_probability_is_refused(bad):
    with pytest.raises(TaskError, match="probabilities between 0 and 1"):
        calibration_error(bad, np.ones(len(bad), dtype=int))


def test_order_consistency_is_the_share_of_questions_with_one_pick():
    assert order_consistency([["a", "a", "a"], ["a", "b", "a"], ["c", "c", "c"], ["d", "d", "e"]]) == 0.5
    with pytest.raises(TaskError, match="at least one question"):
        order_consistency([])


def test_the_bootstrap_takes_an_outfit_with_its_questions_of_all_seeds_or_not_at_all():
    groups = ["a", "b", "c"] * 5  # five seeds of three outfits
    seen = []

    def measure(places):
        seen.append(np.bincount(places, minlength=15).reshape(5, 3))
        return 0.0

    bootstrap(groups, measure)
    assert all((counts == counts[0]).all() and counts[0].sum() == 3 for counts in seen)
    assert any(counts[0].max() == 3 for counts in seen)


def test_an_interval_does_not_narrow_because_questions_are_drawn_from_the_same_outfits_again():
    hits = np.array([0.0, 1.0] * 50)
    once = bootstrap([str(n) for n in range(100)], lambda places: hits[places].mean())
    often = bootstrap([str(n) for n in range(100)] * 5, lambda places: np.tile(hits, 5)[places].mean())
    assert often == pytest.approx(once, abs=0.02)
    assert once[0] == pytest.approx(0.4, abs=0.03)
    assert once[1] == pytest.approx(0.6, abs=0.03)


def test_the_same_seed_gives_the_same_interval():
    hits = np.array([0.0, 1.0, 1.0, 1.0])
    first, again, other = (bootstrap("abcd", lambda places: hits[places].mean(), seed) for seed in (0, 0, 7))
    assert first == again
    assert first[0] <= other[1]

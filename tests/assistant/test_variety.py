"""The few that are shown: the best, but no near-twins and not one colour over and over."""

import numpy as np
import pytest

from assistant.floor.variety import varied


def unit(*rows) -> np.ndarray:
    vectors = np.array(rows, dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


APART = unit([1, 0, 0], [0, 1, 0], [0, 0, 1])


def test_what_differs_comes_by_its_fit_alone():
    assert varied(np.array([1.0, 3.0, 2.0]), APART, ["", "", ""], 3) == [1, 2, 0]


def test_the_best_is_always_first():
    assert varied(np.array([0.0, 9.0, 8.9]), unit([1, 0], [1, 0], [1, 0]), ["red", "red", "red"], 1, worn=["red"]) == [1]


def test_a_near_twin_waits_for_what_is_nearly_as_good_and_different():
    vectors = unit([1, 0, 0], [1, 0.01, 0], [0, 1, 0], [0, 0, 1])
    assert varied(np.array([10.0, 9.9, 8.0, 0.0]), vectors, [""] * 4, 4) == [0, 2, 1, 3]


def test_colours_take_turns_among_near_equals_and_the_worn_one_waits():
    fit = np.array([5.0, 5.0, 4.9, 0.0])
    assert varied(fit, unit([1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]), ["red", "red", "blue", ""], 3)[:2] == [0, 2]
    assert varied(fit, unit([1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]), ["red", "blue", "red", ""], 1, worn=["red"]) == [1]


def test_fit_outweighs_variety_in_the_end():
    vectors = unit([1, 0], [1, 0.1], [0, 1])
    assert varied(np.array([10.0, 9.9, 0.0]), vectors, [""] * 3, 3) == [0, 1, 2]


@pytest.mark.parametrize("k", [0, 1, 2, 3, 50])
def test_no_more_than_there_are_and_none_twice(k):
    found = varied(np.zeros(3), APART, ["red"] * 3, k)
    assert len(found) == len(set(found)) == min(k, 3)


def test_of_none_none():
    assert varied(np.empty(0), np.empty((0, 3), dtype=np.float32), [], 5) == []

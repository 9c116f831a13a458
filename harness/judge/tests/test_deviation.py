"""A difference of distributions taken apart: normalisation, shape, and odds."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from harness.judge.deviation import UNDERFLOW, Domain, deviation, domain_of

LOGITS = hnp.arrays(np.float64, st.integers(2, 20), elements=st.floats(-15, 15))


def softmax(logits: Any) -> NDArray[np.float64]:
    powers = np.exp(np.asarray(logits, np.float64) - np.max(logits))
    scores: NDArray[np.float64] = powers / powers.sum()
    return scores


@given(LOGITS, st.data(), st.floats(0.5, 2))
def test_shape_is_the_difference_of_the_logits_and_normalisation_the_common_factor(
    logits: NDArray[np.float64], data: st.DataObject, factor: float
) -> None:
    moves = data.draw(hnp.arrays(np.float64, logits.shape, elements=st.floats(-0.1, 0.1)))
    reference = softmax(logits)
    found = deviation(reference, softmax(logits + moves) * factor)
    assert found.normalisation == pytest.approx(math.log(factor), abs=1e-12)
    centred = moves - (reference * moves).sum()
    assert found.size == pytest.approx(np.abs(centred).max(), abs=6e-3)  # second order: 0.1² / 2
    assert found.odds_change == pytest.approx(math.expm1(moves.max() - moves.min()), rel=1e-6)


def test_the_two_classes_are_those_whose_odds_move_most() -> None:
    logits = np.array([3.0, 1.0, 0.0, -2.0])
    found = deviation(softmax(logits), softmax(logits + np.array([0, 0.01, 0, -0.02])))
    assert (found.raised, found.lowered) == (1, 3)
    assert found.odds_change == pytest.approx(math.expm1(0.03))


@pytest.mark.parametrize(
    "scores", [[0.5, 0.4], [1.5, -0.5], [math.nan, 0.5], [math.inf, 0.0], [1.0], [0.9, 0.9]]
)
def test_what_is_no_distribution_is_compared_as_it_is(scores: list[float]) -> None:
    assert domain_of(scores) is Domain.LINEAR


def test_linear_deviation_is_the_largest_difference_and_its_unit_the_spread() -> None:
    found = deviation([2.0, -1.0, 5.0], [2.0, -1.5, 5.25])
    assert (found.size, found.raised, found.lowered) == (0.5, 2, 1)
    assert found.unit == 6 * 2.0**-23
    assert math.isnan(found.odds_change)


def test_underflowed_scores_count_as_equal_and_a_lost_class_does_not() -> None:
    reference = np.array([1.0, UNDERFLOW / 100, 1e-20])
    assert deviation(reference, np.array([1.0, 0.0, 1e-20])).size == pytest.approx(0, abs=1e-12)
    assert deviation(reference, np.array([1.0, 0.0, 0.0])).size > 20


@pytest.mark.parametrize("broken", [[0.5, math.nan], [0.5, math.inf]])
def test_a_score_that_is_not_finite_leaves_no_number(broken: list[float]) -> None:
    assert not deviation([0.5, 0.5], broken).size < 1e30

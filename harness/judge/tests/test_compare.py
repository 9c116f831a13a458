"""Which score vectors can be compared, and what is not finite in them."""

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import DTypeLike

from harness.judge.compare import compare
from harness.judge.scores import NothingToCompareError, as_scores

pytestmark = pytest.mark.usefixtures("no_warnings")


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_counted_and_left_out_of_the_figures(bad: float) -> None:
    r, c = np.array([0.5, 0.3, 0.2], np.float32), np.array([0.5, bad, 0.25], np.float32)
    one, both = compare(r, c), compare(c, c.copy())
    assert (one.reference_nonfinite, one.candidate_nonfinite) == (0, 1)
    assert not one.nonfinite_agree
    assert one.max_abs == pytest.approx(0.05)
    assert one.max_abs_class == one.atol_needed_class == 2
    assert math.isnan(one.kl)
    assert both.nonfinite_agree
    assert both.reference_nonfinite == both.candidate_nonfinite == 1
    assert both.max_abs == 0


@pytest.mark.parametrize(
    ("r", "c"), [(math.nan, math.inf), (math.inf, -math.inf), (math.nan, 1.0), (1.0, math.inf)]
)
def test_different_kinds_of_not_finite_do_not_agree(r: Any, c: Any) -> None:
    assert not compare([0.5, r], [0.5, c]).nonfinite_agree


@pytest.mark.parametrize(
    ("r", "c", "words"),
    [
        ([], [], r"shape \(0,\)"),
        ([0.5, 0.5], [0.5], "reference scores 2 classes, the candidate 1"),
        (np.zeros((2, 3)), np.zeros((2, 3)), r"shape \(2, 3\)"),
        (0.5, 0.5, r"shape \(\)"),
        ([math.nan, 1.0], [1.0, math.nan], "NaN or Inf on one side alone: 1 of 2"),
        ([math.nan] * 2, [math.nan] * 2, "no class has a finite score on both sides"),
        ([True, False], [True, False], "type bool"),
        (["a"], ["a"], "expected numbers"),
        ([1j], [1j], "complex"),
    ],
)
def test_nothing_to_compare_is_an_error_that_says_why(r: Any, c: Any, words: str) -> None:
    with pytest.raises(NothingToCompareError, match=words):
        compare(r, c)


def test_one_buffer_on_both_sides_is_refused() -> None:
    scores = np.array([0.1, 0.9], np.float32)
    for other in (scores, scores[np.newaxis], scores[:]):
        with pytest.raises(NothingToCompareError, match="same buffer"):
            compare(scores, other)


@pytest.mark.parametrize("shape", [(4,), (1, 4), (1, 1, 4), (4, 1)])
def test_a_batch_of_one_is_the_vector_itself(shape: tuple[int, ...]) -> None:
    r = np.array([0.1, 0.2, 0.3, 0.4], np.float32)
    assert as_scores(r.reshape(shape)).shape == (4,)
    assert compare(r.reshape(shape), r.copy()).max_abs == 0


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.uint8, np.int64])
def test_every_number_type_is_compared_in_float64(dtype: DTypeLike) -> None:
    r, c = np.array([1, 7, 3, 0], dtype), np.array([1, 3, 7, 0], dtype)
    found = compare(r, c, k=2)
    assert (found.max_abs, found.max_abs_class) == (4.0, 1)
    assert (found.reference_top, found.candidate_top) == ((1, 2), (2, 1))


def test_unsigned_scores_do_not_wrap_around() -> None:
    assert compare(np.array([1, 2], np.uint8), np.array([255, 2], np.uint8)).max_abs == 254

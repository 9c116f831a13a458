"""When a kernel's error is beyond what rounding explains."""

import math

import numpy as np
import pytest

from harness.judge.deviation import EPS
from harness.locate.rule import TensorError, excess, rounding, tensor_error

RNG = np.random.default_rng(3)
TRUTH = RNG.normal(0, 1, (1, 14, 14, 32))


def float32_error(scale: float = 1.0) -> TensorError:
    return tensor_error((TRUTH * scale).astype(np.float32), TRUTH)


def test_rounding_the_result_itself_is_no_fault() -> None:
    assert excess(float32_error(), rounding([])) < 1


@pytest.mark.parametrize("scale", [1.0001, 0.99])
def test_a_scaled_result_is_a_fault(scale: float) -> None:
    assert excess(float32_error(scale), rounding([float32_error()])) > 10


def test_one_wrong_element_of_many_is_a_fault() -> None:
    wrong = TRUTH.astype(np.float32)
    wrong[0, 3, 4, 5] += 1e-3
    error = tensor_error(wrong, TRUTH)
    assert error.rms < error.largest / 20
    assert excess(error, rounding([float32_error()])) > 10


def test_a_fault_is_as_large_whatever_the_scale_of_the_tensor() -> None:
    small = tensor_error((1e-20 * TRUTH * 1.01).astype(np.float32), 1e-20 * TRUTH)
    assert small.rms == pytest.approx(0.01, rel=1e-3)


def test_what_the_reference_errs_itself_is_explained() -> None:
    wide = TensorError(1e-3, 1e-4)
    assert excess(TensorError(2e-3, 2e-4), rounding([wide])) == pytest.approx(2 / 3)


def test_a_long_sum_of_one_sign_may_err_with_its_length() -> None:
    error = TensorError(8e-6, 8e-6)
    assert excess(error, rounding([])) > 1
    assert excess(error, rounding([]), terms=1000) < 1


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_value_that_is_no_number_is_a_fault(value: float) -> None:
    wrong = TRUTH.astype(np.float32)
    wrong[0, 0, 0, 0] = value
    assert excess(tensor_error(wrong, TRUTH), rounding([])) == math.inf


def test_the_same_infinity_is_no_fault() -> None:
    both = np.array([np.inf, 1.0, np.nan])
    assert tensor_error(both.astype(np.float32), both) == TensorError(0.0, 0.0)


def test_an_error_of_a_tensor_of_zeros_is_infinite() -> None:
    assert tensor_error(np.full(3, 1e-30), np.zeros(3)).largest == math.inf


def test_what_was_not_measured_is_no_verdict() -> None:
    nothing = TensorError(math.nan, math.nan)
    assert math.isnan(excess(nothing, rounding([nothing])))
    assert rounding([nothing]).largest == 2 * EPS

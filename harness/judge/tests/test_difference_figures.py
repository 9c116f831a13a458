"""Differences, ULP, KL and cosine, each against a straightforward formula of its own."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from harness.judge.compare import compare
from harness.judge.deviation import kl_divergence
from harness.judge.difference_figures import cosine, ulp_distance
from harness.judge.tests.score_vectors import softmax, vectors

pytestmark = pytest.mark.usefixtures("no_warnings")


@given(vectors())
def test_differences_are_what_a_plain_loop_finds(pair: tuple[NDArray[Any], NDArray[Any]]) -> None:
    r, c = pair
    found = compare(r, c)
    apart = [abs(float(b) - float(a)) for a, b in zip(r, c, strict=True)]
    assert found.max_abs == max(apart)
    assert found.max_abs_class == apart.index(max(apart))
    assert found.rmse == pytest.approx(math.sqrt(sum(d * d for d in apart) / len(apart)))
    relative = [d / abs(float(a)) for d, a in zip(apart, r, strict=True) if abs(a) >= 1e-7]
    expected = max(relative, default=math.nan)
    assert found.max_rel == pytest.approx(expected, nan_ok=True)
    largest = max(abs(float(a)) for a in r)
    scaled = max(apart) / largest if largest else math.nan
    assert found.max_abs_scaled == pytest.approx(scaled, nan_ok=True)


@given(
    hnp.arrays(np.float32, 5, elements=st.floats(2.0**-120, 2.0**120, width=32)),
    st.integers(0, 20),
)
def test_ulp_counts_the_steps_of_nextafter(r: Any, steps: int) -> None:
    c = r.copy()
    for _ in range(steps):
        c = np.nextafter(c, np.float32(np.inf))
    assert ulp_distance(r, c).tolist() == [steps] * 5
    assert ulp_distance(-c, -r).tolist() == [steps] * 5
    if r.max() >= 1e-7:
        assert compare(r, c).max_ulp == steps


def test_ulp_goes_through_zero() -> None:
    tiny = np.nextafter(np.float32(0), np.float32(1))
    assert ulp_distance([tiny, 0.0, -0.0], [-tiny, -tiny, 0.0]).tolist() == [2, 1, 0]


@given(hnp.arrays(np.float64, 6, elements=st.floats(-8, 8)), st.floats(-2, 2))
def test_kl_is_the_textbook_sum_for_distributions(logits: NDArray[Any], shift: float) -> None:
    r, c = softmax(logits), softmax(logits + shift * np.arange(6))
    r64, c64 = (x.astype(float) / x.astype(float).sum() for x in (r, c))
    expected = sum(a * math.log(a / b) for a, b in zip(r64, c64, strict=True))
    assert compare(r, c).kl == pytest.approx(max(0.0, expected), abs=1e-12)


@pytest.mark.parametrize("other", [[2.0, -1.0], [0.7, 0.7], [3.0, 4.0]])
def test_kl_is_not_measured_for_anything_else(other: list[float]) -> None:
    assert math.isnan(compare([0.5, 0.5], other).kl)
    assert math.isnan(compare(other, [0.5, 0.5]).kl)


@pytest.mark.parametrize("factor", [1 + 1e-5, 1 - 1e-5])
def test_kl_does_not_see_the_normalisation(factor: float) -> None:
    r = softmax(np.sin(np.arange(1000.0)))
    moved = r.astype(float) * (1 + 1e-6 * np.cos(np.arange(1000.0)))
    expected = kl_divergence(r.astype(float), moved)
    assert expected == pytest.approx(2.5e-13, rel=0.1)
    assert kl_divergence(r.astype(float), moved * factor) == pytest.approx(expected, rel=1e-6)


def test_kl_stays_finite_where_the_candidate_gives_zero() -> None:
    assert 30 < kl_divergence(np.array([0.5, 0.5]), np.array([1.0, 0.0])) < 100


def test_cosine() -> None:
    right, diagonal = np.array([1.0, 0.0]), np.array([1.0, 1.0])
    assert cosine(right, diagonal) == pytest.approx(math.sqrt(0.5))
    assert cosine(right * 1e150, diagonal * 1e150) == pytest.approx(math.sqrt(0.5))
    assert math.isnan(cosine(right, right * 0))

"""Shares and their intervals, against published figures and by simulation."""

import math

import numpy as np
import pytest

from harness.sweep.shares import exact_bounds, largest_unseen, share

SIMULATED = 10_000


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_as_published(count: int, of: int, low: float, high: float) -> None:
    found = share(count, of)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


def test_a_share_of_nothing_is_not_a_number() -> None:
    found = share(0, 0)
    assert math.isnan(found.rate)
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_the_ends_lie_at_nothing_and_at_all() -> None:
    assert share(0, 50).low == pytest.approx(0, abs=1e-12)
    assert share(50, 50).high == pytest.approx(1)
    assert share(50, 50).low < 1


def test_what_none_of_so_many_images_shows() -> None:
    """0 of n: the largest rate is 1 − 0.05^(1/n), about 3/n."""
    assert largest_unseen(1000) == pytest.approx(1 - 0.05 ** (1 / 1000))
    assert largest_unseen(50_000) == pytest.approx(3 / 50_000, rel=2e-3)
    assert largest_unseen(0) == 1


@pytest.mark.parametrize(("of", "rate"), [(200, 0.5), (1000, 0.99), (50_000, 0.999)])
def test_wilson_covers_as_often_as_it_says(of: int, rate: float) -> None:
    """Near 95 %: the counts are whole, so coverage swings about it (Brown, Cai, DasGupta, 2001)."""
    counts = np.random.default_rng(1).binomial(of, rate, SIMULATED)
    held = 0
    for count, times in zip(*np.unique(counts, return_counts=True), strict=True):
        found = share(int(count), of)
        held += int(times) * (found.low <= rate <= found.high)
    assert 0.93 < held / SIMULATED < 0.97


@pytest.mark.parametrize(("of", "rate"), [(50, 0.9), (1000, 0.99), (50_000, 0.999)])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_exact_bounds_err_at_most_as_often_as_they_say(
    of: int, rate: float, confidence: float
) -> None:
    counts = np.random.default_rng(2).binomial(of, rate, SIMULATED)
    low, high = exact_bounds(counts, np.full(SIMULATED, of), confidence)
    slack = 3 * math.sqrt(confidence * (1 - confidence) / SIMULATED)
    assert (low > rate).mean() <= 1 - confidence + slack
    assert (high < rate).mean() <= 1 - confidence + slack


@pytest.mark.parametrize("of", [1, 64, 300, 1000, 99_999])
def test_where_all_or_none_is_counted_the_interval_ends_there(of: int) -> None:
    assert share(of, of).high == 1.0
    assert share(0, of).low == 0.0

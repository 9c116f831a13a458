"""The difference of two accuracies on the same images, against published figures."""

import numpy as np
import pytest

from harness.sweep.paired import (
    detectable_drop,
    drop_bounds,
    drop_excess,
    drop_interval,
    mcnemar_p,
)

SIMULATED = 10_000


@pytest.mark.parametrize(
    ("lost", "gained", "images", "low", "high"),
    [
        # Cavo et al. 2012 in Fagerland, Lydersen and Laake 2014; R package contingencytables 3.0
        (6, 16, 161, -0.1240, -0.0054),
        # Mirrored, the same
        (16, 6, 161, 0.0054, 0.1240),
        # None discordant: ±z²/(n + z²)
        (0, 0, 1000, -0.003827, 0.003827),
    ],
)
def test_tango_as_published(lost: int, gained: int, images: int, low: float, high: float) -> None:
    assert drop_interval(lost, gained, images, 0.95) == pytest.approx((low, high), abs=5e-5)


def test_mcnemar_as_published() -> None:
    assert mcnemar_p(6, 16) == pytest.approx(0.052479, abs=5e-7)
    assert mcnemar_p(0, 0) == 1
    assert mcnemar_p(5, 0) == pytest.approx(2 * 0.5**5)


def test_the_interval_agrees_with_the_test_of_no_difference() -> None:
    """Tango's interval holds 0 where McNemar's asymptotic test does not reject it."""
    for lost, gained in ((10, 20), (10, 21), (10, 22), (10, 23), (10, 24)):
        rejected = (lost - gained) ** 2 / (lost + gained) > 3.841459
        assert (drop_interval(lost, gained, 5000, 0.95)[1] < 0) is rejected


def test_everything_lost_and_everything_gained_stay_in_range() -> None:
    assert drop_interval(20, 0, 20, 0.95)[1] == pytest.approx(1)
    assert drop_interval(0, 20, 20, 0.95)[0] == pytest.approx(-1)
    assert drop_bounds(20, 0, 20, 0.95)[1] == 1
    assert drop_bounds(0, 20, 20, 0.95)[0] == -1


@pytest.mark.parametrize(
    ("images", "drop", "gained"), [(1000, 0.0, 0.01), (5000, 0.005, 0.01), (50_000, 0.001, 0.002)]
)
def test_tango_covers_as_often_as_it_says(images: int, drop: float, gained: float) -> None:
    chances = [gained + drop, gained, 1 - 2 * gained - drop]
    tables = np.random.default_rng(3).multinomial(images, chances, 500)
    ends = [drop_interval(int(b), int(c), images, 0.95) for b, c, _ in tables]
    held = np.mean([low <= drop <= high for low, high in ends])
    assert 0.92 < held < 0.98


def test_the_decision_is_that_of_the_bounds() -> None:
    random = np.random.default_rng(4)
    lost, gained = random.integers(0, 30, 60), random.integers(0, 30, 60)
    exceeds, keeps = drop_excess(lost, gained, np.full(60, 2000), 0.004, 0.95)
    bounds = [drop_bounds(int(b), int(c), 2000, 0.95) for b, c in zip(lost, gained, strict=True)]
    assert [low > 0.004 for low, _ in bounds] == exceeds.tolist()
    assert [high < 0.004 for _, high in bounds] == keeps.tolist()
    assert exceeds.any()
    assert keeps.any()


@pytest.mark.parametrize(
    ("images", "discordant"), [(1000, 0), (2000, 60), (10_000, 100), (50_000, 1000)]
)
def test_a_detectable_drop_is_found_by_mcnemar_in_four_of_five_datasets(
    images: int, discordant: int
) -> None:
    drop = detectable_drop(discordant, images, 0.95)
    rate = max(discordant / images, drop)
    chances = [(rate + drop) / 2, (rate - drop) / 2, 1 - rate]
    tables = np.random.default_rng(5).multinomial(images, chances, 2000)
    found = np.mean([mcnemar_p(int(b), int(c)) < 0.05 for b, c, _ in tables])
    assert 0.74 < found < 0.88


def test_few_images_detect_nothing() -> None:
    assert detectable_drop(0, 5, 0.95) == 1

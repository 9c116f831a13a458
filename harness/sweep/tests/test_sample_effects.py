"""The attribution of the random sample: which rows count, and what its intervals promise."""

import math

import numpy as np
import pandas as pd
import pytest

from harness.sweep.sample_effects import effects_of, mean_interval
from harness.sweep.tests.sample_tables import compared, failed


def test_effects_are_of_the_random_sample_alone() -> None:
    looks = ["sample"] * 20 + ["worst"] * 20
    effects = [0.01, -0.03] * 10 + [0.9] * 20
    found = effects_of(compared(40, closer_look=looks, decode_effect=effects), 0.95)
    assert found is not None
    assert (found.images, found.attributed) == (20, 20)
    (decode,) = found.steps
    assert (decode.step, decode.measured) == ("decode", 20)
    assert decode.mean == pytest.approx(0.02)
    assert decode.signed_mean == pytest.approx(-0.01)
    assert decode.largest == pytest.approx(0.03)
    assert decode.low < 0.02 < decode.high


def test_images_of_the_sample_without_an_attribution_are_counted() -> None:
    rows = pd.concat(
        [
            compared(10, closer_look="sample", resize_effect=[0.1] * 9 + [math.nan]),
            failed(2, closer_look="sample"),
        ],
        ignore_index=True,
    )
    found = effects_of(rows, 0.95)
    assert found is not None
    assert (found.images, found.attributed) == (12, 9)
    assert math.isnan(found.steps[0].low)


def test_the_interval_of_effects_covers_about_as_often_as_it_says() -> None:
    """200 |normal| values; the bootstrap is known to fall a little short for skewed ones."""
    random = np.random.default_rng(6)
    truth, held = math.sqrt(2 / math.pi), 0
    for _ in range(150):
        low, high = mean_interval(np.abs(random.normal(size=200)), 0.95)
        held += low <= truth <= high
    assert held / 150 > 0.89

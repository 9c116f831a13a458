"""How much each step moves the score of the top class, over the random sample of a sweep."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.sweep.arrays import known, numbers, texts
from harness.sweep.divergences import SAMPLE

STEPS = ("decode", "resize", "convert", "import", "optimize")
"""Steps whose column `<step>_effect` the tables have, in the order of the program."""
FEWEST_OF_INTERVAL = 10
"""Images below which no interval is given."""
RESAMPLES = 1999
"""Resamples of the bootstrap."""
_AT_ONCE = 2_000_000
"""Values that are drawn at the same time: 16 MB."""


@dataclass(frozen=True)
class StepEffect:
    """One step: mean |effect| on the score of the reference's top-1 class."""

    step: str
    """As in `<step>_effect`."""
    measured: int
    """Images of the sample that have the effect."""
    mean: float
    """Mean |effect|, in score units."""
    low: float
    """Lower end of its interval (bootstrap, BCa); NaN of fewer than FEWEST_OF_INTERVAL images."""
    high: float
    """Upper end."""
    signed_mean: float
    """Mean effect with its sign: near 0 where the step moves scores both ways."""
    largest: float
    """Largest |effect|."""


@dataclass(frozen=True)
class SampleEffects:
    """The attribution of a random sample of the images."""

    images: int
    """Images of the sample, those without an attribution too."""
    attributed: int
    """Those of them with any effect."""
    steps: tuple[StepEffect, ...]
    """Steps that any of them has."""


def effects_of(rows: pd.DataFrame, confidence: float) -> SampleEffects | None:
    """Of all rows of a candidate and scope; None where no row of the sample has an effect.

    Rows with a closer look for their status or their divergence are left out: they are not drawn at
    random, and their effects are larger.
    """
    sample = rows[texts(rows, "closer_look") == SAMPLE]
    measured = {step: known(sample, f"{step}_effect") for step in STEPS}
    attributed = int(np.any(list(measured.values()), axis=0).sum())
    if not attributed:
        return None
    steps = tuple(
        _effect(step, numbers(sample, f"{step}_effect")[found], confidence)
        for step, found in measured.items()
        if found.any()
    )
    return SampleEffects(len(sample), attributed, steps)


def _effect(step: str, values: NDArray[np.float64], confidence: float) -> StepEffect:
    sizes = np.abs(values)
    low, high = mean_interval(sizes, confidence)
    signed = float(values.mean())
    return StepEffect(step, len(values), float(sizes.mean()), low, high, signed, float(sizes.max()))


def mean_interval(values: NDArray[np.float64], confidence: float) -> tuple[float, float]:
    """Interval of the mean of values `[N]` by SciPy's bootstrap; of the same values the same.

    BCa (Efron, JASA 82, 1987), as sizes of effects are skewed. NaN twice where N is below
    FEWEST_OF_INTERVAL or a value is not finite; the value twice where all are the same.
    """
    from scipy.stats import bootstrap

    if len(values) < FEWEST_OF_INTERVAL or not np.isfinite(values).all():
        return math.nan, math.nan
    if np.ptp(values) == 0:
        return float(values[0]), float(values[0])
    found = bootstrap(
        (values,),
        np.mean,
        n_resamples=RESAMPLES,
        batch=max(1, _AT_ONCE // len(values)),
        confidence_level=confidence,
        method="BCa",
        random_state=np.random.default_rng(0),
    ).confidence_interval
    return float(found.low), float(found.high)

"""Two programs on the same labelled images: the difference of their accuracies.

Of n images, `lost` are those that the reference classifies rightly and the candidate wrongly,
`gained` the others of which one alone is right. The drop is (lost − gained)/n, reference minus
candidate. SciPy and statsmodels have no interval for it: what they have
(`confint_proportions_2indep`) is of independent samples. Here it is Tango's score interval
(Statistics in Medicine 17, 1998, 891–908), the inversion of the test whose case of no difference is
McNemar's; Fagerland, Lydersen and Laake (Statistics in Medicine 33, 2014) compare it with others.
SciPy finds its ends.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

STEP = 1.0
"""Continuity correction: one image off lost − gained, towards no decision.

By exact sums over the multinomial, a gate at 95 % fails a program at its bound in up to 8.7 % of
datasets without it (2.2 images lost to be expected, 0.75 gained), in up to 6.4 % with half an image
and in at most 4.6 % with one. docs/sweep-statistics.md says of which datasets.
"""
BESIDE = 1e-12
"""Beside the observed drop, which is a root of its own where no image is discordant."""
POWER = 0.8
"""Chance with which the detectable drop is found."""


def mcnemar_p(lost: int, gained: int) -> float:
    """Exact two-sided p-value of equal accuracies (McNemar, 1947), by statsmodels.

    >>> round(mcnemar_p(6, 16), 6)  # Fagerland et al. 2014, of Cavo et al. 2012
    0.052479
    """
    from statsmodels.stats.contingency_tables import mcnemar

    return float(mcnemar([[0, lost], [gained, 0]], exact=True).pvalue)


def drop_interval(lost: int, gained: int, images: int, confidence: float) -> tuple[float, float]:
    """Tango's two-sided interval of the drop; `images` is above 0.

    >>> low, high = drop_interval(6, 16, 161, 0.95)  # R package contingencytables 3.0
    >>> f"{low:.4f} {high:.4f}"
    '-0.1240 -0.0054'
    """
    return _bounds(lost, gained, images, _quantile((1 + confidence) / 2), 0.0)


def drop_bounds(lost: int, gained: int, images: int, confidence: float) -> tuple[float, float]:
    """A lower and an upper bound of the drop, each by itself at `confidence`, for deciding.

    As `drop_interval`, with the continuity correction; `images` is above 0.
    """
    return _bounds(lost, gained, images, _quantile(confidence), STEP)


def detectable_drop(discordant: int, images: int, confidence: float, power: float = POWER) -> float:
    """The smallest true drop that McNemar's test would find with chance `power`, 0 to 1.

    A z-test of one sample of −1, 0 and 1 (Miettinen, Biometrics 24, 1968), by statsmodels, whose
    variance is the observed rate of discordant images; a drop of d needs a rate of d at least, so
    that none is smaller than what as many images lost, and none gained, would show. 1 where the
    images are too few for any.

    >>> round(detectable_drop(0, 1000, 0.95), 4), round(detectable_drop(400, 10_000, 0.95), 4)
    (0.0078, 0.0056)
    """
    from statsmodels.stats.power import NormalIndPower

    effect = NormalIndPower().solve_power(
        nobs1=images, alpha=1 - confidence, power=power, ratio=0
    )  # in standard deviations; ratio 0 is one sample
    rate = max(discordant / images, float(effect) ** 2)
    return min(1.0, float(effect) * math.sqrt(rate))


def drop_excess(
    lost: ArrayLike, gained: ArrayLike, images: ArrayLike, drop: float, confidence: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether a true drop of `drop` is refuted as too small, and as too large, by each table.

    The same decision as `drop_bounds` beyond `drop`, for arrays of one shape.
    """
    deviation, spread = _deviation(lost, gained, images, drop)
    margin = _quantile(confidence) * spread + STEP
    return deviation > margin, deviation < -margin


def _deviation(
    lost: ArrayLike, gained: ArrayLike, images: ArrayLike, drop: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """lost − gained − n·drop and its standard deviation where the drop is `drop` (Tango, eq. 7-10).

    The chance of an image gained is estimated under that condition: the larger root of
    2n·q² − (lost + gained − (2n − lost + gained)·drop)·q − gained·drop·(1 − drop) = 0.
    """
    b, c, n = (np.asarray(value, np.float64) for value in (lost, gained, images))
    linear = -b - c + (2 * n - b + c) * drop
    root = np.sqrt(np.maximum(linear**2 + 8 * n * c * drop * (1 - drop), 0))
    q = (root - linear) / (4 * n)
    variance = n * (2 * q + drop * (1 - drop))
    return b - c - n * drop, np.sqrt(np.maximum(variance, 0))


def _bounds(
    lost: int, gained: int, images: int, quantile: float, correction: float
) -> tuple[float, float]:
    def too_small(drop: float) -> float:
        deviation, spread = _deviation(lost, gained, images, drop)
        return float(deviation - correction - quantile * spread)

    def too_large(drop: float) -> float:
        deviation, spread = _deviation(lost, gained, images, drop)
        return float(deviation + correction + quantile * spread)

    observed = (lost - gained) / images
    low = -1.0 if too_small(-1.0) <= 0 else _root(too_small, -1.0, observed - BESIDE)
    return low, 1.0 if too_large(1.0) >= 0 else _root(too_large, observed + BESIDE, 1.0)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(function, low, high))


def _quantile(level: float) -> Any:
    from scipy.stats import norm

    return float(norm.ppf(level))

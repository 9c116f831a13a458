"""Shares of images with intervals: Wilson's for reading, Clopper and Pearson's for deciding."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

CONFIDENCE = 0.95
"""Of intervals that are shown."""
Bounds = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Lower and upper ends."""


@dataclass(frozen=True)
class Share:
    """So many of so many images, with Wilson's score interval (Wilson, JASA 22, 1927)."""

    count: int
    """Images that have the property."""
    of: int
    """Images that were asked."""
    low: float
    """Lower end of the two-sided interval, 0 to 1; NaN of no images."""
    high: float
    """Upper end."""
    confidence: float = CONFIDENCE
    """How often such an interval covers the share that endless images would show."""

    @property
    def rate(self) -> float:
        """The share, 0 to 1; NaN of no images."""
        return self.count / self.of if self.of else math.nan

    @property
    def missing(self) -> int:
        """Images without the property."""
        return self.of - self.count


def share(count: int, of: int, confidence: float = CONFIDENCE) -> Share:
    """A share with Wilson's interval, by statsmodels.

    >>> found = share(81, 263)  # Newcombe, Statistics in Medicine 17 (1998), 857, table I
    >>> f"{found.low:.4f} {found.high:.4f}"
    '0.2553 0.3662'
    """
    if not of:
        return Share(0, 0, math.nan, math.nan, confidence)
    low, high = _interval(count, of, 1 - confidence, "wilson")
    return Share(count, of, float(low), float(high), confidence)


def exact_bounds(count: ArrayLike, of: ArrayLike, confidence: float) -> Bounds:
    """A lower and an upper bound of each share, each by itself at `confidence`.

    Clopper and Pearson's (Biometrika 26, 1934), by statsmodels: whatever the share is, the lower
    one lies above it in at most 1 − confidence of datasets, and the upper one below it in as many.
    `count` and `of` are of one shape, as are the results; `of` is above 0.

    >>> low, high = exact_bounds([0, 996], [1000, 1000], 0.95)
    >>> [f"{value:.5f}" for value in (high[0], low[1])]  # 0.00299: the rule of three
    ['0.00299', '0.99087']
    """
    return _interval(count, of, 2 * (1 - confidence), "beta")


def largest_unseen(of: int, confidence: float = CONFIDENCE) -> float:
    """The largest rate of a property that none of `of` images shows, at `confidence`, one-sided.

    1 − (1 − confidence)^(1/of), about 3/of at 95 %; 1 of no images.

    >>> round(largest_unseen(300), 4)
    0.0099
    """
    return float(exact_bounds(0, of, confidence)[1]) if of else 1.0


def load_statsmodels() -> None:
    """Import what intervals need, half a second ahead of the first."""
    import statsmodels.stats.proportion  # noqa: F401


def _interval(count: ArrayLike, of: ArrayLike, alpha: float, method: str) -> Bounds:
    from statsmodels.stats.proportion import proportion_confint

    counts, wholes = np.asarray(count), np.asarray(of)
    low, high = proportion_confint(counts, wholes, alpha, method)
    # Both ends are exact where nothing, or everything, is counted; the formula rounds.
    low = np.where(counts == 0, 0.0, low)
    high = np.where(counts == wholes, 1.0, high)
    return np.asarray(low, np.float64), np.asarray(high, np.float64)

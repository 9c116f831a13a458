"""All classes of a row as points, the reference's score against the candidate's, as an SVG path."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.judge.deviation import Domain, domain_of
from harness.judge.scores import finite_on_both
from harness.results.capture import Capture, decoded

SIZE = 200
"""Width and height of the drawing; a point lies on a whole number of both."""
SMALLEST = 1e-8
"""Scores of a distribution below it are drawn at the edge."""


@dataclass(frozen=True)
class Scatter:
    """Points from 0 to SIZE; y points down, as in SVG."""

    path: str
    """Data of a path that has a line of no length at each point."""
    classes: int
    """How many classes are drawn; several may share a point."""
    left_out: int
    """How many are not, because a score is NaN or infinite."""
    low: float
    """Score at the left and the lower edge."""
    high: float
    """Score at the right and the upper edge."""
    logarithmic: bool
    """Whether equal ratios of scores are equally far apart."""


def scatter(capture: Capture | None) -> Scatter | None:
    """The points of a row that kept its scores; None where there are none to draw.

    Raises ReportError where what was kept can't be read.
    """
    if capture is None or capture.scores is None:
        return None
    r, c = (
        decoded(text).astype(np.float64)
        for text in (capture.scores.reference, capture.scores.candidate)
    )
    if r.shape != c.shape:
        return None
    finite = finite_on_both(r, c)
    if not finite.any():
        return None
    logarithmic = domain_of(r) is Domain.LOG
    points = np.stack([r[finite], c[finite]])
    low, high = (_decade(points), 1.0) if logarithmic else (points.min(), points.max())
    if logarithmic:
        places = _between(np.log(np.clip(points, low, high)), np.log(low), np.log(high))
    else:
        places = _between(points, low, high)
    return Scatter(
        path="".join(f"M{x} {SIZE - y}h0" for x, y in np.unique(places, axis=1).T),
        classes=int(finite.sum()),
        left_out=int((~finite).sum()),
        low=float(low),
        high=float(high),
        logarithmic=logarithmic,
    )


def _decade(scores: NDArray[np.float64]) -> float:
    """The power of ten below the smallest of some scores of distributions, at least SMALLEST."""
    smallest = max(float(scores[scores > 0].min(initial=1.0)), SMALLEST)
    return max(10.0 ** math.floor(math.log10(smallest)), SMALLEST)


def _between(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.int64]:
    """Whole numbers from 0, at low, to SIZE, at high; the middle where they are the same."""
    if not high > low:
        return np.full(values.shape, SIZE // 2)
    return np.rint(SIZE * (values - low) / (high - low)).astype(np.int64)

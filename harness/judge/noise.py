"""What was measured of rounding for one tensor, and what it says: pure functions of arrays."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.graphdef.precisions import SINGLE, Precision

NAN = float("nan")


@dataclass(frozen=True)
class TruthAndNoise:
    """What was measured for one (model, tensor); a part that could not be is None."""

    truth: NDArray[np.float64] | None = None
    """`[N]` scores of the model evaluated in float64."""
    samples: NDArray[np.float64] | None = None
    """`[K, N]` scores of the model with its sums rounded at random
    (`harness.graphdef.random_rounding`)."""
    notes: tuple[str, ...] = ()
    """What could not be measured, and why."""
    precision: Precision = SINGLE
    """The format whose rounding the samples have."""

    def movement(self, reference: ArrayLike) -> tuple[float, float]:
        """(largest, root mean square) movement of the scores over the samples; NaN without any."""
        if self.samples is None:
            return NAN, NAN
        found = [distances(sample, reference) for sample in self.samples]
        return max(largest for largest, _ in found), max(rmse for _, rmse in found)


def distances(a: ArrayLike, b: ArrayLike) -> tuple[float, float]:
    """(largest, root mean square) of a − b over the classes finite on both sides."""
    a, b = (np.asarray(x, np.float64).reshape(-1) for x in (a, b))
    if a.size != b.size:
        return NAN, NAN
    difference = (a - b)[np.isfinite(a) & np.isfinite(b)]
    if not difference.size:
        return NAN, NAN
    return float(np.abs(difference).max()), math.sqrt(float(np.mean(difference**2)))


def largest_known(*values: float) -> float:
    """The largest that is no NaN; NaN where all are."""
    return max((value for value in values if not math.isnan(value)), default=NAN)


def unstable(spread: float, noise: float, scores: ArrayLike, float64_spread: float = NAN) -> str:
    """Why the reference's scores are not repeatable; empty where they are.

    `spread` is the largest difference between two identical runs, `noise` what rounding may move.
    Two runs may differ by that, or by 8 units in the last place of the largest score. But the noise
    of a reference that does not repeat itself holds that too, and rounding that moves float32 by so
    much moves float64 by 2⁻²⁹ of it: where its identical runs in float64 (`float64_spread`) differ
    by more than those 8 units as well, rounding explains nothing.
    """
    values = np.asarray(scores, np.float64)
    largest = float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
    floor = 8 * float(np.finfo(np.float32).eps) * largest
    allowed = max(floor, 0.0 if math.isnan(noise) else noise)
    if math.isnan(spread) or spread <= floor:
        return ""
    if float64_spread > floor:
        return (
            f"two identical runs of the reference differ by {spread:.3g}, and in float64, where "
            f"rounding moves nothing, by {float64_spread:.3g}; nothing is judged against it"
        )
    if spread <= allowed:
        return ""
    return (
        f"two identical runs of the reference differ by {spread:.3g}, more than the "
        f"{allowed:.3g} that rounding can explain; nothing is judged against it"
    )

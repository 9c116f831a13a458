"""Distances from float64 truth and between runs of the reference: pure functions of arrays."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

NAN = float("nan")


@dataclass(frozen=True)
class TruthAndNoise:
    """What was measured for one (model, tensor); a part that could not be is NaN or None."""

    truth: NDArray[np.float64] | None = None
    """`[N]` scores of the model evaluated in float64."""
    noise: float = NAN
    """Largest movement of any of the reference's scores under other settings (threads, kernels), or
    on a tensor one unit in the last place away."""
    noise_rmse: float = NAN
    """Largest root mean square of that movement over the classes."""
    noise_of_settings: float = NAN
    """`noise` under other settings alone: the tensor is the same."""
    notes: tuple[str, ...] = ()
    """What could not be measured, and why."""


@dataclass(frozen=True)
class Errors:
    """Distances of both programs from the truth."""

    reference: float
    """RMSE of the reference's scores."""
    candidate: float
    """RMSE of the candidate's."""
    reference_max: float
    """Largest |reference − truth|."""
    candidate_max: float
    """Largest |candidate − truth|."""


def distances(a: ArrayLike, b: ArrayLike) -> tuple[float, float]:
    """(largest, root mean square) of a − b over the classes finite on both sides."""
    a, b = (np.asarray(x, np.float64).reshape(-1) for x in (a, b))
    if a.size != b.size:
        return NAN, NAN
    difference = (a - b)[np.isfinite(a) & np.isfinite(b)]
    if not difference.size:
        return NAN, NAN
    return float(np.abs(difference).max()), math.sqrt(float(np.mean(difference**2)))


def errors(truth: ArrayLike, reference: ArrayLike, candidate: ArrayLike) -> Errors:
    """Distances from the truth, `[N]` each."""
    reference_max, reference_rmse = distances(reference, truth)
    candidate_max, candidate_rmse = distances(candidate, truth)
    return Errors(reference_rmse, candidate_rmse, reference_max, candidate_max)


def unstable(spread: float, noise: float, scores: ArrayLike) -> str:
    """Why the reference's scores are not repeatable; empty where they are.

    `spread` is the largest difference between two identical runs, `noise` the movement under other
    settings. Two runs may differ by that, or by 8 units in the last place of the largest score.
    """
    values = np.asarray(scores, np.float64)
    largest = float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
    floor = 8 * float(np.finfo(np.float32).eps) * largest
    allowed = max(floor, 0.0 if math.isnan(noise) else noise)
    if math.isnan(spread) or spread <= allowed:
        return ""
    return (
        f"two identical runs of the reference differ by {spread:.3g}, more than the "
        f"{allowed:.3g} that rounding can explain; nothing is judged against it"
    )

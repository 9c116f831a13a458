"""Score vectors: their form, their order, and the errors of vectors that can't be compared.

Rankings put equal scores in order of their class index, the same way on both sides; NaN ranks last.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Scores = NDArray[np.float64]
"""`[N]` scores, a class each."""


class NothingToCompareError(ValueError):
    """The two sides hold nothing that could agree or differ."""


class OneSidedError(NothingToCompareError):
    """No class is finite on both sides, and NaN and Inf are not at the same places either."""


def as_scores(values: ArrayLike) -> NDArray[np.float32] | Scores:
    """A score vector `[N]` from `[N]` or `[1, N]`; raises NothingToCompareError for all else."""
    array = np.asarray(values)
    if array.dtype.kind not in "fiu":
        raise NothingToCompareError(f"scores are of type {array.dtype}; expected numbers")
    squeezed = array.reshape(-1) if array.size == max(array.shape, default=0) else array
    if squeezed.ndim != 1 or squeezed.size == 0:
        raise NothingToCompareError(f"scores have shape {array.shape}; expected [N] or [1, N]")
    return squeezed if squeezed.dtype == np.float32 else squeezed.astype(np.float64)


def ranking(scores: ArrayLike) -> NDArray[np.intp]:
    """Class indices from best to worst; ties by index, NaN last.

    >>> ranking([0.2, 0.5, 0.5, float("nan")]).tolist()
    [1, 2, 0, 3]
    """
    values = np.asarray(scores, np.float64)
    order: NDArray[np.intp] = np.lexsort((-values, np.isnan(values)))
    return order


def finite_on_both(reference: Scores, candidate: Scores) -> NDArray[np.bool_]:
    """Which classes have a finite score on both sides, `[N]`."""
    finite: NDArray[np.bool_] = np.isfinite(reference) & np.isfinite(candidate)
    return finite

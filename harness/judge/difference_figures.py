"""How far the scores of the classes differ: absolute, relative, in ULP, as distributions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.judge.deviation import kl_divergence
from harness.judge.scores import Scores, finite_on_both

RELATIVE_FLOOR = 1e-7
"""Reference scores below it are left out of relative figures and of ULP: TensorFlow flushes
denormals to zero, TVM keeps them (docs/measured.md, "Small values and NaN")."""


@dataclass(frozen=True, kw_only=True)
class DifferenceFigures:
    """Figures over the classes that are finite on both sides; NaN means not measured.

    A field of the name of a `Row` column becomes that column.
    """

    classes: int
    """Length of the score vectors."""
    max_abs: float
    """Largest |candidate − reference|."""
    max_abs_class: int
    """The class it belongs to."""
    max_abs_scaled: float
    """max_abs over the largest |reference|."""
    max_rel: float
    """Largest |candidate − reference| / |reference| where |reference| ≥ RELATIVE_FLOOR."""
    topk_max_abs: float
    """max_abs over the classes of either top-k list alone."""
    rmse: float
    """Root of the mean squared difference."""
    kl: float
    """Kullback–Leibler divergence of candidate from reference, in nats; only for distributions."""
    cosine: float
    """Cosine of the angle between the two score vectors."""
    max_ulp: float
    """Largest distance in units in the last place where |reference| ≥ RELATIVE_FLOOR."""


def difference_figures(
    reference: Scores, candidate: Scores, listed: tuple[int, ...]
) -> DifferenceFigures:
    """Figures of two score vectors of one length with a finite class on both sides.

    `listed` are the classes of either top-k list.
    """
    finite = finite_on_both(reference, candidate)
    r, c = reference[finite], candidate[finite]
    difference = np.zeros_like(reference)
    difference[finite] = np.abs(c - r)
    size = np.abs(r)
    large = size >= RELATIVE_FLOOR
    relative, ulp = difference[finite][large] / size[large], ulp_distance(r[large], c[large])
    return DifferenceFigures(
        classes=reference.size,
        max_abs=float(difference.max()),
        max_abs_class=int(difference.argmax()),
        max_abs_scaled=float(difference.max() / size.max()) if size.any() else float("nan"),
        max_rel=float(relative.max()) if large.any() else float("nan"),
        topk_max_abs=float(difference[list(listed)].max()),
        rmse=float(np.sqrt(np.mean(difference[finite] ** 2))),
        kl=kl_divergence(reference, candidate) if finite.all() else float("nan"),
        cosine=cosine(r, c),
        max_ulp=float(ulp.max()) if large.any() else float("nan"),
    )


def ulp_distance(a: ArrayLike, b: ArrayLike) -> NDArray[np.int64]:
    """How many float32 values lie between a and b, elementwise; both `[N]`, finite.

    Bit patterns of IEEE-754 floats order like sign-and-magnitude integers (Dawson, "Comparing
    floating point numbers", 2012).

    >>> ulp_distance([1.0, 0.0], [1.0000001, -0.0]).tolist()
    [1, 0]
    """
    distance: NDArray[np.int64] = np.abs(_ordered_bits(a) - _ordered_bits(b))
    return distance


def _ordered_bits(values: ArrayLike) -> NDArray[np.int64]:
    bits = np.ascontiguousarray(values, np.float32).view(np.int32).astype(np.int64)
    return np.where(bits < 0, -(bits & 0x7FFFFFFF), bits)


def cosine(reference: Scores, candidate: Scores) -> float:
    """Cosine of the angle between two vectors; NaN where one of them is zero."""
    norms = float(np.linalg.norm(reference)), float(np.linalg.norm(candidate))
    if not all(norms):
        return float("nan")
    cosine = float((reference / norms[0]) @ (candidate / norms[1]))
    return min(max(cosine, -1.0), 1.0)

"""Scores against scores: pure NumPy, one `Comparison` of figures, no opinion.

Rankings put equal scores in order of their class index, the same way on both sides; NaN ranks last.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Scores = NDArray[np.float64]

RELATIVE_FLOOR = 1e-7
"""Below it relative figures and ULP say nothing: TensorFlow flushes denormals, TVM keeps them."""
DISTRIBUTION_SLACK = 1e-3
"""How far a score vector's sum may lie from 1 to be taken for a distribution."""


class NothingToCompareError(ValueError):
    """The two sides hold nothing that could agree or differ."""


class OneSidedError(NothingToCompareError):
    """No class is finite on both sides, and the two are not even broken alike."""


@dataclass(frozen=True)
class Comparison:
    """Figures of one reference against one candidate; NaN means not measured."""

    classes: int
    k: int
    reference_top: tuple[int, ...]
    candidate_top: tuple[int, ...]
    top1_equal: bool
    topk_overlap: float
    topk_order_equal: bool
    first_disagreement_rank: int | None
    near_ties: int
    inversions: int
    flips: int
    worst_flip: tuple[int, int] | None
    max_abs: float
    max_abs_class: int
    max_abs_scaled: float
    max_rel: float
    topk_max_abs: float
    rmse: float
    kl: float
    cosine: float
    max_ulp: float
    atol_needed: float
    atol_needed_class: int
    rtol_needed: float
    reference_nonfinite: int
    candidate_nonfinite: int
    nonfinite_agree: bool
    bit_equal: bool


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


def kl_divergence(reference: Scores, candidate: Scores) -> float:
    """D(reference ‖ candidate) = Σ r·ln(r/c) in nats; NaN unless both are distributions.

    A zero of the candidate is raised to the smallest normal float32: the figure stays finite.
    """
    for scores in (reference, candidate):
        if scores.min() < 0 or abs(scores.sum() - 1) > DISTRIBUTION_SLACK:
            return float("nan")
    used = reference > 0
    floor = float(np.finfo(np.float32).tiny)
    ratio = np.log(reference[used] / np.maximum(candidate[used], floor))
    return max(0.0, float((reference[used] * ratio).sum()))


def cosine(reference: Scores, candidate: Scores) -> float:
    """Cosine of the angle between two vectors; NaN where one of them is zero."""
    norms = float(np.linalg.norm(reference)), float(np.linalg.norm(candidate))
    if not all(norms):
        return float("nan")
    return float((reference / norms[0]) @ (candidate / norms[1]))


def near_tie_count(reference: Scores, k: int, near_tie: float) -> int:
    """Neighbouring pairs among the reference's top k+1 whose scores differ by at most near_tie."""
    top = reference[ranking(reference)[: k + 1]]
    top = top[np.isfinite(top)]
    return int((top[:-1] - top[1:] <= near_tie).sum())


def inverted_pairs(reference: Scores, candidate: Scores, k: int) -> NDArray[np.intp]:
    """Pairs (a, b) that the reference orders a before b and the candidate b before a, `[M, 2]`.

    Both classes are drawn from the union of the two top-k lists: an inversion below both lists
    moves nothing that a user sees.
    """
    order_r, order_c = ranking(reference), ranking(candidate)
    rank_r, rank_c = np.argsort(order_r), np.argsort(order_c)
    seen = np.union1d(order_r[:k], order_c[:k])
    a, b = (grid.ravel() for grid in np.meshgrid(seen, seen, indexing="ij"))
    inverted = (rank_r[a] < rank_r[b]) & (rank_c[a] > rank_c[b])
    return np.stack([a[inverted], b[inverted]], axis=1)


def compare(
    reference: ArrayLike,
    candidate: ArrayLike,
    *,
    k: int = 5,
    atol: float = 0.0,
    rtol: float = 0.0,
    near_tie: float = 0.0,
) -> Comparison:
    """Every figure of one pair of score vectors, `[N]` or `[1, N]` each.

    `atol_needed` is the smallest float64 with which |c − r| ≤ atol + rtol·|r| holds for all classes
    under the given rtol, `atol_needed_class` the class that needs it, and `rtol_needed` the
    converse (NaN where no rtol is enough). Differences are taken in float64 over the classes that
    are finite on both sides, as are all figures but the two lists. Raises NothingToCompareError
    where the vectors are empty, differ in length, share memory, or hold no finite class on both
    sides; OneSidedError, one of its kind, where NaN and Inf also differ.
    """
    if np.may_share_memory(np.asarray(reference), np.asarray(candidate)):
        raise NothingToCompareError("both sides are the same buffer: one of them was not run")
    raw_r, raw_c = as_scores(reference), as_scores(candidate)
    if raw_r.size != raw_c.size:
        raise NothingToCompareError(
            f"the reference scores {raw_r.size} classes, the candidate {raw_c.size}"
        )
    r, c = raw_r.astype(np.float64), raw_c.astype(np.float64)
    finite = np.isfinite(r) & np.isfinite(c)
    if not finite.any() and not _same_nonfinite(r, c):
        raise OneSidedError(_nonfinite_counts(r, c))
    if not finite.any():
        raise NothingToCompareError(f"no class has a finite score on both sides ({r.size} classes)")
    return _figures(r, c, finite, min(k, r.size), (atol, rtol, near_tie))


def _figures(
    r: Scores, c: Scores, finite: NDArray[np.bool_], k: int, limits: tuple[float, float, float]
) -> Comparison:
    atol, rtol, near_tie = limits
    order_r, order_c = ranking(r), ranking(c)
    top_r, top_c = order_r[:k], order_c[:k]
    pairs = inverted_pairs(r, c, k)
    pairs = pairs[np.isfinite(r[pairs]).all(axis=1)]  # a gap to NaN or Inf has no size
    gaps = r[pairs[:, 0]] - r[pairs[:, 1]]
    flips = gaps > near_tie
    apart = np.flatnonzero(top_r != top_c)
    fr, fc = r[finite], c[finite]
    fd, size = np.abs(fc - fr), np.abs(fr)
    difference = np.zeros_like(r)
    difference[finite] = fd
    listed = np.union1d(top_r, top_c)
    large = size >= RELATIVE_FLOOR
    excess = fd - rtol * size
    return Comparison(
        classes=r.size,
        k=k,
        reference_top=tuple(map(int, top_r)),
        candidate_top=tuple(map(int, top_c)),
        top1_equal=bool(top_r[0] == top_c[0]),
        topk_overlap=np.intersect1d(top_r, top_c).size / k,
        topk_order_equal=not apart.size,
        first_disagreement_rank=int(apart[0]) + 1 if apart.size else None,
        near_ties=near_tie_count(r, k, near_tie),
        inversions=len(pairs),
        flips=int(flips.sum()),
        worst_flip=_worst(pairs, gaps) if flips.any() else None,
        max_abs=float(difference.max()),
        max_abs_class=int(difference.argmax()),
        max_abs_scaled=_ratio(float(fd.max()), float(size.max())),
        max_rel=float((fd[large] / size[large]).max()) if large.any() else float("nan"),
        topk_max_abs=float(difference[listed].max()),
        rmse=float(np.sqrt(np.mean(fd**2))),
        kl=kl_divergence(r, c) if finite.all() else float("nan"),
        cosine=cosine(fr, fc),
        max_ulp=float(ulp_distance(fr[large], fc[large]).max()) if large.any() else float("nan"),
        atol_needed=_least(lambda a: bool((fd <= a + rtol * size).all()), float(excess.max())),
        atol_needed_class=int(np.flatnonzero(finite)[excess.argmax()]),
        rtol_needed=_rtol_needed(fd, size, atol),
        reference_nonfinite=int((~np.isfinite(r)).sum()),
        candidate_nonfinite=int((~np.isfinite(c)).sum()),
        nonfinite_agree=_same_nonfinite(r, c),
        bit_equal=r.tobytes() == c.tobytes(),
    )


def _worst(pairs: NDArray[np.intp], gaps: Scores) -> tuple[int, int]:
    a, b = pairs[int(gaps.argmax())]
    return int(a), int(b)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _same_nonfinite(r: Scores, c: Scores) -> bool:
    same = (r == c) | (np.isnan(r) & np.isnan(c))
    return bool(np.all(same | (np.isfinite(r) & np.isfinite(c))))


def _nonfinite_counts(r: Scores, c: Scores) -> str:
    counts = [int((~np.isfinite(scores)).sum()) for scores in (r, c)]
    return (
        f"NaN or Inf on one side alone: {counts[0]} of {r.size} scores of the reference, "
        f"{counts[1]} of the candidate are not finite"
    )


def _rtol_needed(difference: Scores, size: Scores, atol: float) -> float:
    """Smallest rtol under this atol; NaN where a zero reference score makes none enough."""
    if np.any((size == 0) & (difference > atol)):
        return float("nan")
    used = size > 0
    if not used.any():
        return 0.0
    guess = float((np.maximum(difference[used] - atol, 0.0) / size[used]).max())
    return _least(lambda t: bool((difference <= atol + t * size).all()), guess)


def _least(passes: Callable[[float], bool], guess: float) -> float:
    """Smallest float64 ≥ 0 that passes, given that all larger ones do and that it lies near guess.

    The closed form of a tolerance is off by rounding, and a tolerance that is printed as enough
    must be enough. Floats of one sign order like their bits, so bits are bisected.
    """

    def at(bits: int) -> float:
        return float(np.int64(bits).view(np.float64))

    low = high = int(np.float64(max(guess, 0.0)).view(np.int64))
    step = 1
    while high < _INFINITY_BITS and not passes(at(high)):
        low, high, step = high, min(high + step, _INFINITY_BITS), 2 * step
    step = 1
    while low > 0 and passes(at(low)):
        low, high, step = max(0, low - step), low, 2 * step
    if passes(at(low)):
        return at(low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if passes(at(middle)) else (middle, high)
    return at(high)


_INFINITY_BITS = int(np.float64(np.inf).view(np.int64))

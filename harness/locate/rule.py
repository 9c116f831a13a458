"""The rule for one kernel: whether its error is beyond what rounding does to the same nodes.

Let t be the float64 result of a kernel's nodes when they are given the reference's own float32
tensors, c what the kernel makes of the same tensors, r what the reference makes of them, and s the
results with every sum of n terms rounded at random by about u·√n (`harness.graphdef.
random_rounding`). With w = rms(t) + |t|, element by element, an error is measured twice: its
largest |x − t| / w, which shows a single wrong element, and rms(x − t) / rms(t), which shows a
small shift of all of them. The weight is the size of what is added up: rounding errors of a sum go
with its partial sums, which are as large as the result or as results usually are.

As in `harness.judge.auto_rule`, L is the largest of the errors of every s, of r, and 2·eps; a
kernel is faulty where one of its two errors is beyond 3·L, or, where its nodes sum N terms of one
sign without being among those that round at random (a softmax), beyond 3·L + N·2⁻²⁴ (Higham,
"Accuracy and Stability of Numerical Algorithms", 2002, equation 4.4).
"""

import math
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.judge.auto_rule import FLOOR_UNITS, NOISE_RATIO
from harness.judge.deviation import EPS

ONE_CHAIN = ("Softmax", "LogSoftmax")
"""Operations that sum terms of one sign without being among those that round at random."""


class TensorError(NamedTuple):
    """How far a tensor lies from what it should be, relative to its size; 0 where it does not."""

    largest: float
    """Largest |x − t| / (rms(t) + |t|); infinite where one is NaN or infinite and the other not."""
    rms: float
    """rms(x − t) / rms(t); infinite likewise."""


NONE = TensorError(math.nan, math.nan)
"""Not measured."""


def tensor_error(found: NDArray[Any], truth: NDArray[Any]) -> TensorError:
    """The error of a tensor against the truth of the same shape.

    >>> tensor_error(np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    TensorError(largest=0.0, rms=0.0)
    """
    x, t = found.astype(np.float64).ravel(), truth.astype(np.float64).ravel()
    finite = np.isfinite(t)
    same = np.where(finite, np.isfinite(x), (x == t) | (np.isnan(x) & np.isnan(t)))
    if not same.all():
        return TensorError(math.inf, math.inf)
    x, t = x[finite], t[finite]
    if not t.size:
        return TensorError(0.0, 0.0)
    size = float(np.sqrt(np.mean(t * t)))
    error = np.abs(x - t)
    if not error.any():
        return TensorError(0.0, 0.0)
    if not size:
        return TensorError(math.inf, math.inf)
    return TensorError(
        float((error / (size + np.abs(t))).max()), float(np.sqrt(np.mean(error * error))) / size
    )


def rounding(measured: Iterable[TensorError]) -> TensorError:
    """L of both errors, from those of the reference and of every sample."""
    known = [TensorError(FLOOR_UNITS * EPS, FLOOR_UNITS * EPS), *measured]
    largest, rms = (
        max(x for x in column if not math.isnan(x)) for column in zip(*known, strict=True)
    )
    return TensorError(largest, rms)


def limit_of(explained: TensorError, terms: int = 0) -> TensorError:
    """The largest errors that rounding explains.

    `explained` is L; `terms` is N of a sum of one sign that does not round at random.
    """
    chain = terms * EPS / 2
    return TensorError(*(NOISE_RATIO * one + chain for one in explained))


def excess(error: TensorError, explained: TensorError, terms: int = 0) -> float:
    """The larger of the two errors over its limit: beyond 1 a kernel is faulty. NaN: not measured.

    `explained` and `terms` are those of `limit_of`.
    """
    limit = limit_of(explained, terms)
    return max(one / largest for one, largest in zip(error, limit, strict=True))


def chained_terms(ops: Collection[str], shape: Sequence[int]) -> int:
    """Terms of the longest sum of these operations that does not round at random.

    `shape` is that of their result.
    """
    return shape[-1] if shape and set(ops) & set(ONE_CHAIN) else 0

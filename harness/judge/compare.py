"""Scores against scores: pure NumPy, one `Comparison` of figures, no verdict."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from harness.judge.deviation import Deviation, deviation
from harness.judge.difference_figures import DifferenceFigures, difference_figures
from harness.judge.order_figures import OrderFigures, order_figures
from harness.judge.scores import (
    NothingToCompareError,
    OneSidedError,
    Scores,
    as_scores,
    finite_on_both,
)
from harness.judge.tolerance_figures import ToleranceFigures, tolerance_figures


@dataclass(frozen=True, kw_only=True)
class Comparison(OrderFigures, DifferenceFigures, ToleranceFigures):
    """All figures of one reference against one candidate; NaN means not measured.

    A new figure is a field of one of the base classes and its computation beside it; where `Row`
    has a column of its name, it becomes that column.
    """

    reference_nonfinite: int
    """How many of the reference's scores are NaN or infinite."""
    candidate_nonfinite: int
    """How many of the candidate's scores are NaN or infinite."""
    deviation: Deviation
    """How far the candidate lies from the reference, in the reference's domain."""
    nonfinite_agree: bool
    """Whether each score that is not finite is the same NaN or infinity on both sides."""


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

    Differences are taken in float64 over the classes that are finite on both sides, as are all
    figures but the two lists. Raises NothingToCompareError where the vectors are empty, differ in
    length, share memory, or hold no finite class on both sides; OneSidedError, one of its kind,
    where NaN and Inf also differ.
    """
    if np.may_share_memory(np.asarray(reference), np.asarray(candidate)):
        raise NothingToCompareError("both sides are the same buffer: one of them was not run")
    raw_r, raw_c = as_scores(reference), as_scores(candidate)
    if raw_r.size != raw_c.size:
        raise NothingToCompareError(
            f"the reference scores {raw_r.size} classes, the candidate {raw_c.size}"
        )
    r, c = raw_r.astype(np.float64), raw_c.astype(np.float64)
    if not finite_on_both(r, c).any():
        raise _nothing_finite(r, c)
    order = order_figures(r, c, min(k, r.size), near_tie)
    listed = order.reference_top + order.candidate_top
    return Comparison(
        **vars(order),
        **vars(difference_figures(r, c, listed)),
        **vars(tolerance_figures(r, c, atol, rtol)),
        reference_nonfinite=_nonfinite_count(r),
        candidate_nonfinite=_nonfinite_count(c),
        deviation=deviation(r, c),
        nonfinite_agree=_same_nonfinite(r, c),
    )


def _nonfinite_count(scores: Scores) -> int:
    return int((~np.isfinite(scores)).sum())


def _same_nonfinite(r: Scores, c: Scores) -> bool:
    same = (r == c) | (np.isnan(r) & np.isnan(c))
    return bool(np.all(same | finite_on_both(r, c)))


def _nothing_finite(r: Scores, c: Scores) -> NothingToCompareError:
    if _same_nonfinite(r, c):
        return NothingToCompareError(
            f"no class has a finite score on both sides ({r.size} classes)"
        )
    return OneSidedError(
        f"NaN or Inf on one side alone: {_nonfinite_count(r)} of {r.size} scores of the reference, "
        f"{_nonfinite_count(c)} of the candidate are not finite"
    )

"""Comparison + tolerance → status and a reason in one sentence."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from harness.case import Scope, Tolerance
from harness.compare import Comparison, NothingToCompareError, as_scores, compare
from harness.status import Status

GRAPH = (1e-5, 1.3e-6, 2e-5)
"""atol, rtol, near_tie of scope `graph`: torch.testing.assert_close's float32 defaults; two
classes that each move by atol can close a gap of twice that."""
END_TO_END = (0.05, 0.0, 0.01)
"""atol, rtol, near_tie of scope `end_to_end`: two JPEG decoders alone moved the published elephant
by 0.035 and the stand-in by 0.046, so a smaller default would call every decoder broken."""


@dataclass(frozen=True)
class Limits:
    """A tolerance with nothing left open."""

    atol: float
    rtol: float
    near_tie: float


@dataclass(frozen=True)
class Verdict:
    """A status, why, by which rule, and the figures it rests on (None where nothing was compared)."""

    status: Status
    reason: str
    rule: str
    limits: Limits
    comparison: Comparison | None = None


def limits_for(scope: Scope, tolerance: Tolerance) -> Limits:
    """The tolerance of a scope, defaults filled in; a wider atol widens near_tie in scope graph."""
    atol, rtol, near_tie = GRAPH if scope == "graph" else END_TO_END
    if tolerance.atol is not None:
        near_tie = 2 * tolerance.atol if scope == "graph" else near_tie
        atol = tolerance.atol
    return Limits(
        atol,
        rtol if tolerance.rtol is None else tolerance.rtol,
        near_tie if tolerance.near_tie is None else tolerance.near_tie,
    )


def judge(reference: ArrayLike, candidate: ArrayLike, *, k: int, limits: Limits) -> Verdict:
    """Compare two score vectors, `[N]` or `[1, N]`, and decide."""
    rule = (
        f"|candidate − reference| ≤ {limits.atol:g} + {limits.rtol:g}·|reference| for every class; "
        f"top-{k} order may differ where reference scores lie within {limits.near_tie:g}"
    )
    try:
        comparison = compare(reference, candidate, k=k, **vars(limits))
        _refuse_constant("reference", reference)
    except NothingToCompareError as error:
        return Verdict(Status.NO_EVIDENCE, f"nothing was compared: {error}", rule, limits)
    status, reason = _decide(comparison, limits)
    return Verdict(status, reason, rule, limits, comparison)


def _refuse_constant(side: str, scores: ArrayLike) -> None:
    values = as_scores(scores)
    if values.size > 1 and np.all(values == values[0]):
        raise NothingToCompareError(
            f"the {side} gives every one of {values.size} classes the same score "
            f"{float(values[0]):g}, so there is no answer to agree with"
        )


def _decide(found: Comparison, limits: Limits) -> tuple[Status, str]:
    if not found.nonfinite_agree:
        return Status.MISMATCH, (
            f"NaN or Inf on one side alone: {found.reference_nonfinite} scores of the reference, "
            f"{found.candidate_nonfinite} of the candidate are not finite"
        )
    if found.reference_nonfinite:
        return Status.NO_EVIDENCE, (
            f"{found.reference_nonfinite} of {found.classes} scores are NaN or Inf on both sides: "
            "a broken model agrees with itself"
        )
    if found.atol_needed > limits.atol:
        return Status.MISMATCH, (
            f"class {found.max_abs_class} differs by {found.max_abs:.3g}; atol {limits.atol:g} "
            f"allows less, {found.atol_needed:.3g} would be needed"
        )
    if found.flips and found.worst_flip:
        a, b = found.worst_flip
        return Status.MISMATCH, (
            f"classes {a} and {b} changed places though the reference keeps them further apart "
            f"than near_tie {limits.near_tie:g}"
        )
    if not found.topk_order_equal:
        return Status.TIE, (
            f"scores agree within {found.max_abs:.3g}; the order differs from rank "
            f"{found.first_disagreement_rank} on, among near-ties only"
        )
    return Status.MATCH, f"same top {found.k} in order; largest difference {found.max_abs:.3g}"

"""Comparison + tolerance → status and a reason in one sentence."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal

import numpy as np
from numpy.typing import ArrayLike

from harness.case import Scope, Tolerance
from harness.compare import Comparison, NothingToCompareError, OneSidedError, as_scores, compare
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
    """A status, why, by which rule, and the figures behind it (None where nothing was compared)."""

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
        _refuse_constant(reference)
    except OneSidedError as error:
        return Verdict(Status.MISMATCH, str(error), rule, limits)
    except NothingToCompareError as error:
        return Verdict(Status.NO_EVIDENCE, f"nothing was compared: {error}", rule, limits)
    status, reason = _decide(comparison, limits)
    if status.passing and (constant := _constant(candidate)):
        status = Status.MISMATCH  # a wide tolerance lets a dead program's zeros pass
        reason = f"the candidate {constant}, which is no answer; the reference tells them apart"
    return Verdict(status, reason, rule, limits, comparison)


def _refuse_constant(reference: ArrayLike) -> None:
    if constant := _constant(reference):
        raise NothingToCompareError(f"the reference {constant}, so there is nothing to agree with")


def _constant(scores: ArrayLike) -> str:
    values = as_scores(scores)
    if values.size == 1 or np.any(values != values[0]):
        return ""
    return f"gives every one of {values.size} classes the same score {float(values[0]):g}"


def _enough(value: float) -> str:
    """Three digits, rounded up: a tolerance that is printed as enough must be enough.

    >>> _enough(0.0100001), _enough(0.25)
    ('0.0101', '0.25')
    """
    rounded = Context(prec=3, rounding=ROUND_CEILING).create_decimal(Decimal(value))
    return f"{float(rounded):.3g}"


def _beyond(found: Comparison, limits: Limits) -> str:
    """What the tolerance allows less than; with an rtol that need not be the largest difference."""
    worst = found.atol_needed_class
    other = "" if worst == found.max_abs_class else f"class {worst} is beyond its tolerance, "
    relative = f" with rtol {limits.rtol:g}" if limits.rtol else ""
    needed = _enough(found.atol_needed)
    return f"{other}atol {limits.atol:g}{relative} allows less, {needed} would be needed"


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
            f"class {found.max_abs_class} differs by {found.max_abs:.3g}; {_beyond(found, limits)}"
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

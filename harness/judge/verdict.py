"""Comparison + tolerance → status and a reason in one sentence."""

from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Context, Decimal

import numpy as np
from numpy.typing import ArrayLike

from harness.cases.scope import Scope
from harness.cases.tolerance import Tolerance
from harness.judge import auto_rule
from harness.judge.auto_rule import Evidence, describe
from harness.judge.compare import Comparison, compare
from harness.judge.noise import TruthAndNoise
from harness.judge.scores import NothingToCompareError, OneSidedError, as_scores
from harness.results.status import Status

GRAPH_RTOL = 1.3e-6
"""Default rtol of scope `graph` under an atol given by hand: torch.testing.assert_close's."""
END_TO_END_ATOL = 0.05
"""Default atol of scope `end_to_end`: two JPEG decoders alone moved the published elephant by 0.035
and the stand-in by 0.046, so a smaller one would call every decoder broken."""


@dataclass(frozen=True)
class AppliedTolerance:
    """A tolerance in which every number is known."""

    atol: float
    """Absolute part."""
    rtol: float
    """Relative part, of |reference|."""
    near_tie: float
    """Gap of reference scores up to which two classes may change places."""
    auto: bool = False
    """Whether the three were measured, so that `within_noise` is possible."""


@dataclass(frozen=True)
class Verdict:
    """The outcome of a comparison."""

    status: Status
    """How the row ends."""
    reason: str
    """Why, in one sentence; classes by their numbers."""
    rule: str
    """The rule that decided, with its numbers."""
    limits: AppliedTolerance
    """The tolerance that was applied."""
    comparison: Comparison | None = None
    """The figures; None where nothing was compared."""
    evidence: Evidence | None = None
    """The numbers of the rule `auto`, where truth and noise were measured."""


def applied_tolerance(
    scope: Scope,
    tolerance: Tolerance,
    reference: ArrayLike = (),
    measured: TruthAndNoise | None = None,
) -> AppliedTolerance:
    """The tolerance of a scope, defaults filled in; what is `auto` comes from the measurements.

    `measured` is that of the scope: end to end its noise includes the decoder's. An atol given by
    hand for scope graph lets two classes change places that are within twice that.
    """
    atol, rtol, near_tie = tolerance.atol, tolerance.rtol, tolerance.near_tie
    if scope == "end_to_end" and atol is None:
        atol = END_TO_END_ATOL
    gap = auto_rule.near_tie(reference, measured)
    if atol is None or isinstance(atol, str):
        return AppliedTolerance(
            auto_rule.match_atol(reference),
            auto_rule.RTOL if rtol is None else rtol,
            gap if near_tie is None else near_tie,
            auto=True,
        )
    default = (0.0, gap) if scope == "end_to_end" else (GRAPH_RTOL, 2 * atol)
    return AppliedTolerance(
        atol,
        default[0] if rtol is None else rtol,
        default[1] if near_tie is None else near_tie,
    )


def judge(
    reference: ArrayLike,
    candidate: ArrayLike,
    *,
    k: int,
    limits: AppliedTolerance,
    evidence: Evidence | None = None,
) -> Verdict:
    """Compare two score vectors, `[N]` or `[1, N]`, and decide."""
    verdict = _compare_and_decide(reference, candidate, k, limits)
    if evidence is None:
        return verdict
    verdict = replace(verdict, evidence=evidence)
    found = verdict.comparison
    if not limits.auto or found is None or not found.nonfinite_agree:
        return verdict
    verdict = replace(verdict, rule=f"{verdict.rule}; beyond it, {describe(evidence)}")
    if verdict.status is not Status.MISMATCH or _constant(candidate) or not evidence.explains:
        return verdict
    if found.flips:
        return verdict
    reason = (
        f"differs by {found.max_abs:.3g}, beyond {limits.atol:.3g}, yet lies as near to the "
        f"float64 truth as the reference itself: RMSE ratio {evidence.error_ratio:.2g}, max ratio "
        f"{evidence.max_ratio:.2g}"
    )
    return replace(verdict, status=Status.WITHIN_NOISE, reason=reason)


def _compare_and_decide(
    reference: ArrayLike, candidate: ArrayLike, k: int, limits: AppliedTolerance
) -> Verdict:
    rule = (
        f"|candidate − reference| ≤ {limits.atol:.3g} + {limits.rtol:g}·|reference| for every "
        f"class; top-{k} order may differ where reference scores lie within {limits.near_tie:.3g}"
    )
    tolerances = {"atol": limits.atol, "rtol": limits.rtol, "near_tie": limits.near_tie}
    try:
        comparison = compare(reference, candidate, k=k, **tolerances)
        _refuse_constant(reference)
    except OneSidedError as error:
        return Verdict(Status.MISMATCH, str(error), rule, limits)
    except NothingToCompareError as error:
        return Verdict(Status.NO_EVIDENCE, f"nothing was compared: {error}", rule, limits)
    status, reason = _decide(comparison, limits)
    if status.passing and (constant := _constant(candidate)):
        status = Status.MISMATCH  # under a wide tolerance all zeros would pass
        reason = f"the candidate {constant}; the reference gives them different scores"
    return Verdict(status, reason, rule, limits, comparison)


def _refuse_constant(reference: ArrayLike) -> None:
    if constant := _constant(reference):
        raise NothingToCompareError(f"the reference {constant}, so any constant would agree")


def _constant(scores: ArrayLike) -> str:
    values = as_scores(scores)
    if values.size == 1 or np.any(values != values[0]):
        return ""
    return f"gives every one of {values.size} classes the same score {float(values[0]):g}"


def _rounded_up(value: float) -> str:
    """Three digits, rounded up: a tolerance that is printed as enough must be enough.

    >>> _rounded_up(0.0100001), _rounded_up(0.25)
    ('0.0101', '0.25')
    """
    rounded = Context(prec=3, rounding=ROUND_CEILING).create_decimal(Decimal(value))
    return f"{float(rounded):.3g}"


def _beyond(found: Comparison, limits: AppliedTolerance) -> str:
    """Which atol would have been enough; with an rtol, not always for the largest difference."""
    worst = found.atol_needed_class
    other = "" if worst == found.max_abs_class else f"class {worst} is beyond its tolerance, "
    relative = f" with rtol {limits.rtol:g}" if limits.rtol else ""
    needed = _rounded_up(found.atol_needed)
    return f"{other}atol {limits.atol:.3g}{relative} allows less, {needed} would be needed"


def _decide(found: Comparison, limits: AppliedTolerance) -> tuple[Status, str]:
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
            f"than near_tie {limits.near_tie:.3g}"
        )
    if not found.topk_order_equal:
        return Status.TIE, (
            f"scores agree within {found.max_abs:.3g}; the order differs from rank "
            f"{found.first_disagreement_rank} on, among near-ties only"
        )
    return Status.MATCH, f"same top {found.k} in order; largest difference {found.max_abs:.3g}"

"""Two score vectors + tolerance → status and a reason in one sentence."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal

import numpy as np
from numpy.typing import ArrayLike

from harness.judge import auto_rule
from harness.judge.applied_tolerance import AppliedTolerance
from harness.judge.auto_rule import Evidence
from harness.judge.compare import Comparison, compare
from harness.judge.deviation import Deviation, Domain
from harness.judge.scores import NothingToCompareError, OneSidedError, as_scores
from harness.results.status import Status


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

    @property
    def in_doubt(self) -> bool:
        """Whether compared scores do not pass: what is not measured yet may still decide."""
        return self.status is Status.MISMATCH and bool(self.comparison)


Decision = tuple[Status, str]
"""A status and its reason."""


def judge(
    reference: ArrayLike,
    candidate: ArrayLike,
    *,
    k: int,
    limits: AppliedTolerance,
    evidence: Evidence | None = None,
) -> Verdict:
    """Compare two score vectors, `[N]` or `[1, N]`, and decide."""
    absolute = 0.0 if np.isnan(limits.atol) else limits.atol
    tolerances = {"atol": absolute, "rtol": limits.rtol, "near_tie": limits.near_tie}
    rule = _order_rule(k, limits)
    try:
        comparison = compare(reference, candidate, k=k, **tolerances)
        _refuse_constant(reference)
    except OneSidedError as error:
        return Verdict(Status.MISMATCH, str(error), rule, limits, evidence=evidence)
    except NothingToCompareError as error:
        reason = f"nothing was compared: {error}"
        return Verdict(Status.NO_EVIDENCE, reason, rule, limits, evidence=evidence)
    rule = f"{_score_rule(comparison, limits, evidence)}; {rule}"
    status, reason = _decide(comparison, limits, evidence)
    if status.passing and (constant := _constant(candidate)):
        status = Status.MISMATCH  # under a wide tolerance all zeros would pass
        reason = f"the candidate {constant}; the reference gives them different scores"
    return Verdict(status, reason, rule, limits, comparison, evidence)


def _order_rule(k: int, limits: AppliedTolerance) -> str:
    return f"top-{k} order may differ where reference scores lie within {limits.near_tie:.3g}"


def _score_rule(found: Comparison, limits: AppliedTolerance, evidence: Evidence | None) -> str:
    if not limits.auto:
        return (
            f"|candidate − reference| ≤ {limits.atol:.3g} + {limits.rtol:g}·|reference| for every "
            "class"
        )
    first = auto_rule.first_step(found.deviation)
    return first if evidence is None else f"{first}; beyond it, {auto_rule.second_step(evidence)}"


def _decide(found: Comparison, limits: AppliedTolerance, evidence: Evidence | None) -> Decision:
    if not found.nonfinite_agree or found.reference_nonfinite:
        return _of_nonfinite(found)
    scores = _auto(found, evidence) if limits.auto else _typed(found, limits)
    if scores is not None and not scores[0].passing:
        return scores
    if found.flips and found.worst_flip:
        a, b = found.worst_flip
        return Status.MISMATCH, (
            f"classes {a} and {b} changed places though the reference keeps them further apart "
            f"than near_tie {limits.near_tie:.3g}"
        )
    if scores is not None:
        return scores
    if not found.topk_order_equal:
        return Status.TIE, (
            f"scores agree within {found.max_abs:.3g}; the order differs from rank "
            f"{found.first_disagreement_rank} on, among near-ties only"
        )
    return Status.MATCH, f"same top {found.k} in order; largest difference {found.max_abs:.3g}"


def _of_nonfinite(found: Comparison) -> Decision:
    if found.nonfinite_agree:
        return Status.NO_EVIDENCE, (
            f"{found.reference_nonfinite} of {found.classes} scores are NaN or Inf on both sides: "
            "a broken model agrees with itself"
        )
    return Status.MISMATCH, (
        f"NaN or Inf on one side alone: {found.reference_nonfinite} scores of the reference, "
        f"{found.candidate_nonfinite} of the candidate are not finite"
    )


def _typed(found: Comparison, limits: AppliedTolerance) -> Decision | None:
    """The mismatch where a score is beyond its tolerance; None where none is."""
    if found.atol_needed <= limits.atol:
        return None
    return Status.MISMATCH, (
        f"class {found.max_abs_class} differs by {found.max_abs:.3g}; {_beyond(found, limits)}"
    )


def _auto(found: Comparison, evidence: Evidence | None) -> Decision | None:
    """What the rule `auto` says of the scores; None where its first step passes."""
    moved, close = found.deviation, auto_rule.is_close(found.deviation)
    if not close and (evidence is None or not evidence.explains):
        return Status.MISMATCH, _unexplained(found, evidence)
    stepped = evidence is not None and evidence.of_steps
    unnormalised = abs(moved.normalisation) > auto_rule.normalisation_limit(1)
    if moved.domain is Domain.LOG and unnormalised and not stepped:
        return _unnormalised(moved, found.classes)
    if close or evidence is None:
        return None
    return Status.WITHIN_NOISE, (
        f"{_movement(found, evidence)}, beyond the limit of a match; its distance from float64 "
        f"truth is {evidence.error_ratio:.2g} times what {evidence.what_rounds} may do to it"
    )


def _unnormalised(moved: Deviation, classes: int) -> Decision:
    total = f"the sum of the scores is {moved.normalisation:+.2g} off, relative to the reference's"
    if abs(moved.normalisation) > auto_rule.normalisation_limit(classes):
        return Status.MISMATCH, f"{total}: more than any order of summing {classes} scores explains"
    return Status.UNNORMALISED, (
        f"{total}, as a softmax that sums in one chain does; their ratios agree to rounding (odds "
        f"move by {_percent(moved.odds_change)})"
    )


def _unexplained(found: Comparison, evidence: Evidence | None) -> str:
    if evidence is None or not evidence.has_truth:
        return f"{_movement(found, evidence)}; there is no float64 truth that would excuse it"
    return (
        f"{_movement(found, evidence)}; its distance from float64 truth is "
        f"{evidence.error_ratio:.3g} times "
        f"what {evidence.what_rounds} may do to it, {auto_rule.NOISE_RATIO:g} times would pass"
    )


def _movement(found: Comparison, evidence: Evidence | None) -> str:
    """How far the candidate differs, for a person."""
    moved = found.deviation
    differs = f"class {found.max_abs_class} differs by {found.max_abs:.3g}"
    if moved.domain is Domain.LINEAR or (evidence is not None and evidence.of_steps):
        return differs
    return (
        f"{differs}; the odds of class {moved.raised} against class {moved.lowered} move by "
        f"{_percent(moved.odds_change)}"
    )


def _percent(change: float) -> str:
    """A relative change in percent.

    >>> _percent(0.0002), _percent(0.25), _percent(41.0)
    ('0.02 %', '25 %', 'a factor of 42')
    """
    return f"{100 * change:.2g} %" if change < 1 else f"a factor of {change + 1:.2g}"


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

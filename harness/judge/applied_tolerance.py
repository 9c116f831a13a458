"""`AppliedTolerance`: a tolerance in which everything is decided."""

from dataclasses import dataclass

from numpy.typing import ArrayLike

from harness.cases.scope import Scope
from harness.cases.tolerance import EndToEndTolerance, GraphTolerance
from harness.judge import auto_rule
from harness.judge.deviation import Domain, domain_of, unit
from harness.judge.noise import NAN, largest_known

GRAPH_RTOL = 1.3e-6
"""Default rtol of scope `graph` under an atol given by hand: torch.testing.assert_close's."""
END_TO_END_ATOL = 0.05
"""Default atol of scope `end_to_end`: two JPEG decoders alone moved the published elephant by 0.035
and the stand-in by 0.046, so a smaller one would call every decoder broken."""


@dataclass(frozen=True)
class AppliedTolerance:
    """What two score vectors are held to."""

    atol: float
    """Absolute part; NaN where the rule `auto` judges a distribution, which has no single one."""
    rtol: float
    """Relative part, of |reference|."""
    near_tie: float
    """Gap of reference scores up to which two classes may change places."""
    auto: bool = False
    """Whether the rule `auto` decides (`harness.judge.auto_rule`)."""


def score_limits(
    scope: Scope, tolerance: GraphTolerance | EndToEndTolerance
) -> tuple[float, float] | None:
    """Absolute and relative tolerance, defaults filled in; None under the rule `auto`."""
    atol, rtol = tolerance.atol, tolerance.rtol
    if scope == "end_to_end" and atol is None:
        atol = END_TO_END_ATOL
    elif atol is None and rtol is not None:
        atol = 0.0
    if atol is None or isinstance(atol, str):
        return None
    default = 0.0 if scope == "end_to_end" else GRAPH_RTOL
    return atol, default if rtol is None else rtol


def applied_tolerance(
    scope: Scope,
    tolerance: GraphTolerance | EndToEndTolerance,
    reference: ArrayLike = (),
    noise: float = NAN,
    decoder_noise: float = NAN,
) -> AppliedTolerance:
    """The tolerance of a scope, defaults filled in; what is `auto` comes from the measurements.

    `noise` is how far rounding may move a score, `decoder_noise` how far the reference's own
    decoder may, end to end. An atol given by hand for scope graph lets two classes change places
    that are within twice that.
    """
    limits, near_tie = score_limits(scope, tolerance), tolerance.near_tie
    gap = largest_known(auto_rule.near_tie(reference, noise), 2 * decoder_noise)
    if limits is None:
        linear = domain_of(reference) is Domain.LINEAR
        limit = auto_rule.MATCH_UNITS * unit(reference, Domain.LINEAR) if linear else NAN
        return AppliedTolerance(limit, 0.0, gap if near_tie is None else near_tie, auto=True)
    atol, rtol = limits
    default = gap if scope == "end_to_end" else 2 * atol
    return AppliedTolerance(atol, rtol, default if near_tie is None else near_tie)

"""The gates of a case file, decided for each candidate and scope of a sweep."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.cases.gates import Gates
from harness.sweep.decisions import (
    Decision,
    GateOutcome,
    agreement_decision,
    drop_decision,
    mismatch_decision,
    nothing_compared,
)
from harness.sweep.sequential import agreement_so_far, drop_so_far
from harness.sweep.statistics import GroupStatistics, SweepStatistics
from harness.sweep.sweep_group import SweepGroup
from harness.sweep.wording import bound_text, count_text

EXIT_FAIL, EXIT_INCONCLUSIVE = 1, 3


@dataclass(frozen=True)
class GateCounts:
    """The images of one case, candidate and scope, as far as gates count them."""

    finished: int = 0
    """Images that were run."""
    compared: int = 0
    """Those of which both programs gave scores."""
    equal: int = 0
    """Compared images with the same top-1 class in both."""
    missing: int = 0
    """Images in which nothing was compared."""
    labelled: int = 0
    """Compared images whose true class is known."""
    lost: int = 0
    """Those that the reference alone classifies rightly."""
    gained: int = 0
    """Those that the candidate alone does."""
    mismatches: int = 0
    """Compared images of status mismatch that no known failure excuses."""

    @classmethod
    def of(cls, group: GroupStatistics) -> "GateCounts":
        """The counts of statistics."""
        found = group.accuracy
        return cls(
            finished=group.images - group.not_run,
            compared=group.compared,
            equal=group.agreement.top1.count,
            missing=group.missing,
            labelled=found.images if found else 0,
            lost=found.lost if found else 0,
            gained=found.gained if found else 0,
            mismatches=group.mismatches,
        )


@dataclass(frozen=True)
class GateResult:
    """One gate, of one case, candidate and scope."""

    gate: str
    """Key of the case file, one of `Gates.bounds`."""
    group: SweepGroup
    """What it is of."""
    bound: float
    """As the case file has it."""
    confidence: float
    """As the case file has it."""
    rule: str
    """What passes, in a sentence."""
    decision: Decision
    """The outcome with its numbers."""

    @property
    def outcome(self) -> GateOutcome:
        """Pass, fail or inconclusive."""
        return self.decision.outcome


def decide(
    gates: Gates,
    statistics: SweepStatistics,
    selected: int,
    expected: Iterable[SweepGroup] = (),
    *,
    at_any_time: bool = False,
) -> tuple[GateResult, ...]:
    """Every gate that is set, for every group; those of `expected` too that left no rows.

    `selected` is the number of images that each candidate and scope was to see: a group of fewer is
    inconclusive, unless more mismatches than allowed were found, which no further image undoes.
    `at_any_time` is for a sweep in random order that is looked at while it grows: agreement and
    drop are then decided by evidence that holds at any time, from the images that there are.
    """
    found = {one.group: GateCounts.of(one) for one in statistics.groups}
    return decide_counts(gates, found, selected, expected, at_any_time=at_any_time)


def decide_counts(
    gates: Gates,
    found: Mapping[SweepGroup, GateCounts],
    selected: int,
    expected: Iterable[SweepGroup] = (),
    *,
    at_any_time: bool = False,
) -> tuple[GateResult, ...]:
    """As `decide`, of counts."""
    wanted = sorted({*found, *expected})
    wanted = [one for one in wanted if gates.scope in (None, one.scope)]
    wanted = wanted or [SweepGroup("", "", gates.scope or "")]
    return tuple(
        GateResult(
            gate=name,
            group=group,
            bound=bound,
            confidence=gates.confidence,
            rule=rule_text(gates, name),
            decision=_decide(gates, name, found.get(group), selected, at_any_time),
        )
        for group in wanted
        for name, bound in gates.bounds.items()
    )


def exit_code(results: Iterable[GateResult]) -> int:
    """0 where all pass (or no gate is set), 1 where any fails, 3 where some are inconclusive."""
    outcomes = {result.outcome for result in results}
    if GateOutcome.FAILED in outcomes:
        return EXIT_FAIL
    return EXIT_INCONCLUSIVE if GateOutcome.INCONCLUSIVE in outcomes else 0


def rule_text(gates: Gates, name: str) -> str:
    """What passes, in a sentence.

    >>> rule_text(Gates(max_mismatches=3), "max_mismatches")
    'Passes where at most 3 images mismatch without a known failure.'
    """
    confidence = bound_text(gates.confidence)
    if name == "min_top1_agreement":
        least = bound_text(gates.min_top1_agreement or 0)
        return (
            f"Passes where, at {confidence} confidence, both programs have the same top-1 class "
            f"for at least {least} of images like these."
        )
    if name == "max_accuracy_drop":
        most = bound_text(gates.max_accuracy_drop or 0)
        return (
            f"Passes where, at {confidence} confidence, the candidate's accuracy on images like "
            f"these lies at most {most} of all images below the reference's."
        )
    most = count_text(gates.max_mismatches or 0, "image")
    return f"Passes where at most {most} mismatch without a known failure."


def _decide(
    gates: Gates, name: str, counts: GateCounts | None, selected: int, at_any_time: bool
) -> Decision:
    if counts is None:
        return replace(nothing_compared(0), reason="it left no rows, so nothing was compared")
    if at_any_time and name in _AT_ANY_TIME:
        return _AT_ANY_TIME[name](gates, counts)
    decision = _DECISIONS[name](gates, counts)
    whole = counts.finished >= selected
    return decision if whole else _incomplete(decision, counts.finished, selected, name)


def _incomplete(decision: Decision, images: int, selected: int, name: str) -> Decision:
    """A sample that may not be like the rest decides nothing, but a count can't become smaller."""
    reason = (
        f"only {images:,} of {selected:,} selected images finished; of these, {decision.reason}"
    )
    if name == "max_mismatches" and decision.outcome is GateOutcome.FAILED:
        return replace(decision, reason=reason)
    left = None if decision.more_images is None else max(selected - images, decision.more_images)
    return replace(decision, outcome=GateOutcome.INCONCLUSIVE, reason=reason, more_images=left)


def _agreement(gates: Gates, counts: GateCounts) -> Decision:
    return agreement_decision(*_agreement_counts(gates, counts))


def _agreement_so_far(gates: Gates, counts: GateCounts) -> Decision:
    return agreement_so_far(*_agreement_counts(gates, counts))


def _agreement_counts(gates: Gates, counts: GateCounts) -> tuple[int, int, int, float, float]:
    bound = gates.min_top1_agreement or 0.0
    return counts.equal, counts.compared, counts.missing, bound, gates.confidence


def _drop(gates: Gates, counts: GateCounts) -> Decision:
    return _drop_by(drop_decision, gates, counts)


def _drop_so_far(gates: Gates, counts: GateCounts) -> Decision:
    return _drop_by(drop_so_far, gates, counts)


def _drop_by(
    rule: Callable[[int, int, int, int, float, float], Decision], gates: Gates, counts: GateCounts
) -> Decision:
    if not counts.labelled:
        reason = "the true class of no compared image is known"
        return replace(nothing_compared(0), reason=reason)
    bound = gates.max_accuracy_drop or 0.0
    numbers = counts.lost, counts.gained, counts.labelled, counts.missing
    return rule(*numbers, bound, gates.confidence)


def _mismatches(gates: Gates, counts: GateCounts) -> Decision:
    bound = gates.max_mismatches or 0
    return mismatch_decision(counts.mismatches, counts.compared, counts.missing, bound)


_DECISIONS: dict[str, Callable[[Gates, GateCounts], Decision]] = {
    "min_top1_agreement": _agreement,
    "max_accuracy_drop": _drop,
    "max_mismatches": _mismatches,
}
_AT_ANY_TIME: dict[str, Callable[[Gates, GateCounts], Decision]] = {
    "min_top1_agreement": _agreement_so_far,
    "max_accuracy_drop": _drop_so_far,
}


def by_outcome(results: Sequence[GateResult]) -> Iterator[GateResult]:
    """The results, failures first, then what is inconclusive."""
    order = (GateOutcome.FAILED, GateOutcome.INCONCLUSIVE, GateOutcome.PASSED)
    return iter(sorted(results, key=lambda one: order.index(one.outcome)))

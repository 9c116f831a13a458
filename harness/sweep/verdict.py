"""The verdict over a whole sweep in one line: of its gates, or where none is set of its rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from harness.sweep.decisions import GateOutcome
from harness.sweep.facts import SweepFacts
from harness.sweep.gates import GateResult
from harness.sweep.statistics import SweepStatistics
from harness.sweep.wording import count_text


@dataclass(frozen=True)
class SweepVerdict:
    """What a reader sees first."""

    tone: Literal["passing", "attention", "failing"]
    """`attention`: nothing fails, but something is inconclusive, incomplete or not compared."""
    title: str
    """A few words, for example `1 of 6 gates fails`."""
    sentence: str
    """The counts in words."""


def verdict_of(
    statistics: SweepStatistics, gates: Sequence[GateResult], facts: SweepFacts
) -> SweepVerdict:
    """Failing where a gate fails, or without gates a row; passing only where nothing is open."""
    sentence = _sentence(statistics, facts)
    if not any(group.compared for group in statistics.groups):
        title = "Nothing was compared"
        return SweepVerdict("failing", title, f"{sentence} That is never a pass.")
    if gates:
        return SweepVerdict(_tone(gates), _title(gates), sentence)
    rows = sum(group.images for group in statistics.groups)
    failing = sum(group.failing for group in statistics.groups)
    if failing:
        verb = "fails" if failing == 1 else "fail"
        title = f"{failing:,} of {count_text(rows, 'row')} {verb}"
        return SweepVerdict("failing", title, sentence)
    missing = sum(group.missing for group in statistics.groups)
    sound = facts.complete and not missing
    title = "No row fails" if sound else "No row fails, but not all was compared"
    return SweepVerdict("passing" if sound else "attention", title, sentence)


def _tone(gates: Sequence[GateResult]) -> Literal["passing", "attention", "failing"]:
    outcomes = {gate.outcome for gate in gates}
    if GateOutcome.FAILED in outcomes:
        return "failing"
    return "attention" if GateOutcome.INCONCLUSIVE in outcomes else "passing"


def _title(gates: Sequence[GateResult]) -> str:
    failed = sum(gate.outcome is GateOutcome.FAILED for gate in gates)
    unsure = sum(gate.outcome is GateOutcome.INCONCLUSIVE for gate in gates)
    if len(gates) == 1:
        outcome = gates[0].outcome
        says = f"{outcome.value}es" if outcome is GateOutcome.PASSED else f"{outcome.value}s"
        return f"The only gate {'is inconclusive' if unsure else says}"
    every = count_text(len(gates), "gate")
    if failed:
        return f"{failed:,} of {every} {'fails' if failed == 1 else 'fail'}"
    if unsure:
        verb = "is" if unsure == 1 else "are"
        return f"No gate fails, but {unsure:,} of {every} {verb} inconclusive"
    return f"All {every} pass"


def _sentence(statistics: SweepStatistics, facts: SweepFacts) -> str:
    candidates = len({(one.group.case, one.group.candidate) for one in statistics.groups})
    rows = sum(group.images for group in statistics.groups)
    missing = sum(group.missing for group in statistics.groups)
    of = "" if facts.complete else f" of {facts.selected_images:,} selected"
    compared = f"{missing:,} of them not compared" if missing else "all of them compared"
    if not rows:
        return "There are no rows."
    return (
        f"{count_text(facts.finished_images, 'image')}{of}, {count_text(candidates, 'candidate')}, "
        f"{count_text(rows, 'row')}, {compared}."
    )

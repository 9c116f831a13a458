"""A sweep in a few lines of text, for a terminal or a log."""

from collections.abc import Iterable, Iterator

from harness.results.printable import printable
from harness.sweep.gates import GateResult, by_outcome
from harness.sweep.statistics import GroupStatistics, SweepStatistics
from harness.sweep.sweep_group import SweepGroup
from harness.sweep.wording import (
    count_text,
    percent_text,
    points_range_text,
    points_text,
    range_text,
)


def summary_lines(statistics: SweepStatistics, gates: Iterable[GateResult] = ()) -> list[str]:
    """A line a candidate and scope, then a line a gate, failures first; no markup, no colour."""
    several = len({one.group.case for one in statistics.groups}) > 1
    lines = [_group(one, several) for one in statistics.groups]
    lines = lines or ["The sweep has no rows: nothing was compared."]
    lines += [_gate(one, several) for one in by_outcome(tuple(gates))]
    return [printable(line) for line in lines]


def _group(one: GroupStatistics, several: bool) -> str:
    return f"{group_name(one.group, several)}: {', '.join(_figures(one))}"


def _figures(one: GroupStatistics) -> Iterator[str]:
    top1, found = one.agreement.top1, one.accuracy
    if top1.of:
        yield (
            f"same top-1 class in {percent_text(top1.rate)} of "
            f"{count_text(top1.of, 'compared image')} ({range_text(top1.low, top1.high)})"
        )
    else:
        yield "nothing was compared"
    if top1.of and not top1.missing:
        yield f"a rate of differences below {percent_text(one.agreement.unseen)} can go unseen"
    if one.missing:
        yield f"{count_text(one.missing, 'image')} not compared"
    if one.failing:
        yield f"{count_text(one.failing, 'row')} failing"
    if found:
        yield (
            f"accuracy {percent_text(found.reference.rate)} to {percent_text(found.candidate.rate)}"
            f", a drop of {points_text(found.drop)} points "
            f"({points_range_text(found.low, found.high)})"
        )


def _gate(one: GateResult, several: bool) -> str:
    decision = one.decision
    parts = [decision.reason, decision.allowed]
    if decision.more_images:
        parts.append(f"about {count_text(decision.more_images, 'more image')} would decide")
    text = "; ".join(part for part in parts if part)
    return f"{one.outcome.value}: {one.gate}, {group_name(one.group, several)}: {text}"


def group_name(group: SweepGroup, several: bool) -> str:
    """Candidate and scope, with the case where there are `several`."""
    name = f"{group.candidate or 'any candidate'}, {group.scope or 'any scope'}"
    return f"{group.case}: {name}" if several and group.case else name

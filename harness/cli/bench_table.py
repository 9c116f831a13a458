"""The figures of `parity bench`: one candidate's row and times, the table, the JSON."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.cli.terminal import shown
from harness.execution.outcome import RunCosts
from harness.reports.program_names import program_names
from harness.results.row import Row
from harness.results.stages import STAGES

WIDE = 132
"""Columns of a terminal in which every stage has one of its own."""


@dataclass
class TimedCandidate:
    """One candidate's row and what its runs took, a pair a round."""

    row: Row
    """Its row of scope graph."""
    reference: list[RunCosts] = field(default_factory=list)
    """The reference's runs in each round in which the candidate ran."""
    candidate: list[RunCosts] = field(default_factory=list)
    """The candidate's runs in the same round."""
    reference_peak_mib: float = math.nan
    """Largest resident memory of a process that runs the reference alone, MiB."""
    candidate_peak_mib: float = math.nan
    """The same of the candidate."""

    @property
    def ratio(self) -> float:
        """Candidate over reference; NaN where it never ran."""
        pairs = zip(self.candidate, self.reference, strict=True)
        return _median([c.ms / r.ms for c, r in pairs])

    def payload(self) -> dict[str, Any]:
        """Column names of the row to values; the times are those of the rounds; and the ratio."""
        row = self.row.payload()
        names = ("candidate", "status", "reason", *(f"{s}_s" for s in STAGES), "max_abs")
        errors = ("reference_error_max", "candidate_error_max")
        return {name: row[name] for name in (*names, *errors)} | {
            "reference_ms": typical_ms(self.reference),
            "candidate_ms": typical_ms(self.candidate),
            "reference_p95_ms": p95_ms(self.reference),
            "candidate_p95_ms": p95_ms(self.candidate),
            "reference_runs": _count(self.reference),
            "candidate_runs": _count(self.candidate),
            "ratio": self.ratio,
            "reference_peak_mib": self.reference_peak_mib,
            "candidate_peak_mib": self.candidate_peak_mib,
        }


def typical_ms(rounds: Sequence[RunCosts]) -> float:
    """Median over the rounds of their medians; NaN where there is none."""
    return _median([one.ms for one in rounds])


def p95_ms(rounds: Sequence[RunCosts]) -> float:
    """The time of a run that 95 % of all runs keep to; NaN where there is none.

    It is one of the times, the smallest that at least 95 % of them do not exceed: of fewer than 20
    runs the longest.

    >>> p95_ms([RunCosts(tuple(range(1, 11))), RunCosts(tuple(range(11, 21)))])
    19.0
    """
    times = [ms for one in rounds for ms in one.times_ms]
    return float(np.quantile(times, 0.95, method="inverted_cdf")) if times else math.nan


def _count(rounds: Sequence[RunCosts]) -> int:
    return sum(len(one.times_ms) for one in rounds)


def _median(times: Sequence[float]) -> float:
    return statistics.median(times) if times else math.nan


def show(found: Sequence[TimedCandidate], console: Console) -> None:
    """Print the table; seconds of stages are those of when it was built, one sum where narrow."""
    reference = program_names(found[0].row)[0]
    wide = console.width >= WIDE
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("candidate", overflow="fold", no_wrap=wide)
    table.add_column("status", overflow="fold", no_wrap=wide)
    stages = [f"{stage} s" for stage in STAGES] if wide else ["stages s"]
    for name in (*stages, "run ms", "p95 ms", "ratio", "peak MiB", "max |Δ|", "max error"):
        table.add_column(name, justify="right")
    for one in found:
        table.add_row(*_cells(one, wide=wide))
    table.add_row(shown(reference), "", *["–"] * len(stages), *_reference_cells(found))
    console.print(table)
    for one in found:
        if not one.row.status.passing:
            console.print(shown(f"{one.row.candidate}: {one.row.status}: {one.row.reason}"))
    about = (
        f"ratio and max |Δ|: against {reference}; max error: against the same graph in float64; "
        "p95: 95 % of the runs took no longer; peak: resident memory of a process that runs the "
        "program alone, its framework included"
    )
    console.print(shown(about, style="dim"))


def _cells(one: TimedCandidate, *, wide: bool) -> list[str | Text]:
    row = one.row
    seconds = [getattr(row, f"{stage}_s") for stage in STAGES]
    if not wide:
        seconds = [float(np.nansum(seconds))] if np.isfinite(seconds).any() else [math.nan]
    return [
        shown(row.candidate),
        shown(row.status),
        *(_number(value, "{:.1f}") for value in seconds),
        _number(typical_ms(one.candidate), "{:.1f}"),
        _number(p95_ms(one.candidate), "{:.1f}"),
        _number(one.ratio, "{:.2f}"),
        _number(one.candidate_peak_mib, "{:.0f}"),
        _number(row.max_abs, "{:.1e}"),
        _number(row.candidate_error_max, "{:.1e}"),
    ]


def _reference_cells(found: Sequence[TimedCandidate]) -> list[str]:
    """Run, p95, ratio, memory, max |Δ| and max error of the reference itself."""
    rounds = max((one.reference for one in found), key=len)
    ms, p95 = typical_ms(rounds), p95_ms(rounds)
    peak = found[0].reference_peak_mib
    errors = [one.row.reference_error_max for one in found]
    known = next((error for error in errors if not math.isnan(error)), math.nan)
    times = (_number(ms, "{:.1f}"), _number(p95, "{:.1f}"))
    return [*times, "1", _number(peak, "{:.0f}"), "–", _number(known, "{:.1e}")]


def _number(value: float, form: str) -> str:
    return "–" if math.isnan(value) else form.format(value)

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
from harness.reports.program_names import program_names
from harness.results.row import Row
from harness.results.stages import STAGES

WIDE = 112
"""Columns of a terminal in which every stage has one of its own."""


@dataclass
class TimedCandidate:
    """One candidate's row and its times, a pair a round, in milliseconds."""

    row: Row
    """Its row of scope graph."""
    reference: list[float] = field(default_factory=list)
    """The reference's time in each round in which the candidate ran."""
    candidate: list[float] = field(default_factory=list)
    """The candidate's time in the same round."""

    @property
    def ratio(self) -> float:
        """Candidate over reference; NaN where it never ran."""
        pairs = zip(self.candidate, self.reference, strict=True)
        return _median([c / r for c, r in pairs])

    def payload(self) -> dict[str, Any]:
        """Column names of the row to values; the times are those of the rounds; and the ratio."""
        row = self.row.payload()
        names = ("candidate", "status", "reason", *(f"{s}_s" for s in STAGES), "max_abs")
        errors = ("reference_error_max", "candidate_error_max")
        return {name: row[name] for name in (*names, *errors)} | {
            "reference_ms": _median(self.reference),
            "candidate_ms": _median(self.candidate),
            "ratio": self.ratio,
        }


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
    for name in (*stages, "run ms", "ratio", "max |Δ|", "max error"):
        table.add_column(name, justify="right")
    for one in found:
        table.add_row(*_cells(one, wide=wide))
    table.add_row(shown(reference), "", *["–"] * len(stages), *_reference_cells(found))
    console.print(table)
    for one in found:
        if not one.row.status.passing:
            console.print(shown(f"{one.row.candidate}: {one.row.status}: {one.row.reason}"))
    about = f"ratio and max |Δ|: against {reference}; max error: against the same graph in float64"
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
        _number(_median(one.candidate), "{:.1f}"),
        _number(one.ratio, "{:.2f}"),
        _number(row.max_abs, "{:.1e}"),
        _number(row.candidate_error_max, "{:.1e}"),
    ]


def _reference_cells(found: Sequence[TimedCandidate]) -> list[str]:
    """Run, ratio, max |Δ| and max error of the reference itself."""
    ms = _median([value for one in found for value in one.reference])
    errors = [one.row.reference_error_max for one in found]
    known = next((error for error in errors if not math.isnan(error)), math.nan)
    return [_number(ms, "{:.1f}"), "1", "–", _number(known, "{:.1e}")]


def _number(value: float, form: str) -> str:
    return "–" if math.isnan(value) else form.format(value)

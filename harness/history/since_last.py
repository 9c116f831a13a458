"""A run that ends, beside those that were kept before: what changed, and each row over its runs."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from harness.history.compared_lines import changes
from harness.history.comparison import RunRows, compare_runs
from harness.history.history import History
from harness.history.kept_run import KeptRun
from harness.history.sources import side_of
from harness.history.sparkline import sparkline
from harness.reports.order import worst_first
from harness.reports.tables import ABOUT
from harness.results.changes import Changes, RowTrend
from harness.results.row import Row

LOOKED_AT = 20
"""Newest runs among which one of the same cases is looked for."""
DRAWN = 30
"""Runs of a row that are drawn."""
ROWS = 500
"""Rows whose trends are kept, worst first: as many as a page shows with all their figures."""
MOST_READ = 60_000
"""Rows of earlier runs that are read for the trends; of large runs, fewer are drawn."""


@dataclass(frozen=True)
class _Point:
    """A row in one run."""

    status: str
    divergence: float | None


def changes_since_last(history: History, ended: Sequence[KeptRun], new: RunRows) -> Changes | None:
    """What changed since the newest of the ended runs that has rows of the same cases.

    None where there is none. Raises ReportError.
    """
    cases = {row.case for row in new.rows}
    for run in reversed(ended[-LOOKED_AT:]):
        rows = history.rows_of(run.run_id)
        if not cases.isdisjoint(row.case for row in rows):
            return changes(compare_runs(side_of(run, rows), new))
    return None


def trends(history: History, ended: Sequence[KeptRun], rows: Sequence[Row]) -> tuple[RowTrend, ...]:
    """The worst rows over the newest of the ended runs, this one the last; raises ReportError."""
    wanted = [rows[place] for place in worst_first(rows)[:ROWS]]
    points, runs = defaultdict(list), _newest(ended)
    lines = history.columns_of(runs, (*ABOUT, "status", "divergence", "run_id"))
    for line in sorted(lines, key=lambda line: runs.index(line["run_id"])):
        names = tuple(line[name] for name in ABOUT)
        points[names].append(_Point(line["status"], line["divergence"]))
    found = []
    for row in wanted:
        named = {name: getattr(row, name) for name in ABOUT}
        now = _Point(row.status, row.payload()["divergence"])
        if earlier := points.get(tuple(named.values())):
            found.append(RowTrend(**named, line=sparkline([*earlier, now])))
    return tuple(found)


def _newest(ended: Sequence[KeptRun]) -> list[str]:
    """The runs whose rows are read, the oldest first."""
    found, rows = [], 0
    for run in reversed(ended[1 - DRAWN :]):
        rows += run.rows
        if rows > MOST_READ:
            break
        found.append(run.run_id)
    return found[::-1]

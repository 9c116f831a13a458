"""What of a run is seen at a glance: each candidate's agreement, and how each case ended on it."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from harness.reports.order import RowGroup
from harness.results.changes import Changes
from harness.results.kinds import KINDS, Kind, kind_of
from harness.results.row import Row
from harness.results.run_record import RunRecord

QUANTILES = {"50%": 0.5, "90%": 0.9, "99%": 0.99, "all": 1.0}
"""Share of the rows → the quantile of |Δ| that so many of them do not exceed."""
MOST_COLUMNS = 20
"""Candidates of the matrix."""


@dataclass(frozen=True)
class CandidateLine:
    """All rows of one candidate and scope."""

    candidate: str
    """As in Row."""
    scope: str
    """As in Row."""
    kinds: dict[Kind, int]
    """How many rows are of each kind."""
    compared: int
    """Rows of which both programs gave scores."""
    top1_equal: int
    """Those of them with the same top-1 class."""
    quantiles: tuple[float, ...]
    """Of the largest |Δ| of each compared row, by QUANTILES; NaN where nothing was compared."""

    @property
    def rows(self) -> int:
        """All of them."""
        return sum(self.kinds.values())


def candidate_lines(rows: Iterable[Row]) -> list[CandidateLine]:
    """A line a candidate and scope, by name."""
    found: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        found[row.candidate, row.scope].append(row)
    return [_line(*names, members) for names, members in sorted(found.items())]


def _line(candidate: str, scope: str, rows: Sequence[Row]) -> CandidateLine:
    kinds = dict.fromkeys(KINDS, 0)
    for row in rows:
        kinds[kind_of(row)] += 1
    answers = [row.top1_equal for row in rows if row.top1_equal is not None]
    largest = [row.max_abs for row in rows if not math.isnan(row.max_abs)]
    return CandidateLine(candidate, scope, kinds, len(answers), sum(answers), _quantiles(largest))


def _quantiles(values: Sequence[float]) -> tuple[float, ...]:
    """Values that were measured, none between two of them.

    >>> _quantiles([0.1, 0.2, 0.3, 0.4])
    (0.2, 0.4, 0.4, 0.4)
    """
    if not values:
        return (math.nan,) * len(QUANTILES)
    found = np.quantile(values, list(QUANTILES.values()), method="inverted_cdf")
    return tuple(map(float, found))


@dataclass(frozen=True)
class MatrixLine:
    """One case and scope."""

    case: str
    """As in Row."""
    scope: str
    """As in Row."""
    cells: tuple[RowGroup | None, ...]
    """Its rows on each of the matrix's candidates; None where there are none."""


@dataclass(frozen=True)
class Matrix:
    """Cases and scopes by candidates."""

    candidates: tuple[str, ...]
    """The columns, by name."""
    left_out: int
    """How many more candidates there are."""
    lines: tuple[MatrixLine, ...]
    """By name."""


def matrix(groups: Sequence[RowGroup]) -> Matrix | None:
    """How each case ended on each candidate; None where there is one candidate alone.

    `groups` are worst first. Of more candidates than fit, those with the worst rows are shown; of
    several models of one case, the worst.
    """
    worst = list(dict.fromkeys(group.candidate for group in groups))
    if len(worst) < 2:  # noqa: PLR2004  the summary says as much
        return None
    shown = tuple(sorted(worst[:MOST_COLUMNS]))
    cells: dict[tuple[str, str], dict[str, RowGroup]] = defaultdict(dict)
    for group in groups:
        cells[group.case, group.scope].setdefault(group.candidate, group)
    lines = [
        MatrixLine(case, scope, tuple(found.get(name) for name in shown))
        for (case, scope), found in sorted(cells.items())
    ]
    return Matrix(shown, len(worst) - len(shown), tuple(lines))


def changes_of(run: RunRecord) -> list[tuple[str, Changes]]:
    """What changed since when, in words, of the run and of those that it was merged from."""
    parts = [("", run), *((f"{part.id}: ", part) for part in run.merged_from)]
    return [(f"{whose}{_when(change)}", change) for whose, one in parts for change in one.changes]


def _when(change: Changes) -> str:
    if change.of:
        return f"from {change.since} to {change.of}"
    return "since the baseline" if change.since == "baseline" else f"since run {change.since}"

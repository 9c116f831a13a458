"""The order in which rows are read, worst first, and what belongs together."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.results.kinds import KINDS, kind_of
from harness.results.result import Result
from harness.results.row import Row
from harness.results.status import Status

SEVERITY = (
    Status.MISMATCH,
    Status.CRASHED,
    Status.OUT_OF_MEMORY,
    Status.TIMED_OUT,
    Status.RUN_FAILED,
    Status.COMPILE_FAILED,
    Status.OPTIMIZE_FAILED,
    Status.IMPORT_FAILED,
    Status.CONVERT_FAILED,
    Status.REFERENCE_UNSTABLE,
    Status.REFERENCE_FAILED,
    Status.NO_EVIDENCE,
    Status.MISSING_STACK,
    Status.NO_DEVICE,
    Status.MISSING_ASSET,
    Status.WITHIN_NOISE,
    Status.TIE,
    Status.MATCH,
)
"""Worst first. Wrong scores come first: a program that gives none can't be used by mistake."""
_PLACE = {status: place for place, status in enumerate(SEVERITY)}


@dataclass(frozen=True)
class RowGroup:
    """All rows of one case, candidate and scope."""

    case: str
    """As in Row."""
    candidate: str
    """As in Row."""
    scope: str
    """As in Row."""
    worst: Row
    """The first of its rows in worst-first order."""
    position: int
    """Where that row stands in the order of the whole run, from 0."""
    rows: int
    """How many there are."""
    passing: int
    """How many of them pass."""
    max_abs: float
    """The largest of their max_abs; NaN where none was measured."""


def worst_first(results: Iterable[Result]) -> list[Result]:
    """Failing, known failures, skipped, passing; within these by SEVERITY, then by max_abs."""
    return sorted(results, key=lambda result: badness(result.row))


def badness(row: Row) -> tuple[int, int, bool, float, str, str, str, str]:
    """Sort key: the smaller, the worse. What has no figure precedes what has; names decide last."""
    measured = not math.isnan(row.max_abs)
    return (
        KINDS.index(kind_of(row)),
        _PLACE[row.status],
        measured,
        -row.max_abs if measured else 0.0,
        row.case,
        row.image,
        row.candidate,
        row.scope,
    )


def groups(ordered: Sequence[Result]) -> list[RowGroup]:
    """One group a (case, candidate, scope), in the order of their worst rows."""
    found: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
    for position, result in enumerate(ordered):
        row = result.row
        found[row.case, row.candidate, row.scope].append(position)
    return [
        _group(key, positions[0], [ordered[p].row for p in positions])
        for key, positions in found.items()
    ]


def _group(key: tuple[str, str, str], first: int, rows: Sequence[Row]) -> RowGroup:
    measured = [row.max_abs for row in rows if not math.isnan(row.max_abs)]
    passing = sum(kind_of(row) == "passing" for row in rows)
    largest = max(measured, default=math.nan)
    return RowGroup(*key, rows[0], first, len(rows), passing, largest)


def siblings(ordered: Sequence[Result], first: int) -> list[list[int]]:
    """For each of the `first` rows, where the same image and candidate stand in other scopes.

    Comparing the two scopes of one file tells whether the compiler or the preprocessing changed
    the scores; the order stays worst-first, so the page links them instead.
    """
    files = [(r.row.case, r.row.image, r.row.candidate) for r in ordered]
    wanted, found = set(files[:first]), defaultdict[tuple[str, str, str], list[int]](list)
    for position, file in enumerate(files):
        if file in wanted:
            found[file].append(position)
    return [
        [other for other in found[file] if ordered[other].row.scope != one.row.scope]
        for file, one in zip(files[:first], ordered, strict=False)
    ]

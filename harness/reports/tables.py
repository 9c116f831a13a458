"""What each table of a run consists of: its columns, and its lines for a result."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, get_type_hints

from harness.results.result import ExpectedRow, Result, TopkRow
from harness.results.row import Row

Line = tuple[Any, ...]
"""The values of one line, in the order of the columns."""

ABOUT = ("case", "image", "candidate", "scope")
"""Columns of `Row` that topk.csv repeats in front."""
RUN = ("run_id", "run_started", "commit")
"""Those that the long tables repeat at the end: with ABOUT they name one line of rows.csv."""


@dataclass(frozen=True)
class LongTable:
    """One table of a run."""

    columns: dict[str, type]
    """Name of each column, and the type of its values that are there: bool, int, float or str."""
    lines: Callable[[Result], Iterable[Line]]
    """The lines that a result gives."""


def _of_row(*names: str) -> dict[str, type]:
    return {name: Row.column_types()[name] for name in names}


_about, _run = attrgetter(*ABOUT), attrgetter(*RUN)
_row = attrgetter(*Row.columns())
_expected = attrgetter(*ExpectedRow.columns())


def _topk_lines(result: Result) -> list[Line]:
    about, run = _about(result.row), _run(result.row)
    return [(*about, *line, *run) for line in result.topk]


def _expected_lines(result: Result) -> list[Line]:
    run = _run(result.row)
    return [(*_expected(line), *run) for line in result.expected]


ROWS = LongTable(Row.column_types(), lambda result: (_row(result.row),))
TOPK = LongTable(_of_row(*ABOUT) | get_type_hints(TopkRow) | _of_row(*RUN), _topk_lines)
EXPECTED = LongTable(ExpectedRow.column_types() | _of_row(*RUN), _expected_lines)

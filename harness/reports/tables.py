"""What each table of a run consists of: its columns, and its lines for a result."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
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


class Chunk(tuple[Result, ...]):
    """Results that several tables are made of in turn; equal to itself alone."""

    __slots__ = ()
    __eq__, __hash__ = object.__eq__, object.__hash__


@dataclass(frozen=True, eq=False)
class LongTable:
    """One table of a run."""

    columns: dict[str, type]
    """Name of each column, and the type of its values that are there: bool, int, float or str."""
    lines: Callable[[Result], Iterable[Line]]
    """The lines that a result gives."""

    def values(self, results: Sequence[Result]) -> Sequence[Sequence[Any]]:
        """The values of each column, in the order of the columns; of a Chunk kept for the next."""
        return _kept_values(self, results) if isinstance(results, Chunk) else _values(self, results)


def columns_of(lines: Sequence[Line], count: int) -> Sequence[Sequence[Any]]:
    """The values of each of `count` columns."""
    return list(zip(*lines, strict=True)) if lines else [()] * count


def _values(table: LongTable, results: Sequence[Result]) -> Sequence[Sequence[Any]]:
    lines = [line for result in results for line in table.lines(result)]
    return columns_of(lines, len(table.columns))


_kept_values = lru_cache(maxsize=3)(_values)  # of three tables


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

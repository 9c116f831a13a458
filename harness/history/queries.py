"""What a row was in each of its runs, in SQL."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from harness.history.database import answers
from harness.history.history import History


@dataclass(frozen=True)
class RowFilter:
    """Which rows are meant; None means all. Text with `*` or `?` is a pattern of a whole name."""

    case: str | None = None
    """Of the case."""
    image: str | None = None
    """Of the image."""
    candidate: str | None = None
    """Of the candidate's id."""
    scope: str | None = None
    """Of the scope."""

    def given(self) -> dict[str, str]:
        """Column to name or pattern, of those that are given."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True)
class RowInRun:
    """What a row was in one run; the fields are columns of the history's `rows`."""

    run_id: str
    """As in Row."""
    run_started: str
    """As in Row."""
    run_finished: str
    """When the run ended: empty for one that died half-way."""
    commit: str
    """As in Row."""
    status: str
    """As in Row."""
    reason: str
    """As in Row."""
    known_failure: str
    """As in Row."""
    divergence: float | None
    """As in Row; None where it was not measured, as for the figures below."""
    atol_needed: float | None
    """The required tolerance, as in Row."""
    error_ratio: float | None
    """As in Row."""
    noise: float | None
    """As in Row."""
    build_s: float | None
    """As in Row."""
    reference_ms: float | None
    """As in Row."""
    candidate_ms: float | None
    """As in Row."""
    reference_version: str
    """As in Row."""
    candidate_version: str
    """As in Row."""
    model_sha256: str
    """As in Row."""
    candidate_model_sha256: str
    """As in Row."""
    image_sha256: str
    """As in Row."""
    schema_version: int
    """Version of the tables that the run wrote."""


@dataclass(frozen=True)
class RowHistory:
    """One row over its runs."""

    case: str
    """As in Row."""
    image: str
    """As in Row."""
    candidate: str
    """As in Row."""
    scope: str
    """As in Row."""
    runs: int
    """How many runs have it."""
    points: tuple[RowInRun, ...]
    """The last of them, the oldest first."""


def row_histories(history: History, wanted: RowFilter, last: int) -> list[RowHistory]:
    """Each row that is wanted, with its `last` runs; sorted by name.

    A row is followed by its names, so that a model that was trained again stays one line. Memory
    is that of the answer and of DuckDB's bound, whatever the length of the history. Raises
    UsageError where DuckDB is not installed, ReportError where the files can't be read.
    """
    columns = ", ".join(f'"{one.name}"' for one in fields(RowInRun))
    conditions = " and ".join(f'"{name}" {_operator(text)} ?' for name, text in _given(wanted))
    query = f"""
        select "case", image, candidate, scope, count(*),
            max_by(row({columns}), run_started, {last})
        from read_parquet(?, union_by_name = true)
        where {conditions or "true"}
        group by all order by all
    """  # noqa: S608 - the names are those of our own fields, `last` is a number
    answer = answers(history.rows, query, [text for _, text in _given(wanted)])
    return [_history_of(line) for line in answer]


def _given(wanted: RowFilter) -> list[tuple[str, str]]:
    return sorted(wanted.given().items())


def _operator(text: str) -> str:
    return "glob" if "*" in text or "?" in text else "="


def _history_of(line: Sequence[Any]) -> RowHistory:
    case, image, candidate, scope, runs, points = line
    found = sorted((RowInRun(*point) for point in points), key=lambda p: (p.run_started, p.run_id))
    return RowHistory(case, image, candidate, scope, runs, tuple(found))

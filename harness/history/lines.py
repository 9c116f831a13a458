"""Rows in memory ↔ lines of the history's tables."""

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any

from harness.reports.arrow import batch_of, schema_of
from harness.reports.tables import columns_of
from harness.results.row import Row

_values = attrgetter(*Row.columns())


def rows_table(rows: Iterable[Row]) -> Any:
    """A `pyarrow.Table` with the columns of `Row`; NaN becomes null."""
    import pyarrow as pa

    schema = schema_of(Row.column_types())
    lines = [_values(row) for row in rows]
    return pa.Table.from_batches([batch_of(columns_of(lines, len(schema)), schema)])


def row_of(line: Mapping[str, Any]) -> Row:
    """The row of a line; what the line has beside the columns of `Row` is left out.

    Raises pydantic's ValidationError.
    """
    return Row.model_validate({k: v for k, v in given(line).items() if k in Row.model_fields})


def given(line: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are there; a column that is absent has its default."""
    return {name: value for name, value in line.items() if value is not None}

"""The two tables of the history, `rows` and `runs`, and the steps that upgrade older ones.

A history of another version of the tables lies in another folder (`schema-3`), so that all files
of one folder have one meaning. A new column of `Row` does not raise the version: a file that lacks
it is read as if its values were absent.
"""

from collections.abc import Callable, Mapping
from typing import Any

from harness.history.kept_run import KeptRun
from harness.results.row import Row

ROWS, RUNS = "rows", "runs"
COLUMNS: Mapping[str, Mapping[str, type]] = {
    ROWS: {**Row.column_types(), "run_finished": str, "schema_version": int},
    RUNS: KeptRun.column_types(),
}
"""Columns of each table and the types of their values. `run_finished` and `schema_version` of the
rows are those of their run."""
OTHER_RULE = ("noise", "error_ratio", "margin_over_noise")
"""Columns of `Row` that were figures of another rule before version 3."""


def upgraded(rows: Any, version: int) -> Any:
    """Rows of an older version (`pyarrow.Table`) as rows of this one.

    Columns that changed their meaning are emptied: a wrong figure is worse than none.
    """
    for step in range(version, max(_STEPS) + 1):
        rows = _STEPS[step](rows)
    return rows


def conformed(table: Any, schema: Any) -> Any:
    """The columns of a schema, in its order; one that the table lacks is empty, others are left."""
    import pyarrow as pa

    columns = [
        table[field.name].cast(field.type)
        if field.name in table.column_names
        else _absent(field.type, table.num_rows)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def with_constants(table: Any, values: Mapping[str, str | int]) -> Any:
    """The table with columns that have one value in every line, in place of any of their names."""
    import pyarrow as pa

    for name, value in values.items():
        column = pa.repeat(pa.scalar(value), table.num_rows)
        place = table.schema.get_field_index(name)
        if place < 0:
            table = table.append_column(name, column)
        else:
            table = table.set_column(place, name, column)
    return table


def _absent(kind: Any, length: int) -> Any:
    import pyarrow as pa

    if pa.types.is_string(kind):
        return pa.repeat(pa.scalar("", kind), length)
    return pa.nulls(length, kind)


def _unchanged(rows: Any) -> Any:
    # `case` was the stem of the case file; which path it had is unknown. A comparison of two runs
    # recognises such a row by the digests of its files.
    return rows


def _without_figures_of_another_rule(rows: Any) -> Any:
    return rows.drop_columns([name for name in OTHER_RULE if name in rows.column_names])


_STEPS: Mapping[int, Callable[[Any], Any]] = {
    0: _unchanged,
    1: _unchanged,
    2: _without_figures_of_another_rule,
}
"""By version: the step to the next one. 0 is a run from before tables had a version."""

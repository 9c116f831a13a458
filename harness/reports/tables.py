"""Rows → CSV text and Parquet bytes.

Every column comes from the table's own fields. Floats have 17 significant digits, so that
`pandas.read_csv` gives back the same bits; NaN is an empty field, an integer has no point.
"""

import io
import math
import types
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any, get_args

from harness.results.row import Row
from harness.results.table import TableRow

_SPECIAL = frozenset(',"\r\n')


def to_csv(table: type[TableRow], rows: Iterable[TableRow]) -> str:
    """A header of the table's columns, then a line a row."""
    columns = table.columns()
    lines = [",".join(columns)]
    lines += [",".join(field(getattr(row, name)) for name in columns) for row in rows]
    return "\n".join(lines) + "\n"


def field(value: object) -> str:
    r"""One value as a CSV field.

    Quoted by hand: the csv module of Python 3.11 leaves a lone carriage return bare when lines
    end in \n, and pandas then reads two lines.

    >>> field(0.1), field(float("nan")), field(3), field(None), field(True), field("a, b")
    ('0.10000000000000001', '', '3', '', 'True', '"a, b"')
    """
    if value is None:
        return ""
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.17g}"
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.intersection(text) else text


def to_parquet(rows: Sequence[Row]) -> bytes | None:
    """The rows as a Parquet file with typed columns, NaN as null; None where pyarrow is absent."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        return None
    kinds = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), str: pa.string()}
    schema = pa.schema([(name, kinds[kind]) for name, kind in column_types(Row).items()])
    columns = {name: [_cell(getattr(row, name)) for row in rows] for name in schema.names}
    sink = io.BytesIO()
    parquet.write_table(pa.table(columns, schema=schema), sink)
    return sink.getvalue()


def column_types(table: type[TableRow]) -> dict[str, type]:
    """Column → bool, int, float or str, from the annotations: an enum is stored as its text."""
    return {name: _plain(info.annotation) for name, info in table.model_fields.items()}


def _plain(annotation: Any) -> type:
    if isinstance(annotation, types.UnionType):
        (annotation,) = [part for part in get_args(annotation) if part is not types.NoneType]
    return str if issubclass(annotation, Enum) else annotation


def _cell(value: object) -> object:
    if isinstance(value, float) and math.isnan(value):
        return None
    return str(value) if isinstance(value, Enum) else value

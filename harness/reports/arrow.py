"""Columns and lines of a table as Arrow's schema and arrays, with the same types in every file."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from harness.results.row import SCHEMA_VERSION
from harness.results.table import COLUMN_TYPES

VERSION_KEY = b"parity.schema_version"
"""Key of the table's version in the file's metadata."""


def schema_of(columns: Mapping[str, type]) -> Any:
    """The `pyarrow.Schema` of these columns, with the version of the tables; raises ImportError."""
    import pyarrow as pa

    types = [(name, getattr(pa, COLUMN_TYPES[kind].arrow)()) for name, kind in columns.items()]
    pandas = json.dumps(_for_pandas(columns))
    return pa.schema(types, metadata={VERSION_KEY: str(SCHEMA_VERSION), b"pandas": pandas})


def batch_of(lines: Sequence[Sequence[object]], schema: Any) -> Any:
    """The `pyarrow.RecordBatch` of some lines, values in the schema's order; NaN becomes null."""
    import pyarrow as pa

    columns = zip(*lines, strict=True) if lines else [()] * len(schema)
    arrays = [_array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.record_batch(arrays, schema=schema)


def _array(values: Sequence[object], kind: Any) -> Any:
    import pyarrow as pa

    try:
        return pa.array(values, kind, from_pandas=True)
    except UnicodeEncodeError:
        return pa.array([encodable(str(value)) for value in values], kind)


def encodable(text: str) -> str:
    """Half a surrogate pair, of a file's name that is no UTF-8, is what Arrow can't hold."""
    return text.encode(errors="backslashreplace").decode()


def _for_pandas(columns: Mapping[str, type]) -> dict[str, Any]:
    """By this `pandas.read_parquet` gives the columns the types that `read_rows` gives them."""
    described = [
        {
            "name": name,
            "field_name": name,
            "pandas_type": COLUMN_TYPES[kind].arrow.rstrip("_"),
            "numpy_type": COLUMN_TYPES[kind].pandas,
            "metadata": None,
        }
        for name, kind in columns.items()
    ]
    return {"index_columns": [], "column_indexes": [], "columns": described}

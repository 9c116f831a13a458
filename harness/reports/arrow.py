"""Columns and lines of a table as Arrow's schema and arrays, with the same types in every file."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

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


def batch_of(values: Sequence[Sequence[Any]], schema: Any) -> Any:
    """The `pyarrow.RecordBatch` of each column's values, in the schema's order; NaN becomes null.

    The arrays are made of buffers, since `pyarrow.array` imports pandas, for half a second.
    """
    import pyarrow as pa

    arrays = [
        pa.Array.from_buffers(
            kind, len(column), [part if part is None else pa.py_buffer(part) for part in parts]
        )
        for kind, column in zip(schema.types, values, strict=True)
        for parts in [_buffers(column, kind)]
    ]
    return pa.record_batch(arrays, schema=schema)


def _buffers(values: Sequence[Any], kind: Any) -> list[bytes | None]:
    """Validity, then offsets and bytes of texts, or the values of others.

    Source: "Physical memory layout" of the Arrow columnar format,
    https://arrow.apache.org/docs/format/Columnar.html
    """
    if str(kind) == "string":
        joined = "".join(values)
        if joined.isascii():  # each character is a byte
            return [None, _ends(values), joined.encode()]
        texts = [encodable(text) for text in values]
        return [None, _ends(texts), b"".join(texts)]
    if str(kind) == "double":
        numbers = np.array(values, float)
        return [_bits(~np.isnan(numbers)), numbers.tobytes()]
    present = _bits([value is not None for value in values])
    if str(kind) == "bool":
        return [present, _bits([bool(value) for value in values])]
    return [present, np.array([value or 0 for value in values], np.int64).tobytes()]


def _bits(flags: Any) -> bytes:
    """A bit each, the first the lowest."""
    return np.packbits(np.asarray(flags, bool), bitorder="little").tobytes()


def _ends(texts: Sequence[str | bytes]) -> bytes:
    """Where each of them ends, if they follow each other; before them where the first begins."""
    return np.cumsum([0, *map(len, texts)], dtype=np.int32).tobytes()


def encodable(text: str) -> bytes:
    """As UTF-8, with what that can't hold written out: half a surrogate pair of a file's name."""
    return text.encode(errors="backslashreplace")


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

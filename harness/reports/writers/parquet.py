"""rows.parquet: rows.csv for columnar tools, where pyarrow is installed."""

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, BinaryIO

from harness.reports.streamed import StreamedReport
from harness.reports.tables import ROWS
from harness.results.result import Result
from harness.results.row import SCHEMA_VERSION
from harness.results.run_record import RunRecord
from harness.results.table import COLUMN_TYPES

VERSION_KEY = b"parity.schema_version"
"""Key of the table's version in the file's metadata."""
GROUP = 20
"""Chunks of results that make one row group; small groups cost time and bytes for each column."""


class ParquetSink:
    """A Parquet file that is being written; its columns have the same types in every run."""

    def __init__(self, file: BinaryIO) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        self._pa: Any = pa
        types = [(n, getattr(pa, COLUMN_TYPES[kind].arrow)()) for n, kind in ROWS.columns.items()]
        metadata = {VERSION_KEY: str(SCHEMA_VERSION), b"pandas": json.dumps(_for_pandas())}
        self._schema = pa.schema(types, metadata=metadata)
        texts = [name for name, kind in ROWS.columns.items() if kind is str]
        self._writer = parquet.ParquetWriter(file, self._schema, use_dictionary=texts)
        self._batches: list[Any] = []

    def add(self, results: Sequence[Result]) -> None:
        """The rows of these results; NaN becomes null."""
        lines = [line for result in results for line in ROWS.lines(result)]
        arrays = [
            self._array(values, field.type)
            for values, field in zip(zip(*lines, strict=True), self._schema, strict=True)
        ]
        self._batches.append(self._pa.record_batch(arrays, schema=self._schema))
        if len(self._batches) == GROUP:
            self._write_group()

    def _write_group(self) -> None:
        if self._batches:
            self._writer.write_table(self._pa.Table.from_batches(self._batches, self._schema))
        self._batches.clear()

    def _array(self, values: Sequence[object], kind: Any) -> Any:
        try:
            return self._pa.array(values, kind, from_pandas=True)
        except UnicodeEncodeError:
            # Half a surrogate pair, of a file's name that is no UTF-8, is what Arrow can't hold.
            whole = [str(value).encode(errors="backslashreplace").decode() for value in values]
            return self._pa.array(whole, kind)

    def close(self) -> bool:
        """Write the index of the file; it is there also without rows."""
        self._write_group()
        self._writer.close()
        return True

    def discard(self) -> None:
        """Close the writer, which would otherwise do so when its file is closed already."""
        with suppress(OSError):
            self._writer.close()


def _begin(_: RunRecord, file: BinaryIO, __: Sequence[Result]) -> ParquetSink | None:
    try:
        return ParquetSink(file)
    except ImportError:
        return None


def _for_pandas() -> dict[str, Any]:
    """By this `pandas.read_parquet` gives the columns the types that `read_rows` gives them."""
    columns = [
        {
            "name": name,
            "field_name": name,
            "pandas_type": COLUMN_TYPES[kind].arrow.rstrip("_"),
            "numpy_type": COLUMN_TYPES[kind].pandas,
            "metadata": None,
        }
        for name, kind in ROWS.columns.items()
    ]
    return {"index_columns": [], "column_indexes": [], "columns": columns}


WRITER = StreamedReport("rows.parquet", 60, _begin)

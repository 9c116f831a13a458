"""rows.parquet: rows.csv for columnar tools, where pyarrow is installed."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, BinaryIO

from harness.reports.arrow import batch_of, schema_of
from harness.reports.streamed import StreamedReport
from harness.reports.tables import ROWS
from harness.results.result import Result
from harness.results.run_record import RunRecord

GROUP = 20
"""Chunks of results that make one row group; small groups cost time and bytes for each column."""


class ParquetSink:
    """A Parquet file that is being written; its columns have the same types in every run."""

    def __init__(self, file: BinaryIO) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        self._pa: Any = pa
        self._schema = schema_of(ROWS.columns)
        texts = [name for name, kind in ROWS.columns.items() if kind is str]
        self._writer = parquet.ParquetWriter(file, self._schema, use_dictionary=texts)
        self._batches: list[Any] = []

    def add(self, results: Sequence[Result]) -> None:
        """The rows of these results; NaN becomes null."""
        self._batches.append(batch_of(ROWS.values(results), self._schema))
        if len(self._batches) == GROUP:
            self._write_group()

    def _write_group(self) -> None:
        if self._batches:
            self._writer.write_table(self._pa.Table.from_batches(self._batches, self._schema))
        self._batches.clear()

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


WRITER = StreamedReport("rows.parquet", 60, _begin)

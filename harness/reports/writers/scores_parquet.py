"""scores.parquet: both programs' whole score vectors, of the rows that kept them."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from operator import attrgetter
from typing import Any, BinaryIO

from harness.reports.arrow import VERSION_KEY, encodable
from harness.reports.streamed import StreamedReport
from harness.reports.tables import ABOUT, RUN
from harness.results.capture import decoded
from harness.results.result import Result
from harness.results.row import SCHEMA_VERSION
from harness.results.run_record import RunRecord

VECTORS = {"reference_scores": "reference", "candidate_scores": "candidate"}
"""Columns of a list of scores each, in float64, which holds every score as it was; and the field of
`CapturedScores` that each is made of."""
_names = attrgetter(*ABOUT, *RUN)


class ScoresSink:
    """A Parquet file that is being written: a line a row that kept its scores."""

    def __init__(self, file: BinaryIO) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        texts = [(name, pa.string()) for name in (*ABOUT, *RUN)]
        vectors = [(name, pa.list_(pa.float64())) for name in VECTORS]
        version = {VERSION_KEY: str(SCHEMA_VERSION)}
        self._pa: Any = pa
        self._schema = pa.schema(texts + vectors, metadata=version)
        self._writer = parquet.ParquetWriter(file, self._schema, compression="zstd")
        self._wanted = False

    def add(self, results: Sequence[Result]) -> None:
        """The vectors of these results, as one row group."""
        lines = list(_lines(results))
        if lines:
            self._wanted = True
            columns = zip(self._schema, zip(*lines, strict=True), strict=True)
            arrays = [self._pa.array(values, field.type) for field, values in columns]
            self._writer.write_batch(self._pa.record_batch(arrays, schema=self._schema))

    def close(self) -> bool:
        """Write the index; whether any row kept its scores."""
        self._writer.close()
        return self._wanted

    def discard(self) -> None:
        """Close the writer, which would otherwise do so when its file is closed already."""
        with suppress(OSError):
            self._writer.close()


def _lines(results: Sequence[Result]) -> Iterator[tuple[object, ...]]:
    for result in results:
        kept = result.capture and result.capture.scores
        if kept:
            names = (encodable(text).decode() for text in _names(result.row))
            yield (*names, *(decoded(getattr(kept, name)) for name in VECTORS.values()))


def _begin(_: RunRecord, file: BinaryIO, __: Sequence[Result]) -> ScoresSink | None:
    try:
        return ScoresSink(file)
    except ImportError:
        return None


WRITER = StreamedReport("scores.parquet", 70, _begin)

"""rows.parquet: rows.csv for columnar tools, where pyarrow is installed."""

import io
import math
from collections.abc import Sequence

from harness.results.result import Result
from harness.results.row import SCHEMA_VERSION, Row
from harness.results.run_record import RunRecord

VERSION_KEY = b"parity.schema_version"
"""Key of the table's version in the file's metadata."""


class Parquet:
    """The rows with typed columns, NaN as null."""

    file_name = "rows.parquet"
    order = 60

    def render(self, _run: RunRecord, results: Sequence[Result]) -> bytes | None:
        """The file's bytes; None where pyarrow is absent."""
        try:
            import pyarrow as pa
            from pyarrow import parquet
        except ImportError:
            return None
        types = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), str: pa.string()}
        fields = [(name, types[kind]) for name, kind in Row.column_types().items()]
        schema = pa.schema(fields, metadata={VERSION_KEY: str(SCHEMA_VERSION)})
        columns = {n: [_cell(getattr(r.row, n)) for r in results] for n in schema.names}
        sink = io.BytesIO()
        parquet.write_table(pa.table(columns, schema=schema), sink)
        return sink.getvalue()


WRITER = Parquet()


def _cell(value: object) -> object:
    if isinstance(value, float) and math.isnan(value):
        return None
    # Half a surrogate pair, of a file's name that is no UTF-8, is the one text Arrow can't hold.
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value

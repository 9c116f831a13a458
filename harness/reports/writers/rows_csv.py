"""rows.csv: one row a case × image × candidate × scope."""

from collections.abc import Sequence

from harness.reports.csv_table import to_csv
from harness.results.result import Result
from harness.results.row import Row
from harness.results.run_record import RunRecord


class RowsCsv:
    """Every column of every row."""

    file_name = "rows.csv"
    order = 20

    def render(self, _run: RunRecord, results: Sequence[Result]) -> bytes:
        """UTF-8 CSV with a header; a run without rows gets the header alone."""
        return to_csv(Row, [result.row for result in results]).encode()


WRITER = RowsCsv()

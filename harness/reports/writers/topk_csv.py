"""topk.csv: both top-k lists of every row, in long form."""

from collections.abc import Sequence

from harness.reports.csv_table import to_csv
from harness.results.result import Result, TopkRow
from harness.results.run_record import RunRecord


class TopkCsv:
    """One line a rank and side."""

    file_name = "topk.csv"
    order = 30

    def render(self, _run: RunRecord, results: Sequence[Result]) -> bytes:
        """UTF-8 CSV with a header."""
        return to_csv(TopkRow, [line for result in results for line in result.topk]).encode()


WRITER = TopkCsv()

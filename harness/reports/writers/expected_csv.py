"""expected.csv: published scores beside what was measured, where a case has any."""

from collections.abc import Sequence

from harness.reports.csv_table import to_csv
from harness.results.result import ExpectedRow, Result
from harness.results.run_record import RunRecord


class ExpectedCsv:
    """One line a published rank."""

    file_name = "expected.csv"
    order = 40

    def render(self, _run: RunRecord, results: Sequence[Result]) -> bytes | None:
        """UTF-8 CSV with a header; None where nothing was published."""
        lines = [line for result in results for line in result.expected]
        return to_csv(ExpectedRow, lines).encode() if lines else None


WRITER = ExpectedCsv()

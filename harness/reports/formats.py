"""What a run can be printed as, for pull requests, for services and for scripts."""

from collections.abc import Callable, Sequence

from harness.reports.junit import as_junit
from harness.reports.markdown import as_markdown
from harness.reports.page import render
from harness.reports.report_format import ReportFormat
from harness.reports.writers import rows_csv
from harness.results.json_array import as_json
from harness.results.result import Result
from harness.results.run_record import RunRecord


def rendered(run: RunRecord, results: Sequence[Result], chosen: ReportFormat) -> str:
    """The text of a run in a format."""
    return _FORMATS[chosen](run, results)


def _csv(run: RunRecord, results: Sequence[Result]) -> str:
    return (rows_csv.WRITER.render(run, results) or b"").decode()


_FORMATS: dict[ReportFormat, Callable[[RunRecord, Sequence[Result]], str]] = {
    ReportFormat.MARKDOWN: as_markdown,
    ReportFormat.HTML: render,
    ReportFormat.CSV: _csv,
    ReportFormat.JSON: lambda _, results: as_json(one.row.payload() for one in results),
    ReportFormat.JUNIT: as_junit,
}

"""published.csv: published scores beside what was measured, where a case has any."""

from harness.reports.csv_table import CsvSink
from harness.reports.streamed import StreamedReport
from harness.reports.tables import EXPECTED

WRITER = StreamedReport(
    "published.csv", 40, lambda _, file, __: CsvSink(EXPECTED, file, empty=False)
)

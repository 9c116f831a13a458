"""rows.csv: one row a case × image × candidate × scope; without rows the header alone."""

from harness.reports.csv_table import CsvSink
from harness.reports.streamed import StreamedReport
from harness.reports.tables import ROWS

WRITER = StreamedReport("rows.csv", 20, lambda _, file, __: CsvSink(ROWS, file))

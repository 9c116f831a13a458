"""topk.csv: both top-k lists of every row, in long form; one line a rank and side."""

from harness.reports.csv_table import CsvSink
from harness.reports.streamed import StreamedReport
from harness.reports.tables import TOPK

WRITER = StreamedReport("topk.csv", 30, lambda _, file, __: CsvSink(TOPK, file))

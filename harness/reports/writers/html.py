"""report.html: the page for people."""

from collections.abc import Sequence
from typing import BinaryIO

from harness.reports.page import PageContents
from harness.reports.streamed import StreamedReport
from harness.results.result import Result
from harness.results.run_record import RunRecord


class HtmlSink:
    """One self-contained file, see `harness.reports.page`."""

    def __init__(self, run: RunRecord, file: BinaryIO, results: Sequence[Result]) -> None:
        self._run, self._file, self._results = run, file, results
        self._page = PageContents()

    def add(self, results: Sequence[Result]) -> None:
        """Keep the rows of these results."""
        self._page.add(results)

    def close(self) -> bool:
        """Write the page, in UTF-8."""
        self._file.write(self._page.text(self._run, self._results).encode())
        return True

    def discard(self) -> None:
        """Nothing is held."""


WRITER = StreamedReport("report.html", 50, HtmlSink)

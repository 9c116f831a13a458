"""report.html: the page for people."""

from collections.abc import Sequence
from typing import BinaryIO

from harness.reports.page import PageContents
from harness.reports.page_process import PageProcess, worth_starting
from harness.reports.streamed import Sink, StreamedReport
from harness.results.result import Result
from harness.results.run_record import RunRecord
from harness.results.stored_results import StoredResults


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


def _begin(run: RunRecord, file: BinaryIO, results: Sequence[Result]) -> Sink:
    if isinstance(results, StoredResults) and worth_starting(len(results)):
        return PageProcess(run, file, results)
    return HtmlSink(run, file, results)


WRITER = StreamedReport("report.html", 50, _begin)

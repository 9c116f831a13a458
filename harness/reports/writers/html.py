"""report.html: the page for people."""

from collections.abc import Sequence

from harness.reports import page
from harness.results.result import Result
from harness.results.run_record import RunRecord


class Html:
    """One self-contained file, see `harness.reports.page`."""

    file_name = "report.html"
    order = 50

    def render(self, run: RunRecord, results: Sequence[Result]) -> bytes:
        """UTF-8 HTML."""
        return page.render(run, results).encode()


WRITER = Html()

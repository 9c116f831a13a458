"""The page of a large run, rendered by a process of its own while this one writes the tables.

`python -m harness.reports.page_process JOURNAL` reads, a line each, a RunRecord as JSON and where
the lines of the journal are from standard input, and writes the page to standard output.
"""

import gc
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from harness.reports.page import OF_EVERY_ROW, PageContents
from harness.results.result import Result
from harness.results.run_record import RunRecord
from harness.results.stored_results import StoredResults

ROWS = 5_000
"""With fewer rows, starting a process takes as long as it saves."""


def worth_starting(rows: int) -> bool:
    """Whether a second process has a core here, and saves time for so many rows."""
    return rows >= ROWS and len(os.sched_getaffinity(0)) > 1


class PageProcess:
    """The sink of report.html where another process writes it."""

    def __init__(self, run: RunRecord, file: BinaryIO, results: StoredResults) -> None:
        self._run, self._file, self._results = run, file, results
        with tempfile.TemporaryFile() as facts:
            facts.write(f"{run.model_dump_json()}\n{results.places()}".encode())
            facts.seek(0)
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-P", "-m", __name__, str(results.path.absolute())],
                stdin=facts,
                stdout=file,
                stderr=subprocess.DEVNULL,
            )

    def add(self, _: Sequence[Result]) -> None:
        """The other process reads them itself."""

    def close(self) -> bool:
        """Wait for the page; render it here where the other process failed, for its reason."""
        if self._process.wait():
            self._file.seek(0)
            self._file.truncate()
            self._file.write(_page(self._run, self._results))
        return True

    def discard(self) -> None:
        """End the other process if it is still at work."""
        self._process.kill()
        self._process.wait()


def _page(run: RunRecord, results: StoredResults) -> bytes:
    page = PageContents()
    page.add(results.row_results(*OF_EVERY_ROW))
    return page.text(run, results).encode()


def main() -> None:
    """Write the page of the journal that the command names."""
    gc.disable()
    run, places = sys.stdin.buffer.read().split(b"\n")
    results = StoredResults(Path(sys.argv[1]), places)
    sys.stdout.buffer.write(_page(RunRecord.model_validate_json(run), results))


if __name__ == "__main__":
    main()

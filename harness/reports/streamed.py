"""Reports that are written while results are read, all of them in one pass over the results."""

import gc
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Protocol

from harness.reports.tables import Chunk
from harness.results.files import Replacement
from harness.results.result import Result
from harness.results.run_record import RunRecord
from harness.results.stored_results import StoredResults

CHUNK = 500
"""Results that are in memory at once."""


class Sink(Protocol):
    """One file that is being written."""

    def add(self, results: Sequence[Result]) -> None:
        """Write some more results; raises OSError."""

    def close(self) -> bool:
        """Write what belongs at the end; whether the run has such a file at all."""

    def discard(self) -> None:
        """Nothing more is wanted of it; called once, while the file is still open, or after."""


@dataclass(frozen=True)
class StreamedReport:
    """A ReportWriter that never holds all results."""

    file_name: str
    """As in ReportWriter."""
    order: int
    """As in ReportWriter."""
    begin: Callable[[RunRecord, BinaryIO, Sequence[Result]], Sink | None]
    """Writes the file's beginning, where the file has a descriptor; None where what it needs is not
    installed. It is given the results too, for a sink that reads some of them again."""

    def render(self, run: RunRecord, results: Sequence[Result]) -> bytes | None:
        """The file's content; None where this run has no such file."""
        with tempfile.TemporaryFile() as file:
            sink = self.begin(run, file, results)
            if sink is None:
                return None
            try:
                for chunk in chunks(results):
                    sink.add(chunk)
                wanted = sink.close()
            finally:
                sink.discard()
            file.seek(0)
            return file.read() if wanted else None


@contextmanager
def no_collection() -> Iterator[None]:
    """Results hold no cycles; looking for some would take a quarter of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def chunks(results: Iterable[Result]) -> Iterator[Chunk]:
    """The results in pieces of at most CHUNK."""
    rest = iter(results)
    while chunk := Chunk(islice(rest, CHUNK)):
        yield chunk


def write_together(
    folder: Path, reports: Iterable[StreamedReport], run: RunRecord, results: Sequence[Result]
) -> list[Path]:
    """Write the files in one pass; they take their places when all of them are whole.

    Raises OSError, or what reading the results raises; then every file is as it was.
    """
    with ExitStack() as stack, no_collection():
        begun: list[tuple[Sink, Replacement]] = []
        for report in reports:
            replacement = Replacement(folder / report.file_name)
            stack.callback(replacement.discard)
            if sink := report.begin(run, replacement.file, results):
                stack.callback(sink.discard)
                begun.append((sink, replacement))
        # No table shows a picture, and the page reads those that it shows.
        stored = results.without_pictures() if isinstance(results, StoredResults) else results
        for chunk in chunks(stored):
            for sink, _ in begun:
                sink.add(chunk)
        wanted = [replacement for sink, replacement in begun if sink.close()]
        for replacement in wanted:
            replacement.commit()
        return [replacement.path for replacement in wanted]

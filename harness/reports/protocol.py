"""What a report format is: a run and its results in, the content of one file out.

Other packages add formats through entry points of the group `parity.reports`, each naming an
object that is a `ReportWriter`.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from harness.results.result import Result
from harness.results.run_record import RunRecord


@runtime_checkable
class ReportWriter(Protocol):
    """One file of a run folder, made of nothing but a run and its results."""

    file_name: str
    """Name of the file in the run folder; letters, digits, `.`, `_` and `-`."""
    order: int
    """Files are written by ascending order, the small and telling ones first, so that a disk that
    fills up costs the others. The harness's own take 10 to 60."""

    def render(self, run: RunRecord, results: Sequence[Result]) -> bytes | None:
        """The file's content; None where this run has no such file. Must not write anything."""
        ...

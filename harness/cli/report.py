"""`parity report`: the reports of runs anew, or a run as text on stdout."""

import sys
from collections.abc import Sequence
from pathlib import Path

from harness.cli.terminal import complain, say
from harness.reports.formats import rendered
from harness.reports.report_format import ReportFormat
from harness.reports.stored_run import read, rewrite


def run(folders: Sequence[Path], chosen: ReportFormat | None) -> int:
    """Write reports and name the files; with a format, print the run, or the merged ones, instead.

    1 where another package's writer fails, else 0; raises ReportError as `rewrite` does.
    """
    if chosen and len(folders) == 1:
        print(rendered(*read(folders[0]), chosen))  # noqa: T201
        return 0
    folder, written = rewrite(folders, sys.argv)
    if chosen:
        print(rendered(*read(folder.path), chosen))  # noqa: T201
    for path in () if chosen else written.paths:
        say(str(path))
    for remark in written.remarks:
        complain(f"note: {remark}")
    for problem in written.problems:
        complain(f"error: {problem}")
    return 1 if written.problems else 0

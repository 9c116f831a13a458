"""The case files of a proof run under pytest, as a user runs them."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.errors import UsageError
from harness.results.row import Row

ENDS = (0, 1, 5)
"""Exit codes of a pytest that came to its end: all passed, some failed, nothing was compared."""


def run_pytest(folder: Path, cache: Path | None = None) -> Path:
    """Run the case files of a folder under pytest; the run's folder.

    `cache` replaces the user's own cache of builds. Raises UsageError where pytest did not come to
    its end. Options of the user's own (-x, -k) would leave rows out.
    """
    reports = folder / "reports"
    options = ["-q", "-n", "2", "-p", "no:cacheprovider", "--parity-no-explain"]
    command = [sys.executable, "-m", "pytest", *options, f"--parity-report-dir={reports}"]
    environment = {k: v for k, v in os.environ.items() if k != "PYTEST_ADDOPTS"}
    if cache is not None:
        environment["PARITY_CACHE"] = str(cache)
    running = subprocess.Popen(  # noqa: S603  our own interpreter
        [*command, f"--rootdir={folder}", "cases"], cwd=folder, env=environment
    )
    try:
        code = running.wait()
    except BaseException:  # whoever stops the proof stops its workers too
        running.terminate()
        running.wait()
        raise
    if code not in ENDS or not (reports / "latest").exists():
        raise UsageError(
            f"nothing was proved: pytest ended with exit code {code}; what it said is above"
        )
    return reports / "latest"


def compared(rows: Sequence[Row]) -> Sequence[Row]:
    """The rows; raises UsageError where one was skipped, since it proves nothing."""
    skipped = [row for row in rows if row.status.kind == "skipped"]
    if skipped:
        first = skipped[0]
        raise UsageError(
            f"nothing was proved: {len(skipped)} of {len(rows)} rows were not compared; "
            f"{first.candidate}: {first.status}: {first.reason}"
        )
    return rows

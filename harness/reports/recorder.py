"""Rows as they arrive, and the reports at the end; a full disk costs the reports, not the rows."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from harness.errors import ReportError
from harness.reports.folder import RunFolder
from harness.results.result import Result
from harness.results.run_record import RunRecord


class Recorder:
    """One run's results, in memory and in a run folder."""

    def __init__(self, root: Path, command: Sequence[str]) -> None:
        self.results: list[Result] = []
        self.problems: list[str] = []
        self.programs: dict[str, Any] = {}
        """What the workers say of TensorFlow, TVM and LLVM, by stack."""
        self._run = RunRecord.begin(command)
        self._root = root
        self._folder: RunFolder | None = None

    @property
    def path(self) -> Path | None:
        """The run folder; None where none could be made."""
        return self._folder.path if self._folder else None

    def append(self, result: Result) -> None:
        """Keep a result; what can't be written now stays in memory."""
        self.results.append(result)
        try:
            self._open().append(result)
        except ReportError as error:
            self._complain(error)

    def finish(self, exit_status: int) -> list[Path]:
        """Write the reports; where that fails, below the system's temporary folder instead."""
        ended = self._run.end(exit_status, self.programs)
        try:
            return self._open().finish(ended, self.results)
        except ReportError as error:
            self._complain(error)
        try:
            self._folder = RunFolder.create(Path(tempfile.mkdtemp(prefix="parity-reports-")), ended)
            return self._folder.finish(ended, self.results)
        except (ReportError, OSError) as error:
            self._complain(error)
            return []

    def _open(self) -> RunFolder:
        if self._folder is None:
            self._folder = RunFolder.create(self._root, self._run)
        return self._folder

    def _complain(self, error: Exception) -> None:
        if str(error) not in self.problems:
            self.problems.append(str(error))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        passing = kind is None and all(result.row.status.passing for result in self.results)
        self.finish(0 if passing else 1)
        if self.path:
            print(f"report: {self.path / 'report.html'}", file=sys.stderr)  # noqa: T201
        for problem in self.problems:
            print(f"error: {problem}", file=sys.stderr)  # noqa: T201

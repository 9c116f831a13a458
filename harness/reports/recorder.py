"""Rows as they arrive, and the reports at the end; a full disk costs the reports, not the rows."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, Self

from pydantic import JsonValue

from harness.errors import ReportError
from harness.reports import logs
from harness.reports.folder import RunFolder, WrittenReports
from harness.results.census import Census
from harness.results.changes import Changes
from harness.results.printable import printable
from harness.results.result import Result
from harness.results.run_record import RunRecord


class RunKeeper(Protocol):
    """Keeps runs beyond their folders. All methods may raise ReportError."""

    def begin(self, run: RunRecord, folder: Path) -> None:
        """A run has a folder now."""

    def with_history(self, run: RunRecord, results: Sequence[Result]) -> RunRecord:
        """The ended run with what changed since the last one like it, and its rows' trends."""

    def keep(self, run: RunRecord, results: Sequence[Result]) -> None:
        """The run ended with these results."""


class Recorder:
    """One run's results, in memory and in a run folder; `keeper` is told of its beginning and end.

    What goes wrong with the keeper is among the problems, and costs no report. Of the first
    `captures` rows, what it takes to judge and run them again, and both decoders' pictures, are
    kept as well.
    """

    def __init__(
        self,
        root: Path,
        command: Sequence[str],
        keeper: RunKeeper | None = None,
        captures: int = 0,
    ) -> None:
        self.results: list[Result] = []
        """What arrived, without log texts."""
        self.problems: list[str] = []
        """What could not be kept or written, once each, for the person who ran it."""
        self.complete = True
        """Whether all of it lies where it was asked for."""
        self.programs: dict[str, JsonValue] = {}
        """What the worker processes report of their programs, by stack."""
        self.cases: dict[str, str] = {}
        """What each case file says of itself, by the case's name."""
        self.whole_cases: list[str] | None = None
        """The cases of which every comparison was selected; None where unknown."""
        self.census: Census | None = None
        """What is not under full check; None where unknown."""
        self.changes: list[Changes] = []
        """What is not as expected; what changed since the last run is added at the end."""
        self._run = RunRecord.begin(command)
        self._keeper = keeper
        self._root = root
        self._folder: RunFolder | None = None
        self._missing: list[Result] = []
        self._captures = captures

    @property
    def path(self) -> Path | None:
        """The run folder; None where none could be made."""
        return self._folder.path if self._folder else None

    def open(self) -> None:
        """Make the run folder now, before any work; raises ReportError where that can't be done."""
        self._open()

    def append(self, result: Result) -> None:
        """Keep a result, its log as a file; a row that can't be written now stays in memory.

        The row is told which run it is of.
        """
        result = self._stored_log(_stamped(result, self._run))
        if len(self.results) >= self._captures:
            none = {"capture": None, "decoded": None, "located": None}
            result = result.model_copy(update=none)
        self.results.append(result)
        try:
            self._open().append(result)
        except ReportError as error:
            self._missing.append(result)
            self._complain(str(error))

    def finish(self, exit_status: int) -> list[Path]:
        """Write the reports; where that fails, below the system's temporary folder instead."""
        known = self.programs, self.cases, self.whole_cases, self.census
        ended = self._with_changes(self._run.end(exit_status, *known))
        paths = self._write(ended)
        if self._keeper:
            try:
                self._keeper.keep(ended, self.results)
            except ReportError as error:
                self._complain(str(error))
        return paths

    def _with_changes(self, ended: RunRecord) -> RunRecord:
        ended = ended.model_copy(update={"changes": tuple(self.changes)})
        try:
            return self._keeper.with_history(ended, self.results) if self._keeper else ended
        except ReportError as error:
            self._complain(str(error))
            return ended

    def _write(self, ended: RunRecord) -> list[Path]:
        try:
            return self._reported(self._open().finish(ended, self.results, self._missing))
        except ReportError as error:
            self.complete = False
            self._complain(str(error))
        try:
            return self._reported(self._elsewhere(ended).finish(ended, self.results))
        except (ReportError, OSError) as error:
            self._complain(str(error))
            return []

    def _stored_log(self, result: Result) -> Result:
        if not result.log:
            return result
        try:
            return self._open().store_log(result)
        except ReportError as error:
            self._complain(str(error))
            return logs.without_text(result)

    def _open(self) -> RunFolder:
        if self._folder is None:
            self._folder = RunFolder.create(self._root, self._run)
            self._begin(self._folder.path)
        return self._folder

    def _begin(self, folder: Path) -> None:
        if self._keeper:
            try:
                self._keeper.begin(self._run, folder)
            except ReportError as error:
                self._complain(str(error))

    def _elsewhere(self, ended: RunRecord) -> RunFolder:
        """A run folder below the system's temporary folder, with the logs there are."""
        first = self.path
        self._folder = RunFolder.create(Path(tempfile.mkdtemp(prefix="parity-reports-")), ended)
        if first:
            logs.copy(first, self._folder.path)
        return self._folder

    def _reported(self, written: WrittenReports) -> list[Path]:
        for problem in written.problems:
            self._complain(problem)
        return list(written.paths)

    def _complain(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        passing = kind is None and all(result.row.status.passing for result in self.results)
        self.finish(0 if passing else 1)
        if self.path:
            print(printable(f"report: {self.path / 'report.html'}"), file=sys.stderr)  # noqa: T201
        for problem in self.problems:
            print(printable(f"error: {problem}"), file=sys.stderr)  # noqa: T201


def _stamped(result: Result, run: RunRecord) -> Result:
    return result.model_copy(update={"row": result.row.model_copy(update=run.columns())})

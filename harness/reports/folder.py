"""A run's folder: `reports/<UTC time>-<short id>/`, from the first row to the last report."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from harness.errors import ReportError
from harness.reports import logs, registry
from harness.reports.writers import run_json
from harness.results import files as disk
from harness.results import journal
from harness.results.result import Result
from harness.results.run_record import RunRecord, new_id


@dataclass(frozen=True)
class WrittenReports:
    """What a run folder got."""

    paths: tuple[Path, ...]
    """The files that were written, in their order."""
    problems: tuple[str, ...] = ()
    """A message for each report writer of another package that is broken."""


def require_usable(root: Path) -> None:
    """Raise ReportError where no run's folder can be made below `root`; makes none."""
    place = next(path for path in (root, *root.absolute().parents) if path.exists())
    why = "" if place.is_dir() else f"{place} is no folder"
    if not why and not os.access(place, os.W_OK | os.X_OK):
        why = f"{place} can't be written to"
    if why:
        raise ReportError(f"{root}: reports can't be written there: {why}; choose another folder")


@dataclass(frozen=True)
class RunFolder:
    """Where one run writes. It holds no open file: whatever was appended is on its way to disk."""

    path: Path
    """The folder; absolute."""

    @classmethod
    def create(cls, root: Path, run: RunRecord | None = None) -> Self:
        """Make the folder of a new run, named by `run.id` where a run is given.

        With a run, its facts are written at once, so that even a killed run says what it was.
        """
        path = Path(root).resolve() / (run.id if run else new_id(datetime.now(UTC)))
        try:
            path.mkdir(parents=True)
            (path / journal.NAME).touch()
            if run:
                disk.write(path / run_json.WRITER.file_name, run_json.WRITER.render(run, []))
        except OSError as error:
            raise ReportError(
                f"{path}: the run's folder can't be made: {_why(error)}; "
                "choose another folder for reports, or free its disk"
            ) from error
        return cls(path)

    @property
    def journal(self) -> Path:
        """The file that holds every row that arrived."""
        return self.path / journal.NAME

    def store_log(self, result: Result) -> Result:
        """The result with its log text in a file; raises ReportError, and then nothing changed."""
        try:
            return logs.store(self.path, result)
        except OSError as error:
            raise ReportError(
                f"{self.path / logs.FOLDER}: the log of {_named(result)} can't be written: "
                f"{_why(error)}; the row itself is not affected"
            ) from error

    def append(self, result: Result) -> None:
        """Keep a final result, at once: after this, a kill does not lose it."""
        try:
            journal.append(self.journal, result)
        except OSError as error:
            raise ReportError(
                f"{self.journal}: the row of {_named(result)} can't be appended: {_why(error)}; "
                "earlier rows are safe there; free some space and run again"
            ) from error

    def finish(self, run: RunRecord, results: Sequence[Result]) -> WrittenReports:
        """Write every report, then let `latest` lead here.

        `run` is the ended run (`Run.end`): one without an end is reported as cut short. Raises
        ReportError if anything can't be written; what could be written stays, as does the journal.
        """
        return self.write(run, results, move_latest=True)

    def write(
        self, run: RunRecord, results: Sequence[Result], *, move_latest: bool
    ) -> WrittenReports:
        """As `finish`; `latest` stays where it is unless `move_latest`."""
        failed: list[tuple[str, OSError]] = []
        try:
            journal.complete(self.journal, results)
        except OSError as error:
            failed.append((journal.NAME, error))
        written = self._write_reports(run, results, failed)
        if not failed and move_latest:
            try:
                disk.point_latest(self.path.parent, self.path.name)
            except OSError as error:
                failed.append((disk.LATEST, error))
        if failed:
            raise ReportError(_unwritten(self, failed)) from failed[0][1]
        return written

    def _write_reports(
        self, run: RunRecord, results: Sequence[Result], failed: list[tuple[str, OSError]]
    ) -> WrittenReports:
        """Write what every writer renders; adds what the disk refuses to `failed`."""
        writers, problems = registry.all_writers()
        written: list[Path] = []
        for writer in writers:
            try:
                content = writer.render(run, results)
            except ReportError as error:
                problems.append(str(error))
                continue
            if content is None:
                continue
            try:
                disk.write(self.path / writer.file_name, content)
                written.append(self.path / writer.file_name)
            except OSError as error:
                failed.append((writer.file_name, error))
        return WrittenReports(tuple(written), tuple(problems))


def _named(result: Result) -> str:
    row = result.row
    return f"{row.case} {row.image} {row.candidate}"


def _unwritten(folder: RunFolder, failed: Sequence[tuple[str, OSError]]) -> str:
    names = ", ".join(name for name, _ in failed)
    whole = all(name != journal.NAME for name, _ in failed)
    kept = "every row is" if whole else "the rows that had arrived are"
    return (
        f"{folder.path}: {names} can't be written: {_why(failed[0][1])}; {kept} in "
        f"{folder.journal}; free some space, then run: parity report {folder.path}"
    )


def _why(error: OSError) -> str:
    return error.strerror or str(error)

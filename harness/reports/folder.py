"""A run's folder: `reports/<UTC time>-<short id>/`, from the first row to the last report."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from harness.errors import ReportError
from harness.reports import logs, registry
from harness.reports.streamed import StreamedReport, write_together
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
    remarks: tuple[str, ...] = ()
    """What a reader of the rows must know, as in RunRecord."""


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
    _thumbnails: set[str] = field(default_factory=set, repr=False, compare=False)

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
                write_together(path, [run_json.WRITER], run, [])
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
            journal.append(self.journal, result, self._thumbnails)
        except OSError as error:
            raise ReportError(
                f"{self.journal}: the row of {_named(result)} can't be appended: {_why(error)}; "
                "earlier rows are safe there; free some space and run again"
            ) from error

    def fill(self, results: Iterable[Result]) -> None:
        """Make the journal of these results, in place of the one there is."""
        try:
            journal.write(self.journal, results)
        except OSError as error:
            raise ReportError(
                f"{self.journal}: can't be written: {_why(error)}; the runs that it is made of are "
                "not affected; free some space and run again"
            ) from error

    def finish(
        self,
        run: RunRecord,
        results: Sequence[Result],
        missing: Sequence[Result] | None = None,
    ) -> WrittenReports:
        """Write every report, then let `latest` lead here.

        `run` is the ended run (`Run.end`): one without an end is reported as cut short. `missing`
        are the results that were not appended; found by comparing all where it is None. Raises
        ReportError if anything can't be written; what could be written stays, as does the journal.
        """
        failed: list[tuple[str, OSError]] = []
        try:
            journal.complete(self.journal, results if missing is None else missing)
        except OSError as error:
            failed.append((journal.NAME, error))
        return self.write(run, results, move_latest=True, failed=failed)

    def write(
        self,
        run: RunRecord,
        results: Sequence[Result],
        *,
        move_latest: bool,
        failed: Sequence[tuple[str, OSError]] = (),
    ) -> WrittenReports:
        """Write every report; `failed` is what could not be written before."""
        failed = [*failed]
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
        """Write what every writer gives; adds what the disk refuses to `failed`.

        What is streamed comes first: it reads all results before it replaces any file.
        """
        writers, problems = registry.all_writers()
        streamed = [writer for writer in writers if isinstance(writer, StreamedReport)]
        written = self._stream(run, results, streamed, failed)
        for writer in (writer for writer in writers if writer not in streamed):
            try:
                content = writer.render(run, results)
                if content is not None:
                    disk.write(self.path / writer.file_name, content)
                    written.append(self.path / writer.file_name)
            except ReportError as error:
                problems.append(str(error))
            except OSError as error:
                failed.append((writer.file_name, error))
        order = {writer.file_name: writer.order for writer in writers}
        in_order = sorted(written, key=lambda path: order[path.name])
        return WrittenReports(tuple(in_order), tuple(problems), _remarks(run))

    def _stream(
        self,
        run: RunRecord,
        results: Sequence[Result],
        reports: Sequence[StreamedReport],
        failed: list[tuple[str, OSError]],
    ) -> list[Path]:
        """All in one pass; one by one where the disk has no room for all at once."""
        try:
            return write_together(self.path, reports, run, results)
        except OSError as error:
            if len(reports) == 1:
                failed.append((reports[0].file_name, error))
                return []
        return [p for report in reports for p in self._stream(run, results, [report], failed)]


def _remarks(run: RunRecord) -> tuple[str, ...]:
    parts = (f"{part.id}: {text}" for part in run.merged_from for text in part.remarks)
    return (*run.remarks, *parts)


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

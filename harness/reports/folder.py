"""A run's folder: `reports/<UTC time>-<short id>/`, from the first row to the last report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from harness.errors import ReportError, nearest
from harness.reports import merging, page, run_json, tables
from harness.results import files as disk
from harness.results import journal
from harness.results.result import ExpectedRow, Result, TopkRow
from harness.results.row import Row
from harness.results.run_record import ID_FORMAT, RunRecord, new_id

RUN = "run.json"


@dataclass(frozen=True)
class RunFolder:
    """Where one run writes. It holds no open file: whatever was appended is on its way to disk."""

    path: Path

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
                disk.write(path / RUN, run_json.to_json(run, []).encode())
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

    def append(self, result: Result) -> None:
        """Keep a final result, at once: after this, a kill does not lose it."""
        try:
            journal.append(self.journal, result)
        except OSError as error:
            name = f"{result.row.case} {result.row.image} {result.row.candidate}"
            raise ReportError(
                f"{self.journal}: the row of {name} can't be appended: {_why(error)}; earlier "
                "rows are safe there; free some space and run again"
            ) from error

    def finish(self, run: RunRecord, results: Sequence[Result]) -> list[Path]:
        """Write every report, then let `latest` lead here; the paths that were written.

        `run` is the ended run (`Run.end`): one without an end is reported as cut short. Raises
        ReportError if anything can't be written; what could be written stays, as does the journal.
        """
        return self.write(run, results, move_latest=True)

    def write(self, run: RunRecord, results: Sequence[Result], *, move_latest: bool) -> list[Path]:
        """As `finish`, leaving `latest` where it is unless told to move it."""
        written: list[Path] = []
        failed: list[tuple[str, OSError]] = []
        try:
            journal.complete(self.journal, results)
        except OSError as error:
            failed.append((journal.NAME, error))
        for name, render in _renderers(run, results).items():
            content = render()
            if content is None:
                continue
            try:
                disk.write(self.path / name, content)
                written.append(self.path / name)
            except OSError as error:
                failed.append((name, error))
        if not failed and move_latest:
            try:
                disk.point_latest(self.path.parent, self.path.name)
            except OSError as error:
                failed.append((disk.LATEST, error))
        if failed:
            raise ReportError(_unwritten(self, failed)) from failed[0][1]
        return written


def _renderers(run: RunRecord, results: Sequence[Result]) -> dict[str, Callable[[], bytes | None]]:
    """File name → what makes its content, the small and telling ones first; None: no such file."""
    rows = [result.row for result in results]
    topk = [line for result in results for line in result.topk]
    expected = [line for result in results for line in result.expected]
    return {
        RUN: lambda: run_json.to_json(run, rows).encode(),
        "rows.csv": lambda: tables.to_csv(Row, rows).encode(),
        "topk.csv": lambda: tables.to_csv(TopkRow, topk).encode(),
        "expected.csv": lambda: tables.to_csv(ExpectedRow, expected).encode() if expected else None,
        "report.html": lambda: page.render(run, results).encode(),
        "rows.parquet": lambda: tables.to_parquet(rows),
    }


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


def read(folder: Path) -> tuple[RunRecord, list[Result]]:
    """What a run left, be it finished, killed or short of disk; half a line becomes a remark.

    `folder` may be `reports/latest`. Raises ReportError if it is no run's folder.
    """
    path = locate(folder)
    results, remarks = journal.read(path / journal.NAME)
    found = _read_run(path)
    told = tuple(dict.fromkeys((*found.remarks, *remarks)))
    return found.model_copy(update={"remarks": told}), results


def locate(folder: Path) -> Path:
    """The run's folder itself, links followed; raises ReportError naming the ones there are."""
    folder = Path(folder)
    if folder.name == disk.LATEST and folder.is_file():
        folder = folder.parent / disk.latest_name(folder.parent)
    if folder.is_dir():
        return folder.resolve()
    siblings = folder.parent.glob(f"*/{journal.NAME}") if folder.parent.is_dir() else ()
    known = [found.parent.name for found in siblings]
    hint = nearest(folder.name, known) if known else "there are none beside it"
    raise ReportError(f"{folder}: no such folder; a run's folder is expected; {hint}")


def _read_run(path: Path) -> RunRecord:
    try:
        return run_json.from_json((path / RUN).read_text("utf-8"))
    except FileNotFoundError:
        remark = f"{RUN} is missing: what was run, and where, is unknown."
    except (OSError, ValueError):
        remark = f"{RUN} can't be read: what was run, and where, is unknown."
    return RunRecord(id=path.name, started=_started(path.name), remarks=(remark,))


def _started(name: str) -> datetime | None:
    try:
        return datetime.strptime(name.partition("-")[0], ID_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None


def merge(folders: Sequence[Path]) -> list[Result]:
    """The rows of several folders, in their order, without repeats; see `merging.results`."""
    return merging.results([read(folder)[1] for folder in folders])


def rewrite(folders: Sequence[Path], command: Sequence[str] = ()) -> tuple[RunFolder, list[Path]]:
    """`parity report FOLDER…`: one folder's reports anew in place, several together in a new one.

    The new folder lies beside the first. One folder becomes `latest` only if none is newer.
    """
    found = [read(folder) for folder in dict.fromkeys(locate(f) for f in folders)]
    if not found:
        raise ReportError("no run folder was named; name one or several, such as reports/latest")
    first = locate(folders[0])
    if len(found) == 1:
        folder, (run, results) = RunFolder(first), found[0]
        newest = first.name >= disk.latest_name(first.parent)
        return folder, folder.write(run, results, move_latest=newest)
    merged = merging.run([run for run, _ in found], command)
    results = merging.results([results for _, results in found])
    folder = RunFolder.create(first.parent, merged)
    return folder, folder.finish(merged, results)

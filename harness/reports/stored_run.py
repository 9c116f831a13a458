"""A run folder on disk → its run record and results, and `parity report`: reports of them anew."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness.errors import ReportError, nearest
from harness.reports import logs, merging
from harness.reports.folder import RunFolder, WrittenReports
from harness.reports.writers import rows_csv, run_json
from harness.results import files as disk
from harness.results import journal
from harness.results.bounded_file import read_at_most, require_regular
from harness.results.changes import Changes
from harness.results.result import Result
from harness.results.run_record import ID_FORMAT, RunRecord
from harness.results.stored_results import REMEDY, StoredResults

RUN = run_json.WRITER.file_name
MAX_RUN_BYTES = 16 << 20


def read(folder: Path) -> tuple[RunRecord, StoredResults]:
    """What a run left, be it finished, killed or short of disk; half a line becomes a remark.

    `folder` may be `reports/latest`. Raises ReportError if it is no run's folder, or if its journal
    has fewer rows than its tables; see `StoredResults` for what reading the results raises.
    """
    path = locate(folder)
    results = StoredResults(path / journal.NAME)
    _require_complete(path, results)
    run = read_record(path)
    together = tuple(dict.fromkeys((*run.remarks, *results.remarks)))
    return run.model_copy(update={"remarks": together}), results


def _require_complete(path: Path, results: StoredResults) -> None:
    """Raise ReportError for a journal that lost rows after the tables were made of it.

    One half-written row at its end may be missing, as after a kill.
    """
    reported = _rows_reported(path)
    if len(results) + results.ends_in_half_a_line < reported:
        raise ReportError(
            f"{results.path}: holds {len(results)} of the {reported} rows that the tables beside "
            f"it have: it was emptied or cut short after they were written; {REMEDY}"
        )


def _rows_reported(path: Path) -> int:
    """How many rows the tables of a run have; 0 where it has none."""
    try:
        return run_json.rows_counted(run_text(path))
    except (OSError, ValueError):
        pass
    try:
        require_regular(path / rows_csv.WRITER.file_name)
        with (path / rows_csv.WRITER.file_name).open(encoding="utf-8", newline="") as file:
            return sum(1 for _ in csv.reader(file)) - 1
    except (OSError, ValueError, csv.Error):
        return 0


def locate(folder: Path) -> Path:
    """The run's folder itself, links followed; raises ReportError naming the ones there are."""
    folder = Path(folder)
    if folder.name == disk.LATEST and folder.is_file():
        folder = folder.parent / (disk.latest_name(folder.parent) or disk.LATEST)
    if _is_folder(folder):
        return folder.resolve()
    siblings = folder.parent.glob(f"*/{journal.NAME}") if _is_folder(folder.parent) else ()
    known = [found.parent.name for found in siblings]
    hint = nearest(folder.name, known) if known else "there are none beside it"
    raise ReportError(f"{folder}: no such folder; a run's folder is expected; {hint}")


def run_text(path: Path) -> str:
    """The text of a folder's run.json; raises OSError or ValueError."""
    return read_at_most(path / RUN, MAX_RUN_BYTES).decode("utf-8")


def _is_folder(path: Path) -> bool:
    """Whether there is such a folder; a name that the system refuses, as too long, names none."""
    try:
        return path.is_dir()
    except OSError:
        return False


def read_record(path: Path) -> RunRecord:
    """What run.json of a folder says; what its name says where that is missing or foreign."""
    try:
        return run_json.from_json(run_text(path))
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


def rewrite(
    folders: Sequence[Path], command: Sequence[str] = ()
) -> tuple[RunFolder, WrittenReports]:
    """`parity report FOLDER…`: one folder's reports anew in place, several together in a new one.

    The new folder lies beside the first that is named; in which order they are named does not
    matter to its tables. One folder becomes `latest` only if none is newer.
    """
    paths = list(dict.fromkeys(locate(folder) for folder in folders))
    if not paths:
        raise ReportError("no run folder was named; name one or several, such as reports/latest")
    if len(paths) > 1:
        return merge(paths, paths[0].parent, command)
    (path,) = paths
    folder, (run, results) = RunFolder(path), read(path)
    if not results:
        raise ReportError(f"{results.path}: holds no row, so there is nothing to report; {REMEDY}")
    newest = path.name >= disk.latest_name(path.parent)
    return folder, folder.write(run, results, move_latest=newest)


def merge(
    paths: Sequence[Path], root: Path, command: Sequence[str], changes: Sequence[Changes] = ()
) -> tuple[RunFolder, WrittenReports]:
    """One report of several run folders, in a new folder below `root`, with changes between them.

    The runs by their time, so that it does not matter in which order they were named.
    """
    found = sorted(((path, *read(path)) for path in paths), key=lambda one: _time(one[1], one[0]))
    merged = merging.merged_record([run for _, run, _ in found], command, changes)
    runs = [Relocated(results, path.name) for path, _, results in found]
    folder = RunFolder.create(root, merged)
    folder.fill(merging.merged_results(runs))
    for path, _, _ in found:
        logs.copy(path, folder.path, below=path.name)
    return folder, folder.write(merged, StoredResults(folder.journal), move_latest=True)


def _time(run: RunRecord, path: Path) -> tuple[str, str, str]:
    return run.started.isoformat() if run.started else "", run.id, str(path)


@dataclass(frozen=True)
class Relocated:
    """Results of one run whose logs lie in the folder of another, below the run's name."""

    results: StoredResults
    """As the run left them."""
    origin: str
    """Name of the run's folder."""

    def __iter__(self) -> Iterator[Result]:
        return (logs.under_origin(result, self.origin) for result in self.results)

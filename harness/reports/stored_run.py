"""A run folder on disk → its run record and results, and `parity report`: reports of them anew."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from harness.errors import ReportError, nearest
from harness.reports import logs, merging
from harness.reports.folder import RunFolder, WrittenReports
from harness.reports.writers import run_json
from harness.results import files as disk
from harness.results import journal
from harness.results.bounded_file import read_at_most
from harness.results.result import Result
from harness.results.run_record import ID_FORMAT, RunRecord

RUN = run_json.WRITER.file_name
MAX_RUN_BYTES = 16 << 20


def read(folder: Path) -> tuple[RunRecord, list[Result]]:
    """What a run left, be it finished, killed or short of disk; half a line becomes a remark.

    `folder` may be `reports/latest`. Raises ReportError if it is no run's folder.
    """
    path = locate(folder)
    results, remarks = journal.read(path / journal.NAME)
    run = _read_record(path)
    together = tuple(dict.fromkeys((*run.remarks, *remarks)))
    return run.model_copy(update={"remarks": together}), results


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


def _read_record(path: Path) -> RunRecord:
    try:
        text = read_at_most(path / RUN, MAX_RUN_BYTES).decode("utf-8")
        return run_json.from_json(text)
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

    The new folder lies beside the first. One folder becomes `latest` only if none is newer.
    """
    paths = list(dict.fromkeys(locate(folder) for folder in folders))
    if not paths:
        raise ReportError("no run folder was named; name one or several, such as reports/latest")
    if len(paths) > 1:
        return _merged(paths, command)
    (path,) = paths
    folder, (run, results) = RunFolder(path), read(path)
    newest = path.name >= disk.latest_name(path.parent)
    return folder, folder.write(run, results, move_latest=newest)


def _merged(paths: Sequence[Path], command: Sequence[str]) -> tuple[RunFolder, WrittenReports]:
    found = [read(path) for path in paths]
    merged = merging.merged_record([run for run, _ in found], command)
    results = merging.merged_results(
        [logs.under_origin(some, path.name) for path, (_, some) in zip(paths, found, strict=True)]
    )
    folder = RunFolder.create(paths[0].parent, merged)
    for path in paths:
        logs.copy(path, folder.path, below=path.name)
    return folder, folder.finish(merged, results)

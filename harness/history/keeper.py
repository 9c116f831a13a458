"""`HistoryKeeper`: keeps the run that this process records, and what dead processes left.

A run that goes on has two files in `running`: `<id>.json`, its record and folder, and `<id>.lock`,
which its process holds. The system frees the lock of a process that dies, however it dies; whoever
can take the lock of a run finds it dead, and keeps the rows of its journal as an incomplete run.
"""

import json
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from filelock import FileLock, Timeout

from harness.errors import ReportError
from harness.history.history import History
from harness.history.index_page import NAME, write_index
from harness.history.kept_run import kept_run
from harness.history.lines import rows_table
from harness.history.since_last import changes_since_last, trends
from harness.history.sources import side_of
from harness.results import files as disk
from harness.results import journal
from harness.results.result import Result
from harness.results.row import Row
from harness.results.run_record import RunRecord
from harness.results.stored_results import StoredResults

RUNNING = "running"


class HistoryKeeper:
    """A `RunKeeper` that keeps runs in a history; without pyarrow it does nothing."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._lock: FileLock | None = None
        self._folder = Path()

    def begin(self, run: RunRecord, folder: Path) -> None:
        """Note that a run goes on, and keep those that died; raises ReportError."""
        if find_spec("pyarrow") is None:
            return
        place = self._history.folder / RUNNING
        try:
            place.mkdir(parents=True, exist_ok=True)
            lock = FileLock(place / f"{run.id}.lock")
            lock.acquire()
            note = {"folder": str(folder), "run": run.model_dump(mode="json")}
            disk.write(place / f"{run.id}.json", json.dumps(note).encode())
        except OSError as error:
            raise ReportError(
                f"{place}: the history can't be written: {error.strerror}; free some space, or "
                "choose another folder with --parity-history-dir"
            ) from error
        self._lock, self._folder = lock, folder

    def with_history(self, run: RunRecord, results: Sequence[Result]) -> RunRecord:
        """The ended run with what changed since the last one like it, and its rows' trends.

        Raises ReportError.
        """
        if self._lock is None:
            return run
        rows = [result.row for result in results]
        new = side_of(kept_run(run, rows, self._folder), rows)
        ended = self._history.ended_runs()
        since = changes_since_last(self._history, ended, new)
        if since is None:
            return run
        lines = trends(self._history, ended, rows)
        return run.model_copy(update={"changes": (*run.changes, since), "trends": lines})

    def keep(self, run: RunRecord, results: Sequence[Result]) -> None:
        """Keep the ended run; raises ReportError."""
        if self._lock is None:
            return
        rows = [result.row for result in results]
        self._history.add(kept_run(run, rows, self._folder), rows_table(rows))
        _forget(self._history.folder / RUNNING / f"{run.id}.json")
        self._lock.release()
        self._lock = None
        keep_dead(self._history)
        self._history.upgrade()
        self._history.pack()
        self._write_index(self._folder.parent)

    def _write_index(self, root: Path) -> None:
        try:
            with self._history.locked():  # of two runs that end together the second lists both
                write_index(root, self._history.kept_runs())
        except OSError as error:
            raise ReportError(
                f"{root / NAME}: can't be written: {error.strerror}; the run's own reports are "
                "not affected; free some space"
            ) from error


def keep_dead(history: History) -> list[str]:
    """Keep the runs whose processes died, with the rows they had; the ids of those that go on.

    Raises ReportError.
    """
    return [path.stem for path, dead in _noted(history) if not dead]


def _noted(history: History) -> Iterator[tuple[Path, bool]]:
    """Each run that was begun and not ended, and whether it was dead, and so is kept now."""
    for path in sorted((history.folder / RUNNING).glob("*.json")):
        lock = FileLock(path.with_suffix(".lock"), timeout=0)
        try:
            lock.acquire()
        except Timeout:
            yield path, False
            continue
        try:
            if path.exists():  # another may have been here first
                _keep_journal(history, path)
            _forget(path)  # also the lock that taking it made anew
        finally:
            lock.release()
        yield path, True


def _keep_journal(history: History, note: Path) -> None:
    found = json.loads(note.read_text("utf-8"))
    run, folder = RunRecord.model_validate(found["run"]), Path(found["folder"])
    if run.id in history.kept_ids():  # it died after it was kept
        return
    rows = _rows_in(folder / journal.NAME)
    history.add(kept_run(run, rows, folder), rows_table(rows))


def _rows_in(path: Path) -> list[Row]:
    """The rows of a journal; none where it is gone or damaged, which must not hide the run."""
    try:
        return [result.row for result in StoredResults(path).row_results()]
    except ReportError:
        return []


def _forget(note: Path) -> None:
    """The lock last: nobody may find the note without it."""
    for path in (note, note.with_suffix(".lock")):
        path.unlink(missing_ok=True)

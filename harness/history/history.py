"""`History`: the folder in which runs are kept, what is added to it and what is taken out."""

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from harness.errors import ReportError
from harness.history.kept_run import KeptRun
from harness.history.lines import given, row_of
from harness.history.packed_table import PackedTable
from harness.history.schema import COLUMNS, ROWS, RUNS, upgraded, with_constants
from harness.results.row import SCHEMA_VERSION, Row

FOLDER = "history"
"""Name of the folder below that of the reports."""
LOCK = ".lock"
LOCK_S = 120
"""How long one process waits for another that rewrites files."""


class History:
    """Runs and their rows in Parquet, below one folder; the classes' docstrings give the layout.

    `schema-<version>/rows` and `schema-<version>/runs` hold the two tables, `running` what goes on.
    Nothing is held open or in memory. Every method may raise ReportError.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        """Where it lives; it need not exist."""
        self.rows = self._table(ROWS)
        """One line a row, in the columns of `Row` and two of its run's."""
        self.runs = self._table(RUNS)
        """One line a run, in the columns of `KeptRun`."""

    def _table(self, name: str, version: int = SCHEMA_VERSION) -> PackedTable:
        return PackedTable(self._versioned(version) / name, COLUMNS[name])

    def _versioned(self, version: int) -> Path:
        return self.folder / f"schema-{version}"

    def add(self, run: KeptRun, rows: Any) -> None:
        """Keep a run; `rows` is a `pyarrow.Table` with the columns of `Row`, or of an older one.

        The rows come first: the run is there once its line is, and its rows are then there too.
        """
        own = {
            **{name: getattr(run, name) for name in ("run_id", "run_started", "commit")},
            **{name: getattr(run, name) for name in ("run_finished", "schema_version")},
        }
        with self._written():
            self.rows.add(run.run_id, with_constants(upgraded(rows, run.schema_version), own))
            self.runs.add(run.run_id, _line(run))

    def kept_ids(self) -> set[str]:
        """The ids of all runs there are."""
        with self._written():
            return self.runs.ids(self.runs.files())

    def kept_runs(self) -> list[KeptRun]:
        """Every run, the oldest first."""
        with self._written():
            parts = self.runs.lines(self.runs.files())
            found = [KeptRun.model_validate(given(o)) for part in parts for o in part.to_pylist()]
        return sorted(found, key=lambda run: (run.run_started, run.run_id))

    def ended_runs(self) -> list[KeptRun]:
        """The runs that ended, the oldest first."""
        return [run for run in self.kept_runs() if run.run_finished]

    def rows_of(self, run_id: str) -> list[Row]:
        """The rows that a run left."""
        return [row_of(line) for line in self._lines_of([run_id])]

    def columns_of(self, run_ids: Collection[str], columns: Sequence[str]) -> list[dict[str, Any]]:
        """Some columns of the rows of some runs, in no order; NaN is None."""
        return list(self._lines_of(run_ids, list(columns)))

    def _lines_of(
        self, run_ids: Collection[str], columns: list[str] | None = None
    ) -> Iterator[dict[str, Any]]:
        from pyarrow import parquet

        wanted = [("run_id", "in", list(run_ids))]
        with self._written():
            for path in self.rows.files() if run_ids else ():
                # Row groups whose smallest and largest id exclude the runs are not read.
                lines = parquet.read_table(path, filters=wanted, columns=columns, partitioning=None)
                yield from lines.to_pylist()

    def remove(self, run_ids: frozenset[str]) -> None:
        """Forget some runs; their folders stay."""
        with self.locked(), self._written():
            self.runs.remove(run_ids)
            self.rows.remove(run_ids)

    def pack(self) -> None:
        """Join small files, unless another process does so now."""
        try:
            with self._lock(timeout_s=0), self._written():
                self.rows.pack()
                self.runs.pack()
        except Timeout:
            return

    def upgrade(self) -> None:
        """Bring the runs that earlier versions kept to this version's tables."""
        older = [version for version in range(SCHEMA_VERSION) if self._versioned(version).is_dir()]
        if not older:
            return
        with self.locked(), self._written():
            for version in older:
                self._upgrade(version)

    def _upgrade(self, version: int) -> None:
        """Every run of an older version, one after the other; what is done is not done again."""
        for name, table in ((ROWS, self.rows), (RUNS, self.runs)):
            old, kept = self._table(name, version), table.ids(table.files())
            for path in old.files():
                lines = _whole(path, version)
                lines = upgraded(lines, version) if name == ROWS else lines
                for run_id in {*lines["run_id"].to_pylist()} - kept:
                    table.add(run_id, _lines_of(lines, run_id))
                path.unlink()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone among those that rewrite files; raises ReportError where another does not end."""
        try:
            with self._lock(LOCK_S), self._written():
                yield
        except Timeout as error:
            raise ReportError(
                f"{self.folder / LOCK}: another process has held the history for {LOCK_S} s; "
                "wait until it has ended, and run this again"
            ) from error

    def _lock(self, timeout_s: float) -> FileLock:
        with self._written():
            self.folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self.folder / LOCK, timeout=timeout_s)

    @contextmanager
    def _written(self) -> Iterator[None]:
        """A refusal of the disk, or a file that is no Parquet, becomes a ReportError."""
        try:
            import pyarrow as pa
        except ImportError as error:
            raise ReportError(
                f"{self.folder}: runs are kept as Parquet, and pyarrow is not installed; install "
                "it: pip install 'parity-harness[parquet]'"
            ) from error
        try:
            yield
        except (OSError, pa.ArrowException, json.JSONDecodeError) as error:
            raise ReportError(
                f"{self.folder}: the history can't be read or written: {error}; free some space, "
                "remove the damaged file, or choose another folder with --history-dir"
            ) from error


def history_in(reports: Path, folder: Path | None = None) -> History:
    """The history in `folder`; by default in its place below a folder of reports."""
    return History(folder or reports / FOLDER)


def _line(run: KeptRun) -> Any:
    import pyarrow as pa

    return pa.Table.from_pylist([run.payload()])


def _whole(path: Path, version: int) -> Any:
    """A file of an earlier version; its lines say which version their run wrote."""
    from pyarrow import parquet

    lines = parquet.ParquetFile(path).read()
    known = "schema_version" in lines.column_names
    return lines if known else with_constants(lines, {"schema_version": version})


def _lines_of(table: Any, run_id: str) -> Any:
    from pyarrow import compute

    return table.filter(compute.equal(table["run_id"], run_id))

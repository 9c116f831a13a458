"""`PackedTable`: a folder of Parquet files that many processes add to and few files stay in.

A run adds a file of its own, `run-<id>.parquet`, by renaming: runs that end together never meet.
Opening a file costs a query more than reading a run does, so 32 files of one size become one:
`runs-<how many>-<first id>.parquet`. 10 000 runs are at most 71 files, and each run is rewritten at
most three times. What replaces what is noted in a file first, and the note says which files count
while both are there; so a process may die, or another may read, at any moment.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import ReportError
from harness.history.schema import conformed
from harness.reports.arrow import schema_of
from harness.results import files as disk

FAN = 32
"""So many files of one size become one."""
GROUP_ROWS = 16_384
"""Lines of a row group, and lines in memory while files are packed."""
NOTE = ".replacing.json"
_NAME = re.compile(r"run-(?P<id>.+)\.parquet|runs-(?P<count>\d+)-(?P<first>.+)\.parquet")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}")


@dataclass(frozen=True)
class Replacing:
    """That some files are replaced by one, or by none."""

    new: str
    """Name of the file; empty where the others are only removed."""
    old: tuple[str, ...]
    """Names of the files that no longer count once the new one is there."""


class PackedTable:
    """The files of one table. What rewrites them (`pack`, `remove`) needs the caller's lock."""

    def __init__(self, folder: Path, columns: Mapping[str, type]) -> None:
        self.folder = folder
        """Where its files are."""
        self._columns = columns

    def files(self) -> list[Path]:
        """The files that hold the table now, each run in one of them."""
        names = {path.name for path in self.folder.glob("run*.parquet") if _NAME.match(path.name)}
        note = self._note()
        if note and (not note.new or note.new in names):
            names -= set(note.old)
        return [self.folder / name for name in sorted(names)]

    def add(self, run_id: str, table: Any) -> None:
        """Keep the lines of a run (`pyarrow.Table`), in place of those of that id in its own file.

        Raises OSError, and ReportError for an id that can't name a file.
        """
        if not _ID.fullmatch(run_id):
            raise ReportError(f"run id {run_id!r:.100} can't name a file; rename the run's folder")
        self.folder.mkdir(parents=True, exist_ok=True)
        schema = schema_of(self._columns)
        self._write(self.folder / f"run-{run_id}.parquet", iter([conformed(table, schema)]))

    def lines(self, files: Sequence[Path], columns: Sequence[str] | None = None) -> Iterator[Any]:
        """The lines of some files, a `pyarrow.Table` of at most GROUP_ROWS at a time."""
        import pyarrow as pa
        from pyarrow import parquet

        names = [name for name in self._columns if columns is None or name in columns]
        schema = schema_of({name: self._columns[name] for name in names})
        for path in files:
            with parquet.ParquetFile(path) as file:
                there = [name for name in names if name in file.schema_arrow.names]
                for batch in file.iter_batches(GROUP_ROWS, columns=there):
                    yield conformed(pa.Table.from_batches([batch]), schema)

    def ids(self, files: Sequence[Path]) -> set[str]:
        """The ids of the runs whose lines are in some files."""
        return {one for part in self.lines(files, ["run_id"]) for one in _ids(part)}

    def pack(self) -> None:
        """Make one file of every 32 of one size."""
        self._settle()
        while full := next((one for one in self._by_size() if len(one) >= FAN), None):
            runs = sum(_runs_in(path) for path in full)
            self.replace(full, f"runs-{runs:07d}-{_first(full)}.parquet", self.lines(full))

    def remove(self, run_ids: frozenset[str]) -> None:
        """Leave the lines of these runs out of every file."""
        self._settle()
        for path in self.files():
            held = self.ids([path])
            kept = held - run_ids
            if kept != held:
                name = f"runs-{len(kept):07d}-{min(kept)}.parquet" if kept else ""
                parts = (_of_runs(part, kept) for part in self.lines([path]))
                self.replace([path], name, parts)

    def replace(self, old: Sequence[Path], name: str, tables: Iterator[Any]) -> None:
        """Let one new file (none where `name` is empty) stand in for some old ones."""
        note = {"new": name, "old": [path.name for path in old]}
        disk.write(self.folder / NOTE, json.dumps(note).encode())
        if name:
            self._write(self.folder / name, tables)
        self._settle()

    def _settle(self) -> None:
        """Finish, or undo, a replacement that was noted."""
        if note := self._note():
            if not note.new or (self.folder / note.new).exists():
                for name in note.old:
                    (self.folder / name).unlink(missing_ok=True)
            (self.folder / NOTE).unlink(missing_ok=True)

    def _note(self) -> Replacing | None:
        try:
            note = json.loads((self.folder / NOTE).read_text("utf-8"))
        except FileNotFoundError:
            return None
        return Replacing(note["new"], tuple(note["old"]))

    def _by_size(self) -> Iterator[list[Path]]:
        """The files by the order of magnitude of what they hold, base FAN."""
        found: dict[int, list[Path]] = {}
        for path in self.files():
            runs, size = _runs_in(path), 0
            while runs >= FAN:
                runs, size = runs // FAN, size + 1
            found.setdefault(size, []).append(path)
        return iter(found.values())

    def _write(self, path: Path, tables: Iterator[Any]) -> None:
        """Write the tables as one file, whole or not at all, in row groups of GROUP_ROWS lines."""
        import pyarrow as pa
        from pyarrow import parquet

        schema = schema_of(self._columns)
        texts = [name for name, kind in self._columns.items() if kind is str]
        with (
            disk.replacing(path) as file,
            parquet.ParquetWriter(file, schema, use_dictionary=texts, compression="zstd") as writer,
        ):
            held, count = [], 0
            for table in tables:
                held.append(table)
                count += table.num_rows
                if count >= GROUP_ROWS:
                    writer.write_table(pa.concat_tables(held))
                    held, count = [], 0
            writer.write_table(pa.concat_tables(held) if held else schema.empty_table())


def _runs_in(path: Path) -> int:
    found = _NAME.match(path.name)
    return int(found["count"] or 1) if found else 0


def _first(files: Sequence[Path]) -> str:
    found = [_NAME.match(path.name) for path in files]
    return min(one["id"] or one["first"] for one in found if one)


def _ids(table: Any) -> list[str]:
    from pyarrow import compute

    found: list[str] = compute.unique(table["run_id"]).to_pylist()
    return found


def _of_runs(table: Any, ids: set[str]) -> Any:
    import pyarrow as pa
    from pyarrow import compute

    return table.filter(compute.is_in(table["run_id"], pa.array(sorted(ids))))

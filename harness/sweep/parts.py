"""The folder of a sweep: Parquet parts, each written whole, which also say what is done.

A part never changes. Where two rows are of one image, candidate and scope, the later one counts:
that of a closer look which was taken at the end, or of a file that has changed.
"""

import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import ReportError
from harness.results.files import replacing
from harness.results.table import COLUMN_TYPES
from harness.sweep.columns import SWEEP_SCHEMA_VERSION
from harness.sweep.part_schema import VERSION_KEY, part_schema, scalar_columns

if TYPE_CHECKING:
    from pandas import DataFrame

PARTS, CLOSER = "parts", "closer"
"""Folders below that of the sweep: of the rows of blocks, and of closer looks at the end."""
PATTERN = "part-[0-9][0-9][0-9][0-9][0-9][0-9].parquet"
ROWS = 64, 2048
"""Rows of the first part and of the largest; each has twice those of the one before, so that a
short sweep that is killed loses little and a long one has few parts."""
LAST = ("settings_key", "image", "scope")
"""Columns that rows of one image, candidate and scope have in common."""
IDENTITY = ("settings_key", "image", "image_sha256", "scope")
"""Columns by which a row is known again."""


class PartWriter:
    """Collects tables of rows and writes a part whenever there are enough."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._most = folder, ROWS[0]
        folder.mkdir(parents=True, exist_ok=True)
        self._tables: list[Any] = []
        self._held = 0
        numbers = (int(path.stem.removeprefix("part-")) for path in folder.glob(PATTERN))
        self._next = 1 + max(numbers, default=0)

    def add(self, table: Any) -> None:
        """Take rows; raises OSError."""
        self._tables.append(table)
        self._held += table.num_rows
        if self._held >= self._most:
            self.flush()

    def flush(self) -> None:
        """Write what is held as a part; raises OSError."""
        if not self._held:
            return
        import pyarrow as pa
        from pyarrow import parquet

        table = pa.concat_tables(self._tables)
        with replacing(self._folder / f"part-{self._next:06}.parquet") as file:
            parquet.write_table(table, file, compression="zstd")
        self._tables, self._held, self._next = [], 0, self._next + 1
        self._most = min(2 * self._most, ROWS[1])


def row_key(settings_key: str, image: str, sha256: str, scope: str) -> bytes:
    """Stands for one row where many have to be remembered."""
    text = f"{settings_key}\n{image}\n{sha256}\n{scope}"
    return hashlib.blake2b(text.encode(errors="surrogateescape"), digest_size=16).digest()


def finished(folder: Path) -> set[bytes]:
    """The `row_key` of every row that the parts of a sweep hold; raises ReportError."""
    found: set[bytes] = set()
    for table in _tables(folder / PARTS, list(IDENTITY)):
        columns = [table.column(name).to_pylist() for name in IDENTITY]
        found.update(map(row_key, *columns))
    return found


def _tables(folder: Path, columns: list[str]) -> Iterator[Any]:
    """The parts of a folder, in order; raises ReportError for a file that is none."""
    import pyarrow as pa
    from pyarrow import parquet

    for path in sorted(folder.glob(PATTERN)):
        try:
            with parquet.ParquetFile(path) as file:
                _require_version(path, file.schema_arrow)
                yield file.read(columns=columns)
        except (OSError, pa.ArrowException) as error:
            raise ReportError(
                f"{path}: can't be read: {error}; remove it, and its images run again with --resume"
            ) from error


def _require_version(path: Path, schema: Any) -> None:
    version = (schema.metadata or {}).get(VERSION_KEY, b"none").decode(errors="replace")
    if version != str(SWEEP_SCHEMA_VERSION):
        raise ReportError(
            f"{path}: its columns have version {version}, this harness reads "
            f"{SWEEP_SCHEMA_VERSION}; sweep into another folder"
        )


def read_parts(
    folder: Path,
    settings_keys: Collection[str] | None = None,
    columns: Collection[str] | None = None,
) -> Any:
    """The `pyarrow.Table` of the rows of a sweep, once an image, candidate and scope: the last.

    With `settings_keys` only rows of these; with `columns` only these and those that a row is known
    by. Raises ReportError.
    """
    import pyarrow as pa
    from pyarrow import compute

    names = part_schema().names
    if columns is not None:
        names = [name for name in names if name in columns or name in LAST]
    parts = [*_tables(folder / PARTS, names), *_tables(folder / CLOSER, names)]
    table = pa.concat_tables(parts) if parts else part_schema().empty_table().select(names)
    if settings_keys is not None:
        wanted = pa.array(sorted(settings_keys), pa.string())
        table = table.filter(compute.is_in(table.column("settings_key"), value_set=wanted))
    keys = [table.column(name).to_pylist() for name in LAST]
    last = {key: place for place, key in enumerate(zip(*keys, strict=True))}
    if len(last) == table.num_rows:
        return table
    return table.take(pa.array(sorted(last.values()), pa.int64()))


def read_sweep(path: Path | str, *, without: Collection[str] = ()) -> "DataFrame":
    """One row an image × candidate × scope of the last sweep in a folder, as a DataFrame.

    Columns and types as docs/sweep.md lists them; the lists are tuples' arrays. Columns of
    `without` are not read. Raises ReportError where the folder holds no sweep.
    """
    from harness.sweep.sweep_record import read_record

    folder = Path(path)
    names = [name for name in part_schema().names if name not in without]
    table = read_parts(folder, read_record(folder).settings_keys, names)
    frame: DataFrame = table.select(names).to_pandas()
    types = {name: COLUMN_TYPES[kind].pandas for name, kind in scalar_columns().items()}
    return frame.astype({name: kind for name, kind in types.items() if name in names})

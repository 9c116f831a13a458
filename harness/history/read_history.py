"""The rows of all runs as a pandas DataFrame with the column types of `read_rows`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import ReportError, nearest
from harness.history.history import FOLDER, History
from harness.history.schema import COLUMNS, ROWS

if TYPE_CHECKING:
    from pandas import DataFrame


def read_history(path: Path | str, columns: Sequence[str] | None = None) -> "DataFrame":
    """One line a row and run, the oldest run first; columns as in `Row`, and two of the run.

    `path` is the folder of a history, such as `reports/history`, or the one above it.
    `run_finished` is empty for a run that died half-way; `schema_version` is that of the tables
    which the run wrote. With `columns` only these are read. Needs pyarrow, and no
    DuckDB. Raises ReportError.
    """
    folder = Path(path)
    folder = folder / FOLDER if (folder / FOLDER).is_dir() else folder
    unknown = [name for name in columns or () if name not in COLUMNS[ROWS]]
    if unknown:
        known = nearest(unknown[0], COLUMNS[ROWS])
        raise ReportError(f"{folder}: the history has no column '{unknown[0]:.100}'; {known}")
    history = History(folder)
    history.upgrade()
    if not history.rows.files():
        raise ReportError(
            f"{folder}: holds no history; a run keeps itself in `{FOLDER}` below its reports, and "
            "`parity history add FOLDER` adds an earlier one"
        )
    wanted = {*columns, "run_started", "run_id"} if columns else set(COLUMNS[ROWS])
    table = _table(history, sorted(wanted))
    ordered = table.sort_values(["run_started", "run_id"], kind="stable", ignore_index=True)
    return ordered[list(columns or COLUMNS[ROWS])]


def _table(history: History, columns: Sequence[str]) -> "DataFrame":
    import pyarrow as pa

    parts = list(history.rows.lines(history.rows.files(), columns))
    found: DataFrame = pa.concat_tables(parts).to_pandas()
    return found

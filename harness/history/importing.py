"""Run folders, of this and of earlier versions, into the history: `parity history add`."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.errors import ReportError
from harness.history.history import History
from harness.history.kept_run import KeptRun, kept_run
from harness.history.lines import row_of, rows_table
from harness.history.schema import upgraded
from harness.reports import stored_run
from harness.reports.read_rows import read_rows
from harness.reports.writers import run_json
from harness.results.row import SCHEMA_VERSION


def add_folder(history: History, folder: Path) -> KeptRun | None:
    """Keep the run of a folder; None where it is kept already. Raises ReportError.

    The rows are those of its journal. A journal of an earlier version can't be read: they are then
    those of its rows.csv, upgraded.
    """
    path = stored_run.locate(folder)
    run, version = stored_run.read_record(path), _version(path)
    if run.id in history.kept_ids():
        return None
    if version >= SCHEMA_VERSION:
        table = rows_table(result.row for result in stored_run.read(path)[1])
    else:
        table = upgraded(_old_table(path), version)
    kept = kept_run(run, _rows(path, table), path, version)
    history.add(kept, table)
    return kept


def _version(path: Path) -> int:
    """The version of a folder's tables; this one where nothing says so, as for a killed run."""
    try:
        return run_json.schema_version(stored_run.run_text(path))
    except FileNotFoundError:
        return SCHEMA_VERSION
    except (OSError, ValueError) as error:
        raise ReportError(
            f"{path / stored_run.RUN}: can't be read: {error}; put it back, or remove it"
        ) from error


def _old_table(path: Path) -> Any:
    import pyarrow as pa

    return pa.Table.from_pandas(read_rows(path), preserve_index=False)


def _rows(path: Path, table: Any) -> list[Any]:
    try:
        return [row_of(line) for line in table.to_pylist()]
    except ValidationError as error:
        raise ReportError(
            f"{path}: its rows can't be kept: {error.errors()[0]['msg']:.200}; they were "
            "edited, or another program wrote them"
        ) from error

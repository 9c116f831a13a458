"""The rows of a run as a pandas DataFrame whose column types are those of `Row`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import ReportError
from harness.reports.csv_table import text_of
from harness.reports.stored_run import locate
from harness.reports.writers import rows_csv, run_json
from harness.results.row import SCHEMA_VERSION, Row
from harness.results.table import COLUMN_TYPES

if TYPE_CHECKING:
    from pandas import DataFrame, Series

MAX_COLUMNS = 1_000
"""Of a table that is read; pandas takes a millisecond for each."""
MAX_HEADER_BYTES = 1 << 20
_REMEDY = "make it again with: parity report FOLDER"
_NEEDED = [name for name, field in Row.model_fields.items() if field.is_required()]


def read_rows(path: Path | str) -> "DataFrame":
    """One row a case × image × candidate × scope, columns as in `Row`, in the file's order.

    `path` is a run folder, such as `reports/latest`, or a rows.csv. A column that the file lacks,
    because an earlier version wrote it, is there and empty; one that `Row` lacks stays as text.
    Raises ReportError for anything else, and for tables of a later schema version.
    """
    file = _file(Path(path))
    _check_version(file)
    try:
        table = _parsed(file)
    except (OSError, ValueError, TypeError, OverflowError) as error:  # as pandas raises them
        raise ReportError(f"{file}: can't be read as rows: {error}; {_REMEDY}") from error
    absent = {name: _empty(dtype, table) for name, dtype in _types().items() if name not in table}
    columns = [*_types(), *(name for name in table if name not in _types())]
    return table.assign(**absent)[columns]


def _types() -> dict[str, str]:
    return {name: COLUMN_TYPES[kind].pandas for name, kind in Row.column_types().items()}


def _parsed(file: Path) -> "DataFrame":
    """The file's own columns, typed; raises OSError, ValueError or ReportError."""
    import pandas as pd

    with file.open("rb") as opened:
        if opened.readline(MAX_HEADER_BYTES).count(b",") >= MAX_COLUMNS:
            raise ValueError(f"its header has more than {MAX_COLUMNS} columns")
    names, types = list(pd.read_csv(file, nrows=0).columns), _types()
    _check_columns(file, names)
    # Newer versions read every float to the last bit and deprecate being asked for it.
    old = int(pd.__version__.partition(".")[0]) < 3  # noqa: PLR2004
    exact: dict[str, Any] = {"float_precision": "round_trip"} if old else {}
    table: DataFrame = pd.read_csv(
        file,
        dtype={name: types.get(name, "string") for name in names},
        keep_default_na=False,
        na_values={name: [""] for name, dtype in types.items() if dtype != "string"},
        **exact,
    )
    if not isinstance(table.index, pd.RangeIndex):  # so pandas takes the fields in excess
        raise ValueError("its rows have more fields than its header")  # noqa: TRY004
    texts: DataFrame = table.select_dtypes("string")
    return table.assign(**{name: texts[name].map(text_of).astype("string") for name in texts})


def _file(path: Path) -> Path:
    if path.is_file() and path.suffix == ".csv":
        return path
    file = locate(path) / rows_csv.WRITER.file_name
    if not file.is_file():
        raise ReportError(
            f"{file}: no such file; a run that ended early has only its journal; {_REMEDY}"
        )
    return file


def _check_version(file: Path) -> None:
    try:
        found = run_json.schema_version(
            (file.parent / run_json.WRITER.file_name).read_text("utf-8")
        )
    except (OSError, ValueError):
        return  # a rows.csv on its own
    if found > SCHEMA_VERSION:
        raise ReportError(
            f"{file}: its tables have schema version {found}; this harness knows up to "
            f"{SCHEMA_VERSION}; install the version that wrote them"
        )


def _check_columns(file: Path, names: list[str]) -> None:
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise ReportError(
            f"{file}: no rows of this harness: column {missing[0]} is missing; found "
            f"{', '.join(names[:5]) or 'none'}"
        )


def _empty(dtype: str, table: "DataFrame") -> "Series[Any]":
    """A column that says "not measured" in every row."""
    import pandas as pd

    return pd.Series("" if dtype == "string" else None, index=table.index, dtype=dtype)

"""SQL over the Parquet files of a table, through DuckDB, which reads their names as patterns."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from glob import escape
from typing import TYPE_CHECKING, Any, cast

from harness.errors import ReportError, UsageError
from harness.history.packed_table import PackedTable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Line = tuple[Any, ...]
ATTEMPTS = 5
"""How often a query begins again because files that it was to read were packed meanwhile."""
MEMORY = "1GB"
"""Bound on what DuckDB holds; what it needs beyond goes to its temporary files."""


def answers(table: PackedTable, query: str, arguments: Sequence[str] = ()) -> list[Line]:
    """The lines that a query gives; its first parameter is the list of the table's files.

    Nothing where the table has no file. Raises UsageError where DuckDB is not installed,
    ReportError where the files can't be read.
    """
    for attempt in range(1, ATTEMPTS + 1):
        files = table.files()
        with _connection() as connection:
            if not files:
                return []
            found = _fetched(connection, query, [[escape(str(path)) for path in files], *arguments])
            if isinstance(found, list):
                return found
            if attempt == ATTEMPTS or all(path.exists() for path in files):
                raise ReportError(
                    f"{table.folder}: the history can't be queried: {found}; remove the file that "
                    "it names, or restore it"
                ) from found
    return []


def _fetched(
    connection: "DuckDBPyConnection", query: str, arguments: list[Any]
) -> list[Line] | Exception:
    """The lines, or what DuckDB says against the query."""
    import duckdb

    try:
        found: list[Line] = connection.execute(query, arguments).fetchall()
    except duckdb.Error as error:
        return cast("Exception", error)
    return found


@contextmanager
def _connection() -> "Iterator[DuckDBPyConnection]":
    try:
        import duckdb
    except ImportError as error:
        raise UsageError(
            "parity history asks DuckDB, which is not installed; install it: "
            "pip install 'parity-harness[history]'"
        ) from error
    with duckdb.connect(config={"memory_limit": MEMORY}) as connection:
        yield connection

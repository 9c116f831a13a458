"""Histories made in a moment: a run with few fields set, and many runs in packed files."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from harness.history.history import History
from harness.history.kept_run import KeptRun, kept_run
from harness.history.lines import rows_table
from harness.history.schema import COLUMNS, ROWS, RUNS, conformed
from harness.reports.arrow import schema_of
from harness.results.row import Row
from harness.results.run_record import RunRecord
from harness.testing.sample_rows import make_row

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def night(number: int) -> tuple[str, datetime]:
    """The id and the beginning of a run of so many nights after the first."""
    started = FIRST + timedelta(days=number)
    return f"{started:%Y%m%dT%H%M%SZ}-{number:06x}", started


def nightly(number: int, **fields: Any) -> RunRecord:
    """The record of a run that ended well."""
    run_id, started = night(number)
    record = RunRecord(id=run_id, started=started, finished=started, exit_status=0)
    return record.model_copy(update=fields)


def add_night(history: History, number: int, *rows: Row, **fields: Any) -> KeptRun:
    """Keep a run of these rows."""
    run = nightly(number, **fields)
    stamped = [row.model_copy(update=run.columns()) for row in rows]
    kept = kept_run(run, stamped, Path("reports") / run.id)
    history.add(kept, rows_table(stamped))
    return kept


def sample_rows(count: int) -> list[Row]:
    """Passing rows of five cases, as a night leaves them."""
    return [
        make_row(
            case=f"cases/{place % 5}",
            image=f"{place // 5}.jpg",
            divergence=1e-7,
            atol_needed=1e-7,
            reason="same top 5 in order; largest difference 1.2e-07",
        )
        for place in range(count)
    ]


def fill(history: History, runs: int, rows: int, pack: int = 1024) -> None:
    """Keep many runs in packed files, as that many nights would leave them."""
    for first in range(0, runs, pack):
        numbers = range(first, min(runs, first + pack))
        name = f"runs-{len(numbers):07d}-{night(first)[0]}.parquet"
        history.runs.folder.mkdir(parents=True, exist_ok=True)
        history.rows.folder.mkdir(parents=True, exist_ok=True)
        history.rows.replace([], name, _rows(numbers, rows))
        history.runs.replace([], name, _runs(numbers, rows))


def _rows(numbers: range, rows: int) -> Iterator[Any]:
    schema = schema_of(COLUMNS[ROWS])
    night_rows = conformed(rows_table(sample_rows(rows)), schema)
    for few in _split(numbers):
        ids, times = zip(*[(night(one)[0], night(one)[1].isoformat()) for one in few], strict=True)
        own = {"run_id": ids, "run_started": times, "run_finished": times}
        values = {
            name: [one for one in column for _ in range(rows)] for name, column in own.items()
        }
        yield _with_columns(night_rows, len(few), values)


def _runs(numbers: range, rows: int) -> Iterator[Any]:
    import pyarrow as pa

    schema = schema_of(COLUMNS[RUNS])
    model = kept_run(nightly(0), [], Path()).model_copy(update={"rows": rows})
    line = conformed(pa.Table.from_pylist([model.payload()]), schema)
    ids, times = zip(*[(night(one)[0], night(one)[1].isoformat()) for one in numbers], strict=True)
    values = {"run_id": ids, "run_started": times, "run_finished": times}
    yield _with_columns(line, len(numbers), values)


def _split(numbers: range, size: int = 256) -> Iterator[range]:
    return (numbers[first : first + size] for first in range(0, len(numbers), size))


def _with_columns(table: Any, times: int, columns: Mapping[str, Sequence[str]]) -> Any:
    """The table repeated, with other values in some columns."""
    import pyarrow as pa

    repeated = pa.concat_tables([table] * times).combine_chunks()
    for name, values in columns.items():
        place = repeated.schema.get_field_index(name)
        repeated = repeated.set_column(place, repeated.schema.field(place), pa.array(values))
    return repeated

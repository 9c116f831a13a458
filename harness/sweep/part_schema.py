"""Results of a sweep ↔ the Arrow batches that its parts are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from harness.reports.arrow import batch_of, schema_of
from harness.reports.tables import columns_of
from harness.results.result import Result
from harness.results.row import Row
from harness.sweep.columns import LIST_COLUMNS, OWN_COLUMNS, ROW_COLUMNS, SWEEP_SCHEMA_VERSION

VERSION_KEY = b"parity.sweep_schema_version"
"""Key of the version in a part's metadata."""
_row = attrgetter(*ROW_COLUMNS)


@dataclass(frozen=True)
class SweepResult:
    """A result with what a sweep knows beside it."""

    result: Result
    """The row and its top-k lists."""
    true_class: int | None
    """Index of the true class; None where the source of the images says none."""
    settings_key: str
    """See the column of that name."""
    closer_look: str = ""
    """See the column of that name."""


def scalar_columns() -> dict[str, type]:
    """Name and type of each column of one value."""
    types = Row.column_types()
    own = {name: kind for name, (kind, _) in OWN_COLUMNS.items()}
    return {name: types[name] for name in ROW_COLUMNS} | own


def part_schema() -> Any:
    """The `pyarrow.Schema` of a part."""
    import pyarrow as pa

    kinds = {int: pa.list_(pa.int64()), float: pa.list_(pa.float64())}
    lists = [pa.field(name, kinds[kind]) for name, (kind, _) in LIST_COLUMNS.items()]
    fields = [*schema_of(scalar_columns()), *lists]
    return pa.schema(fields, metadata={VERSION_KEY: str(SWEEP_SCHEMA_VERSION)})


def part_batch(results: Sequence[SweepResult]) -> Any:
    """The `pyarrow.RecordBatch` of some results."""
    import pyarrow as pa

    columns = scalar_columns()
    scalars = columns_of([_scalars(one) for one in results], len(columns))
    lists = [_lists(one.result) for one in results]
    schema = part_schema()
    arrays = batch_of(scalars, pa.schema(list(schema)[: len(columns)])).columns
    arrays += [
        pa.array([one[name] for one in lists], schema.field(name).type) for name in LIST_COLUMNS
    ]
    return pa.record_batch(arrays, schema=schema)


def _scalars(one: SweepResult) -> tuple[Any, ...]:
    picture = one.result.thumbnail if one.closer_look else ""
    own = (one.true_class, one.closer_look, one.settings_key, picture)
    return (*_row(one.result.row), *own)


def _lists(result: Result) -> Mapping[str, list[Any]]:
    found: dict[str, list[Any]] = {name: [] for name in LIST_COLUMNS}
    for line in result.topk:
        found[f"{line.side}_topk"].append(line.class_index)
        found[f"{line.side}_topk_scores"].append(line.score)
    return found


def to_message(batch: Any) -> bytes:
    """A batch as bytes that another process reads."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def from_message(data: bytes) -> Any:
    """The `pyarrow.Table` of such bytes."""
    import pyarrow as pa

    with pa.ipc.open_stream(data) as reader:
        return reader.read_all()

"""Files of many runs: each run once, whatever was interrupted."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import ReportError
from harness.history.packed_table import FAN, NOTE, PackedTable

COLUMNS = {"run_id": str, "value": float}


def table_in(folder: Path) -> PackedTable:
    return PackedTable(folder, COLUMNS)


def add(table: PackedTable, *numbers: int) -> None:
    for number in numbers:
        table.add(f"r{number:04d}", pa.table({"run_id": [f"r{number:04d}"], "value": [number]}))


def ids(table: PackedTable) -> list[str]:
    return sorted(i for part in table.lines(table.files()) for i in part["run_id"].to_pylist())


def names(*numbers: int) -> list[str]:
    return [f"r{number:04d}" for number in numbers]


def test_files_of_one_size_become_one(tmp_path: Path) -> None:
    table = table_in(tmp_path)
    add(table, *range(FAN - 1))
    table.pack()
    assert len(table.files()) == FAN - 1
    add(table, FAN - 1, FAN)
    table.pack()
    assert [path.name for path in table.files()] == [f"runs-{FAN + 1:07d}-r0000.parquet"]
    assert ids(table) == names(*range(FAN + 1))


@pytest.mark.parametrize("written", [False, True])
def test_a_process_that_dies_while_it_packs_loses_and_doubles_nothing(
    tmp_path: Path, written: bool
) -> None:
    table = table_in(tmp_path)
    add(table, 1, 2)
    old = [path.name for path in table.files()]
    pack = "runs-0000002-r0001.parquet"
    if written:
        both = pa.concat_tables(table.lines(table.files()))
        table.replace([], pack, iter([both]))
    (tmp_path / NOTE).write_text(json.dumps({"new": pack, "old": old}))
    assert ids(table) == names(1, 2)
    assert [p.name for p in table.files()] == ([pack] if written else old)
    table.pack()
    assert ids(table) == names(1, 2)
    assert not (tmp_path / NOTE).exists()
    assert len(list(tmp_path.glob("*.parquet"))) == (1 if written else 2)


@settings(
    max_examples=10,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(gone=st.sets(st.integers(0, FAN + 3)))
def test_removed_runs_are_gone_and_no_other(
    tmp_path_factory: pytest.TempPathFactory, gone: set[int]
) -> None:
    table = table_in(tmp_path_factory.mktemp("table"))
    add(table, *range(FAN))
    table.pack()
    add(table, FAN, FAN + 1)
    table.remove(frozenset(names(*gone)))
    assert ids(table) == names(*sorted(set(range(FAN + 2)) - gone))


def test_a_file_without_a_new_column_has_it_empty(tmp_path: Path) -> None:
    add(table_in(tmp_path), 1)
    table = PackedTable(tmp_path, {**COLUMNS, "text": str, "count": int})
    (part,) = table.lines(table.files())
    assert part.to_pylist() == [{"run_id": "r0001", "value": 1.0, "text": "", "count": None}]


def test_an_id_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="can't name a file"):
        table_in(tmp_path).add("../x", pa.table({"run_id": ["x"]}))

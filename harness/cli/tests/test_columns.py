"""`parity columns`: every column of rows.csv with its type, unit and meaning."""

import json

from harness.results.row import Row
from harness.results.units import UNITS
from harness.testing.fixtures import RunCommand


def test_every_column_has_a_type_and_a_meaning(parity: RunCommand) -> None:
    done = parity("columns", "--json")
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert [line["name"] for line in found] == Row.columns()
    assert {line["type"] for line in found} == {"bool", "float", "int", "str"}
    assert [line["name"] for line in found if not line["meaning"]] == []


def test_times_have_units() -> None:
    timed = {name for name in Row.columns() if name.endswith(("_ms", "_s"))}
    assert timed == {name for name, unit in UNITS.items() if unit in ("ms", "s")}
    assert set(UNITS) <= set(Row.columns())


def test_a_narrow_terminal_cuts_no_name(parity: RunCommand) -> None:
    done = parity("columns", env={"COLUMNS": "60"})
    assert "reference_log_error" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 60

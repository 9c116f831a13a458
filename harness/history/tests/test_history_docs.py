"""The examples of docs/history.md run, and its tables are complete."""

import re
from pathlib import Path
from typing import Any

import pytest

from harness.history.history import History
from harness.history.schema import COLUMNS, ROWS
from harness.results.row import SCHEMA_VERSION, Row
from harness.results.status import Status
from harness.testing.fixtures import ROOT
from harness.testing.sample_history import add_night
from harness.testing.sample_rows import make_row

TEXT = (ROOT / "docs" / "history.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the examples leave in a notebook's namespace, over two nights of one failing row."""
    pytest.importorskip("duckdb", reason="pip install 'parity-harness[history]'")
    history = History(tmp_path / "reports" / "history")
    for number in (0, 1):
        add_night(history, number, make_row(divergence=-number / 8, status=Status.MISMATCH))
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for example in EXAMPLES:
        exec(example, names)
    return names


def test_the_notebook_examples_give_what_they_say(found: dict[str, Any]) -> None:
    assert len(EXAMPLES) == 2
    assert list(found["failing"]) == [2]
    assert list(found["worst"].worst) == [0, 1 / 8]
    assert str(found["worst"].night[1]) == "2026-01-02 00:00:00"


def test_it_names_the_columns_and_the_version_that_there_are() -> None:
    for name in set(COLUMNS[ROWS]) - set(Row.columns()):
        assert f"| `{name}` |" in TEXT
    assert f"schema-{SCHEMA_VERSION}/rows" in TEXT
    assert f"| {SCHEMA_VERSION - 1} | {SCHEMA_VERSION} |" in TEXT

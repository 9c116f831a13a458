"""A history of 10 000 nights of 60 rows, and what of it a user asks."""

import subprocess
import sys
from typing import Any

import pytest

from harness.history.history import History
from harness.history.queries import RowFilter, row_histories
from harness.testing.sample_history import fill

RUNS, ROWS = 10_000, 60


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """Filled once."""
    found = History(tmp_path_factory.mktemp("history"))
    fill(found, RUNS, ROWS)
    return found


@pytest.mark.parametrize(
    "wanted", [RowFilter(), RowFilter(case="cases/1", image="3.jpg")], ids=["all", "one"]
)
def test_rows_over_10_000_runs(benchmark: Any, history: History, wanted: RowFilter) -> None:
    found = benchmark.pedantic(row_histories, (history, wanted, 30), rounds=3)
    assert {(row.runs, len(row.points)) for row in found} == {(RUNS, 30)}


def test_the_command(benchmark: Any, history: History) -> None:
    words = [sys.executable, "-m", "harness.cli", "history", "--history-dir", str(history.folder)]
    done = benchmark.pedantic(
        subprocess.run, (words,), {"capture_output": True, "check": True}, rounds=3
    )
    assert f"{RUNS:,} runs".encode() in done.stdout

"""Rows over their runs, and the command that shows them."""

import json
from pathlib import Path

import pytest

from harness.history.history import History
from harness.history.queries import RowFilter, row_histories
from harness.history.run_queries import newest_runs, runs_summary
from harness.history.sparkline import sparkline
from harness.results.status import Status
from harness.testing.fixtures import RunCommand
from harness.testing.sample_history import add_night, fill
from harness.testing.sample_rows import make_row

pytest.importorskip("duckdb", reason="pip install 'parity-harness[history]'")


@pytest.fixture
def history(tmp_path: Path) -> History:
    """Four nights: a row that jumps and then fails, and from the second night on another."""
    found = History(tmp_path / "reports" / "history")
    ended: list[dict[str, None]] = [{}, {"finished": None}]
    statuses = [Status.MATCH, Status.MATCH, Status.MATCH, Status.MISMATCH]
    for number, (status, divergence) in enumerate(zip(statuses, [0, 0, 0.5, 1], strict=True)):
        row = make_row(status=status, divergence=divergence, candidate_version=f"0.{number}")
        others = [make_row(image="[other]?.jpg")] if number else []
        add_night(found, number, row, *others, **ended[number == 1])
    return found


def test_a_row_over_its_runs_is_in_order_of_time(history: History) -> None:
    other, row = row_histories(history, RowFilter(), 30)
    assert (row.image, row.runs, other.runs) == ("i.jpg", 4, 3)
    assert [point.divergence for point in row.points] == [0, 0, 0.5, 1]
    assert [point.candidate_version for point in row.points] == ["0.0", "0.1", "0.2", "0.3"]
    assert sparkline(row.points) == "▁▁█×"
    assert sparkline(other.points) == "???"


def test_only_the_last_runs_are_asked_for(history: History) -> None:
    (row,) = row_histories(history, RowFilter(image="i.jpg"), 2)
    assert (row.runs, [point.divergence for point in row.points]) == (4, [0.5, 1])


@pytest.mark.parametrize(
    ("wanted", "images"),
    [
        (RowFilter(image="i*"), ["i.jpg"]),
        (RowFilter(image="*"), ["[other]?.jpg", "i.jpg"]),
        (RowFilter(case="c", candidate="relay", scope="graph", image="i.jpg"), ["i.jpg"]),
        (RowFilter(case="' or 1=1 --"), []),
    ],
)
def test_names_and_patterns(history: History, wanted: RowFilter, images: list[str]) -> None:
    assert [row.image for row in row_histories(history, wanted, 1)] == images


def test_packed_runs_are_answered_as_the_others(tmp_path: Path) -> None:
    history = History(tmp_path / "of [all] *?")
    fill(history, 100, 10, pack=64)
    add_night(history, 100, make_row(case="cases/0", image="0.jpg", divergence=0.5))
    (row,) = row_histories(history, RowFilter(case="cases/0", image="0.jpg"), 3)
    assert row.runs == 101
    assert [point.divergence for point in row.points] == [1e-7, 1e-7, 0.5]
    assert runs_summary(history).runs == 101
    assert [run.rows for run in newest_runs(history, 2)] == [10, 1]


def test_the_command_shows_every_run_of_a_row_and_names_incomplete_ones(
    history: History, parity: RunCommand
) -> None:
    done = parity("history", "--image", "i.jpg", env={"COLUMNS": "160"})
    assert done.returncode == 0, done.stderr
    assert "▁▁█×" in done.stdout
    assert "mismatch" in done.stdout
    assert "incomplete: 20260102T000000Z-000001 (2 rows)" in done.stdout
    done = parity("history", "--image", "i.jpg", "--last", "1", "--json")
    (one,) = json.loads(done.stdout)
    assert (one["status"], one["divergence"], one["candidate_version"]) == ("mismatch", 1, "0.3")


def test_a_name_that_is_not_there_is_wrong_use(history: History, parity: RunCommand) -> None:
    done = parity("history", "--candidate", "rely")
    assert done.returncode == 2
    assert "no candidate 'rely'; nearest: relay" in done.stderr


def test_prune_keeps_what_the_policy_says(history: History, parity: RunCommand) -> None:
    refused = parity("history", "prune")
    assert refused.returncode == 2
    assert "a policy is needed" in refused.stderr
    done = parity("history", "prune", "--last", "1", "--dry-run")
    assert done.stdout.count("would forget") == 3
    assert len(history.kept_runs()) == 4
    done = parity("history", "prune", "--last", "1")
    assert (done.returncode, done.stdout.count("forgot ")) == (0, 3)
    assert [run.run_id for run in history.kept_runs()] == ["20260104T000000Z-000003"]
    assert len(history.rows_of("20260104T000000Z-000003")) == 2
    assert history.rows_of("20260101T000000Z-000000") == []

"""A run that ends, beside those that were kept before."""

from pathlib import Path

import pytest

from harness.history import since_last
from harness.history.comparison import RunRows
from harness.history.history import History
from harness.history.keeper import HistoryKeeper
from harness.history.kept_run import kept_run
from harness.history.since_last import changes_since_last, trends
from harness.history.sources import side_of
from harness.results.row import Row
from harness.results.status import Status
from harness.testing.sample_history import add_night, night, nightly
from harness.testing.sample_rows import make_result, make_row


def side(number: int, *rows: Row) -> RunRows:
    """A run of two whole cases, as one side of a comparison."""
    run = nightly(number, whole_cases=("c", "d"))
    return side_of(kept_run(run, rows, Path()), rows)


def test_the_newest_ended_run_of_the_same_cases_is_the_last(tmp_path: Path) -> None:
    history = History(tmp_path)
    assert changes_since_last(history, [], side(9, make_row())) is None
    add_night(history, 1, make_row(), whole_cases=("c",))
    add_night(history, 2, make_row(status=Status.MISMATCH), finished=None)
    add_night(history, 3, make_row(case="d"))
    ended = history.ended_runs()
    now = side(9, make_row(status=Status.MISMATCH, reason="far"))
    found = changes_since_last(history, ended, now)
    assert found
    assert found.since == night(1)[0]
    assert found.headline == "1 regressed; 0 unchanged"
    (section,) = found.sections
    assert section.name == "regressions"
    assert section.lines == (("c i.jpg relay graph", "match → mismatch: far"),)
    other = changes_since_last(history, ended, side(9, make_row(case="d")))
    assert other
    assert (other.since, other.headline) == (night(3)[0], "nothing changed; 1 unchanged")


def test_trends_end_with_the_run_that_ends(tmp_path: Path) -> None:
    history = History(tmp_path)
    for number, divergence in enumerate((0.0, 0.5, 1.0)):
        add_night(history, number, make_row(divergence=divergence), make_row(case="d"))
    new = make_row(image="new.jpg")
    now = make_row(status=Status.MISMATCH, divergence=9.0)
    ended = history.ended_runs()
    (found,) = trends(history, ended, [now, new])
    assert (found.image, found.line) == ("i.jpg", "▁▅█×")


def test_of_large_runs_fewer_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = History(tmp_path)
    for number in range(4):
        add_night(history, number, make_row(divergence=1.0), make_row(image="other.jpg"))
    monkeypatch.setattr(since_last, "MOST_READ", 5)
    (found,) = trends(history, history.ended_runs(), [make_row(divergence=1.0)])
    assert found.line == "▁▁▁"


def test_a_run_is_recorded_with_both(tmp_path: Path) -> None:
    keeper = HistoryKeeper(History(tmp_path / "history"))
    for number in range(2):
        run = nightly(number)
        keeper.begin(run, tmp_path / run.id)
        ended = keeper.with_history(run, [make_result()])
        assert len(ended.changes) == len(ended.trends) == number
        keeper.keep(ended, [make_result()])

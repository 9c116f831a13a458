"""Since when a figure is another: steps, spikes, recoveries, and rows that alternate."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.history.drift import COLUMNS, DriftStep, drift_steps, flaky
from harness.history.history import History
from harness.history.queries import RowFilter, RowHistory, RowInRun, row_histories
from harness.results.status import Status
from harness.testing.fixtures import RunCommand
from harness.testing.sample_history import add_night, night
from harness.testing.sample_rows import make_row

pytest.importorskip("ruptures", reason="pip install 'parity-harness[history]'")

SERIES = 200
RUNS = 30


def _row(*points: dict[str, Any]) -> RowHistory:
    texts = dict.fromkeys(RowInRun.__annotations__, "")
    figures = dict.fromkeys((*COLUMNS, "atol_needed", "noise"))
    made = tuple(
        RowInRun(**{**texts, **figures, "schema_version": 3, "run_id": f"r{n:03}", **point})
        for n, point in enumerate(points)
    )
    return RowHistory("c", "i.jpg", "relay", "graph", len(made), made)


def _steps(column: str, values: Any) -> list[DriftStep]:
    return drift_steps(_row(*({column: float(value)} for value in values)))


def _places(column: str, values: Any) -> list[tuple[str, float, float, str]]:
    return [(one.run_id, one.before, one.after, one.recovered) for one in _steps(column, values)]


def test_a_series_that_never_varied_is_compared_to_the_last_bit() -> None:
    first = 1e-7
    other = float(np.nextafter(first, 1))
    assert _places("divergence", [first] * 5 + [other] * 4) == [("r005", first, other, "")]
    assert _places("divergence", [first] * 9) == []


def test_the_last_run_alone_counts_where_nothing_varied_before() -> None:
    assert _places("divergence", [1e-8] * 9 + [0.1]) == [("r009", 1e-8, 0.1, "")]


def test_a_single_spike_is_no_step() -> None:
    assert _places("divergence", [1e-8] * 5 + [0.1] + [1e-8] * 4) == []
    noisy = np.random.default_rng(0).normal(1, 0.01, RUNS)
    noisy[12] = 5
    assert _places("error_ratio", noisy) == []


def test_a_step_that_recovered_is_one_step_that_says_when() -> None:
    values = [1e-8] * 4 + [0.1] * 3 + [1e-8] * 4
    assert _places("divergence", values) == [("r004", 1e-8, 0.1, "r007")]
    noise = np.random.default_rng(1).normal(0, 0.02, RUNS)
    level = np.repeat([1.0, 3.0, 1.0], RUNS // 3)
    (step,) = _steps("error_ratio", level + noise)
    assert (step.run_id, step.recovered) == ("r010", "r020")


@pytest.mark.parametrize("column", ["build_s", "candidate_ms"])
def test_a_time_that_grows_by_half_is_found_where_it_did(column: str) -> None:
    noise = np.exp(np.random.default_rng(2).normal(0, 0.05, RUNS))
    values = np.where(np.arange(RUNS) < 17, 20.0, 30.0) * noise
    (step,) = _steps(column, values)
    assert step.run_id == "r017"
    assert step.after / step.before == pytest.approx(1.5, rel=0.1)


def test_a_time_that_grows_by_less_than_a_tenth_is_no_step() -> None:
    values = [20.0, 20.001] * 8 + [21.0, 21.001] * 8
    assert _steps("build_s", values) == []


@pytest.mark.parametrize("column", ["error_ratio", "candidate_ms"])
def test_noise_alone_seldom_looks_like_a_step(column: str) -> None:
    rng = np.random.default_rng(3)
    series = np.exp(rng.normal(0, 0.1, (SERIES, RUNS)))
    assert sum(bool(_steps(column, values)) for values in series) <= SERIES * 0.05


def test_nearly_every_step_of_six_sigma_is_found() -> None:
    rng = np.random.default_rng(4)
    places = rng.integers(5, RUNS - 5, SERIES)
    found = 0
    for place in places:
        values = rng.normal(1, 0.1, RUNS) + np.where(np.arange(RUNS) < place, 0, 0.6)
        steps = _steps("error_ratio", values)
        found += any(abs(int(one.run_id[1:]) - place) <= 1 for one in steps)
    assert found >= SERIES * 0.95


def test_what_changed_with_the_step_is_named() -> None:
    old = {"candidate_version": "0.26.0", "commit": "a" * 40, "divergence": 1e-8}
    new = {**old, "candidate_version": "0.27.0", "divergence": 0.1}
    (step,) = drift_steps(_row(*[old] * 4, *[new] * 3))
    assert step.changed == ("candidate_version 0.26.0 → 0.27.0",)


def test_runs_without_the_figure_are_left_out() -> None:
    there, absent = {"divergence": 1e-8}, {"status": "crashed"}
    assert drift_steps(_row(there, there, absent, there, there)) == []
    assert drift_steps(_row(there, {"divergence": 1.0})) == []


def test_a_status_that_alternates_at_the_same_versions_is_flaky() -> None:
    good, bad = {"status": "match"}, {"status": "mismatch"}
    found = flaky(_row(good, bad, good, good))
    assert found is not None
    assert (found.statuses, found.changes) == (("match", "mismatch"), 2)
    assert flaky(_row(good, good, bad, bad)) is None
    newer = {"candidate_version": "2"}
    assert flaky(_row(good, bad | newer, good)) is None


@pytest.fixture
def history(tmp_path: Path) -> History:
    """Nine nights alike and a tenth in which one of two rows is broken."""
    pytest.importorskip("duckdb", reason="pip install 'parity-harness[history]'")
    found = History(tmp_path / "reports" / "history")
    calm = make_row(image="calm.jpg", divergence=1e-8)
    for number in range(9):
        add_night(found, number, calm, make_row(image="broken.jpg", divergence=1e-8))
    broken = {"status": Status.MISMATCH, "divergence": 0.3, "candidate_version": "0.27"}
    add_night(found, 9, calm, make_row(image="broken.jpg", **broken))
    return found


def test_the_row_that_broke_in_the_last_of_ten_runs_is_found(history: History) -> None:
    (step,) = [
        step for row in row_histories(history, RowFilter(), 100) for step in drift_steps(row)
    ]
    assert (step.image, step.column, step.run_id) == ("broken.jpg", "divergence", night(9)[0])


def test_the_command_prints_the_run_what_changed_and_the_size(
    history: History, parity: RunCommand
) -> None:
    done = parity("history", "drift", env={"COLUMNS": "200"})
    assert done.returncode == 0, done.stderr
    run, line = done.stdout.splitlines()
    assert run == f"{night(9)[0]}: candidate_version – → 0.27"
    assert line == "  c broken.jpg relay graph: divergence 1e-08 → 0.3"
    (found,) = json.loads(parity("history", "drift", "--json").stdout)
    assert (found["change"], found["run_id"]) == ("step", night(9)[0])


def test_the_command_says_that_there_is_nothing(history: History, parity: RunCommand) -> None:
    done = parity("history", "drift", "--image", "calm.jpg")
    assert (done.returncode, done.stdout.strip()) == (0, "no step and no flaky row")
    done = parity("history", "drift", "--image", "absent.jpg")
    assert done.returncode == 2
    assert "the history has no image" in done.stderr

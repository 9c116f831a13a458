"""Runs are kept whole, those of earlier versions are upgraded, dead ones are incomplete."""

import math
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

import harness
from harness.errors import ReportError
from harness.history.history import History
from harness.history.importing import add_folder
from harness.history.keeper import HistoryKeeper, keep_dead
from harness.reports.arrow import VERSION_KEY
from harness.reports.read_rows import read_rows
from harness.results.row import SCHEMA_VERSION
from harness.results.status import Status
from harness.testing.sample_history import add_night, nightly
from harness.testing.sample_rows import make_result, make_row

OLD = Path(__file__).parent / "old_runs"
SECOND = OLD / "20261126T032628Z-7e259e"
"""A run of schema version 2, in which `noise` and `error_ratio` were of another rule."""

RUN = """
import os, signal, sys, time
from pathlib import Path
from harness.history.history import History
from harness.history.keeper import HistoryKeeper
from harness.reports.recorder import Recorder
from harness.testing.sample_rows import make_result
root = Path(sys.argv[1])
recorder = Recorder(root, ["parity"], HistoryKeeper(History(root / "history")))
recorder.append(make_result(image=sys.argv[2]))
if sys.argv[3] == "die":
    os.kill(os.getpid(), signal.SIGKILL)
print("ready", flush=True)
sys.stdin.readline()
recorder.finish(0)
"""


def started(root: Path, image: str, end: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", RUN, str(root), image, end]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)


def test_a_run_is_kept_as_it_was(tmp_path: Path) -> None:
    history = History(tmp_path)
    row = make_row(kl=math.inf, k=5, top1_equal=False, status=Status.CRASHED, reason="a\nb")
    kept = add_night(history, 3, row, whole_cases=("c",))
    (found,) = history.kept_runs()
    assert found == kept
    assert (found.failing, found.covered_cases) == (1, frozenset({"c"}))
    (read,) = history.rows_of(found.run_id)
    assert str(read) == str(row.model_copy(update=nightly(3).columns()))
    (path,) = history.rows.files()
    assert parquet.read_schema(path).metadata[VERSION_KEY] == str(SCHEMA_VERSION).encode()


def test_read_history_has_the_types_of_read_rows_and_the_order_of_time(tmp_path: Path) -> None:
    history = History(tmp_path / "history")
    for number in (2, 1):
        add_night(history, number, make_row(divergence=number / 8))
    table = harness.read_history(tmp_path)
    assert list(table.divergence) == [1 / 8, 2 / 8]
    (one_run,) = OLD.glob("*7e259e")
    types = read_rows(one_run).dtypes
    assert dict(table[list(types.index)].dtypes) == dict(types)
    few = harness.read_history(tmp_path / "history", columns=["status", "case"])
    assert list(few.columns) == ["status", "case"]
    with pytest.raises(ReportError, match="no column 'staus'; nearest: status"):
        harness.read_history(tmp_path, columns=["staus"])
    with pytest.raises(ReportError, match="holds no history"):
        harness.read_history(tmp_path / "elsewhere")


@pytest.mark.parametrize("folder", sorted(OLD.iterdir()), ids=lambda path: path.name[:15])
def test_the_folder_of_an_old_run_is_added_once(tmp_path: Path, folder: Path) -> None:
    history = History(tmp_path)
    run = add_folder(history, folder)
    assert run is not None
    assert (run.rows, run.passing, run.failing, run.exit_status) == (4, 3, 1, 1)
    assert run.schema_version < SCHEMA_VERSION
    assert run.program_versions["tensorflow"].startswith("2.21")
    assert add_folder(history, folder) is None
    table = harness.read_history(tmp_path)
    assert sorted(table.status) == ["match", "match", "match", "mismatch"]
    pd.testing.assert_series_equal(table.divergence, read_rows(folder).divergence)
    assert table.error_ratio.isna().all()  # a figure of another rule
    assert read_rows(folder).error_ratio.notna().any()
    assert set(table.run_id) == {folder.name}


def test_a_history_of_an_older_version_is_upgraded(tmp_path: Path) -> None:
    newer, older = History(tmp_path / "newer"), tmp_path / "older"
    add_folder(newer, SECOND)
    old = pa.Table.from_pandas(read_rows(SECOND).assign(run_id=SECOND.name), preserve_index=False)
    (older / "schema-2" / "rows").mkdir(parents=True)
    parquet.write_table(old, older / "schema-2" / "rows" / f"run-{SECOND.name}.parquet")
    shutil.copytree(newer.runs.folder, older / "schema-2" / "runs")
    table = harness.read_history(older)
    assert list(table.schema_version) == [2] * 4
    assert table.error_ratio.isna().all()
    assert list(table.divergence) == list(harness.read_history(tmp_path / "newer").divergence)
    assert [run.run_id for run in History(older).kept_runs()] == [SECOND.name]
    assert not list((older / "schema-2").rglob("*.parquet"))


def test_runs_that_end_at_the_same_moment_are_all_kept(tmp_path: Path) -> None:
    runs = [started(tmp_path, f"{n}.jpg", "end") for n in range(3)]
    assert [run.stdout.readline() for run in runs if run.stdout] == ["ready\n"] * 3
    history = History(tmp_path / "history")
    assert len(keep_dead(history)) == 3  # they go on
    for run in runs:
        assert run.stdin
        run.stdin.write("\n")
        run.stdin.flush()
    assert [run.wait(600) for run in runs] == [0] * 3
    assert [run.state for run in history.kept_runs()] == ["finished"] * 3
    images = harness.read_history(tmp_path).image
    assert sorted(images) == [f"{n}.jpg" for n in range(3)]
    assert not list((tmp_path / "history" / "running").iterdir())


def test_a_run_that_died_is_incomplete_with_the_rows_it_had(tmp_path: Path) -> None:
    dead = started(tmp_path, "a.jpg", "die")
    assert dead.wait(600) == -signal.SIGKILL
    history = History(tmp_path / "history")
    assert history.kept_runs() == []
    assert keep_dead(history) == []
    (run,) = history.kept_runs()
    assert (run.state, run.rows, run.exit_status, run.run_finished) == ("incomplete", 1, None, "")
    assert list(harness.read_history(tmp_path).image) == ["a.jpg"]
    keep_dead(history)
    assert len(history.kept_runs()) == 1


def test_a_dead_run_whose_journal_is_gone_is_listed_without_rows(tmp_path: Path) -> None:
    history = History(tmp_path / "history")
    keeper = HistoryKeeper(history)
    keeper.begin(nightly(1, finished=None), tmp_path / "gone")
    keeper._lock.release()  # type: ignore[union-attr]  # as the system does when it dies
    keep_dead(history)
    (run,) = history.kept_runs()
    assert (run.state, run.rows) == ("incomplete", 0)


def test_a_history_that_cant_be_written_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ReportError, match="can't be written"):
        HistoryKeeper(History(tmp_path / "file")).begin(nightly(1), tmp_path)
    with pytest.raises(ReportError, match="can't be read or written"):
        add_night(History(tmp_path / "file"), 1, make_result().row)

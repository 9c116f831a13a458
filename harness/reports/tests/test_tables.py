"""Columns of every table: where each line comes from, and types that do not depend on values."""

from pathlib import Path

import pandas as pd
import pytest

from harness.reports.read_rows import read_rows
from harness.reports.recorder import Recorder
from harness.results.machine import GitFacts, MachineFacts
from harness.results.result import ExpectedRow, Result, TopkRow
from harness.results.status import Status
from harness.testing.sample_rows import make_result, make_row

ABOUT = {"case": "c", "image": "i.jpg", "candidate": "relay"}
TOPK = TopkRow("reference", 1, class_index=7, label="owl", score=0.5)
PUBLISHED = ExpectedRow(**ABOUT, side="reference", rank=1, label="owl", score=1)
EMPTY = make_result(status=Status.NO_DEVICE)
FULL = Result(
    row=make_row(k=5, top1_equal=True, max_abs=2.0, opt_level=3, max_abs_class=0, near_ties=1),
    topk=(TOPK,),
    expected=(PUBLISHED,),
)


def run_of(root: Path, *results: Result) -> Path:
    recorder = Recorder(root, ["parity"])
    for result in results:
        recorder.append(result)
    recorder.finish(0)
    assert recorder.path
    return recorder.path


def test_every_table_says_which_run_made_each_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = MachineFacts(git=GitFacts(commit="0f" * 20))
    monkeypatch.setattr("harness.results.run_record.describe", lambda: facts)
    path = run_of(tmp_path, FULL)
    tables = {name: pd.read_csv(path / name) for name in ("rows.csv", "topk.csv", "published.csv")}
    for name, table in tables.items():
        assert {"run_id", "run_started", "commit"} <= set(table.columns), name
        assert list(table["run_id"]) == [path.name]
        assert list(table["commit"]) == ["0f" * 20]
        started = pd.Timestamp(table["run_started"][0])
        assert started.utcoffset() == pd.Timedelta(0)
        assert started.strftime("%Y%m%dT%H%M%SZ") == path.name.partition("-")[0]


@pytest.mark.parametrize("results", [(), (EMPTY,), (FULL,), (EMPTY, FULL)], ids=len)
def test_parquet_and_read_rows_have_the_same_types_in_every_run(
    tmp_path: Path, results: tuple[Result, ...]
) -> None:
    pytest.importorskip("pyarrow")
    path = run_of(tmp_path / "this", *results)
    expected = read_rows(run_of(tmp_path / "other", EMPTY)).dtypes
    pd.testing.assert_series_equal(read_rows(path).dtypes, expected)
    pd.testing.assert_series_equal(pd.read_parquet(path / "rows.parquet").dtypes, expected)


def test_parquet_has_the_rows_of_the_csv(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    path = run_of(tmp_path, EMPTY, FULL)
    pd.testing.assert_frame_equal(pd.read_parquet(path / "rows.parquet"), read_rows(path))


def test_a_whole_number_in_a_column_of_floats_is_a_float_for_any_reader(tmp_path: Path) -> None:
    path = run_of(tmp_path, FULL)
    assert pd.read_csv(path / "rows.csv")["max_abs"].dtype == "float64"
    assert pd.read_csv(path / "published.csv")["score"].dtype == "float64"

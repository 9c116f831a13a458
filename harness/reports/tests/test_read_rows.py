"""rows.csv as a DataFrame with the types of `Row`."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from harness.errors import ReportError
from harness.reports.folder import RunFolder
from harness.reports.read_rows import read_rows
from harness.reports.stored_run import read
from harness.results.row import SCHEMA_VERSION, Row
from harness.results.status import Status
from harness.results.table import COLUMN_TYPES
from harness.testing.sample_rows import make_result, make_run

HEAD = "case,image,candidate,scope,status"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run of two rows; one has figures, the other has none."""
    made = RunFolder.create(tmp_path)
    figures: dict[str, Any] = {
        "k": 5,
        "top1_equal": True,
        "max_abs": 0.1 + 0.2,
        "kl": math.inf,
        "reason": "NA",
        "top1_label": 'a, "b"\r\nc',
    }
    results = [make_result(**figures), make_result(image="j", status=Status.CRASHED)]
    made.finish(make_run(1), results)
    return made.path


def written(tmp_path: Path, text: str) -> Path:
    (tmp_path / "rows.csv").write_text(text)
    return tmp_path / "rows.csv"


def test_every_column_has_the_type_of_its_field(folder: Path) -> None:
    table = read_rows(folder)
    assert list(table.columns) == Row.columns()
    kinds = Row.column_types()
    assert {n: str(t) for n, t in table.dtypes.items()} == {
        name: COLUMN_TYPES[kind].pandas for name, kind in kinds.items()
    }


def test_values_come_back_as_they_were(folder: Path) -> None:
    first, second = read_rows(folder).to_dict("records")
    assert (first["k"], first["top1_equal"], first["kl"]) == (5, True, math.inf)
    assert first["max_abs"] == 0.1 + 0.2, "to the last bit"
    assert (first["reason"], first["top1_label"]) == ("NA", 'a, "b"\r\nc')
    assert (second["status"], second["reason"]) == ("crashed", "")


def test_text_that_the_file_writes_out_comes_back(tmp_path: Path) -> None:
    texts = ["=1+1", "'=1+1", "\x1b[2J\r", "\\x1b", "\tx", "-owl"]
    made = RunFolder.create(tmp_path)
    made.finish(make_run(), [make_result(reason=text, divergence=-1.0) for text in texts])
    table = read_rows(made.path)
    assert list(table["reason"]) == texts
    assert list(table["divergence"]) == [-1.0] * len(texts)
    assert "\x1b" not in (made.path / "rows.csv").read_text()


def test_what_was_not_measured_is_missing(folder: Path) -> None:
    table = read_rows(folder)
    missing = table.isna().iloc[1]
    assert missing[["k", "top1_equal", "max_abs"]].all()
    assert not missing[["reason", "log"]].any(), "text is empty instead"


def test_a_folder_its_file_and_latest_are_the_same(folder: Path) -> None:
    table = read_rows(folder)
    assert read_rows(folder / "rows.csv").equals(table)
    assert read_rows(str(folder.parent / "latest")).equals(table)


def test_an_earlier_table_has_its_missing_columns_empty(tmp_path: Path) -> None:
    table = read_rows(written(tmp_path, f"{HEAD},extra\nc,i,r,graph,match,07\n"))
    assert list(table.columns) == [*Row.columns(), "extra"]
    assert table["k"].isna().all()
    assert (str(table["k"].dtype), str(table["reason"].dtype)) == ("Int64", "string")
    assert (table["reason"][0], table["extra"][0]) == ("", "07")


def test_a_run_without_rows_is_an_empty_table(tmp_path: Path) -> None:
    made = RunFolder.create(tmp_path)
    made.finish(make_run(5), [])
    table = read_rows(made.path)
    assert (len(table), str(table["k"].dtype)) == (0, "Int64")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "can't be read as rows"),
        ("a,b\n1,2\n", "column case is missing; found a, b"),
        (f"{HEAD},k\nc,i,r,graph,match,owl\n", "can't be read as rows"),
        (f"{HEAD}\nc,i,r,graph,match,more,and,more\n", "can't be read as rows"),
    ],
)
def test_what_is_no_table_of_rows_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ReportError, match=message):
        read_rows(written(tmp_path, text))


def test_a_later_schema_version_is_refused(folder: Path) -> None:
    facts = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(facts | {"schema_version": SCHEMA_VERSION + 1}))
    with pytest.raises(
        ReportError, match=f"version {SCHEMA_VERSION + 1}; this harness knows up to"
    ):
        read_rows(folder)


def test_where_there_are_no_rows_it_says_what_to_do(tmp_path: Path) -> None:
    made = RunFolder.create(tmp_path)
    with pytest.raises(ReportError, match="only its journal; make it again with: parity report"):
        read_rows(made.path)
    with pytest.raises(ReportError, match="no such folder"):
        read_rows(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "text",
    [f"{HEAD},k\nc,i,r,graph,match,1.5e400x\n", f"{HEAD},k\nc,i,r,graph,match,10\n1,2,3,4,5,1.5\n"],
)
def test_a_number_of_another_type_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(ReportError, match="can't be read as rows"):
        read_rows(written(tmp_path, text))


def test_a_table_of_very_many_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="more than 1000 columns"):
        read_rows(written(tmp_path, HEAD + ",x" * 5000 + "\n"))


@pytest.mark.parametrize("version", ["[]", "Infinity", '"2"', "{}", "null"])
def test_a_schema_version_that_is_no_number_is_none(folder: Path, version: str) -> None:
    (folder / "run.json").write_text(f'{{"schema_version": {version}}}')
    assert len(read_rows(folder)) == 2


@pytest.mark.parametrize("rows", ["[]", "Infinity", '"2"', "{}", "null"])
def test_a_count_of_rows_that_is_no_number_hides_no_row(folder: Path, rows: str) -> None:
    (folder / "run.json").write_text(f'{{"counts": {{"rows": {rows}}}}}')
    assert len(read(folder)[1]) == 2

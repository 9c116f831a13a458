"""Every report format does what a writer must; a broken one costs only itself."""

import io
import json
import math
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from harness.reports import registry
from harness.reports.arrow import VERSION_KEY
from harness.reports.folder import RunFolder
from harness.reports.protocol import ReportWriter
from harness.reports.recorder import Recorder
from harness.reports.writers import parquet as parquet_writer
from harness.reports.writers.run_json import from_json, schema_version
from harness.results.result import ExpectedRow, Result, TopkRow
from harness.results.row import SCHEMA_VERSION, Row
from harness.results.run_record import RunRecord
from harness.results.status import Status
from harness.testing.sample_rows import make_result, make_row, make_run

KEY = {"case": "c", "image": "i.jpg", "candidate": "relay"}
TOPK = TopkRow(side="reference", rank=1, class_index=7, label="owl", score=math.nan)
PUBLISHED = ExpectedRow(**KEY, side="reference", rank=1, label="owl", score=0.8)
FULL = Result(row=make_row(kl=math.inf, reason="ß\r\n"), topk=(TOPK,), expected=(PUBLISHED,))

NO_UTF8 = make_result(reason="photo-\udcff.jpg")
"""As Python reads the name of a file that is no UTF-8."""


@pytest.fixture(params=registry.all_writers()[0], ids=lambda writer: writer.file_name)
def writer(request: pytest.FixtureRequest) -> ReportWriter:
    found: ReportWriter = request.param
    return found


class TestEveryWriter:
    def test_it_is_a_writer(self, writer: ReportWriter) -> None:
        assert isinstance(writer, ReportWriter)
        assert Path(writer.file_name).name == writer.file_name
        assert isinstance(writer.order, int)

    @pytest.mark.parametrize(
        "results", [[], [FULL], [make_result(status=Status.CRASHED), FULL], [NO_UTF8]]
    )
    def test_it_renders_bytes_or_nothing(self, writer: ReportWriter, results: list[Result]) -> None:
        content = writer.render(make_run(command="parity check \udcff.jpg"), results)
        assert content is None or isinstance(content, bytes)
        assert content != b""

    def test_the_same_run_gives_the_same_bytes(self, writer: ReportWriter) -> None:
        run = make_run()
        assert writer.render(run, [FULL]) == writer.render(run, [FULL])

    def test_it_writes_nothing_itself(
        self, writer: ReportWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        writer.render(make_run(), [FULL])
        assert not list(tmp_path.iterdir())

    def test_an_unfinished_run_is_no_error(self, writer: ReportWriter) -> None:
        writer.render(RunRecord(id="20200101T000000Z-000000"), [FULL])


def test_the_harnesss_own_are_written_small_and_telling_ones_first() -> None:
    assert [writer.file_name for writer in registry.own_writers()] == [
        "run.json",
        "rows.csv",
        "topk.csv",
        "published.csv",
        "report.html",
        "rows.parquet",
        "scores.parquet",
    ]


def test_parquet_keeps_types_and_writes_nan_as_null() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    results = [make_result(k=5, kl=math.inf), make_result(status=Status.CRASHED)]
    content = parquet_writer.WRITER.render(make_run(), results)
    assert content
    found = parquet.read_table(io.BytesIO(content))
    table = found.to_pydict()
    assert list(table) == Row.columns()
    assert (table["k"], table["status"]) == ([5, None], ["match", "crashed"])
    assert (table["kl"], table["max_abs"]) == ([math.inf, None], [None, None])
    assert found.schema.metadata[VERSION_KEY] == str(SCHEMA_VERSION).encode()


def test_without_pyarrow_there_is_just_no_parquet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    written = RunFolder.create(tmp_path).finish(make_run(), [make_result()])
    assert "rows.parquet" not in {path.name for path in written.paths}
    assert "rows.csv" in {path.name for path in written.paths}


def test_run_json_says_which_version_its_tables_have() -> None:
    text = registry.own_writers()[0].render(make_run(), [])
    assert text
    assert schema_version(text.decode()) == SCHEMA_VERSION
    assert schema_version("{}") == 0, "written before there were versions"


def test_a_run_json_of_before_there_were_types_and_versions_is_read() -> None:
    old = {
        "id": "20261122T205900Z-3fa9c1",
        "environment": {
            "versions": {"numpy": "2.3", "tvm": None},
            "cpu": {"model": "Xeon", "features": ["avx2"], "cores": 4, "usable_cores": 2},
            "os": {"name": "Debian", "kernel": "Linux 6", "machine": "x86_64"},
            "git": {"commit": "0" * 40, "dirty": False},
        },
        "programs": {"relay": {"version": "0.19", "devices": {"cuda": False}}},
        "merged_from": [{"id": "x", "environment": {}}, {"id": "y", "environment": {"git": None}}],
        "counts": {"rows": 1},
    }
    run = from_json(json.dumps(old))
    assert (run.environment.cpu.usable_cores, run.environment.versions["tvm"]) == (2, None)
    assert run.environment.git
    assert run.environment.git.dirty is False
    assert run.programs == old["programs"]


class Markdown:
    """A format of another package."""

    file_name = "rows.md"
    order = 5

    def render(self, _run: RunRecord, results: list[Result]) -> bytes:
        return f"{len(results)} rows".encode()


class Failing(Markdown):
    file_name = "failing.md"

    def render(self, _run: RunRecord, _results: list[Result]) -> bytes:
        raise ZeroDivisionError("no rows to divide by")


class Wordy(Markdown):
    file_name = "wordy.md"

    def render(self, _run: RunRecord, _results: list[Result]) -> Any:
        return "text"


class Greedy(Markdown):
    file_name = "rows.csv"


class Wandering(Markdown):
    file_name = "../rows.md"


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes objects the entry points `one`, `two`, … of another package."""
    module = ModuleType("other_package")
    monkeypatch.setitem(sys.modules, module.__name__, module)

    def put(**named: object) -> None:
        vars(module).update(named)
        entries = [EntryPoint(n, f"other_package:{n}", registry.GROUP) for n in named]
        monkeypatch.setattr(registry, "entry_points", lambda group: entries)
        assert all(entry.group == registry.GROUP for entry in entries)

    return put


def test_another_packages_format_is_written_too(tmp_path: Path, install: Any) -> None:
    install(markdown=Markdown())
    written = RunFolder.create(tmp_path).finish(make_run(), [make_result()])
    assert not written.problems
    assert written.paths[0].name == "rows.md", "its order puts it first"
    assert written.paths[0].read_text() == "1 rows"


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (Failing(), "ZeroDivisionError: no rows to divide by"),
        (Wordy(), "returned str: bytes or None is expected"),
        (Greedy(), "rows.csv: another file has that name"),
        (Wandering(), "'../rows.md': a plain name is expected"),
        (object(), "AttributeError"),
        (None, "AttributeError"),
    ],
)
def test_a_broken_one_is_a_problem_and_costs_no_other_report(
    tmp_path: Path, install: Any, broken: object, message: str
) -> None:
    install(broken=broken, markdown=Markdown())
    recorder = Recorder(tmp_path, ["parity"])
    recorder.append(make_result())
    names = {path.name for path in recorder.finish(0)}
    assert {"rows.md", "run.json", "rows.csv", "report.html"} <= names
    (problem,) = recorder.problems
    assert message in problem
    assert "report writer 'broken' (other_package:broken, entry point of parity.reports)" in problem
    assert (tmp_path / "latest" / "rows.csv").read_text().startswith("case,image,")


def test_one_that_can_not_be_imported_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = EntryPoint("gone", "no_such_package:WRITER", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [entry] * (group != ""))
    written = RunFolder.create(tmp_path).finish(make_run(), [make_result()])
    assert len(written.problems) == 1
    assert "ModuleNotFoundError" in written.problems[0]
    assert "rows.csv" in {path.name for path in written.paths}

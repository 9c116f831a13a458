"""A run printed as Markdown, JUnit XML, CSV, JSON and HTML."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pandas as pd
import pytest

from harness.reports.formats import rendered
from harness.reports.markdown import as_markdown
from harness.reports.recorder import Recorder
from harness.reports.report_format import ReportFormat
from harness.results.census import Census, Unchecked
from harness.results.result import Result
from harness.testing.fixtures import ROOT, RunCommand
from harness.testing.sample_rows import make_result, make_run

KINDS: dict[str, dict[str, Any]] = {
    "a.jpg": {"status": "match", "max_abs": 1e-7, "reference_score": 0.61},
    "b.jpg": {"status": "mismatch", "reason": "class 3 | differs\nby 0.5", "max_abs": 0.5},
    "c.jpg": {"status": "mismatch", "reason": "off", "known_failure": "issue <7>"},
    "d.jpg": {"status": "missing_stack", "reason": "install `it`"},
}
ROWS = [make_result(image=name, **fields) for name, fields in KINDS.items()]
GITHUB_LIMIT = 1 << 20
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [line for line in README.splitlines() if line.startswith("parity report ")]


def _sections(text: str) -> dict[str, str]:
    """What stands below each heading and in each folded part."""
    _, *parts = text.replace("<details><summary>", "### ").replace("</summary>", "").split("### ")
    return {part.splitlines()[0]: part for part in parts}


def test_markdown_shows_what_fails_and_folds_the_rest() -> None:
    text = as_markdown(make_run(1), ROWS)
    assert text.startswith("## 1 of 4 rows fails\n")
    found = _sections(text)
    assert list(found) == ["Failing (1)", "Known failures (1)", "Skipped (1)", "Passing (1)"]
    assert "b.jpg" in found["Failing (1)"]
    assert "a.jpg" in found["Passing (1)"]
    assert text.count("<details>") == text.count("</details>") == 3
    assert "<details><summary>Failing" not in text


def test_nothing_from_outside_is_markup_in_markdown() -> None:
    text = as_markdown(make_run(1), ROWS)
    assert "class 3 \\| differs" in text
    assert "issue \\<7\\>" in text
    assert "install \\`it\\`" in text
    tables = [line for line in text.splitlines() if line.startswith("| m")]
    assert {line.replace("\\|", "").count("|") for line in tables} == {10}


def test_markdown_says_what_is_not_under_full_check() -> None:
    entry = Unchecked(kind="skipped", case="c", about="x", comparisons=1, reason="no stack")
    census = Census(comparisons=4, checked=3, entries=(entry,))
    text = as_markdown(make_run(1, census=census), ROWS)
    assert "3 of 4 comparisons under full check (75.0%); 1 skipped." in text


def test_markdown_of_many_rows_stays_below_githubs_limit_and_says_what_is_left_out() -> None:
    reason = "class 3 differs by 0.5 " * 40
    many = [make_result(image=f"{i}.jpg", status="mismatch", reason=reason) for i in range(4000)]
    text = as_markdown(make_run(1), many)
    assert len(text.encode()) < GITHUB_LIMIT
    shown = sum(line.startswith("| mismatch") for line in text.splitlines())
    assert 1000 < shown < 4000
    assert f"… and {4000 - shown} more, in rows.csv." in text


def test_markdown_of_no_rows_is_no_pass() -> None:
    assert "No data to report" in as_markdown(make_run(), [])


def test_junit_has_a_test_case_a_row_with_its_figures() -> None:
    root = ET.fromstring(rendered(make_run(1), ROWS, ReportFormat.JUNIT))
    (suite,) = root.findall("testsuite")
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("4", "1", "2")
    cases = {case.get("name"): case for case in suite.findall("testcase")}
    failure = cases["b.jpg[relay] graph"].find("failure")
    assert failure is not None
    assert failure.get("type") == "mismatch"
    assert failure.get("message") == "mismatch: class 3 | differs\nby 0.5"
    known = cases["c.jpg[relay] graph"].find("skipped")
    assert known is not None
    assert "known failure: issue <7>" in str(known.get("message"))
    passing = cases["a.jpg[relay] graph"]
    figures = {one.get("name"): one.get("value") for one in passing.iter("property")}
    assert figures["status"] == "match"
    assert float(str(figures["reference_score"])) == 0.61
    assert "candidate_score" not in figures
    assert passing.find("failure") is passing.find("skipped") is None


def test_junit_takes_any_text() -> None:
    odd = make_result(status="crashed", reason="\x00\x1b[2J\ud800\ufffe]]>", image="<&>.jpg")
    root = ET.fromstring(rendered(make_run(1), [odd], ReportFormat.JUNIT))
    (case,) = root.iter("testcase")
    assert case.get("name") == "<&>.jpg[relay] graph"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run folder with ROWS."""
    recorder = Recorder(tmp_path / "reports", ["parity"])
    for result in ROWS:
        recorder.append(result)
    recorder.finish(1)
    assert recorder.path
    return recorder.path


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("name", list(ReportFormat))
def test_the_command_prints_a_run_and_writes_nothing(
    parity: RunCommand, folder: Path, name: str
) -> None:
    before = _files(folder)
    done = parity("report", folder, "--format", name)
    assert done.returncode == 0, done.stderr
    assert "b.jpg" in done.stdout
    assert _files(folder) == before


def test_csv_and_json_have_the_rows_of_the_tables(
    parity: RunCommand, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "printed.csv").write_text(parity("report", folder, "--format", "csv").stdout)
    assert _table(tmp_path / "printed.csv").equals(_table(folder / "rows.csv"))
    printed = json.loads(parity("report", folder, "--format", "json").stdout)
    assert [row["image"] for row in printed] == list(KINDS)
    assert list(printed[0]) == list(_table(folder / "rows.csv").columns)


def _table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readmes_commands_run(parity: RunCommand, folder: Path, command: str) -> None:
    done = parity(*command.split()[1:], cwd=folder.parent.parent)
    assert done.returncode == 0, done.stderr
    assert ("## 1 of 4 rows fails" if "markdown" in command else "report.html") in done.stdout


def test_several_runs_are_printed_as_one(parity: RunCommand, folder: Path) -> None:
    other = Recorder(folder.parent, ["parity"])
    other.append(_other(ROWS)[0])
    other.finish(0)
    done = parity("report", folder, other.path, "--format", "markdown")
    assert done.returncode == 0, done.stderr
    assert "5 rows: 2 passing" in done.stdout


def _other(rows: Sequence[Result]) -> list[Result]:
    return [
        one.model_copy(update={"row": one.row.model_copy(update={"candidate": "relax"})})
        for one in rows
    ]

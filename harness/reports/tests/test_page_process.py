"""report.html of a large run, which another process renders."""

import os
import sys
from pathlib import Path

import pytest

from harness.errors import ReportError
from harness.reports import page_process
from harness.reports.page import WHOLE
from harness.reports.writers import html
from harness.results import journal
from harness.results.result import Result
from harness.results.run_record import RunRecord
from harness.results.status import Status
from harness.results.stored_results import StoredResults
from harness.testing.sample_rows import full_result, make_result

RESULTS = [make_result(image=f"<{n}>.jpg") for n in range(30)]
RUN = RunRecord.begin(["pytest", "it's"])


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StoredResults:
    """Results in a journal, of which as few as these are worth another process."""
    monkeypatch.setattr(page_process, "ROWS", len(RESULTS))
    journal.write(tmp_path / journal.NAME, RESULTS)
    return StoredResults(tmp_path / journal.NAME)


def page_of(results: list[Result] | StoredResults) -> bytes | None:
    return html.WRITER.render(RUN, results)


def processes(monkeypatch: pytest.MonkeyPatch, cores: int) -> list[int]:
    """The exit codes of the processes that render pages from now on; so many cores are there."""
    codes: list[int] = []

    class Watched(page_process.PageProcess):
        def close(self) -> bool:
            wanted = super().close()
            codes.append(self._process.returncode)
            return wanted

    monkeypatch.setattr(html, "PageProcess", Watched)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)))
    return codes


def test_another_process_writes_the_same_page(
    stored: StoredResults, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = processes(monkeypatch, cores=2)
    assert page_of(stored) == page_of(RESULTS)
    assert codes == [0]


def test_rows_that_are_not_shown_whole_are_the_same_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of those the other process reads some columns alone."""
    results = [full_result(number) for number in range(WHOLE + 100)]
    results.append(make_result(status=Status.NO_EVIDENCE, stage="import", image="\ud800"))
    journal.write(tmp_path / journal.NAME, results)
    monkeypatch.setattr(page_process, "ROWS", len(results))
    codes = processes(monkeypatch, cores=2)
    assert page_of(StoredResults(tmp_path / journal.NAME)) == page_of(results)
    assert codes == [0]


def test_a_process_that_fails_costs_no_page(
    stored: StoredResults, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = processes(monkeypatch, cores=2)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert page_of(stored) == page_of(RESULTS)
    assert codes == [1]


def test_one_core_or_few_rows_start_no_process(
    stored: StoredResults, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = processes(monkeypatch, cores=1)
    assert page_of(stored) == page_of(RESULTS)
    processes(monkeypatch, cores=2)
    monkeypatch.setattr(page_process, "ROWS", len(RESULTS) + 1)
    assert page_of(stored) == page_of(RESULTS)
    assert codes == []


def test_a_line_that_is_no_row_is_named(
    stored: StoredResults, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes(monkeypatch, cores=2)
    with stored.path.open("r+b") as file:
        file.write(b'{"row":}')
    with pytest.raises(ReportError, match="no row of this harness"):
        page_of(stored)

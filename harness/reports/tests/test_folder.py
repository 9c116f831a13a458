"""What a run leaves behind, and what is read back from it."""

import json
import math
from pathlib import Path

import pytest

from harness.errors import ReportError
from harness.reports.folder import RunFolder
from harness.reports.stored_run import read
from harness.results.files import latest_name
from harness.results.result import ExpectedRow, Result, TopkRow
from harness.results.row import Row
from harness.testing.sample_rows import make_result, make_row, make_run


def test_a_finished_run_leaves_every_file_and_latest(tmp_path: Path) -> None:
    run = make_run()
    folder = RunFolder.create(tmp_path, run)
    key = {"case": "c", "image": "i.jpg", "candidate": "relay"}
    line = TopkRow(side="reference", rank=1, class_index=7, label="owl", score=0.9)
    published = ExpectedRow(**key, side="reference", rank=1, label="owl", score=0.8)
    result = Result(row=make_row(), topk=(line,), expected=(published,))
    folder.append(result)
    written = {path.name for path in folder.finish(run, [result]).paths}
    assert {"run.json", "rows.csv", "topk.csv", "published.csv", "report.html"} <= written
    assert {path.name for path in folder.path.iterdir()} == written | {"journal.jsonl"}
    assert (tmp_path / "latest").resolve() == folder.path
    assert json.loads((folder.path / "run.json").read_text())["counts"]["passing"] == 1


def test_latest_moves_on_to_the_next_run(tmp_path: Path) -> None:
    for _ in range(2):
        folder = RunFolder.create(tmp_path)
        folder.finish(make_run(), [make_result()])
        assert (tmp_path / "latest").resolve() == folder.path


def test_where_links_are_impossible_latest_is_a_file_with_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    folder = RunFolder.create(tmp_path)
    folder.finish(make_run(), [make_result()])
    assert (tmp_path / "latest").read_text().strip() == folder.path.name
    (found,), (direct,) = read(tmp_path / "latest")[1], read(folder.path)[1]
    assert found.row.payload() == direct.row.payload()


def test_what_was_written_is_read_back_infinities_and_all(tmp_path: Path) -> None:
    run = make_run(programs={"tvm": {"llvm": "22"}})
    folder = RunFolder.create(tmp_path, run)
    folder.finish(run, [make_result(kl=math.inf, max_rel=-math.inf, max_abs=3e-7)])
    back, (result,) = read(folder.path)
    assert back == run
    assert (result.row.kl, result.row.max_rel) == (math.inf, -math.inf)
    assert math.isnan(result.row.cosine)


def test_results_that_were_never_appended_reach_the_journal(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path)
    results = [make_result(), make_result(scope="end_to_end")]
    folder.append(results[0])
    folder.finish(make_run(), results)
    assert [r.row.scope for r in read(folder.path)[1]] == ["graph", "end_to_end"]


def test_an_empty_run_reports_that_there_is_nothing(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path)
    folder.finish(make_run(5), [])
    assert "No data to report" in (folder.path / "report.html").read_text()
    assert (folder.path / "rows.csv").read_text() == ",".join(Row.columns()) + "\n"


def test_a_folder_that_can_not_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ReportError, match="choose another folder"):
        RunFolder.create(tmp_path / "file")


def test_a_wrong_folder_is_refused_with_its_neighbours_names(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path)
    with pytest.raises(ReportError, match=folder.path.name):
        read(tmp_path / "20200101T000000Z-000000")
    with pytest.raises(ReportError, match=r"journal\.jsonl"):
        read(tmp_path)


@pytest.mark.parametrize("content", [b"../elsewhere", b"/etc", b"\xff", b"x" * 5000, b"a\0b"])
def test_a_latest_that_names_no_run_beside_it_leads_nowhere(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "latest").write_bytes(content)
    assert latest_name(tmp_path / "reports") == ""

"""What a worker process printed is kept where a row failed, and the row says where."""

from pathlib import Path

import pytest

from harness.reports import logs
from harness.reports.recorder import Recorder
from harness.reports.stored_run import read, rewrite
from harness.reports.tests.page_reading import HOSTILE, Reader, render
from harness.results.result import Result
from harness.results.status import Status
from harness.testing.sample_rows import make_result, make_row


def failing(log: str = "boom\n", **fields: object) -> Result:
    return Result(row=make_row(**{"status": Status.CRASHED, **fields}), log=log)


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return Recorder(tmp_path / "reports", ["parity"])


def stored(recorder: Recorder) -> Path:
    """Where the last result's row says its log is."""
    assert recorder.path
    assert logs.is_log_path(recorder.results[-1].row.log)
    return recorder.path / recorder.results[-1].row.log


def test_a_failing_rows_log_becomes_a_file(recorder: Recorder) -> None:
    recorder.append(failing("a\x1b[31m\x00b\n"))
    assert stored(recorder).read_bytes() == b"a\x1b[31m\x00b\n", "control characters and all"
    assert stored(recorder).name == "c-i.jpg-relay-graph.log"
    recorder.finish(1)
    assert recorder.path
    (back,) = read(recorder.path)[1]
    assert (back.row.log, back.log) == ("logs/c-i.jpg-relay-graph.log", "")
    assert recorder.results[0] == back.model_copy(update={"row": recorder.results[0].row})
    assert not recorder.problems


def test_a_row_that_does_not_fail_keeps_no_log(recorder: Recorder) -> None:
    recorder.append(make_result().model_copy(update={"log": "loading…"}))
    assert (recorder.results[0].log, recorder.results[0].row.log) == ("", "")
    assert recorder.path
    assert not (recorder.path / "logs").exists()


def test_rows_whose_names_are_alike_have_a_log_each(recorder: Recorder) -> None:
    for image, text in (("a/b", "1"), ("a_b", "2"), ("a_b", "3")):
        recorder.append(failing(text, image=image))
    assert recorder.path
    found = [(recorder.path / r.row.log).read_text() for r in recorder.results]
    assert found == ["1", "2", "3"]


@pytest.mark.parametrize("name", ["../../x", "/etc/passwd", "..", ".hidden", "ß" * 300, HOSTILE])
def test_no_name_leads_out_of_the_folder(recorder: Recorder, name: str) -> None:
    recorder.append(failing(case=name, image=name))
    assert recorder.path
    assert stored(recorder).parent == recorder.path / "logs"
    assert stored(recorder).read_text() == "boom\n"


def test_a_long_log_keeps_its_end(recorder: Recorder) -> None:
    recorder.append(failing("ß" * 100_000 + "Segmentation fault"))
    content = stored(recorder).read_bytes()
    assert logs.MAX_BYTES - 4 <= len(content) <= logs.MAX_BYTES
    text = content.decode()
    assert text.startswith("[the first of 200018 bytes are left out]\n")
    assert text.endswith("ßSegmentation fault")


def test_undecodable_bytes_do_not_stop_it(recorder: Recorder) -> None:
    recorder.append(failing("a\udcffb"))
    assert stored(recorder).read_text() == "a\\udcffb"


def test_where_no_folder_can_be_made_only_the_log_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    recorder = Recorder(tmp_path / "file", ["parity"])
    recorder.append(failing())
    assert {path.name for path in recorder.finish(1)} >= {"rows.csv", "report.html"}
    (kept,) = recorder.results
    assert (kept.row.status, kept.row.log, kept.log) == (Status.CRASHED, "", "")
    assert len(recorder.problems) == 1


def test_where_only_the_log_can_not_be_written_the_row_is_kept(recorder: Recorder) -> None:
    recorder.append(make_result())
    assert recorder.path
    (recorder.path / "logs").touch()
    recorder.append(failing())
    assert recorder.finish(1)
    assert [(r.row.log, r.log) for r in read(recorder.path)[1]] == [("", "")] * 2
    assert "the row itself is not affected" in recorder.problems[0]


def test_reports_that_had_to_go_elsewhere_have_the_logs_too(
    recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    recorder.append(failing())
    assert recorder.path
    (recorder.path / "rows.csv").mkdir()
    before = recorder.path
    recorder.finish(1)
    assert recorder.path != before
    assert stored(recorder).read_text() == "boom\n"


def test_the_page_links_to_it_and_shows_nothing_of_it() -> None:
    result = failing(log=HOSTILE, reason="R")
    row = result.row.model_copy(update={"log": "logs/c-i.jpg-relay-graph.log"})
    html = render(result.model_copy(update={"row": row}))
    links = [link["href"] for link in Reader(html).all("a")]
    assert "logs/c-i.jpg-relay-graph.log" in links
    assert "alert(1)" not in html


@pytest.mark.parametrize("path", ["javascript:alert(1)", "../x.log", "//example.org/logs/x.log"])
def test_a_path_from_elsewhere_is_text_and_no_link(path: str) -> None:
    reader = Reader(render(Result(row=make_row(status=Status.CRASHED, log=path))))
    assert path in reader.text
    assert path not in [link["href"] for link in reader.all("a")]


def test_merged_runs_bring_their_logs(tmp_path: Path) -> None:
    paths = []
    for text in ("one", "two"):
        recorder = Recorder(tmp_path, ["parity"])
        recorder.append(failing(text, reason=text))
        recorder.finish(1)
        assert recorder.path
        paths.append(recorder.path)
    folder, _ = rewrite(paths)
    results = read(folder.path)[1]
    assert [(folder.path / r.row.log).read_text() for r in results] == ["one", "two"]
    assert all(logs.is_log_path(r.row.log) for r in results)
    again, _ = rewrite([folder.path, paths[0]])
    back = read(again.path)[1]
    assert [(again.path / r.row.log).read_text() for r in back] == ["one", "two"], "each once"

"""What survives a run that was killed."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.reports.folder import RunFolder
from harness.reports.headline import headline
from harness.reports.read_rows import read_rows
from harness.reports.stored_run import read, rewrite
from harness.testing.fixtures import RunCommand
from harness.testing.sample_rows import make_result, make_run


def test_a_killed_run_keeps_its_rows_and_is_no_pass(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from harness.testing.sample_rows import make_result\n"
        "from harness.results.run_record import RunRecord\n"
        "from harness.reports.folder import RunFolder\n"
        "folder = RunFolder.create(Path(sys.argv[1]), RunRecord.begin(['parity', 'x']))\n"
        "folder.append(make_result()); folder.append(make_result(scope='end_to_end'))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    (path,) = tmp_path.iterdir()
    run, results = read(path)
    assert (run.command, len(results)) == ("parity x", 2)
    assert headline(run, [r.row for r in results]).tone == "attention"
    rewrite([path])
    assert "did not finish" in (path / "report.html").read_text()


def test_half_a_line_is_left_out_and_remarked_once(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path)
    folder.append(make_result())
    with folder.journal.open("ab") as file:
        file.write(b'{"row": {"case": "lo')
    rewrite([folder.path])
    run, results = read(folder.path)
    assert len(results) == 1
    assert len([text for text in run.remarks if "Line 2 of journal.jsonl" in text]) == 1
    assert "Line 2 of journal.jsonl" in (folder.path / "report.html").read_text()


def test_a_row_after_half_a_line_is_whole(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path)
    folder.journal.write_bytes(b'{"row": {"case": "lo')
    folder.append(make_result())
    assert len(read(folder.path)[1]) == 1


def test_a_row_that_was_half_written_is_still_remarked_upon_when_others_follow(
    tmp_path: Path,
) -> None:
    folder = RunFolder.create(tmp_path)
    folder.append(make_result())
    with folder.journal.open("ab") as file:
        file.write(b'{"row": {"case": "lo')
    folder.append(make_result(scope="end_to_end"))
    run, results = read(folder.path)
    assert [result.row.scope for result in results] == ["graph", "end_to_end"]
    assert len([text for text in run.remarks if "Line 2 of journal.jsonl" in text]) == 1


def test_a_torn_last_line_costs_its_row_alone_and_says_so(
    tmp_path: Path, parity: RunCommand
) -> None:
    path = finished(tmp_path)
    journal = path / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20])
    done = parity("report", path)
    assert done.returncode == 0
    assert "Line 3 of journal.jsonl is half-written" in done.stderr
    assert list(read_rows(path)["scope"]) == ["graph", "end_to_end"]


def finished(root: Path) -> Path:
    """The folder of a finished run of three rows."""
    folder = RunFolder.create(root)
    results = [make_result(), make_result(scope="end_to_end"), make_result(image="j.jpg")]
    folder.finish(make_run(), results)
    return folder.path


LINE = b'{"row":{"case":"c","image":"i","candidate":"r","scope":"graph","status":"match"}}'
DAMAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "emptied": (lambda _: b"", "holds 0 of the 3 rows that the tables beside it have"),
    "zeroed": (lambda content: bytes(len(content)), "holds 0 of the 3 rows"),
    "truncated": (lambda content: content[: len(content) // 3], "of the 3 rows that"),
    "a row less": (lambda content: content.splitlines(True)[0], "holds 1 of the 3 rows"),
    "text": (lambda _: b"case,image\nc,i\n", "journal.jsonl:1: no row of this harness"),
    "text without an end": (lambda _: b"case", "journal.jsonl:1: no row of this harness"),
    "other JSON": (lambda c: c + b'{"level": "info"}\n', "journal.jsonl:4: no row of this harness"),
    "a later row": (
        lambda c: c + LINE.replace(b'"c"', b'"c","surprise":1') + b"\n",
        "journal.jsonl:4: no row of this harness: row.surprise",
    ),
    "half a line within": (
        lambda c: c + LINE[:40] + b"\n" + LINE + b"\n",
        "journal.jsonl:4: no row of this harness",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_journal_is_refused_and_the_reports_stay(
    tmp_path: Path, parity: RunCommand, damage: str
) -> None:
    path = finished(tmp_path)
    journal, (spoil, message) = path / "journal.jsonl", DAMAGES[damage]
    journal.write_bytes(spoil(journal.read_bytes()))
    before = {file.name: file.read_bytes() for file in path.iterdir()}
    done = parity("report", path)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "put the journal of that run back" in done.stderr
    assert "Traceback" not in done.stderr
    assert {file.name: file.read_bytes() for file in path.iterdir()} == before


def test_an_emptied_journal_beside_tables_without_run_json_is_refused_too(
    tmp_path: Path, parity: RunCommand
) -> None:
    path = finished(tmp_path)
    (path / "run.json").unlink()
    (path / "journal.jsonl").write_bytes(b"")
    done = parity("report", path)
    assert done.returncode == 2
    assert "holds 0 of the 3 rows that the tables beside it have" in done.stderr


def test_a_run_without_any_row_has_nothing_to_report(tmp_path: Path, parity: RunCommand) -> None:
    folder = RunFolder.create(tmp_path, make_run())
    done = parity("report", folder.path)
    assert done.returncode == 2
    assert "holds no row, so there is nothing to report" in done.stderr
    assert {file.name for file in folder.path.iterdir()} == {"journal.jsonl", "run.json"}


def test_a_damaged_journal_is_refused_among_others_and_no_folder_is_made(
    tmp_path: Path, parity: RunCommand
) -> None:
    paths = [finished(tmp_path / "a"), finished(tmp_path / "b")]
    (paths[1] / "journal.jsonl").write_bytes(b"")
    done = parity("report", *paths)
    assert done.returncode == 2
    assert str(paths[1]) in done.stderr
    assert [path.name for path in (tmp_path / "a").iterdir() if path.name != "latest"] == [
        paths[0].name
    ]


ANYTHING = {"deep": b"[" * 100_000, "huge": b" " * ((16 << 20) + 1), "binary": b"\xff"}


@pytest.mark.parametrize("name", ANYTHING)
def test_a_run_json_of_anything_costs_its_facts_only(tmp_path: Path, name: str) -> None:
    path = finished(tmp_path)
    (path / "run.json").write_bytes(ANYTHING[name])
    run, results = read(path)
    assert run.remarks == ("run.json can't be read: what was run, and where, is unknown.",)
    assert len(results) == 3

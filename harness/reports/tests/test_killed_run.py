"""What survives a run that was killed."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import ReportError
from harness.reports.folder import RunFolder
from harness.reports.headline import headline
from harness.reports.stored_run import read, rewrite
from harness.testing.sample_rows import make_result


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


def test_a_line_that_is_no_result_is_refused_by_number(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path)
    folder.append(make_result())
    with folder.journal.open("a") as file:
        file.write('{"row": {"case": "c", "surprise": 1}}\n')
    with pytest.raises(ReportError, match=r"journal\.jsonl:2: "):
        read(folder.path)

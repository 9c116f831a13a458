"""What survives a disk that fills up."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import ReportError
from harness.reports.folder import RunFolder
from harness.reports.stored_run import read, rewrite
from harness.results import files as disk
from harness.testing.sample_rows import make_result, make_run


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 256 KiB; skips where mounting is not permitted."""
    root = tmp_path / "disk"
    root.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(root)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting a tmpfs is not permitted here")
    try:
        yield root
    finally:
        subprocess.run(["umount", str(root)], check=True)


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            return


def test_the_journal_stays_and_the_error_says_what_to_do(tiny_disk: Path) -> None:
    folder = RunFolder.create(tiny_disk)
    results = [make_result(), make_result(scope="end_to_end")]
    for result in results:
        folder.append(result)
    fill(tiny_disk / "filler")
    with pytest.raises(ReportError) as raised:
        folder.finish(make_run(), results)
    message = str(raised.value)
    assert "report.html" in message
    assert "No space left on device" in message
    assert f"every row is in {folder.journal}" in message
    assert message.endswith(f"free some space, then run: parity report {folder.path}")
    assert len(read(folder.path)[1]) == 2
    assert not list(folder.path.glob(".*"))

    (tiny_disk / "filler").unlink()
    rewrite([folder.path])
    assert (tiny_disk / "latest" / "report.html").exists()


def test_a_row_that_does_not_fit_leaves_no_trace(tiny_disk: Path) -> None:
    folder = RunFolder.create(tiny_disk)
    folder.append(make_result())
    before = folder.journal.read_bytes()
    fill(tiny_disk / "filler")
    with pytest.raises(ReportError, match="earlier rows are safe"):
        folder.append(make_result(reason="x" * 10_000))
    assert folder.journal.read_bytes() == before


def test_what_fits_stays_when_a_later_file_does_not(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from harness.testing.sample_rows import make_result, make_run\n"
        "from harness.errors import ReportError\n"
        "from harness.reports.folder import RunFolder\n"
        "folder = RunFolder.create(Path(sys.argv[1]))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (16384, 16384))\n"
        "try: folder.finish(make_run(), [make_result()])\n"
        "except ReportError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], check=True, capture_output=True, text=True
    )
    unwritten, _, remedy = done.stdout.partition(" can't be written")
    assert "report.html" in unwritten
    assert "parity report" in remedy
    (path,) = tmp_path.iterdir()
    assert {"journal.jsonl", "run.json", "rows.csv"} <= {p.name for p in path.iterdir()}
    assert not (path / "report.html").exists()


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk.write(tmp_path / "a", b"old")

    def fail(_: int) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="gone"):
        disk.write(tmp_path / "a", b"new")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"old")]

"""A run that is stopped reports what had arrived, and leaves no process behind.

The second candidate hangs. The signal comes once its build has begun: by then the first one's rows
are on disk. No time limit can pass before that.
"""

import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import psutil
import pytest

from harness.testing.tiny import decoder_graph, write_case, write_graph, write_image

CALM, HANGS = ("stack=fake,target=calm", "stack=fake,target=hang-run")
LIMIT_S = 120
"""Seconds after which a process that should have ended counts as left behind."""
Stop = Callable[..., tuple[int, str]]
HANDLED = """
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
module = sys.argv.pop(1)
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""
"""A process that a shell started in the background ignores Ctrl-C, and under nohup a hang-up; so do
those that it starts."""


@pytest.fixture
def builds(fakes: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A descriptor from which the lines of the fakes' builds are read as they are written."""
    fakes.unlink()
    os.mkfifo(fakes)
    monkeypatch.setenv("PARITY_REFERENCE", "fake-reference")
    descriptor = os.open(fakes, os.O_RDWR | os.O_NONBLOCK)
    yield descriptor
    os.close(descriptor)


@pytest.fixture
def stop(builds: int, tmp_path: Path) -> Stop:
    """Starts a module, sends signals once the hanging candidate is built; (exit code, output)."""

    def run(module: str, *words: str, by: tuple[signal.Signals, ...]) -> tuple[int, str]:
        command = [sys.executable, "-c", HANDLED, module, *words]
        running = subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        _await_line(builds, b"hang-run", running)
        family = psutil.Process(running.pid).children(recursive=True)
        for one in by:
            running.send_signal(one)
        output = running.communicate()[0]
        _, left = psutil.wait_procs(family, timeout=LIMIT_S)
        assert family
        assert not left
        return running.returncode, output

    return run


def _await_line(builds: int, wanted: bytes, running: subprocess.Popen[str]) -> None:
    """Read builds until one begins with `wanted`; fails where the process ends first."""
    watched = selectors.DefaultSelector()
    watched.register(builds, selectors.EVENT_READ)
    ended = os.pidfd_open(running.pid)
    watched.register(ended, selectors.EVENT_READ)
    found = b""
    while wanted not in found:
        ready = {key.fd for key, _ in watched.select()}
        if builds in ready:
            found += os.read(builds, 1 << 12)
        elif ended in ready:
            pytest.fail(f"it ended by itself: {running.communicate()[0]}")
    os.close(ended)


SIGNALS = [(signal.SIGINT,), (signal.SIGTERM,), (signal.SIGTERM, signal.SIGTERM), (signal.SIGHUP,)]


@pytest.mark.parametrize(
    ("by", "workers"), [*((by, "0") for by in SIGNALS), ((signal.SIGTERM,), "1")], ids=str
)
def test_pytest_keeps_the_rows_that_had_arrived(
    stop: Stop, tmp_path: Path, by: tuple[signal.Signals, ...], workers: str
) -> None:
    candidates = [f"stack = 'fake'\ntarget = '{target}'" for target in ("calm", "hang-run")]
    write_case(tmp_path, candidates=candidates)
    (tmp_path / "conftest.py").write_text("pytest_plugins = ['harness.plugin']\n")
    words = ("cases", "-n", workers, "--parity-run-timeout=1e6", "--parity-no-explain")
    code, output = stop("pytest", *words, by=by)
    rows = pd.read_csv(tmp_path / "reports" / "latest" / "rows.csv")
    ends = rows.set_index(["candidate", "scope"]).status
    assert ends["fake-calm", "graph"] == "match"
    assert ends["fake-hang-run", "graph"] == "no_evidence"
    assert "report: " in output
    assert code == pytest.ExitCode.INTERRUPTED


@pytest.mark.parametrize("by", SIGNALS, ids=lambda by: "-".join(one.name for one in by))
def test_check_keeps_the_rows_that_had_arrived(
    stop: Stop, tmp_path: Path, by: tuple[signal.Signals, ...]
) -> None:
    write_graph(tmp_path / "model.pb", decoder_graph())
    write_image(tmp_path / "a.jpg")
    words = ("check", "model.pb", "a.jpg", "--candidate", CALM, "--candidate", HANGS)
    options = ("--report-dir", "reports", "--run-timeout", "1e6")
    code, output = stop("harness.cli", *words, *options, by=by)
    assert code == 128 + by[0]
    assert "Traceback" not in output
    rows = pd.read_csv(tmp_path / "reports" / "latest" / "rows.csv")
    assert set(rows.candidate) == {"fake-calm"}
    assert set(rows.status) == {"match"}


def test_prove_ends_its_pytest(stop: Stop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_RUN_TIMEOUT", "1e6")
    photo = write_image(tmp_path / "a.jpg")
    words = ("prove", "--photo", str(photo), "--candidate", HANGS, "--kind", "softmax_twice")
    code, output = stop("harness.cli", *words, by=(signal.SIGTERM,))
    assert code == 143
    assert "Traceback" not in output
    assert not (tmp_path / "proof.md").exists()


def test_bench_leaves_no_process(stop: Stop, tmp_path: Path) -> None:
    write_graph(tmp_path / "model.pb", decoder_graph())
    words = ("bench", "model.pb", "--candidate", HANGS, "--run-timeout", "1e6")
    code, output = stop("harness.cli", *words, by=(signal.SIGTERM,))
    assert (code, output) == (143, "stopped\n")

"""A sweep whose blocks run on a cluster: the commands of docs/sweep.md, on this machine."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from harness.sweep.parts import read_sweep
from harness.sweep.tests.conftest import COUNT, Sweeping
from harness.testing.fixtures import ROOT


@contextmanager
def dask(*words: str) -> Iterator[subprocess.Popen[str]]:
    """A process of Dask's command; it and what it started end with the block."""
    command = [sys.executable, "-m", "dask", *words, "--no-dashboard"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@contextmanager
def cluster() -> Iterator[tuple[str, int]]:
    """Address and process of a scheduler with one worker."""
    with ExitStack() as stack:
        started = stack.enter_context(dask("scheduler", "--host", "127.0.0.1", "--port", "0"))
        assert started.stderr
        found = (re.search(r"Scheduler at:\s+(tcp://\S+)", line) for line in started.stderr)
        address = next(match[1] for match in found if match)
        stack.enter_context(dask("worker", address, "--nthreads", "4"))
        yield address, started.pid


def rows(folder: Path) -> str:
    """What was compared, as CSV."""
    table = read_sweep(folder).sort_values(["image", "scope"])
    return table[["image", "scope", "status", "max_abs"]].to_csv(index=False)


def test_a_cluster_gives_the_rows_of_the_machine_itself(sweep: Sweeping, tmp_path: Path) -> None:
    alone = sweep("--into", "own", target="shifted-on-dark")
    assert alone.returncode == 1, alone.stderr  # one image is a mismatch
    with cluster() as (scheduler, _):
        words = ("--into", "cluster", "--scheduler", scheduler)
        done = sweep(*words, target="shifted-on-dark")
        assert done.returncode == 1, done.stderr
    found = rows(tmp_path / "cluster")
    assert found == rows(tmp_path / "own")
    assert found.count("\n") == 2 * COUNT + 1
    assert "dark.png,graph,mismatch" in found


def test_a_sweep_whose_scheduler_dies_goes_on_with_another(
    sweep: Sweeping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The candidate kills it in the middle, by the number in a file, while the file is there."""
    victim, target = tmp_path / "victim", "killvictim-run-on-dark"
    monkeypatch.setenv("PARITY_FAKE_VICTIM", str(victim))
    with cluster() as (scheduler, process):
        victim.write_text(str(process))
        ended = sweep("--scheduler", scheduler, target=target)
    assert ended.returncode == 2
    assert "the scheduler is gone" in ended.stderr
    assert "Traceback" not in ended.stderr
    victim.unlink()
    with cluster() as (scheduler, _):
        again = sweep("--resume", "--scheduler", scheduler, target=target)
    assert again.returncode == 0, again.stderr
    assert sweep("--into", "undisturbed", target=target).returncode == 0
    assert rows(tmp_path / "sweep") == rows(tmp_path / "undisturbed")
    assert rows(tmp_path / "sweep").count("\n") == 2 * COUNT + 1


def test_the_documentation_has_these_commands() -> None:
    text = (ROOT / "docs" / "sweep.md").read_text(encoding="utf-8")
    assert "`dask scheduler`" in text
    assert "`dask worker tcp://ADDRESS:8786 --nthreads 4`" in text

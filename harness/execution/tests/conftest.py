"""Worker processes for the tests of this room."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.execution.worker import Worker
from harness.execution.worker_pool import WorkerPool
from harness.testing.fixtures import FAKES, ROOT


@pytest.fixture(scope="module")
def functions() -> Iterator[None]:
    """The functions' module on the path of the workers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(FAKES), str(ROOT)]))
        yield


@pytest.fixture(scope="module")
def shared(functions: None) -> Iterator[Worker]:
    """A worker for the tests that leave it alive."""
    worker = Worker("shared", {})
    yield worker
    worker.close()


@pytest.fixture
def worker(functions: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """A worker whose logs lie in tmp_path/logs; nothing of it may be left when it is closed."""
    logs = tmp_path / "logs"
    logs.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(logs))
    worker = Worker("tested", {"PARITY_TESTED": "yes"})
    yield worker
    worker.close()
    assert worker.pid is None
    assert not list(logs.iterdir())


@pytest.fixture
def workers(functions: None) -> Iterator[WorkerPool]:
    """Worker processes by name, ended after the test."""
    found = WorkerPool()
    yield found
    found.close()

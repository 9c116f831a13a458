"""Calls of the functions in `harness/testing/fakes/parity_worker_functions.py`."""

import struct
from collections.abc import Mapping
from typing import Any

import psutil
import pytest
from numpy.typing import NDArray

from harness.execution.worker import Worker
from harness.execution.worker_call import CallLimits, Reply, WorkerError

EASY = CallLimits(timeout_s=600, memory_gib=4)
SHORT = CallLimits(timeout_s=1, memory_gib=4)
MODULE = "parity_worker_functions"
"""Module of the functions, found by worker processes alone."""
FRAME = struct.Struct("!i")
"""Length that stands before each block of the channel."""


def call(
    worker: Worker,
    function: str,
    limits: CallLimits = EASY,
    arrays: Mapping[str, NDArray[Any]] | None = None,
    **payload: Any,
) -> Reply:
    """The reply of a function of the fakes."""
    return worker.call(f"{MODULE}:{function}", payload, arrays or {}, limits)


def failed(worker: Worker, function: str, limits: CallLimits = EASY, **payload: Any) -> WorkerError:
    """The error of a function of the fakes that gives no reply."""
    with pytest.raises(WorkerError) as error:
        call(worker, function, limits, **payload)
    return error.value


def gone(pid: int) -> None:
    """Wait for the end of a process that is not our own child."""
    try:
        process = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return
    _, alive = psutil.wait_procs([process], timeout=600)
    left = [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]  # an init that does not reap
    assert not left

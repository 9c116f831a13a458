"""A program in a process of its own: crash, hang and out-of-memory become values.

Written on subprocess rather than a pool: each program needs its own environment variables before
its framework loads (thread counts, oneDNN on or off), keeps state between calls (a session, a
loaded module), and its last words on stderr are evidence.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil
from numpy.typing import NDArray

from harness import channel
from harness.status import Status

POLL_S = 0.1
STOP_S = 2.0
TAIL_BYTES = 4000
_OUT_OF_MEMORY_WORDS = ("std::bad_alloc", "MemoryError", "Cannot allocate memory", "OOM when")


@dataclass(frozen=True)
class Limits:
    """Bounds on one call."""

    timeout_s: float
    memory_gib: float


class WorkerError(Exception):
    """A call that gave no answer.

    `status` is crashed, timed_out or out_of_memory, or None where the call raised an exception of
    its own and what that means is the caller's to say.
    """

    def __init__(self, status: Status | None, message: str, tail: str = "") -> None:
        super().__init__(message)
        self.status, self.message, self.tail = status, message, tail


@dataclass(frozen=True)
class Reply:
    """What a call returned."""

    payload: dict[str, Any]
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)


class Worker:
    """One process that runs functions named `module:function` until it is closed or dies."""

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        self.name = name
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._life = -1
        self._log = Path(os.devnull)
        self.generation = 0

    def call(
        self, function: str, payload: dict[str, Any], arrays: channel.Arrays, limits: Limits
    ) -> Reply:
        """Run `function(payload, arrays)` in the worker; starts it where it is not running.

        Raises WorkerError for whatever keeps an answer from coming; the next call then starts a
        fresh process.
        """
        oom_kills = _kernel_oom_kills()
        connection = self.start()
        try:
            channel.send(connection, {"function": function, "payload": payload}, arrays)
            self._await(connection, limits)
            answer, returned = channel.receive(connection)
        except (EOFError, OSError):
            raise self._post_mortem(oom_kills) from None
        except BaseException:
            self.kill()
            raise
        if "error" in answer:
            raise self._reported(answer)
        return Reply(answer["payload"], returned)

    def start(self) -> Connection:
        """Start the process where it is not running."""
        if self._connection is not None and self._process and self._process.poll() is None:
            return self._connection
        self.kill()
        ours, theirs = _socket_pair()
        life_theirs, self._life = os.pipe()
        handle, log = tempfile.mkstemp(prefix=f"parity-{self.name}-", suffix=".log")
        self._log = Path(log)
        command = [sys.executable, "-P", "-m", "harness.worker_main"]
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module, no shell
            [*command, str(theirs), str(life_theirs)],
            env=self._child_environment(),
            pass_fds=(theirs, life_theirs),
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=handle,
            start_new_session=True,
        )
        for descriptor in (theirs, life_theirs, handle):
            os.close(descriptor)
        self._connection = Connection(ours)
        self.generation += 1
        return self._connection

    def _child_environment(self) -> dict[str, str]:
        here = str(Path(__file__).resolve().parent.parent)
        path = os.pathsep.join(p for p in (here, os.environ.get("PYTHONPATH", "")) if p)
        return {**os.environ, **self._environment, "PYTHONPATH": path}

    def _await(self, connection: Connection, limits: Limits) -> None:
        deadline = time.monotonic() + limits.timeout_s
        while not connection.poll(POLL_S):
            used = self._resident_gib()
            if used > limits.memory_gib:
                self.kill()
                raise WorkerError(
                    Status.OUT_OF_MEMORY,
                    f"{self.name} held {used:.1f} GiB; its limit is {limits.memory_gib:g} GiB",
                )
            if time.monotonic() > deadline:
                tail = self.tail()
                self.kill()
                raise WorkerError(
                    Status.TIMED_OUT,
                    f"{self.name} gave no answer within {limits.timeout_s:g} s and was stopped",
                    tail,
                )

    def _resident_gib(self) -> float:
        try:
            process = psutil.Process(self._process.pid if self._process else -1)
            family = [process, *process.children(recursive=True)]
            return sum(p.memory_info().rss for p in family) / (1 << 30)
        except (psutil.Error, ValueError):
            return 0.0

    def _post_mortem(self, oom_kills: int) -> WorkerError:
        """Say how the process died, from its exit status, the kernel and its last words."""
        process = self._process
        with contextlib.suppress(subprocess.TimeoutExpired):
            if process:
                process.wait(STOP_S)
        code = process.poll() if process else None
        tail = self.tail()
        self.kill()
        how = f"{self.name} died: {_cause(code)}"
        killed = code == -signal.SIGKILL and _kernel_oom_kills() > oom_kills
        if killed or any(word in tail for word in _OUT_OF_MEMORY_WORDS):
            why = "the kernel ended it for memory" if killed else "it could not get memory"
            return WorkerError(Status.OUT_OF_MEMORY, f"{how}; {why}", tail)
        words = _last_words(tail)
        return WorkerError(Status.CRASHED, f"{how}; last words: {words}" if words else how, tail)

    def _reported(self, answer: dict[str, Any]) -> WorkerError:
        error = answer["error"]
        status = Status.OUT_OF_MEMORY if error["type"] == "MemoryError" else None
        return WorkerError(status, error["message"], error["traceback"])

    def tail(self) -> str:
        """The last of what the process wrote to stdout and stderr."""
        try:
            with self._log.open("rb") as log:
                log.seek(max(0, self._log.stat().st_size - TAIL_BYTES))
                return log.read().decode(errors="replace")
        except OSError:
            return ""

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def kill(self) -> None:
        """End the process and all it started; safe to call at any time."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            os.close(self._life)
            self._log.unlink(missing_ok=True)
        if self._connection is not None:
            self._connection.close()
        self._process = self._connection = None

    close = kill


def _socket_pair() -> tuple[int, int]:
    import socket

    ours, theirs = socket.socketpair()
    return ours.detach(), theirs.detach()


def _cause(code: int | None) -> str:
    if code is None:
        return "it closed its channel but went on running"
    if code < 0:
        return f"killed by signal {-code} ({signal.Signals(-code).name})"
    return f"it ended with exit code {code}"


def _last_words(tail: str) -> str:
    own = tail.split("Fatal Python error:")[0]  # faulthandler's part says where, not why
    lines = [line.strip() for line in own.splitlines() if line.strip()]
    telling = [line for line in lines if "ssert" in line or "rror" in line or "abort" in line.lower()]
    return (telling or lines or [""])[-1][:300]


def _kernel_oom_kills() -> int:
    """How many processes the kernel has ended for memory since boot; 0 where it does not say."""
    try:
        counters = Path("/proc/vmstat").read_text(encoding="ascii").split()
        return int(counters[counters.index("oom_kill") + 1])
    except (OSError, ValueError):
        return 0

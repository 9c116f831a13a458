"""A program in a process of its own: crash, hang and out-of-memory become values.

Written on subprocess rather than a pool: each program needs its own environment variables before
its framework loads (thread counts, oneDNN on or off), keeps state between calls (a session, a
loaded module), and its last words on stderr are evidence.
"""

import contextlib
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil
from numpy.typing import NDArray

from harness.execution import channel
from harness.results.status import Status
from harness.stacks.protocol import Arrays

POLL_S = 0.1
STOP_S = 2.0
TAIL_BYTES = 4000
_LONGEST_S = 1e9
_OUT_OF_MEMORY_WORDS = ("std::bad_alloc", "MemoryError", "Cannot allocate memory", "OOM when")


@dataclass(frozen=True)
class CallLimits:
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
        self._socket: socket.socket | None = None
        self._ending = threading.RLock()
        self._closed = False
        self._life = -1
        self._log = Path(os.devnull)
        self.generation = 0

    def call(
        self, function: str, payload: dict[str, Any], arrays: Arrays, limits: CallLimits
    ) -> Reply:
        """Run `function(payload, arrays)` in the worker; starts it where it is not running.

        Raises WorkerError for whatever keeps an answer from coming; the next call then starts a
        fresh process.
        """
        oom_kills = _kernel_oom_kills()
        connection = self.start()
        self._set_patience(limits.timeout_s)
        try:
            channel.send(connection, {"function": function, "payload": payload}, arrays)
            self._await(connection, limits)
            answer, returned = channel.receive(connection)
        except BlockingIOError:
            raise self._timed_out(limits) from None
        except (EOFError, OSError):
            raise self._post_mortem(oom_kills) from None
        except channel.MalformedError as error:
            raise self._babbled(str(error)) from None
        except BaseException:
            self.kill()
            raise
        if "error" in answer:
            raise _reported(answer["error"])
        if not isinstance(answer.get("payload"), dict):
            raise self._babbled("neither a result nor an error")
        return Reply(answer["payload"], returned)

    def _set_patience(self, seconds: float) -> None:
        """Bound each read and write: a message that begins and never ends must not hang us."""
        if self._socket is not None:
            seconds = min(seconds, _LONGEST_S)
            whole = int(seconds)
            bound = struct.pack("ll", whole, max(1, int((seconds - whole) * 1e6)))
            for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                self._socket.setsockopt(socket.SOL_SOCKET, option, bound)

    def start(self) -> Connection:
        """Start the process where it is not running; a closed worker stays closed."""
        with self._ending:
            if self._closed:
                raise WorkerError(Status.CRASHED, f"{self.name} was ended: the session is closed")
            return self._started()

    def _started(self) -> Connection:
        if self._connection is not None and self._process and self._process.poll() is None:
            return self._connection
        self.kill()
        self._socket, child = socket.socketpair()
        theirs = child.detach()
        life_theirs, self._life = os.pipe()
        handle, log = tempfile.mkstemp(prefix=f"parity-{self.name}-", suffix=".log")
        self._log = Path(log)
        command = [sys.executable, "-P", "-m", "harness.execution.worker_main"]
        try:
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module, no shell
                [*command, str(theirs), str(life_theirs)],
                env=self._child_environment(),
                pass_fds=(theirs, life_theirs),
                stdin=subprocess.DEVNULL,
                stdout=handle,
                stderr=handle,
                start_new_session=True,
            )
        finally:
            for descriptor in (theirs, life_theirs, handle):
                os.close(descriptor)
        self._connection = Connection(self._socket.fileno())
        self.generation += 1
        return self._connection

    def _child_environment(self) -> dict[str, str]:
        here = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(p for p in (here, os.environ.get("PYTHONPATH", "")) if p)
        return {**os.environ, **self._environment, "PYTHONPATH": path}

    def _await(self, connection: Connection, limits: CallLimits) -> None:
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
                raise self._timed_out(limits)
            if self.pid is None and not connection.poll():
                raise EOFError  # what it started may keep its end of the channel open

    def _timed_out(self, limits: CallLimits) -> WorkerError:
        tail = self.tail()
        self.kill()
        message = f"{self.name} gave no answer within {limits.timeout_s:g} s and was stopped"
        return WorkerError(Status.TIMED_OUT, message, tail)

    def _babbled(self, what: str) -> WorkerError:
        tail = self.tail()
        self.kill()
        message = f"{self.name} answered with something that is no message: {what}"
        return WorkerError(Status.CRASHED, message, tail)

    def _resident_gib(self) -> float:
        try:
            process = psutil.Process(self.pid or -1)
            family = [process, *process.children(recursive=True)]
            return sum(p.memory_info().rss for p in family) / (1 << 30)
        except (psutil.Error, ValueError):
            return 0.0

    def _post_mortem(self, oom_kills: int) -> WorkerError:
        """Say how the process died, from its exit status, the kernel and its last words."""
        process = self._process
        if process is None:
            return WorkerError(Status.CRASHED, f"{self.name} was ended: the session is closed")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
        code = process.poll()
        tail = self.tail()
        self.kill()
        how = f"{self.name} died: {_cause(code)}"
        killed = code == -signal.SIGKILL and _kernel_oom_kills() > oom_kills
        if killed or any(word in tail for word in _OUT_OF_MEMORY_WORDS):
            why = "the kernel ended it for memory" if killed else "it could not get memory"
            return WorkerError(Status.OUT_OF_MEMORY, f"{how}; {why}", tail)
        words = _last_words(tail)
        return WorkerError(Status.CRASHED, f"{how}; last words: {words}" if words else how, tail)

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
        process = self._process
        return process.pid if process and process.poll() is None else None

    def kill(self) -> None:
        """End the process and all it started; safe to call at any time and from any thread."""
        with self._ending:
            if self._process is not None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
                os.close(self._life)
                self._log.unlink(missing_ok=True)
            if self._connection is not None and self._socket is not None:
                self._socket.detach()  # the connection closes the descriptor that both hold
                self._connection.close()
            self._process = self._connection = self._socket = None

    def close(self) -> None:
        """End it for good, also in the middle of another thread's call."""
        with self._ending:
            self._closed = True
            self.kill()


def _reported(error: dict[str, Any]) -> WorkerError:
    """The exception that the function raised, as the worker describes it."""
    status = Status.OUT_OF_MEMORY if error.get("memory") else None
    message = str(error.get("message", "it gave no reason"))
    return WorkerError(status, message, str(error.get("traceback", "")))


def _cause(code: int | None) -> str:
    if code is None:
        return "it closed its channel but went on running"
    if code < 0:
        return f"killed by signal {-code} ({signal.Signals(-code).name})"
    return f"it ended with exit code {code}"


def _last_words(tail: str) -> str:
    own = tail.partition("Fatal Python error:")[0]  # faulthandler's part says where, not why
    lines = [line.strip() for line in own.splitlines() if line.strip()]
    telling = [
        line for line in lines if "ssert" in line or "rror" in line or "abort" in line.lower()
    ]
    return (telling or lines or [""])[-1][:300]


def _kernel_oom_kills() -> int:
    """How many processes the kernel has ended for memory since boot; 0 where it does not say."""
    try:
        counters = Path("/proc/vmstat").read_text(encoding="ascii").split()
        return int(counters[counters.index("oom_kill") + 1])
    except (OSError, ValueError):
        return 0

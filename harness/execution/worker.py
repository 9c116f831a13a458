"""A program in a process of its own: crash, hang and out-of-memory become a WorkerError.

Written on subprocess rather than a pool: each program needs its own environment variables before
its framework loads (thread counts, oneDNN on or off), keeps state between calls (a session, a
loaded module), and what it printed before it died is evidence.
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
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil

from harness.execution import channel
from harness.execution.post_mortem import explain_death, kernel_oom_kills
from harness.execution.worker_call import CallLimits, Reply, WorkerError
from harness.results.status import Status
from harness.stacks.protocol import Arrays

POLL_S = 0.1
"""Seconds between two looks at the memory and the deadline of a call."""
STOP_S = 30.0
"""Seconds that a process which closed its channel has to exit. One that dies closes it first, and
on a busy machine a large one takes seconds to be gone: its exit code says what it died of."""
LOG_BYTES = 64 << 10
"""How much of the end of a process's output an error carries."""
_LONGEST_S = 1e9


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

    def call(
        self, function: str, payload: Mapping[str, object], arrays: Arrays, limits: CallLimits
    ) -> Reply:
        """Run `function(payload, arrays)` in the worker; starts it where it is not running.

        Raises WorkerError where no reply comes; the next call then starts a fresh process, unless
        the function only raised an exception.
        """
        oom_kills = kernel_oom_kills()
        connection = self.start()
        self._set_socket_timeouts(limits.timeout_s)
        try:
            channel.send(connection, {"function": function, "payload": payload}, arrays)
            self._await(connection, limits)
            answer, returned = channel.receive(connection)
        except BlockingIOError:
            raise self._timed_out(limits) from None
        except (EOFError, OSError):
            raise self._died(oom_kills) from None
        except channel.MalformedError as error:
            raise self._malformed(str(error)) from None
        except BaseException:
            self.kill()
            raise
        if "error" in answer:
            raise _raised(answer["error"], self.log())
        if not isinstance(answer.get("payload"), dict):
            raise self._malformed("neither a result nor an error")
        return Reply(answer["payload"], returned)

    def _set_socket_timeouts(self, seconds: float) -> None:
        """Limit each read and write: a message that begins and never ends must not hang us."""
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
                raise self._session_closed()
            if self._connection is not None and self._process and self._process.poll() is None:
                return self._connection
            self.kill()
            return self._spawn()

    def _spawn(self) -> Connection:
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
                raise self._ended(
                    Status.OUT_OF_MEMORY,
                    f"held {used:.1f} GiB; its limit is {limits.memory_gib:g} GiB",
                )
            if time.monotonic() > deadline:
                raise self._timed_out(limits)
            if self.pid is None and not connection.poll():
                raise EOFError  # what it started may keep its end of the channel open

    def _resident_gib(self) -> float:
        try:
            process = psutil.Process(self.pid or -1)
            family = [process, *process.children(recursive=True)]
            return sum(p.memory_info().rss for p in family) / (1 << 30)
        except (psutil.Error, ValueError):
            return 0.0

    def _ended(self, status: Status, what: str) -> WorkerError:
        """End the process; the error that says what it did."""
        log = self.log()
        self.kill()
        return WorkerError(status, f"{self.name} {what}", log)

    def _timed_out(self, limits: CallLimits) -> WorkerError:
        what = f"gave no answer within {limits.timeout_s:g} s and was stopped"
        return self._ended(Status.TIMED_OUT, what)

    def _malformed(self, what: str) -> WorkerError:
        return self._ended(Status.CRASHED, f"answered with something that is no message: {what}")

    def _session_closed(self) -> WorkerError:
        return WorkerError(Status.CRASHED, f"{self.name} was ended: the session is closed")

    def _died(self, oom_kills: int) -> WorkerError:
        """The error for a process that closed its channel; `oom_kills` is the count before."""
        process = self._process
        if process is None:
            return self._session_closed()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
        code, log = process.poll(), self.log()
        self.kill()
        return explain_death(self.name, code, log, oom_killed=kernel_oom_kills() > oom_kills)

    def log(self) -> str:
        """The last LOG_BYTES of what the process wrote to stdout and stderr."""
        try:
            with self._log.open("rb") as log:
                log.seek(max(0, self._log.stat().st_size - LOG_BYTES))
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


def _raised(error: dict[str, Any], log: str) -> WorkerError:
    """The exception that the function raised, as the worker describes it."""
    known = {str(status): status for status in Status}
    status = known.get(str(error.get("status")))
    message = str(error.get("message", "it gave no reason"))
    traceback = str(error.get("traceback", ""))
    return WorkerError(status, message, "\n".join(part for part in (log, traceback) if part))

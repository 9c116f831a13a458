"""The worker processes of one session, by name; started when first needed, ended together."""

import threading
from collections.abc import Mapping

from harness.execution.worker import Worker
from harness.execution.worker_call import CallLimits, Reply
from harness.stacks.protocol import Arrays, Stack


class WorkerPool:
    """Long-lived workers, one a name, each called by one thread at a time."""

    def __init__(self) -> None:
        self._workers: dict[str, Worker] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()
        self.stopped = threading.Event()

    def call(
        self,
        name: str,
        environment: Mapping[str, str],
        function: str,
        payload: Mapping[str, object],
        arrays: Arrays,
        limits: CallLimits,
    ) -> Reply:
        """Call a function in the worker of that name."""
        worker, lock = self._get(name, environment)
        with lock:
            return worker.call(function, payload, arrays, limits)

    def once(
        self,
        name: str,
        stack: Stack,
        function: str,
        payload: Mapping[str, object],
        limits: CallLimits,
        *,
        keep: bool = False,
    ) -> Reply:
        """Call a function in a process with the stack's environment, and end the process.

        With `keep` a process whose function returned is left for the next call of that name.
        """
        try:
            reply = self.call(name, stack.environment, function, payload, {}, limits)
        except BaseException:
            self.discard(name)
            raise
        if not keep:
            self.discard(name)
        return reply

    def discard(self, name: str) -> None:
        """End the worker of that name."""
        with self._guard:
            worker = self._workers.pop(name, None)
        if worker:
            worker.close()

    def close(self) -> None:
        """End all workers, also those in the middle of a call; no new ones start afterwards."""
        self.stopped.set()
        for name in list(self._workers):
            self.discard(name)

    def _get(self, name: str, environment: Mapping[str, str]) -> tuple[Worker, threading.Lock]:
        with self._guard:
            if self.stopped.is_set():
                raise RuntimeError("the session is closed")
            if name not in self._workers:
                self._workers[name] = Worker(name, environment)
                self._locks.setdefault(name, threading.Lock())
            return self._workers[name], self._locks[name]

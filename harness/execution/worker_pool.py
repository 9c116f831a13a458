"""The worker processes of one session, by name; started when first needed, ended together."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from harness.execution.worker import Worker
from harness.execution.worker_call import CallLimits, Reply
from harness.stacks.protocol import Arrays


class _SameWorkers:
    """The workers of one name: equal processes, each called by one thread at a time."""

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        self._name, self._environment = name, environment
        self._all: list[Worker] = []
        self._busy: set[Worker] = set()
        self._changed = threading.Condition()
        self._closed = False

    @contextmanager
    def one(self, processes: int) -> Iterator[Worker]:
        """The first of so many workers that nobody else calls; it starts where it is not there.

        So what is called with one process always runs in the same, and a program that only such
        calls need is open once.
        """
        with self._changed:
            while (worker := self._free(processes)) is None:
                self._changed.wait()
            self._busy.add(worker)
        try:
            yield worker
        finally:
            with self._changed:
                self._busy.remove(worker)
                self._changed.notify_all()

    def close(self) -> None:
        """End them for good, also in the middle of a call."""
        with self._changed:
            self._closed = True
            workers = list(self._all)
        for worker in workers:
            worker.close()

    def _free(self, processes: int) -> Worker | None:
        for worker in self._all[:processes]:
            if worker not in self._busy:
                return worker
        return self._another() if len(self._all) < processes else None

    def _another(self) -> Worker:
        worker = Worker(self._name, self._environment)
        if self._closed:  # a call that waited is told so
            worker.close()
        self._all.append(worker)
        return worker


class WorkerPool:
    """Long-lived workers by name, each called by one thread at a time."""

    def __init__(self) -> None:
        self._workers: dict[str, _SameWorkers] = {}
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
        processes: int = 1,
    ) -> Reply:
        """Call a function in a worker of that name, of which up to `processes` run at a time."""
        with self._get(name, environment).one(processes) as worker:
            return worker.call(function, payload, arrays, limits)

    def once(
        self,
        name: str,
        environment: Mapping[str, str],
        function: str,
        payload: Mapping[str, object],
        limits: CallLimits,
        *,
        keep: bool = False,
    ) -> Reply:
        """Call a function in a process with that environment, and end the process.

        With `keep` a process whose function returned is left for the next call of that name.
        """
        try:
            reply = self.call(name, environment, function, payload, {}, limits)
        except BaseException:
            self.discard(name)
            raise
        if not keep:
            self.discard(name)
        return reply

    def discard(self, name: str) -> None:
        """End the workers of that name."""
        with self._guard:
            workers = self._workers.pop(name, None)
        if workers:
            workers.close()

    def close(self) -> None:
        """End all workers, also those in the middle of a call; no new ones start afterwards."""
        self.stopped.set()
        for name in list(self._workers):
            self.discard(name)

    def _get(self, name: str, environment: Mapping[str, str]) -> _SameWorkers:
        with self._guard:
            if self.stopped.is_set():
                raise RuntimeError("the session is closed")
            if name not in self._workers:
                self._workers[name] = _SameWorkers(name, environment)
            return self._workers[name]

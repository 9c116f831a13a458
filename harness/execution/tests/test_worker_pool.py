"""The end of worker processes, and several of them by name."""

import contextlib
import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from harness.execution.tests.worker_runs import EASY, MODULE, call, failed, gone
from harness.execution.worker import Worker
from harness.execution.worker_call import WorkerError
from harness.execution.worker_pool import WorkerPool
from harness.results.status import Status
from harness.testing.fixtures import FAKES


def test_closing_ends_the_process_and_removes_its_log(worker: Worker, tmp_path: Path) -> None:
    pid = call(worker, "about").payload["pid"]
    assert len(list((tmp_path / "logs").iterdir())) == 1
    for _ in range(2):  # closing twice is closing once
        worker.close()
        assert not psutil.pid_exists(pid)
        assert not list((tmp_path / "logs").iterdir())


def test_descriptors_are_given_back(worker: Worker) -> None:
    call(worker, "echo")
    worker.kill()
    before = psutil.Process().num_fds()
    for function in ("echo", "kill_itself", "fail"):
        with contextlib.suppress(WorkerError):
            call(worker, function)
        worker.kill()
    assert psutil.Process().num_fds() == before


def test_a_closed_worker_stays_closed(worker: Worker) -> None:
    worker.close()
    assert "the session is closed" in failed(worker, "echo").message


PARENT = f"""
import sys
from harness.execution.worker import Worker
from harness.execution.worker_call import CallLimits
worker = Worker("orphan", {{}})
pid = worker.call("{MODULE}:about", {{}}, {{}}, CallLimits(600, 4)).payload["pid"]
print(pid, flush=True)
if sys.argv[1] == "idle":
    sys.stdin.read()
worker.call("{MODULE}:hang", {{}}, {{}}, CallLimits(600, 4))
"""


@pytest.mark.parametrize("state", ["idle", "busy"])
def test_a_worker_ends_when_the_harness_is_killed(
    functions: None, tmp_path: Path, state: str
) -> None:
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", PARENT, state]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        parent.kill()
    gone(pid)


def _pid(workers: WorkerPool, name: str) -> Any:
    return workers.call(name, {}, f"{MODULE}:about", {}, {}, EASY).payload["pid"]


def test_each_name_has_a_worker_of_its_own(workers: WorkerPool) -> None:
    first, second = _pid(workers, "a"), _pid(workers, "b")
    assert first != second
    assert _pid(workers, "a") == first


def test_a_step_s_process_ends_with_it_also_when_it_fails(workers: WorkerPool) -> None:
    reply = workers.once("step", {}, f"{MODULE}:about", {}, EASY)
    gone(reply.payload["pid"])
    with pytest.raises(WorkerError):
        workers.once("step", {}, f"{MODULE}:fail", {}, EASY)


def test_a_kept_process_serves_the_next_step_unless_its_own_failed(workers: WorkerPool) -> None:
    first = workers.once("step", {}, f"{MODULE}:about", {}, EASY, keep=True).payload["pid"]
    assert psutil.pid_exists(first)
    assert workers.once("step", {}, f"{MODULE}:about", {}, EASY).payload["pid"] == first
    gone(first)
    kept = workers.once("step", {}, f"{MODULE}:about", {}, EASY, keep=True).payload["pid"]
    with pytest.raises(WorkerError):
        workers.once("step", {}, f"{MODULE}:fail", {}, EASY, keep=True)
    gone(kept)


def test_closing_ends_a_call_that_is_under_way_and_what_it_started(
    workers: WorkerPool, tmp_path: Path
) -> None:
    errors, fifo = [], tmp_path / "child.pid"
    os.mkfifo(fifo)

    def work() -> None:
        function = f"{MODULE}:hang_with_child"
        try:
            workers.call("busy", {}, function, {"file": str(fifo)}, {}, EASY)
        except WorkerError as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    child = int(fifo.read_text())  # returns when the call is under way
    workers.close()
    thread.join(600)
    assert errors[0].status == Status.CRASHED
    gone(child)
    with pytest.raises(RuntimeError, match="closed"):
        _pid(workers, "new")


def test_many_threads_share_a_worker_one_at_a_time(workers: WorkerPool) -> None:
    pids = []
    threads = [threading.Thread(target=lambda: pids.append(_pid(workers, "one"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pids) == 8
    assert len(set(pids)) == 1


def _waiting(workers: WorkerPool, fifo: Path, processes: int) -> threading.Thread:
    """A thread whose call waits in a process, as long as nobody opens the FIFO to write."""
    os.mkfifo(fifo)
    payload = {"file": str(fifo)}
    call = partial(workers.call, "some", {}, f"{MODULE}:wait_for", payload, {}, EASY, processes)
    thread = threading.Thread(target=call)
    thread.start()
    return thread


def test_calls_run_beside_each_other_in_so_many_processes(
    workers: WorkerPool, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    waiting = [_waiting(workers, first, 2), _waiting(workers, second, 2)]
    with second.open("w"):  # opens once a process waits there, while the other one does too
        pass
    waiting[1].join()
    about = workers.call("some", {}, f"{MODULE}:about", {}, {}, EASY, processes=2)
    with first.open("w"):
        pass
    waiting[0].join()
    assert _pid(workers, "some") != about.payload["pid"]


def test_what_takes_one_process_always_runs_in_the_first(
    workers: WorkerPool, tmp_path: Path
) -> None:
    first, fifo = _pid(workers, "some"), tmp_path / "fifo"
    waiting, pids = _waiting(workers, fifo, 2), []
    assert workers.call("some", {}, f"{MODULE}:echo", {}, {}, EASY, processes=2)
    asking = threading.Thread(target=lambda: pids.append(_pid(workers, "some")))
    asking.start()
    with fifo.open("w"):
        pass
    for thread in (waiting, asking):
        thread.join()
    assert pids == [first]


def test_a_second_process_starts_only_where_the_first_is_busy(workers: WorkerPool) -> None:
    function = f"{MODULE}:about"
    called = [workers.call("some", {}, function, {}, {}, EASY, processes=2) for _ in range(3)]
    assert len({reply.payload["pid"] for reply in called}) == 1


def test_no_functions_module_is_on_our_own_path() -> None:
    assert not any(Path(part) == FAKES for part in sys.path)

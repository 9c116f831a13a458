"""However a worker process dies or whatever it sends, the caller gets a WorkerError."""

import os
import signal
import struct
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from harness.execution.post_mortem import explain_death
from harness.execution.tests.worker_runs import EASY, FRAME, MODULE, SHORT, call, failed, gone
from harness.execution.worker import Worker
from harness.execution.worker_call import CallLimits, WorkerError
from harness.results.status import Status


@pytest.mark.parametrize(
    ("function", "payload", "status", "words"),
    [
        ("abort", {}, "crashed", "signal 6 (SIGABRT); it printed: LLVM ERROR: location of #dbg"),
        ("kill_itself", {}, "crashed", "tested died: killed by signal 9 (SIGKILL)"),
        ("exit_now", {"code": 0}, "crashed", "it ended with exit code 0"),
        ("exit_now", {"code": 3}, "crashed", "it ended with exit code 3"),
        ("exit_now", {"code": "no reason"}, "crashed", "exit code 1; it printed: no reason"),
        ("die_for_memory", {}, "out_of_memory", "it could not get memory"),
        ("answer_with", {"kind": "value"}, "crashed", "not JSON serializable"),
    ],
)
def test_a_death_is_reported_with_its_cause_and_the_next_call_starts_a_process(
    worker: Worker, function: str, payload: dict[str, Any], status: str, words: str
) -> None:
    pid = call(worker, "about").payload["pid"]
    error = failed(worker, function, **payload)
    assert error.status == status
    assert words in error.message
    assert call(worker, "about").payload["pid"] != pid


def test_a_segmentation_fault_names_the_functions_it_happened_in(worker: Worker) -> None:
    error = failed(worker, "read_address_zero")
    assert error.status == Status.CRASHED
    told = "killed by signal 11 (SIGSEGV); it printed: Fatal Python error: Segmentation fault; it "
    assert f"{told}was in string_at (__init__.py, line " in error.message
    assert " < read_address_zero (parity_worker_functions.py, line " in error.message
    assert "Extension modules" in error.log
    assert "Extension modules" not in error.message


CHECK = "F0000 tensor.cc:896] Check failed: dtype() == expected (3 vs. 1)"


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        (f"{CHECK}\n*** Check failure stack trace: ***\n    @ 0x7f  ns::errors::Raise()", CHECK),
        ("LLVM ERROR: no such intrinsic\none more line", "LLVM ERROR: no such intrinsic"),
        ("loading plug-ins", "Fatal Python error: Aborted"),
    ],
)
def test_of_what_an_aborted_process_printed_the_telling_line_is_shown(
    printed: str, told: str
) -> None:
    names = ", ".join(f"package.module{number}" for number in range(500))
    log = (
        f"{printed}\nFatal Python error: Aborted\n\n"
        'Thread 0x01 (most recent call first):\n  File "/a/b.py", line 1 in other\n\n'
        'Current thread 0x02 (most recent call first):\n  File "/a/b.py", line 7 in here\n\n'
        f"Extension modules: {names} (total: 500)\n"
    )
    error = explain_death("w", -6, log, oom_killed=False)
    assert error.message == (
        f"w died: killed by signal 6 (SIGABRT); it printed: {told}; it was in here (b.py, line 7)"
    )


def test_a_worker_that_was_killed_between_calls_is_started_again(worker: Worker) -> None:
    process = psutil.Process(call(worker, "about").payload["pid"])
    process.kill()
    psutil.wait_procs([process])
    assert call(worker, "about").payload["pid"] != process.pid


def test_a_death_is_noticed_also_where_a_child_keeps_the_channel_open(worker: Worker) -> None:
    error = failed(worker, "die_and_leave_a_child")
    assert error.status == Status.CRASHED
    assert "SIGKILL" in error.message


def test_a_process_that_closes_its_channel_and_goes_on_is_ended(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.execution.worker.STOP_S", 0.01)  # it never ends by itself
    error = failed(worker, "close_channel")
    assert error.status == Status.CRASHED
    assert error.message == "tested died: it closed its channel but went on running"
    assert worker.pid is None


def test_a_hang_ends_at_the_time_limit_and_its_log_is_kept(worker: Worker) -> None:
    call(worker, "write_log", text="waiting for a lock")  # before the time below begins
    error = failed(worker, "hang", SHORT)
    assert error.status == Status.TIMED_OUT
    assert error.message == "tested gave no answer within 1 s and was stopped"
    assert "waiting for a lock" in error.log
    assert worker.pid is None


def test_what_a_hanging_worker_started_ends_with_it(worker: Worker, tmp_path: Path) -> None:
    file = tmp_path / "child.pid"
    call(worker, "start_child", file=str(file))
    error = failed(worker, "hang", SHORT)
    assert error.status == Status.TIMED_OUT
    gone(int(file.read_text()))


def test_too_much_memory_is_out_of_memory_with_both_figures(worker: Worker) -> None:
    error = failed(worker, "hoard", CallLimits(600, 0.25), bytes=400 << 20)
    assert error.status == Status.OUT_OF_MEMORY
    assert "its limit is 0.25 GiB" in error.message
    assert worker.pid is None


@pytest.mark.parametrize(
    "data",
    [
        b"garbage on the channel",
        FRAME.pack(3) + b"abc",
        FRAME.pack(2) + b"[]",
        FRAME.pack(4) + b"\xff\xfe\xfd\xfc",
        FRAME.pack(1 << 30),  # a header of 1 GiB
        FRAME.pack(-1) + struct.pack("!Q", 1 << 62),  # of 4 EiB
        FRAME.pack(-5),
    ],
)
def test_bytes_that_are_no_message_are_a_crash_and_nothing_else(
    worker: Worker, data: bytes
) -> None:
    error = failed(worker, "babble", hex=data.hex())
    assert error.status == Status.CRASHED
    assert "answered with something that is no message" in error.message
    assert worker.pid is None


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"payload": 1, "arrays": []}',
        '{"payload": {}, "arrays": []}',
        '{"payload": {"payload": 3}, "arrays": []}',
        '{"payload": {"error": {}}, "arrays": 5}',
        '{"payload": {}, "arrays": [["x", "<f4"]]}',
        '{"payload": {}, "arrays": [["x", "nonsense", [1]]]}',
        '{"payload": {}, "arrays": [["x", "|O", [1]]]}',
        "[" * 100_000,
    ],
)
def test_messages_that_are_no_answer_are_a_crash_and_nothing_else(
    worker: Worker, text: str
) -> None:
    error = failed(worker, "answer_as_message", text=text)
    assert error.status == Status.CRASHED
    assert "answered with something that is no message" in error.message


@pytest.mark.parametrize("kind", ["object", "complex", "text"])
def test_only_arrays_of_numbers_are_let_in(worker: Worker, kind: str) -> None:
    error = failed(worker, "answer_with", kind=kind)
    assert "array x has type" in error.message


def test_an_array_that_does_not_fill_its_shape(worker: Worker) -> None:
    header = b'{"payload": {"payload": {}}, "arrays": [["x", "<f4", [1099511627776]]]}'
    data = FRAME.pack(len(header)) + header + FRAME.pack(4) + b"1234"
    error = failed(worker, "babble", hex=data.hex())
    assert "cannot reshape" in error.message


@pytest.mark.parametrize("data", [b"\0", FRAME.pack(100) + b"{"])
def test_a_message_that_begins_and_never_ends_is_a_timeout(worker: Worker, data: bytes) -> None:
    call(worker, "echo")
    error = failed(worker, "babble", SHORT, hex=data.hex())
    assert error.status == Status.TIMED_OUT


def test_a_worker_that_stops_reading_is_a_timeout(worker: Worker) -> None:
    pid = call(worker, "about").payload["pid"]
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(WorkerError) as error:
        worker.call(f"{MODULE}:echo", {}, {"x": np.zeros(4_000_000)}, SHORT)
    assert error.value.status == Status.TIMED_OUT


def test_an_error_of_the_caller_ends_the_worker_and_is_raised_as_it_is(worker: Worker) -> None:
    call(worker, "echo")
    with pytest.raises(TypeError, match="not JSON serializable"):
        worker.call(f"{MODULE}:echo", {"x": object()}, {}, EASY)
    assert worker.pid is None

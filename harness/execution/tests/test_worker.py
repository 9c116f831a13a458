"""Programs in processes of their own: however one ends, the caller gets a value of it."""

import contextlib
import os
import signal
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from harness.execution.worker import Worker
from harness.execution.worker_call import CallLimits, WorkerError
from harness.execution.worker_pool import WorkerPool
from harness.results.status import Status
from harness.stacks import tensorflow
from harness.stacks.protocol import Stack
from harness.testing.fixtures import FAKES, ROOT

EASY = CallLimits(timeout_s=600, memory_gib=4)
SHORT = CallLimits(timeout_s=1, memory_gib=4)
MODULE = "parity_worker_functions"


@pytest.fixture(scope="module")
def functions():
    """The functions' module on the path of the workers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(FAKES), str(ROOT)]))
        yield


@pytest.fixture(scope="module")
def shared(functions):
    """A worker for the tests that leave it alive."""
    worker = Worker("shared", {})
    yield worker
    worker.close()


@pytest.fixture
def worker(functions, tmp_path, monkeypatch):
    """A worker whose logs lie in tmp_path/logs; nothing of it may be left when it is closed."""
    logs = tmp_path / "logs"
    logs.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(logs))
    worker = Worker("tested", {"PARITY_TESTED": "yes"})
    yield worker
    worker.close()
    assert worker.pid is None
    assert not list(logs.iterdir())


def call(worker, function, limits=EASY, arrays=None, **payload):
    return worker.call(f"{MODULE}:{function}", payload, arrays or {}, limits)


def failed(worker, function, limits=EASY, **payload):
    with pytest.raises(WorkerError) as error:
        call(worker, function, limits, **payload)
    return error.value


# --- answers


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(st.text(), st.one_of(st.integers(), st.text(), st.none(), st.booleans())),
    st.dictionaries(
        st.text(),
        hnp.arrays(
            st.sampled_from(["<f4", "<f8", "<f2", "u1", "<i8", "?", ">f4"]),
            hnp.array_shapes(min_dims=0, min_side=0, max_side=3),
        ),
        max_size=3,
    ),
)
def test_values_and_arrays_come_back_as_they_went(shared, payload, arrays):
    reply = shared.call(f"{MODULE}:echo", payload, arrays, EASY)
    assert reply.payload == payload
    assert set(reply.arrays) == set(arrays)
    for name, array in arrays.items():
        found = reply.arrays[name]
        assert (found.dtype, found.shape) == (array.dtype, array.shape)
        assert found.tobytes() == array.tobytes()


def test_views_arrive_in_their_own_order(shared):
    array = np.arange(12).reshape(3, 4).T[::-1]
    assert np.array_equal(call(shared, "echo", arrays={"x": array}).arrays["x"], array)


def test_an_array_larger_than_the_socket_s_buffer(shared):
    array = np.random.default_rng(0).random(4_000_000)
    assert np.array_equal(call(shared, "echo", arrays={"x": array}).arrays["x"], array)


def test_a_worker_is_started_once_and_keeps_what_it_holds(worker):
    assert worker.pid is None
    first = call(worker, "about", a=1).payload
    second = call(worker, "about", b=2).payload
    assert first["pid"] == second["pid"] == worker.pid
    assert second["kept"] == {"a": 1, "b": 2}
    assert worker.generation == 1


def test_a_worker_has_its_own_environment_and_no_framework(worker):
    found = call(worker, "about").payload
    assert found["environment"]["PARITY_TESTED"] == "yes"
    assert not {"tensorflow", "tvm", "pytest"} & set(found["modules"])
    assert "PARITY_TESTED" not in os.environ


def test_noise_of_any_origin_disturbs_nothing(worker):
    for number in range(3):
        assert call(worker, "chatter", number=number).payload == {"number": number}
    assert "noise on stderr" in worker.log()
    assert "raw noise" in worker.log()
    assert "noise of a child" in worker.log()


# --- exceptions: the program's answer, after which it lives on


def test_an_exception_is_told_in_its_own_words_and_the_worker_lives_on(worker):
    error = failed(worker, "fail", message="no such op: FancyOp")
    assert error.status is None
    assert error.message == "ValueError: no such op: FancyOp"
    assert 'raise ValueError(payload.get("message", ""))' in error.log
    assert call(worker, "about").payload["pid"] == worker.pid
    assert worker.generation == 1


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (f"{MODULE}:fail", "ValueError"),
        (f"{MODULE}:absent", "AttributeError: "),
        ("no_such_module:run", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("", "ValueError: Empty module name"),
    ],
)
def test_errors_without_words_and_functions_that_are_not_there(shared, function, message):
    with pytest.raises(WorkerError) as error:
        shared.call(function, {}, {}, EASY)
    assert error.value.status is None
    assert error.value.message.startswith(message)


def test_a_very_long_message_is_cut(shared):
    assert len(failed(shared, "fail", message="x" * 1_000_000).message) <= 2000


def test_memory_that_numpy_can_t_get_is_out_of_memory(shared):
    error = failed(shared, "fail_for_memory")
    assert error.status == Status.OUT_OF_MEMORY
    assert "Unable to allocate" in error.message


# --- deaths


@pytest.mark.parametrize(
    ("function", "payload", "status", "words"),
    [
        ("abort", {}, "crashed", "signal 6 (SIGABRT); it printed: LLVM ERROR: location of #dbg"),
        ("kill_itself", {}, "crashed", "tested died: killed by signal 9 (SIGKILL)"),
        ("exit_now", {"code": 0}, "crashed", "it ended with exit code 0"),
        ("exit_now", {"code": 3}, "crashed", "it ended with exit code 3"),
        ("exit_now", {"code": "bad luck"}, "crashed", "exit code 1; it printed: bad luck"),
        ("die_for_memory", {}, "out_of_memory", "it could not get memory"),
        ("answer_with", {"kind": "value"}, "crashed", "not JSON serializable"),
    ],
)
def test_a_death_is_told_with_its_cause_and_the_next_call_starts_afresh(
    worker, function, payload, status, words
):
    error = failed(worker, function, **payload)
    assert error.status == status
    assert words in error.message
    assert call(worker, "echo", n=1).payload == {"n": 1}
    assert worker.generation == 2


def test_a_worker_that_was_killed_between_calls_is_started_again(worker):
    process = psutil.Process(call(worker, "about").payload["pid"])
    process.kill()
    psutil.wait_procs([process])
    assert call(worker, "echo", n=1).payload == {"n": 1}
    assert worker.generation == 2


def test_a_death_is_seen_also_where_a_child_keeps_the_channel_open(worker):
    error = failed(worker, "die_and_leave_a_child")
    assert error.status == Status.CRASHED
    assert "SIGKILL" in error.message


def test_a_hang_ends_with_the_time_and_the_last_words_are_kept(worker):
    call(worker, "write_log", text="waiting for a lock")  # before the time below begins
    error = failed(worker, "hang", SHORT)
    assert error.status == Status.TIMED_OUT
    assert error.message == "tested gave no answer within 1 s and was stopped"
    assert "waiting for a lock" in error.log
    assert worker.pid is None


def test_what_a_hanging_worker_started_ends_with_it(worker, tmp_path):
    file = tmp_path / "child.pid"
    call(worker, "start_child", file=str(file))
    error = failed(worker, "hang", SHORT)
    assert error.status == Status.TIMED_OUT
    _gone(int(file.read_text()))


def test_too_much_memory_is_out_of_memory_with_both_figures(worker):
    error = failed(worker, "hoard", CallLimits(600, 0.25), bytes=400 << 20)
    assert error.status == Status.OUT_OF_MEMORY
    assert "its limit is 0.25 GiB" in error.message
    assert worker.pid is None


# --- answers that are none

FRAME = struct.Struct("!i")


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
def test_bytes_that_are_no_message_are_a_crash_and_nothing_else(worker, data):
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
def test_messages_that_are_no_answer_are_a_crash_and_nothing_else(worker, text):
    error = failed(worker, "answer_as_message", text=text)
    assert error.status == Status.CRASHED
    assert "answered with something that is no message" in error.message


@pytest.mark.parametrize("kind", ["object", "complex", "text"])
def test_only_arrays_of_numbers_are_let_in(worker, kind):
    error = failed(worker, "answer_with", kind=kind)
    assert "array x has type" in error.message


def test_an_array_that_does_not_fill_its_shape(worker):
    header = b'{"payload": {"payload": {}}, "arrays": [["x", "<f4", [1099511627776]]]}'
    data = FRAME.pack(len(header)) + header + FRAME.pack(4) + b"1234"
    error = failed(worker, "babble", hex=data.hex())
    assert "cannot reshape" in error.message


@pytest.mark.parametrize("data", [b"\0", FRAME.pack(100) + b"{"])
def test_a_message_that_begins_and_never_ends_is_a_timeout(worker, data):
    call(worker, "echo")
    error = failed(worker, "babble", SHORT, hex=data.hex())
    assert error.status == Status.TIMED_OUT


def test_a_worker_that_stops_reading_is_a_timeout(worker):
    pid = call(worker, "about").payload["pid"]
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(WorkerError) as error:
        worker.call(f"{MODULE}:echo", {}, {"x": np.zeros(4_000_000)}, SHORT)
    assert error.value.status == Status.TIMED_OUT


def test_an_error_of_the_caller_ends_the_worker_and_is_the_caller_s(worker):
    call(worker, "echo")
    with pytest.raises(TypeError, match="not JSON serializable"):
        worker.call(f"{MODULE}:echo", {"x": object()}, {}, EASY)
    assert worker.pid is None


# --- ends


def test_closing_ends_the_process_and_removes_its_log(worker, tmp_path):
    pid = call(worker, "about").payload["pid"]
    assert len(list((tmp_path / "logs").iterdir())) == 1
    for _ in range(2):  # closing twice is closing once
        worker.close()
        assert not psutil.pid_exists(pid)
        assert not list((tmp_path / "logs").iterdir())


def test_descriptors_are_given_back(worker):
    call(worker, "echo")
    worker.kill()
    before = psutil.Process().num_fds()
    for function in ("echo", "kill_itself", "fail"):
        with contextlib.suppress(WorkerError):
            call(worker, function)
        worker.kill()
    assert worker.generation == 4
    assert psutil.Process().num_fds() == before


def test_a_closed_worker_stays_closed(worker):
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
def test_a_worker_ends_when_the_harness_is_killed(functions, tmp_path, state):
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", PARENT, state]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as parent:
        pid = int(parent.stdout.readline())
        parent.kill()
    _gone(pid)


def _gone(pid):
    """Wait for the end of a process that is not our own child."""
    try:
        process = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return
    _, alive = psutil.wait_procs([process], timeout=600)
    left = [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]  # an init that does not reap
    assert not left


# --- several

STACK = Stack(
    name="s",
    program="s",
    distributions=(),
    remedy="",
    open=tensorflow.open_session,
    describe=tensorflow.describe,
)


@pytest.fixture
def workers(functions):
    found = WorkerPool()
    yield found
    found.close()


def _pid(workers, name):
    return workers.call(name, {}, f"{MODULE}:about", {}, {}, EASY).payload["pid"]


def test_workers_are_told_apart_by_name(workers):
    first, second = _pid(workers, "a"), _pid(workers, "b")
    assert first != second
    assert _pid(workers, "a") == first


def test_a_step_s_process_ends_with_it_also_when_it_fails(workers):
    reply = workers.once("step", STACK, f"{MODULE}:about", {}, EASY)
    _gone(reply.payload["pid"])
    with pytest.raises(WorkerError):
        workers.once("step", STACK, f"{MODULE}:fail", {}, EASY)


def test_closing_ends_a_call_that_is_under_way_and_what_it_started(workers, tmp_path):
    seen, fifo = [], tmp_path / "child.pid"
    os.mkfifo(fifo)

    def work():
        function = f"{MODULE}:hang_with_child"
        try:
            workers.call("busy", {}, function, {"file": str(fifo)}, {}, EASY)
        except WorkerError as error:
            seen.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    child = int(fifo.read_text())  # returns when the call is under way
    workers.close()
    thread.join(600)
    assert seen[0].status == Status.CRASHED
    _gone(child)
    with pytest.raises(RuntimeError, match="closed"):
        _pid(workers, "new")


def test_many_threads_share_a_worker_one_at_a_time(workers):
    pids = []
    threads = [threading.Thread(target=lambda: pids.append(_pid(workers, "one"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pids) == 8
    assert len(set(pids)) == 1


def test_no_functions_module_is_on_our_own_path():
    assert not any(Path(part) == FAKES for part in sys.path)

"""Functions in a worker process: values, arrays and exceptions come back as they were."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from harness.execution.tests.worker_runs import EASY, MODULE, call, failed
from harness.execution.worker import Worker
from harness.execution.worker_call import WorkerError
from harness.results.status import Status


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
def test_values_and_arrays_come_back_as_they_went(
    shared: Worker, payload: dict[str, Any], arrays: Mapping[str, NDArray[Any]]
) -> None:
    reply = shared.call(f"{MODULE}:echo", payload, arrays, EASY)
    assert reply.payload == payload
    assert set(reply.arrays) == set(arrays)
    for name, array in arrays.items():
        found = reply.arrays[name]
        assert (found.dtype, found.shape) == (array.dtype, array.shape)
        assert found.tobytes() == array.tobytes()


def test_views_arrive_in_their_own_order(shared: Worker) -> None:
    array = np.arange(12).reshape(3, 4).T[::-1]
    assert np.array_equal(call(shared, "echo", arrays={"x": array}).arrays["x"], array)


def test_an_array_larger_than_the_socket_s_buffer(shared: Worker) -> None:
    array = np.random.default_rng(0).random(4_000_000)
    assert np.array_equal(call(shared, "echo", arrays={"x": array}).arrays["x"], array)


def test_a_worker_is_started_once_and_keeps_what_it_holds(worker: Worker) -> None:
    assert worker.pid is None
    first = call(worker, "about", a=1).payload
    second = call(worker, "about", b=2).payload
    assert first["pid"] == second["pid"] == worker.pid
    assert second["kept"] == {"a": 1, "b": 2}


def test_a_worker_has_its_own_environment_and_no_framework(worker: Worker) -> None:
    found = call(worker, "about").payload
    assert found["environment"]["PARITY_TESTED"] == "yes"
    assert not {"tensorflow", "tvm", "pytest"} & set(found["modules"])
    assert "PARITY_TESTED" not in os.environ


def test_noise_of_any_origin_disturbs_nothing(worker: Worker) -> None:
    for number in range(3):
        assert call(worker, "chatter", number=number).payload == {"number": number}
    assert "noise on stderr" in worker.log()
    assert "raw noise" in worker.log()
    assert "noise of a child" in worker.log()


def test_an_exception_keeps_its_message_and_the_worker_stays_alive(worker: Worker) -> None:
    pid = call(worker, "about").payload["pid"]
    error = failed(worker, "fail", message="no such op: FancyOp")
    assert error.status is None
    assert error.message == "ValueError: no such op: FancyOp"
    assert 'raise ValueError(payload.get("message", ""))' in error.log
    assert call(worker, "about").payload["pid"] == pid


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (f"{MODULE}:fail", "ValueError"),
        (f"{MODULE}:absent", "AttributeError: "),
        ("no_such_module:run", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("", "ValueError: Empty module name"),
    ],
)
def test_errors_without_a_message_and_functions_that_do_not_exist(
    shared: Worker, function: str, message: str
) -> None:
    with pytest.raises(WorkerError) as error:
        shared.call(function, {}, {}, EASY)
    assert error.value.status is None
    assert error.value.message.startswith(message)


def test_a_very_long_message_is_cut(shared: Worker) -> None:
    assert len(failed(shared, "fail", message="x" * 1_000_000).message) <= 2000


def test_memory_that_numpy_can_t_get_is_out_of_memory(shared: Worker) -> None:
    error = failed(shared, "fail_for_memory")
    assert error.status == Status.OUT_OF_MEMORY
    assert "Unable to allocate" in error.message

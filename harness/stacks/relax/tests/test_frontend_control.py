"""Branches, loops and lists that are decided while importing, against TensorFlow."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from harness.stacks.relax.tests.frontend_graphs import expect_error
from harness.stacks.relax.tests.frontend_runs import (
    F32,
    I32,
    MARKS,
    Net,
    agree,
    by_tvm,
    compare,
    covers,
    reals,
)

pytestmark = MARKS
RNG = np.random.default_rng(0)


def traced_graph(function: Callable[..., Any], *arrays: Any) -> tuple[Net, Any]:
    """A TensorFlow function as a graph with its control flow, and the function itself.

    Its sizes are open, as in models for images of any size, so that TensorFlow decides nothing.
    """
    import tensorflow as tf

    specs = [
        tf.TensorSpec([None] * array.ndim, array.dtype, f"x{i}") for i, array in enumerate(arrays)
    ]
    traced = tf.function(function, autograph=False).get_concrete_function(*specs)
    net = Net()
    net.graph.ParseFromString(traced.graph.as_graph_def().SerializeToString())
    net.feeds = {f"x{i}": array for i, array in enumerate(arrays)}
    return net, traced


def shapes_of(net: Net) -> Any:
    return {name: array.shape for name, array in net.feeds.items()}


def check(function: Callable[..., Any], *arrays: Any, ops: tuple[str, ...] = ()) -> None:
    """TVM's result is TensorFlow's; the graph still has the operations in question."""
    import tensorflow as tf

    net, traced = traced_graph(function, *arrays)
    expected = traced(*map(tf.constant, arrays))
    inner = net.graph.library.SerializeToString() + net.graph.SerializeToString()
    assert all(op.encode() in inner for op in ops)
    for packed in (False, True):
        (found,) = by_tvm(net, ("Identity",), shapes_of(net), packed)
        compare(found, expected.numpy(), rtol=1e-6, atol=1e-6)


@covers("If", "StatelessIf")
def test_a_branch_that_the_shape_decides() -> None:
    import tensorflow as tf

    def branch(x: Any) -> Any:
        large = tf.shape(x)[1] > 3
        chosen = tf.cond(large, lambda: tf.nn.relu(x) * 2.0, lambda: tf.reverse(x, [0]))
        return tf.cond(tf.size(x) == 7, lambda: x, lambda: chosen + 1.0)

    check(branch, reals(RNG, (2, 5)), ops=("StatelessIf",))
    check(branch, reals(RNG, (2, 3)), ops=("StatelessIf",))


@covers("Case", "StatelessCase")
@pytest.mark.parametrize("columns", [1, 2, 9])
def test_a_branch_by_number(columns: int) -> None:
    import tensorflow as tf

    def branch(x: Any) -> Any:
        branches = [lambda: x, lambda: x * 2.0, lambda: -x]
        return tf.switch_case(tf.shape(x)[1], branches)

    check(branch, reals(RNG, (2, columns)), ops=("Case",))


@covers("While", "StatelessWhile", "TensorListReserve", "TensorListSetItem", "TensorListStack")
@covers("TensorListFromTensor", "TensorListGetItem")
def test_a_loop_over_the_rows_of_a_tensor() -> None:
    """A recurrent cell, as Keras' SimpleRNN unrolls it: the state and a list of results."""
    import tensorflow as tf

    weights = reals(RNG, (4, 4), -0.5, 0.5)

    def loop(x: Any) -> Any:
        steps = tf.shape(x)[0]
        rows = tf.TensorArray(tf.float32, steps).unstack(x)
        results = tf.TensorArray(tf.float32, steps)

        def body(i: Any, state: Any, results: Any) -> Any:
            state = tf.tanh(tf.matmul(state, weights) + rows.read(i))
            return i + 1, state, results.write(i, state)

        first = (0, tf.zeros((2, 4)), results)
        _, _, results = tf.while_loop(lambda i, *_: i < steps, body, first)
        return results.stack()

    net_ops = ("While", "TensorListReserve", "TensorListSetItem", "TensorListStack")
    check(loop, reals(RNG, (5, 2, 4)), ops=net_ops)


@covers("EmptyTensorList", "TensorListPushBack", "TensorListPopBack", "TensorListLength")
@covers("TensorListGather", "TensorListReserve", "TensorListGetItem")
def test_lists() -> None:
    """Tensors that are not set read as zeros."""
    import tensorflow as tf
    from tensorflow.python.ops import list_ops

    def lists(x: Any) -> Any:
        held = list_ops.empty_tensor_list([3], tf.float32)
        for row in range(2):
            held = list_ops.tensor_list_push_back(held, x[row])
        held, last = list_ops.tensor_list_pop_back(held, tf.float32)
        rest = list_ops.tensor_list_reserve([3], 3, tf.float32)
        rest = list_ops.tensor_list_set_item(rest, 1, last * 2.0)
        unset = list_ops.tensor_list_get_item(rest, 2, tf.float32)
        chosen = list_ops.tensor_list_gather(rest, [1, 0, 1], tf.float32)
        count = tf.cast(list_ops.tensor_list_length(held), tf.float32)
        return chosen + unset + count

    check(lists, reals(RNG, (2, 3)), ops=("TensorListGather", "TensorListPopBack"))


@covers("TensorArrayV3", "TensorArrayWriteV3", "TensorArrayReadV3", "TensorArrayGatherV3")
@covers("TensorArrayScatterV3", "TensorArraySizeV3")
def test_arrays_of_graphs_of_tensorflow_1() -> None:
    net = Net()
    x, size, order = net.feed(reals(RNG, (2, 3))), net.const(I32(3)), net.const(I32([2, 0]))
    net.node("TensorArrayV3", size, name="array", dtype=F32, clear_after_read=False)
    net.node("TensorArrayScatterV3", "array", order, x, "array:1", name="scattered", T=F32)
    row = net.const(F32([7, 8, 9]))
    net.node("TensorArrayWriteV3", "array", net.const(I32(1)), row, "scattered", name="w", T=F32)
    net.node("TensorArrayReadV3", "array", net.const(I32(2)), "w", name="read", dtype=F32)
    every = net.const(I32([0, 1, 2]))
    net.node("TensorArrayGatherV3", "array", every, "w", name="all", dtype=F32)
    net.node("TensorArraySizeV3", "array", "w", name="size")
    net.node("Cast", "size", name="count", SrcT=I32, DstT=F32)
    net.node("AddV2", "all", "count", T=F32)
    agree(net, ("read", "out"), packed=True)


@covers("Identity")
def test_a_branch_on_the_learning_phase_of_tensorflow_1() -> None:
    """Dropout as Keras 2.2 froze it: its random numbers are on the dead branch."""
    net = Net()
    x, phase = net.feed(reals(RNG, (2, 3))), net.const(np.array(False))
    net.node("PlaceholderWithDefault", phase, name="keras_learning_phase", dtype=np.bool_)
    net.graph.node[-1].attr["shape"].shape.SetInParent()
    net.node("Switch", "keras_learning_phase", "keras_learning_phase", name="flag", T=np.bool_)
    net.node("Identity", "flag:1", name="training", T=np.bool_)
    net.node("Identity", "keras_learning_phase", name="phase", T=np.bool_)
    net.node("Switch", x, "phase", name="switch", T=F32)
    net.node("RandomUniform", net.const(I32([2, 3])), name="noise", T=I32, dtype=F32)
    net.node("Mul", "switch:1", "noise", name="dropped", T=F32)
    net.node("Neg", "switch:0", name="kept", T=F32)
    net.node("Merge", "kept", "dropped", name="merged", T=F32, N=2)
    net.node("Relu", "merged", T=F32)
    agree(net, packed=True)


def test_what_only_the_input_decides_is_refused_by_name() -> None:
    import tensorflow as tf

    from harness.stacks.relax.frontend import UnsupportedOpError

    def branch(x: Any) -> Any:
        return tf.cond(tf.reduce_sum(x) > 0.0, lambda: x, lambda: -x)

    def loop(x: Any) -> Any:
        return tf.while_loop(lambda x: tf.reduce_sum(x) < 9.0, lambda x: (x * 2.0,), [x])[0]

    def forever(x: Any) -> Any:
        return tf.while_loop(lambda i, _: i >= 0, lambda i, x: (i, x), [0, x])[1]

    array = reals(RNG, (2, 2), 0.5, 1)
    for function, message in (
        (branch, r"'cond' \(StatelessIf\): its condition depends on what the graph is fed"),
        (loop, r"'while' \(StatelessWhile\): its condition depends on what the graph is fed"),
    ):
        net, _ = traced_graph(function, array)
        expect_error(net.graph, message, shapes_of(net), kind=UnsupportedOpError)
    net, _ = traced_graph(forever, array)
    expect_error(net.graph, "it runs more than 1000 times", shapes_of(net), kind=UnsupportedOpError)


def test_a_lowered_loop_is_refused_by_name_and_not_as_a_cycle() -> None:
    from harness.stacks.relax.frontend import UnsupportedOpError

    net = Net()
    x = net.feed(F32(1))
    net.node("Enter", x, name="enter", T=F32, frame_name="loop")
    net.node("Merge", "enter", "next", name="merge", T=F32, N=2)
    net.node("NextIteration", "merge", name="next", T=F32)
    net.node("Exit", "merge", T=F32)
    expect_error(
        net.graph,
        r"Enter \(1 node: enter, its control flow depends on .*lower_control_flow=False",
        kind=UnsupportedOpError,
    )


def test_lists_that_are_refused_by_name() -> None:
    from harness.stacks.relax.frontend import UnsupportedOpError

    net = Net()
    x, fed = net.feed(reals(RNG, (2, 3))), net.feed(I32(1))
    net.node("TensorArrayV3", fed, name="size", dtype=F32)
    net.node("TensorArrayV3", net.const(I32(2)), name="array", dtype=F32)
    net.node("TensorArrayWriteV3", "array", fed, x, "array:1", name="index", T=F32)
    place = net.const(I32(2))
    net.node("TensorArrayWriteV3", "array", place, x, "array:1", name="beyond", T=F32)
    net.node("Neg", "array:1", name="sum", T=F32)
    net.node("TensorArrayConcatV3", "array", "array:1", name="concat", dtype=F32)
    for output, message in {
        "size": r"'size' \(TensorArrayV3\): input 0 depends on what the graph is fed",
        "index": r"'index' \(TensorArrayWriteV3\): input 1 depends on what the graph is fed",
        "beyond": r"'beyond' \(TensorArrayWriteV3\): index 2 of a list of 2",
        "sum": r"'sum' \(Neg\): it reads a list of tensors; expected a tensor",
        "array:1": r"'array' \(TensorArrayV3\): it gives a list of tensors",
        "concat": r"1 operation can't be imported: TensorArrayConcatV3 \(1 node: concat\)",
    }.items():
        expect_error(net.graph, message, None, [output], kind=UnsupportedOpError)

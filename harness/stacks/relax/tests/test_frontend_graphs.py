"""The TensorFlow frontend's names, inputs and outputs."""

from typing import Any

import numpy as np
import pytest

from harness.graphdef.serialise import to_bytes
from harness.stacks.relax.tests.frontend_graphs import (
    RNG,
    cut_decoder,
    expect_error,
    imported,
    named,
    tiny,
)
from harness.stacks.relax.tests.frontend_runs import F32, MARKS, Net, agree, by_tvm, compiled, reals
from harness.testing.tiny import float_graph

pytestmark = MARKS


def test_a_binding_a_node_under_its_own_name() -> None:
    module = imported(float_graph(shape=(1, 8, 8, 3)))
    names = ["conv", "conv/Relu", "pool", "dense/MatMul", "logits", "softmax"]
    assert named(module) == [(name, name) for name in names]
    assert [parameter.name for parameter in module["main"].params] == ["input"]
    assert list(module["main"].attrs["tf_inputs"]) == ["input"]
    assert list(module["main"].attrs["tf_outputs"]) == ["softmax:0"]


def test_names_stay_as_they_are_and_steps_name_their_node() -> None:
    net = tiny()
    net.node("Relu", "x", name="a/b.c-d_1", T=F32)
    net.node("Softplus", "a/b.c-d_1", name="net/soft.plus", T=F32)
    axis = net.const(np.int32(1))
    net.node("Split", axis, "net/soft.plus", name="parts", T=F32, num_split=2)
    net.node("Identity", "parts:1", name="Identity", T=F32)
    found = named(imported(net.graph, None, ["parts", "Identity"]))
    assert found[0] == ("a/b.c-d_1", "a/b.c-d_1")
    steps = [name for name, node in found if node == "net/soft.plus"]
    assert steps[-1] == "net/soft.plus"
    assert all(name.startswith("net/soft.plus/") for name in steps[:-1])
    assert found[-3:] == [("parts", "parts"), ("parts:1", "parts"), ("Identity", "Identity")]


def test_every_call_has_a_span_that_survives_json() -> None:
    from tvm.ir import load_json, save_json

    module = load_json(save_json(imported(cut_decoder())))
    for block in module["main"].body.blocks:
        for binding in block.bindings:
            assert binding.value.span.source_name.name == binding.var.name


def test_intermediate_tensors_are_tensorflow_s() -> None:
    net = Net()
    net.graph, net.feeds = (
        cut_decoder(),
        {"DecodeJpeg": RNG.integers(0, 256, (11, 13, 3)).astype(np.uint8)},
    )
    outputs = ("softmax", "Cast", "ResizeBilinear:0", "conv/Relu", "logits", "DecodeJpeg", "Cast")
    agree(net, outputs, rtol=1e-5, atol=2e-5)
    alone = by_tvm(net, ("conv/Relu",))[0]
    together = by_tvm(net, outputs)[3]
    np.testing.assert_allclose(alone, together, 1e-6, 1e-6)


def test_a_constant_an_input_and_an_identity_can_be_outputs() -> None:
    net = tiny([("out", "Identity", ["x"])])
    net.const(F32([1, 2]), "c")
    agree(net, ("c",))
    agree(net, ("x",))
    agree(net, ("out", "c", "x", "out"))


def test_several_inputs_by_position() -> None:
    net = tiny()
    net.feed(reals(RNG, (1, 4)), "y")
    net.feed(reals(RNG, (9, 9)), "unused")
    net.node("Sub", "y", "x", T=F32)
    module = imported(net.graph, None, ["out"])
    assert sorted(module["main"].attrs["tf_inputs"]) == ["x", "y"]
    np.testing.assert_array_equal(compiled(module)(net.feeds)[0], net.feeds["y"] - net.feeds["x"])


def test_the_ends_are_the_default_outputs() -> None:
    net = tiny([("a", "Relu", ["x"]), ("b", "Neg", ["a"]), ("c", "Abs", ["a"])])
    net.graph.node.add(name="init", op="NoOp").input.append("^a")
    net.const(F32(1), "unused")
    assert list(imported(net.graph)["main"].attrs["tf_outputs"]) == ["b:0", "c:0"]


@pytest.mark.parametrize("form", ["harness", "bytes", "TensorFlow"])
def test_graphs_in_all_three_forms(form: str) -> None:
    graph: Any = float_graph(shape=(1, 8, 8, 3))
    if form == "TensorFlow":
        import tensorflow as tf

        graph = tf.compat.v1.GraphDef.FromString(to_bytes(graph))
    elif form == "bytes":
        graph = to_bytes(graph)
    before = graph if form == "bytes" else graph.SerializeToString(deterministic=True)
    assert len(named(imported(graph))) == 6
    after = graph if form == "bytes" else graph.SerializeToString(deterministic=True)
    assert before == after


def test_control_inputs_are_not_followed() -> None:
    net = tiny([("checked", "CheckNumerics", ["x"])])
    net.graph.node.add(name="assert", op="Assert").input.extend(["x", "x"])
    net.node("Relu", "checked", "^assert", "^nowhere", T=F32)
    assert named(imported(net.graph, None, ["out"])) == [("out", "out")]


def test_a_placeholder_with_a_default_is_its_default_unless_named() -> None:
    net = tiny()
    net.const(F32(2), "two")
    net.node("PlaceholderWithDefault", "two", name="keep", dtype=F32)
    net.graph.node[-1].attr["shape"].shape.SetInParent()
    net.node("Mul", "x", "keep", T=F32)
    np.testing.assert_array_equal(by_tvm(net)[0], net.feeds["x"] * 2)
    net.feeds["keep"] = F32(5)
    found = by_tvm(net, shape={"keep": ()})[0]
    np.testing.assert_array_equal(found, net.feeds["x"] * 5)


def test_shapes_are_given_for_placeholders_that_leave_them_open() -> None:
    graph = float_graph()
    module = imported(graph, {"input": (2, 8, 8, 3)})
    assert [int(n) for n in module["main"].params[0].ty.shape] == [2, 8, 8, 3]
    message = (
        r"placeholder 'input' has the shape \[\?, 8, 8, 3\].*shape=\{'input': \(1, 8, 8, 3\)\}"
    )
    expect_error(graph, message)
    expect_error(
        graph, r"no placeholder 'inptu' in the graph; nearest: input", {"inptu": (1, 8, 8, 3)}
    )
    expect_error(
        graph, r"given the shape \[1, 9, 9, 3\]; it is \[\?, 8, 8, 3\]", {"input": (1, 9, 9, 3)}
    )
    expect_error(graph, "given the shape", {"input": (8, 8, 3)})
    expect_error(graph, "shape: expected whole numbers", {"input": (None, 8, 8, 3)})
    del graph.node[0].attr["shape"]
    expect_error(graph, "'input' has the shape unknown; give all of it")
    assert imported(graph, {"input:0": (1, 8, 8, 3)})


def test_a_deep_graph_needs_no_deep_stack() -> None:
    net = tiny()
    last = "x"
    for count in range(3000):
        last = net.node("Identity", last, name=f"n{count}", T=F32)
    assert named(imported(net.graph)) == [("n2999", "n2999")]


def test_functions_are_inlined() -> None:
    import tensorflow as tf

    v1 = tf.compat.v1

    def double(x: Any) -> Any:
        return tf.concat([x, x], 1), tf.split(x, 2, 1)[1]

    twice = tf.function(double)

    def inner_and_sum(x: Any) -> Any:
        both, half = twice(tf.nn.relu(x))
        return both + 1.0, half

    with tf.Graph().as_default() as graph:
        both, half = tf.function(inner_and_sum)(v1.placeholder(tf.float32, (1, 4), "x"))
        tf.identity(both, "out")
        tf.negative(half, "half")
    net = Net()
    net.graph.ParseFromString(graph.as_graph_def().SerializeToString())
    net.feeds = {"x": reals(RNG, (1, 4))}
    assert any("PartitionedCall" in node.op for node in net.graph.node)
    agree(net, ("out", "half"))
    for node in net.graph.node:
        if "PartitionedCall" in node.op:
            node.attr["f"].func.Clear()
    expect_error(net.graph, "calls '', which the graph lacks", None, ["out"])

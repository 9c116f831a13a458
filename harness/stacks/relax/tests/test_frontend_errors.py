"""The errors of the TensorFlow frontend, each naming the node or tensor it is about."""

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import GraphError
from harness.graphdef.serialise import to_bytes
from harness.graphdef.wire import GraphDef
from harness.stacks.relax.tests.frontend_graphs import (
    PIXELS,
    RNG,
    cut_decoder,
    expect_error,
    imported,
    tiny,
)
from harness.stacks.relax.tests.frontend_runs import F32, I32, MARKS, Net, reals
from harness.stacks.relax.tests.relax_marks import examples
from harness.testing.tiny import decoder_graph, float_graph

pytestmark = MARKS


def test_unknown_outputs() -> None:
    graph = float_graph(shape=(1, 8, 8, 3))
    expect_error(
        graph, "no output tensor 'softmx:0' in the graph; nearest: softmax", None, ["softmx"]
    )
    expect_error(graph, "must be a list of tensor names", None, "softmax")
    expect_error(graph, "must be a list of tensor names", None, [])
    expect_error(
        graph, "output 3 of node 'softmax' is used, but not converted", None, ["softmax:3"]
    )
    expect_error(graph, "names no tensor", None, ["softmax:x"])
    expect_error(graph, "names no tensor", None, [""])


def test_unknown_operations_are_all_named_before_anything_is_built() -> None:
    from harness.stacks.relax.frontend import UnsupportedOpError

    nodes = [(f"net/odd{i}", "Odd", ["x"]) for i in range(5)]
    nodes += [("other", "Strange", ["x"]), ("sum", "AddN", [*(n for n, _, _ in nodes), "other"])]
    error = expect_error(
        tiny(nodes).graph, "2 operations can't be imported", kind=UnsupportedOpError
    )
    assert "Odd (5 nodes: net/odd0, net/odd1, net/odd2 and 2 more)" in str(error)
    assert "Strange (1 node: other)" in str(error)


def test_a_decoder_has_to_be_cut_off() -> None:
    graph = decoder_graph()
    expect_error(graph, r"DecodeJpeg \(1 node: DecodeJpeg, cut the graph behind its decoder")
    bytes_in = "attribute dtype is string; expected numbers: cut the graph"
    expect_error(graph, bytes_in, None, ["DecodeJpeg/contents"])


def test_attributes_that_are_not_supported() -> None:
    from harness.stacks.relax.frontend import UnsupportedAttributeError

    net = tiny()
    net.feed(PIXELS, "pixels")
    vectors = [net.const(reals(RNG, 3, 1, 2)) for _ in "1234"]
    net.node("FusedBatchNormV3", "pixels", *vectors, name="trained", T=F32, is_training=True)
    net.node("FusedBatchNormV3", "pixels", *vectors, name="unsaid", T=F32)
    window = {"T": F32, "ksize": [1, 2, 2, 1], "strides": [1, 2, 2, 1]}
    net.node(
        "MaxPool", "pixels", name="layout", data_format="NCHW_VECT_C", padding="SAME", **window
    )
    net.node("MaxPool", "pixels", name="padding", padding="HALF", **window)
    deep = window | {"ksize": [1, 2, 2, 3], "padding": "SAME"}
    net.node("MaxPool", "pixels", name="deep", **deep)
    net.node("MaxPool", "pixels", name="few", **(window | {"strides": [1, 2], "padding": "SAME"}))
    net.node("MaxPool", "pixels", name="kind", **(window | {"strides": "two", "padding": "SAME"}))
    net.node("Cast", "x", name="exotic", SrcT=F32)
    net.graph.node[-1].attr["DstT"].type = 14
    for output, message in {
        "trained": r"'trained' \(FusedBatchNormV3\): attribute is_training is True; expected False",
        "unsaid": "attribute is_training is True",
        "layout": "data_format is 'NCHW_VECT_C'; expected NHWC or NCHW",
        "padding": "padding is 'HALF'; expected SAME or VALID or EXPLICIT",
        "deep": r"ksize is \[1, 2, 2, 3\]",
        "few": r"strides is \[1, 2\]; expected 4 whole numbers",
        "kind": "strides is text; expected a list",
        "exotic": "DstT is TensorFlow's type 14; expected one of float32",
    }.items():
        expect_error(net.graph, message, None, [output], kind=UnsupportedAttributeError)


@pytest.mark.parametrize("equation", ["ab->bQ", "ab", "aa->a", "a...->a", "abc->a", "a,b->a", ""])
def test_equations_that_are_not_supported(equation: str) -> None:
    net = tiny()
    net.node("Einsum", "x", T=F32, N=1, equation=equation)
    expect_error(net.graph, r"'out' \(Einsum\): attribute equation is .*; expected letters")


def test_sizes_that_are_too_large() -> None:
    net = tiny()
    net.feed(PIXELS, "pixels")
    net.node("ResizeBilinear", "pixels", net.const(I32([2**31 - 1, 8])), name="big", T=F32)
    net.node("Tile", "x", net.const(I32([2**30, 2])), name="tiled", T=F32)
    pads = net.const(I32([[0, 0], [0, 2**31 - 1]]))
    net.node("MirrorPad", "x", pads, name="mirrored", T=F32, mode="REFLECT")
    expect_error(net.graph, r"'big' .* has over", None, ["big"])
    expect_error(net.graph, r"'tiled' .* has over", None, ["tiled"])
    expect_error(net.graph, "'mirrored'.*too few rows to mirror", None, ["mirrored"])


def test_statistics_of_training_are_not_converted() -> None:
    net = Net()
    x = net.feed(PIXELS)
    vectors = [net.const(reals(RNG, 3, 1, 2)) for _ in "1234"]
    net.node("FusedBatchNormV3", x, *vectors, name="norm", T=F32, is_training=False)
    net.node("Neg", "norm:1", T=F32)
    expect_error(
        net.graph, "output 1 of node 'norm' is used, but not converted; its converter gives 1"
    )


def test_sizes_that_depend_on_what_is_fed() -> None:
    net = tiny()
    net.feed(I32([2, 2]), "size")
    net.node("Reshape", "x", "size", T=F32)
    expect_error(
        net.graph, r"'out' \(Reshape\): input 1 depends on what the graph is fed; expected a con"
    )


def test_damaged_graphs() -> None:
    expect_error(
        tiny(
            [("a", "Relu", ["b"]), ("b", "Relu", ["c"]), ("c", "Relu", ["a"]), ("d", "Neg", ["a"])]
        ).graph,
        "has a cycle.*: a → b → c → a",
    )
    expect_error(tiny([("a", "Relu", ["a"]), ("b", "Relu", ["a"])]).graph, "has a cycle.*: a → a")
    expect_error(
        tiny([("a", "Relu", ["xx"])]).graph,
        "node 'a' reads 'xx', but there is no node 'xx'; nearest: x",
    )
    expect_error(
        tiny([("a", "Relu", ["x", "x"])]).graph, r"'a' \(Relu\) reads 2 tensors; expected 1"
    )
    expect_error(
        tiny([("a", "AddN", [])]).graph, r"'a' \(AddN\) reads 0 tensors; expected 1 or more"
    )
    expect_error(
        tiny([("a", "Relu", ["x"]), ("a", "Neg", ["x"])]).graph, "two nodes are called 'a'"
    )
    expect_error(
        tiny([("a", "Relu", ["x:1"])]).graph, "output 1 of node 'x' is used, but not converted"
    )
    expect_error(tiny([("a", "Relu", ["x:y"])]).graph, "'x:y' names no tensor")
    expect_error(tiny().graph, "the graph has no output; nodes that nothing reads: Placeholder")
    expect_error(GraphDef(), "the file is empty")
    expect_error(b"no graph at all", "Expected a frozen GraphDef")
    expect_error(3, "expected a GraphDef or its bytes; found a int")


def test_inputs_that_contradict_each_other_name_the_node() -> None:
    net = tiny()
    three = net.const(F32([1, 2, 3]))
    net.node("AddV2", "x", three, name="sum", T=F32)
    expect_error(net.graph, r"node 'sum' \(AddV2\) can't be converted: .*broadcast")
    net = tiny()
    net.node("ConcatV2", "x", net.const(np.int32(7)), T=F32, N=1)
    expect_error(net.graph, r"node 'out' \(ConcatV2\): axis 7 of a tensor of 2 dimensions")


@examples(60)
@given(st.data())
def test_a_damaged_byte_is_imported_or_a_graph_error(data: st.DataObject) -> None:
    whole = to_bytes(cut_decoder())
    where = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:where] + bytes([data.draw(st.integers(0, 255))]) + whole[where + 1 :]
    with contextlib.suppress(GraphError):
        imported(damaged)

"""Deterministic bytes, digests and attributes."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from harness.graphdef.build import add_node
from harness.graphdef.cut import cut
from harness.graphdef.endpoints import find_input, find_output
from harness.graphdef.parse import parse
from harness.graphdef.serialise import digest, to_bytes
from harness.graphdef.tensors import DT_FLOAT, DT_INT32, DT_UINT8
from harness.graphdef.tests.graphs import BYTES, DECODER, names
from harness.graphdef.wire import GraphDef
from harness.testing.tiny import I, constants, decoder_graph, float_graph

GRAPHS = st.one_of(
    st.builds(decoder_graph, st.integers(1, 5), size=st.integers(1, 9)),
    st.builds(
        float_graph,
        st.integers(1, 5),
        shape=st.sampled_from([(None, 8, 8, 3), (1, 8, 8, 3), (8, 8, 3), (None, None, None, 3)]),
        dtype=st.sampled_from([DT_FLOAT, DT_UINT8]),
    ),
)


@settings(max_examples=40, deadline=None)
@given(GRAPHS, st.sampled_from(["softmax", "logits:0", "conv/Relu"]), st.integers(1, 9))
def test_nothing_changes_the_graph_itself_and_the_bytes_are_the_same_each_time(
    graph: GraphDef, output: Any, size: Any
) -> None:
    before = to_bytes(graph)
    entry = find_input(graph)
    made = cut(graph, entry, find_output(graph, output), (size, size, 3))
    assert to_bytes(graph) == before
    fresh = parse(before)
    again = cut(fresh, find_input(fresh), output, (size, size, 3))
    assert to_bytes(made) == to_bytes(again)
    assert set(names(made)) <= set(names(graph))
    assert to_bytes(cut(made, find_input(made), output, (size, size, 3))) == to_bytes(made)


def test_bytes_do_not_depend_on_the_order_in_which_attributes_were_set() -> None:
    graphs = [GraphDef(), GraphDef()]
    for graph, keys in zip(graphs, ["abc", "cba"], strict=True):
        add_node(graph, "x", "Relu", [], **dict.fromkeys(keys, 1))
    assert to_bytes(graphs[0]) == to_bytes(graphs[1])


def test_what_the_harness_does_not_know_is_carried_through() -> None:
    graph = parse(BYTES + b"\x12\x03\x0a\x01\x00")  # library { function { … } }
    made = cut(graph, find_input(graph), "softmax", (5, 6, 3))
    assert b"\x12\x03\x0a\x01\x00" in to_bytes(made)


def test_a_digest_tells_values_types_and_shapes_apart() -> None:
    arrays: list[NDArray[Any]] = [
        np.zeros(4, np.float32),
        np.zeros(2, np.float64),
        np.zeros((2, 2), np.float32),
    ]
    assert len({digest(array) for array in arrays}) == 3
    assert digest(arrays[2]) == digest(arrays[2].T)
    assert digest(b"x") != digest(b"y")


def test_attributes_of_every_kind_are_written() -> None:
    graph = GraphDef()
    add_node(graph, "x", "Op", ["a", "b:1"], s="text", b=True, i=3, f=0.5, t=I, many=[1, 2])
    attr = graph.node[0].attr
    assert (attr["s"].s, attr["b"].b, attr["i"].i, attr["f"].f) == (b"text", True, 3, 0.5)
    assert (attr["t"].type, list(attr["many"].list.i)) == (DT_INT32, [1, 2])
    assert list(graph.node[0].input) == ["a", "b:1"]


def test_constants_are_all_numeric_ones_by_name() -> None:
    found = dict(constants(DECODER))
    assert set(found) == {n.name for n in DECODER.node if n.op == "Const"}
    assert found["conv/kernel"].shape == (3, 3, 3, 8)

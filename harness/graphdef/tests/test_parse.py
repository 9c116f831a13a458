"""Which bytes are a GraphDef, and how anything else is refused."""

import contextlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import GraphError
from harness.graphdef.build import add_node
from harness.graphdef.cut import cut
from harness.graphdef.endpoints import find_input, find_output
from harness.graphdef.parse import parse
from harness.graphdef.serialise import to_bytes
from harness.graphdef.tests.graphs import BYTES, DECODER, names
from harness.graphdef.wire import GraphDef
from harness.testing.tiny import decoder_graph


def test_a_graph_is_read_with_all_its_nodes() -> None:
    graph = parse(BYTES)
    assert names(graph) == names(DECODER)
    assert to_bytes(graph) == BYTES


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (BYTES[:-1], "cut short"),
        (BYTES[: len(BYTES) // 2], "cut short"),
        (b"hello, world\n", "this is a text file ("),
        (b'node {\n  name: "x"\n  op: "Placeholder"\n}\n', "this is a text file, perhaps a .pbtxt"),
        (b"\x08\x01\x12\x04abcd", "looks like a SavedModel; freeze it first"),
        (b"\x1c\0\0\0TFL3\0\0\0\0", "this is a TFLite model; name it with the suffix .tflite"),
        (b"\x08\x08\x12\x07pytorch", "looks like an ONNX file; name it with the suffix .onnx"),
        (b"PK\x03\x04\x14\0\0\0", "no GraphDef"),
        (b"\x7fELF\x02\x01\x01\0", "no GraphDef"),
        (b"\x89PNG\r\n\x1a\n\0\0", "no GraphDef"),
        (bytes(1000), "no GraphDef"),
        (bytes(range(256)) * 4, "no GraphDef"),
        (b"\x0a\x00", "no GraphDef"),  # a node without a name
    ],
)
def test_what_is_no_graph_is_named_for_what_it_is(data: Any, words: Any) -> None:
    with pytest.raises(GraphError) as error:
        parse(data, "model.pb")
    assert words in str(error.value)
    assert str(error.value).startswith("model.pb: ")
    assert f"({len(data)} bytes). Expected a frozen GraphDef" in str(error.value)


def test_every_shorter_piece_of_a_graph_is_a_graph_error_or_has_fewer_nodes() -> None:
    for length in range(0, len(BYTES), 7):
        with contextlib.suppress(GraphError):
            assert len(parse(BYTES[:length]).node) < len(DECODER.node)


def test_a_graph_that_is_not_frozen_names_a_variable() -> None:
    graph = decoder_graph()
    add_node(graph, "dense/weights", "VariableV2", [])
    with pytest.raises(GraphError, match="not frozen: 1 variables, such as 'dense/weights'"):
        parse(to_bytes(graph))


def test_two_nodes_of_one_name_are_refused() -> None:
    graph = decoder_graph()
    graph.node.add(name="conv", op="Relu")
    with pytest.raises(GraphError, match="two nodes are called 'conv'"):
        parse(to_bytes(graph))


def test_many_nodes_of_one_name_are_refused_without_counting_each() -> None:
    graph = GraphDef()
    for index in range(200_000):
        graph.node.add(name=f"n{min(index, 199_998)}", op="NoOp")
    with pytest.raises(GraphError, match="two nodes are called 'n199998'"):
        parse(to_bytes(graph))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_damaged_bytes_are_a_graph_error_or_a_graph(data: Any) -> None:
    mutated = bytearray(BYTES)
    # Most of the bytes are weights: damage what is not, the names, ops, shapes and lengths.
    structure = [i for i in range(len(BYTES)) if i < 700 or i > len(BYTES) - 500]
    for _ in range(data.draw(st.integers(1, 4))):
        at = min(data.draw(st.sampled_from(structure)), len(mutated) - 1)
        if data.draw(st.booleans()):
            mutated[at] = data.draw(st.integers(0, 255))
        else:
            del mutated[at : at + data.draw(st.integers(1, 30))]
    with contextlib.suppress(GraphError):
        graph = parse(bytes(mutated))
        _use(graph)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_random_bytes_are_a_graph_error_or_a_graph(data: Any) -> None:
    with contextlib.suppress(GraphError):
        _use(parse(data))


def _use(graph: GraphDef) -> None:
    """All that is done with a graph that was read."""
    before = to_bytes(graph)
    for node in list(graph.node):
        with contextlib.suppress(GraphError):
            find_input(graph, node.name)
    with contextlib.suppress(GraphError):
        find_output(graph)
    with contextlib.suppress(GraphError):
        cut(graph, find_input(graph), find_output(graph), (5, 6, 3))
    assert to_bytes(graph) == before

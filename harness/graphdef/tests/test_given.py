"""Tensors that are given from outside."""

from harness.graphdef.build import add_node
from harness.graphdef.given import with_given
from harness.graphdef.tensors import DT_DOUBLE, DT_FLOAT
from harness.graphdef.wire import GraphDef


def chain() -> GraphDef:
    graph = GraphDef()
    add_node(graph, "x", "Placeholder", [])
    add_node(graph, "a", "Relu", ["x"])
    add_node(graph, "b", "AddV2", ["a", "a:0"])
    graph.node[2].input.append("^a")
    return graph


def test_readers_read_the_placeholder_and_the_node_stays() -> None:
    graph, names = with_given(chain(), ["a:0"])
    nodes = {node.name: node for node in graph.node}
    given = names["a:0"]
    assert list(nodes["b"].input) == [given, given, "^a"]
    assert list(nodes["a"].input) == ["x"]
    assert nodes[given].attr["dtype"].type == DT_FLOAT


def test_the_original_is_left_as_it_is() -> None:
    graph = chain()
    with_given(graph, ["a:0", "x:0"], double=True)
    assert graph == chain()


def test_names_that_are_taken_are_avoided() -> None:
    graph = chain()
    add_node(graph, "parity/given0", "Placeholder", [])
    made, names = with_given(graph, ["x:0"], double=True)
    assert names["x:0"] not in {node.name for node in graph.node}
    assert made.node[-1].attr["dtype"].type == DT_DOUBLE

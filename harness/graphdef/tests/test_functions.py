"""Calls of functions are replaced by nodes, whatever the functions hold."""

import pytest

from harness.errors import GraphError
from harness.graphdef.build import add_node
from harness.graphdef.functions import called, inlined
from harness.graphdef.tests.graphs import names, placeholder
from harness.graphdef.wire import FunctionLibrary, GraphDef


def calling(*inner: str) -> GraphDef:
    """A call of the function `f`, which holds a node for each name and gives the first one's."""
    library = FunctionLibrary()
    function = library.function.add()
    function.signature.name = "f"
    function.signature.input_arg.add(name="x")
    function.signature.output_arg.add(name="y")
    for number, op in enumerate(inner):
        node = function.node_def.add(name=f"n{number}", op=op, input=["x"])
        node.attr["f"].func.name = "f"
    function.ret["y"] = "n0:y:0"
    graph: GraphDef = placeholder(GraphDef(), "input")
    add_node(graph, "call", "PartitionedCall", ["input"])
    graph.node[-1].attr["f"].func.name = "f"
    graph.library.ParseFromString(library.SerializeToString())
    return graph


def test_a_call_becomes_the_nodes_of_its_function() -> None:
    found = inlined(calling("Relu", "Abs"))
    assert names(found) == ["input", "call/n0", "call/n1", "call"]
    assert list(found.node[-1].input) == ["call/n0:0"]


def test_the_functions_stay_for_nodes_that_name_them_otherwise() -> None:
    graph = calling("Relu")
    assert inlined(graph).library == graph.library


@pytest.mark.parametrize("calls", [1, 2, 50])
def test_a_function_that_calls_itself_is_refused_before_it_fills_the_memory(calls: int) -> None:
    with pytest.raises(GraphError, match=r"can't be inlined: its function calls itself.*100000"):
        inlined(calling(*["PartitionedCall"] * calls))


def test_outputs_of_several_names_are_counted() -> None:
    """A function reads `n0:indices:0`; in a graph that is the second output."""
    graph = calling("TopKV2")
    library = FunctionLibrary.FromString(graph.library.SerializeToString())
    library.function[0].ret["y"] = "n0:indices:0"
    graph.library.ParseFromString(library.SerializeToString())
    assert list(inlined(graph).node[-1].input) == ["call/n0:1"]


def test_the_graph_of_one_call() -> None:
    found = called(calling("Relu"), "f", 1, "if/then")
    assert names(found) == ["if/then/argument/0", "if/then/n0", "if/then"]
    assert list(found.node[1].input) == ["if/then/argument/0"]
    with pytest.raises(GraphError, match="gives 2 tensors to 'f'; expected 1"):
        called(calling("Relu"), "f", 2, "call")
    with pytest.raises(GraphError, match="calls 'g', which the graph lacks; known: f"):
        called(calling("Relu"), "g", 1, "call")

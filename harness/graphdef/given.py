"""A graph in which some tensors are given from outside, to those that read them alone.

The nodes that compute these tensors stay, so that one run gives what every part of the graph makes
of the tensors given to it.
"""

from collections.abc import Sequence

from harness.graphdef.access import node_of, tensor_of
from harness.graphdef.tensors import DT_DOUBLE, DT_FLOAT
from harness.graphdef.wire import GraphDef


def with_given(
    graph: GraphDef, tensors: Sequence[str], *, double: bool = False
) -> tuple[GraphDef, dict[str, str]]:
    """The graph, and tensor (`node:port`) → the placeholder that its readers read instead.

    The placeholders take float32 of any shape, with `double` float64. A tensor that nothing reads
    gets a placeholder, too.
    """
    taken = {node.name for node in graph.node}
    names = {tensor: _free(f"parity/given{i}", taken) for i, tensor in enumerate(tensors)}
    result = GraphDef()
    result.CopyFrom(graph)
    for node in result.node:
        for place, entry in enumerate(node.input):
            if not entry.startswith("^") and tensor_of(entry) in names:
                node.input[place] = names[tensor_of(entry)]
    for name in names.values():
        placeholder = result.node.add(name=name, op="Placeholder")
        placeholder.attr["dtype"].type = DT_DOUBLE if double else DT_FLOAT
        placeholder.attr["shape"].shape.unknown_rank = True
    return result, names


def _free(name: str, taken: set[str]) -> str:
    found = name
    while node_of(found) in taken:
        found += "_"
    taken.add(found)
    return found

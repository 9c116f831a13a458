"""Graphs that several tests of GraphDefs read."""

from typing import Any

from harness.graphdef.build import add_node
from harness.graphdef.serialise import to_bytes
from harness.graphdef.tensors import DT_FLOAT
from harness.graphdef.wire import GraphDef
from harness.testing.tiny import decoder_graph

DECODER = decoder_graph()
BYTES = to_bytes(DECODER)


def placeholder(
    graph: GraphDef,
    name: str,
    shape: Any = (None, 8, 8, 3),
    dtype: Any = DT_FLOAT,
    op: str = "Placeholder",
) -> Any:
    add_node(graph, name, op, [], dtype=("type", dtype))
    for size in shape or ():
        graph.node[-1].attr["shape"].shape.dim.add(size=-1 if size is None else size)
    if shape is None:
        graph.node[-1].attr["shape"].shape.unknown_rank = True
    return graph


def names(graph: GraphDef) -> Any:
    return [node.name for node in graph.node]

"""What the importer is given, read: the graph, and the tensors that it must compute."""

from collections import Counter
from collections.abc import Collection, Sequence

from google.protobuf.message import Message

from harness.errors import GraphError, nearest
from harness.graphdef.access import TensorName, data_inputs, nodes_by_name, tensor_name
from harness.graphdef.endpoints import NO_OUTPUT_OPS
from harness.graphdef.parse import parse
from harness.graphdef.traversal import ordered
from harness.graphdef.wire import GraphDef
from harness.stacks.relax.frontend.refusals import LOOPS
from harness.stacks.relax.frontend.unsupported import unknown_ops

# A stateful or legacy graph's leaves that hold nothing: writers, printers, variable initialisers.
_NO_SINKS = NO_OUTPUT_OPS | {"Placeholder", "PlaceholderV2", "PlaceholderWithDefault"}


def read(graph_def: Message | bytes | bytearray | memoryview) -> GraphDef:
    """The harness's own GraphDef of TensorFlow's, of its own, or of bytes; GraphError if unusable.

    Always a copy, so that what is read can't change what the caller holds.
    """
    if isinstance(graph_def, bytes | bytearray | memoryview):
        return parse(bytes(graph_def), "the graph")
    if not hasattr(graph_def, "SerializeToString"):
        kind = type(graph_def).__name__
        raise GraphError(f"expected a GraphDef or its bytes; found a {kind}")
    return parse(graph_def.SerializeToString(), "the graph")


def wanted(graph: GraphDef, outputs: Sequence[str] | None) -> list[TensorName]:
    """The tensors asked for, or the first output of each node that nothing reads."""
    nodes = nodes_by_name(graph)
    if outputs is None:
        return _sinks(graph)
    if isinstance(outputs, str) or not outputs:
        raise GraphError(f"outputs must be a list of tensor names; found {outputs!r}")
    found = [tensor_name(name) for name in outputs]
    for name in found:
        if name.node not in nodes:
            raise GraphError(f"no output tensor '{name}' in the graph; {nearest(name.node, nodes)}")
    return found


def _sinks(graph: GraphDef) -> list[TensorName]:
    read_by_some = {name.node for node in graph.node for name in data_inputs(node)}
    leaves = [node for node in graph.node if node.name not in read_by_some]
    sinks = [TensorName(node.name, 0) for node in leaves if node.op not in _NO_SINKS]
    if not sinks:
        ops = ", ".join(f"{op} ({n})" for op, n in Counter(x.op for x in leaves).items()) or "none"
        raise GraphError(f"the graph has no output; nodes that nothing reads: {ops}")
    return sinks


def refuse_loops(graph: GraphDef, results: Sequence[TensorName], known: Collection[str]) -> None:
    """UnsupportedOpError, naming their nodes, where the results need a lowered while loop."""
    found: dict[str, list[str]] = {}
    for node in ordered(graph, [name.node for name in results], allow_cycles=True):
        if node.op in LOOPS:
            found.setdefault(node.op, []).append(node.name)
    if found:
        raise unknown_ops(found, known)

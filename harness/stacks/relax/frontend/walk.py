"""A GraphDef's nodes in the order of their data, and what is wrong with graphs that have none."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from harness.errors import GraphError, nearest
from harness.graphdef.access import nodes_by_name
from harness.graphdef.endpoints import NO_OUTPUT_OPS
from harness.graphdef.parse import parse

# A stateful or legacy graph's leaves that hold nothing: writers, printers, variable initialisers.
_NO_SINKS = NO_OUTPUT_OPS | {"Placeholder", "PlaceholderV2", "PlaceholderWithDefault"}

SHOWN = 5


class TensorName(NamedTuple):
    """A node's output: `node:port`."""

    node: str
    port: int

    def __str__(self) -> str:
        return f"{self.node}:{self.port}"


def read(graph_def: Any) -> Any:
    """The harness's own GraphDef of TensorFlow's, of its own, or of bytes; GraphError if unusable.

    Always a copy, so that what is read can't change what the caller holds.
    """
    if isinstance(graph_def, bytes | bytearray | memoryview):
        return parse(bytes(graph_def), "the graph")
    if not hasattr(graph_def, "SerializeToString"):
        kind = type(graph_def).__name__
        raise GraphError(f"expected a GraphDef or its bytes; found a {kind}")
    return parse(graph_def.SerializeToString(), "the graph")


@lru_cache(maxsize=1 << 16)
def tensor_name(entry: str) -> TensorName:
    """Node and port of an input entry or of a name given by a user.

    >>> tensor_name("split:2")
    TensorName(node='split', port=2)
    >>> str(tensor_name("softmax"))
    'softmax:0'
    """
    node, colon, port = entry.partition(":")
    if not node or (colon and not (port.isascii() and port.isdigit())):
        raise GraphError(f"'{entry}' names no tensor; expected 'node' or 'node:port'")
    return TensorName(node, int(port or 0))


def data_inputs(node: Any) -> list[TensorName]:
    """The tensors that a node reads; control inputs (^name) only order effects and are left out."""
    return [tensor_name(entry) for entry in node.input if not entry.startswith("^")]


def wanted(graph: Any, outputs: Sequence[str] | None) -> list[TensorName]:
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


def _sinks(graph: Any) -> list[TensorName]:
    read_by_some = {name.node for node in graph.node for name in data_inputs(node)}
    leaves = [node for node in graph.node if node.name not in read_by_some]
    sinks = [TensorName(node.name, 0) for node in leaves if node.op not in _NO_SINKS]
    if not sinks:
        ops = ", ".join(f"{op} ({n})" for op, n in Counter(x.op for x in leaves).items()) or "none"
        raise GraphError(f"the graph has no output; nodes that nothing reads: {ops}")
    return sinks


def ordered(graph: Any, outputs: Iterable[TensorName]) -> list[Any]:
    """The nodes that the outputs need, each behind those whose tensors it reads.

    Walks with a stack of its own: a chain may be deeper than Python's. GraphError for a cycle and
    for a node that is missing.
    """
    nodes = nodes_by_name(graph)
    done: dict[str, Any] = {}
    for output in outputs:
        _visit(output.node, nodes, done)
    return list(done.values())


def _visit(root: str, nodes: dict[str, Any], done: dict[str, Any]) -> None:
    if root in done:
        return
    path: dict[str, Iterator[TensorName]] = {root: iter(data_inputs(nodes[root]))}
    while path:
        name, rest = next(reversed(path.items()))
        step = next(rest, None)
        if step is None:
            done[name] = nodes[name]
            del path[name]
        elif step.node in path:
            raise _cycle([*path], step.node)
        elif step.node not in nodes:
            raise GraphError(
                f"node '{name}' reads '{step}', but there is no node '{step.node}'; "
                f"{nearest(step.node, nodes)}"
            )
        elif step.node not in done:
            path[step.node] = iter(data_inputs(nodes[step.node]))


def _cycle(path: list[str], back_to: str) -> GraphError:
    loop = path[path.index(back_to) :]
    shown = loop if len(loop) <= SHOWN else [*loop[:SHOWN], "…"]
    return GraphError(
        f"the graph runs in a circle, each of these reading the next: "
        f"{' → '.join([*shown, back_to])}; while loops can't be imported"
    )

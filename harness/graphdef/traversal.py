"""Walking a GraphDef: which nodes an output needs, and in which order."""

from collections.abc import Callable, Iterable, Mapping

from harness.errors import GraphError, nearest
from harness.graphdef.access import attr_of, data_entries, data_inputs, node_of, nodes_by_name
from harness.graphdef.tensors import DT_DOUBLE, DT_FLOAT, DT_HALF
from harness.graphdef.wire import GraphDef, NodeDef

FLOATS = frozenset({DT_FLOAT, DT_DOUBLE, DT_HALF})
"""Types of floating point numbers that a program can return."""
MAX_SHOWN = 5
"""Nodes of a cycle that its error names."""


def ordered(
    graph: GraphDef,
    outputs: Iterable[str],
    *,
    control_inputs: bool = False,
    allow_cycles: bool = False,
) -> list[NodeDef]:
    """The nodes that the outputs (`node` or `node:port`) need, each behind those it reads.

    `control_inputs` counts inputs that only order (^name) as read. GraphError for a node that is
    missing and, unless `allow_cycles`, for a cycle; where cycles are allowed, one input of each is
    not followed. Walks with a stack of its own: a chain may be deeper than Python's.
    """
    nodes = nodes_by_name(graph)
    reads = (lambda node: list(node.input)) if control_inputs else data_entries
    done: dict[str, NodeDef] = {}
    for output in outputs:
        root = node_of(output)
        if root not in nodes:
            raise GraphError(f"there is no node '{root}' in the graph; {nearest(root, nodes)}")
        if root not in done:
            _visit(root, nodes, done, reads, allow_cycles)
    return list(done.values())


def _visit(
    root: str,
    nodes: Mapping[str, NodeDef],
    done: dict[str, NodeDef],
    reads: Callable[[NodeDef], list[str]],
    allow_cycles: bool,
) -> None:
    """Add the root to `done`, behind everything that it needs."""
    path = {root: iter(reads(nodes[root]))}
    while path:
        name, rest = next(reversed(path.items()))
        entry = next(rest, None)
        read = "" if entry is None else node_of(entry)
        if entry is None:
            done[name] = nodes[name]
            del path[name]
        elif read not in nodes:
            raise GraphError(
                f"node '{name}' reads '{entry}', but there is no node '{read}'; "
                f"{nearest(read, nodes)}"
            )
        elif read in path:
            if not allow_cycles:
                raise _cycle([*path], read)
        elif read not in done:
            path[read] = iter(reads(nodes[read]))


def ancestors(graph: GraphDef, output: str) -> set[str]:
    """Names of all nodes that the output needs, itself too; GraphError where one is missing."""
    found = ordered(graph, [output], control_inputs=True, allow_cycles=True)
    return {node.name for node in found}


def float_sources(graph: GraphDef, output: str) -> list[str]:
    """The tensors of floating point numbers that an output of another type is computed from.

    The nearest ones on each way back from it, as `node:port`: what an ArgMax or a Shape reads.
    """
    nodes = nodes_by_name(graph)
    found: dict[str, None] = {}
    seen, todo = set(), [node_of(output)]
    while todo:
        name = todo.pop(0)
        node = nodes.get(name)
        if node is None or name in seen:
            continue
        seen.add(name)
        read = data_inputs(node)
        kinds = {attr_of(node, attr).type for attr in ("T", "SrcT")}
        if read and kinds & FLOATS:
            found[str(read[0])] = None
        else:
            todo += [tensor.node for tensor in read]
    return list(found)


def _cycle(path: list[str], back_to: str) -> GraphError:
    loop = path[path.index(back_to) :]
    shown = loop if len(loop) <= MAX_SHOWN else [*loop[:MAX_SHOWN], "…"]
    return GraphError(
        f"the graph has a cycle, in which each node reads the next: "
        f"{' → '.join([*shown, back_to])}; while loops can't be imported"
    )

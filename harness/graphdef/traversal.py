"""Walking a GraphDef: which nodes an output needs, and in which order."""

from collections.abc import Callable, Iterable, Mapping

from harness.errors import GraphError, nearest
from harness.graphdef.access import data_entries, node_of, nodes_by_name
from harness.graphdef.wire import GraphDef, NodeDef

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


def _cycle(path: list[str], back_to: str) -> GraphError:
    loop = path[path.index(back_to) :]
    shown = loop if len(loop) <= MAX_SHOWN else [*loop[:MAX_SHOWN], "…"]
    return GraphError(
        f"the graph has a cycle, in which each node reads the next: "
        f"{' → '.join([*shown, back_to])}; while loops can't be imported"
    )

"""A graph → the equal graphs that the rewrites make of it."""

from collections.abc import Collection, Iterator

from harness.graphdef.wire import GraphDef
from harness.proof.faults.network import Network
from harness.proof.rewrites import forms, layers  # noqa: F401  importing them registers their kinds
from harness.proof.rewrites.kinds import REWRITES, Rewrite

REORDERED = "nodes_reversed"
"""The rewrite that changes no node: the file lists them in the other order."""


NAMES = (*REWRITES, REORDERED)
"""Every rewrite."""


def equal_graphs(
    graph: GraphDef, output: str, names: Collection[str] = NAMES
) -> Iterator[tuple[str, GraphDef]]:
    """Each of these rewrites that applies, in all its places at once, and the graph that it makes.

    `output` is the score tensor, `node` or `node:port`. The graph itself is not changed.
    """
    net = Network(graph, output)
    for name in REWRITES:
        if name in names and (found := _rewritten(net, REWRITES[name])) is not None:
            yield name, found
    if REORDERED not in names:
        return
    reordered = GraphDef()
    reordered.CopyFrom(graph)
    del reordered.node[:]
    reordered.node.extend(reversed(graph.node))
    yield REORDERED, reordered


def _rewritten(net: Network, rewrite: Rewrite) -> GraphDef | None:
    """The graph with all places replaced; None where there is no place."""
    result, places = GraphDef(), 0
    result.versions.CopyFrom(net.graph.versions)
    result.library.CopyFrom(net.graph.library)
    needed = {node.name for node in net.order}
    for node in net.graph.node:
        if node.name in needed and node.op in rewrite.ops and rewrite.append(result, net, node):
            places += 1
        else:
            result.node.add().CopyFrom(node)
    return result if places else None

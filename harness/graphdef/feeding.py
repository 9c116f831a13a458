"""A GraphDef whose pixel tensor can be fed, whatever waits for the nodes that compute it.

TensorFlow replaces the tensor that is fed where nodes read it. A control input (`^name`) still
makes it run the node, and so all that the node reads, unless the node is a Placeholder: feeding
`Decode:0` fails on the missing image file where a constant waits for `^Decode`. Function inlining
and TensorFlow.js leave such control inputs. They order effects, which nothing in front of the
pixels has.
"""

from harness.graphdef.access import data_entries, node_of, nodes_by_name
from harness.graphdef.build import copy_of
from harness.graphdef.traversal import ancestors
from harness.graphdef.wire import GraphDef


def feedable(graph: GraphDef, pixels: str) -> GraphDef:
    """The graph without control inputs on the node `pixels` and on what computes it.

    Those on a Cast of the pixels go as well: noise is measured by feeding its output. The graph
    itself where it has none of them. Raises GraphError where a node is missing.
    """
    casts = {
        node.name
        for node in graph.node
        if node.op == "Cast" and pixels in map(node_of, data_entries(node))
    }
    dropped = {f"^{name}" for name in ancestors(graph, pixels) | casts}
    waiting = [node.name for node in graph.node if not dropped.isdisjoint(node.input)]
    if not waiting:
        return graph
    result = copy_of(graph)
    nodes = nodes_by_name(result)
    for name in waiting:
        kept = [entry for entry in nodes[name].input if entry not in dropped]
        nodes[name].input[:] = kept
    return result

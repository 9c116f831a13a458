"""Changes of a GraphDef, in place, that leave everything else as it is."""

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.graphdef.access import attr_of, node_of, nodes_by_name
from harness.graphdef.tensors import decode, encode
from harness.graphdef.wire import GraphDef
from harness.proof.faults.network import FORWARDERS


def set_constant(graph: GraphDef, user: str, index: int, array: NDArray[Any]) -> None:
    """Give one node another constant, in place; other readers of the old one keep it.

    The type stays. Values equal to the old ones leave the graph as it is, byte for byte.
    """
    nodes = nodes_by_name(graph)
    readers = Counter(node_of(i) for node in graph.node for i in node.input)
    name, alone = node_of(nodes[user].input[index]), True
    while nodes[name].op in FORWARDERS:
        alone, name = alone and readers[name] == 1, node_of(nodes[name].input[0])
    value = attr_of(nodes[name], "value").tensor
    old = decode(value)
    new = np.asarray(array, old.dtype)
    if np.array_equal(old, new, equal_nan=old.dtype.kind == "f"):
        return
    if alone and readers[name] == 1:
        value.CopyFrom(encode(new))
        return
    extra = GraphDef()
    extra.node.add().CopyFrom(nodes[name])
    extra.node[0].name = free_name(graph, f"{user}/fault_constant")
    extra.node[0].attr["value"].tensor.CopyFrom(encode(new))
    nodes[user].input[index] = extra.node[0].name
    insert_before(graph, user, extra)


def insert_before(graph: GraphDef, user: str, extra: GraphDef) -> None:
    """Put the nodes of `extra` in front of a node, so that every node still follows its inputs."""
    at = [node.name for node in graph.node].index(user)
    tail = GraphDef()
    tail.node.extend(graph.node[at:])
    del graph.node[at:]
    graph.node.extend(extra.node)
    graph.node.extend(tail.node)


def free_name(graph: GraphDef, name: str) -> str:
    """The name, or the first `name_2`, `name_3` … that no node has."""
    taken = {node.name for node in graph.node}
    tries = [name, *(f"{name}_{i}" for i in range(2, len(taken) + 3))]
    return next(each for each in tries if each not in taken)

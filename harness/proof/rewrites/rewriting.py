"""What a rewrite is, and the GraphDef that one builds node by node.

A rewrite is a pure function GraphDef → GraphDef. Its docstring is its description.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.graphdef.access import attr_of, node_of, nodes_by_name
from harness.graphdef.build import add_const, add_node
from harness.graphdef.tensors import DT_FLOAT, decode
from harness.graphdef.wire import GraphDef, NodeDef
from harness.proof.faults.network import FORWARDERS

Rewrite = Callable[[GraphDef], GraphDef]
FLOAT = ("type", DT_FLOAT)


@dataclass(frozen=True)
class EqualRewrite:
    """One way to write the same network."""

    apply: Rewrite
    """Gives a fresh GraphDef, in which nothing is changed where there is no place for it."""
    needs: str
    """What a graph must have for it."""
    says: str
    """One sentence on what is written otherwise."""


REWRITES: dict[str, EqualRewrite] = {}


def rewrite(needs: str) -> Callable[[Rewrite], Rewrite]:
    """Register a function as the rewrite of its name."""

    def register(apply: Rewrite) -> Rewrite:
        says = str(apply.__doc__).partition("\n")[0]
        REWRITES[apply.__name__] = EqualRewrite(apply, needs, says)
        return apply

    return register


class Rewritten:
    """A GraphDef that is written again, node by node; what replaces a node keeps its name."""

    def __init__(self, graph: GraphDef) -> None:
        self.graph = _without_nodes(graph)
        """What was written so far."""
        self.nodes = nodes_by_name(graph)
        """The nodes of the original."""
        self._taken = set(self.nodes)
        self._readers = Counter(node_of(entry) for node in graph.node for entry in node.input)

    def keep(self, node: NodeDef) -> None:
        """Write a node as it is."""
        self.graph.node.add().CopyFrom(node)

    def add(self, name: str, op: str, inputs: Iterable[str], **attrs: Any) -> str:
        """Write a float32 node under this very name; returns it."""
        return add_node(self.graph, name, op, inputs, T=FLOAT, **attrs)

    def like(self, node: NodeDef, name: str, inputs: Iterable[str]) -> str:
        """Write a node with another name and other inputs; returns the name."""
        self.keep(node)
        self.graph.node[-1].name = name
        self.graph.node[-1].input[:] = list(inputs)
        return name

    def const(self, name: str, array: NDArray[Any]) -> str:
        """Write a constant under a free name; float64 becomes float32. Returns the name."""
        narrow = array.astype(np.float32) if array.dtype == np.float64 else array
        return add_const(self.graph, self.free(name), narrow)

    def free(self, name: str) -> str:
        """The name, or the first `name_2`, `name_3` … that no node has; it is taken then."""
        tries = (name, *(f"{name}_{number}" for number in range(2, len(self._taken) + 3)))
        found = next(each for each in tries if each not in self._taken)
        self._taken.add(found)
        return found

    def read_once(self, name: str) -> bool:
        """Whether one input of one node reads the node."""
        return self._readers[name] == 1

    def source(self, node: NodeDef, index: int = 0) -> NodeDef:
        """The node behind an input."""
        return self.nodes[node_of(node.input[index])]

    def constant(self, node: NodeDef, index: int) -> NDArray[np.float64] | None:
        """The float32 constant that an input is, in float64; None where it is anything else."""
        found = self.source(node, index)
        while found.op in FORWARDERS:
            found = self.source(found)
        if found.op != "Const" or attr_of(found, "dtype").type != DT_FLOAT:
            return None
        return decode(attr_of(found, "value").tensor).astype(np.float64)


def is_float(node: NodeDef) -> bool:
    """Whether a node computes in float32."""
    return attr_of(node, "T").type == DT_FLOAT


def depend_on_input(graph: GraphDef) -> set[str]:
    """Names of the nodes that are no constants, nor computed from constants alone."""
    found: set[str] = set()
    reads = [(node, {node_of(entry) for entry in node.input}) for node in graph.node]
    count = -1
    while len(found) != count:  # once more where a node stands before one that it reads
        count = len(found)
        found |= {node.name for node, read in reads if node.op == "Placeholder" or read & found}
    return found


def rewritten(graph: GraphDef, change: Callable[[NodeDef, Rewritten], bool]) -> GraphDef:
    """Write every node again; `change` writes what it replaces and returns whether it did.

    Nodes that something read before and nothing reads any more are left out.
    """
    new = Rewritten(graph)
    for node in graph.node:
        if not change(node, new):
            new.keep(node)
    return _without_idle(new.graph, _read(graph.node))


def _without_idle(graph: GraphDef, read_before: set[str]) -> GraphDef:
    kept, count = list(graph.node), 0
    while len(kept) != count:
        count, idle = len(kept), read_before - _read(kept)
        kept = [node for node in kept if node.name not in idle]
    result = _without_nodes(graph)
    result.node.extend(kept)
    return result


def _without_nodes(graph: GraphDef) -> GraphDef:
    """A GraphDef with the versions and the functions of another."""
    result = GraphDef()
    for part in ("versions", "library"):
        if graph.HasField(part):
            getattr(result, part).CopyFrom(getattr(graph, part))
    return result


def _read(nodes: Iterable[NodeDef]) -> set[str]:
    """Names of the nodes that these nodes read."""
    return {node_of(entry) for node in nodes for entry in node.input}

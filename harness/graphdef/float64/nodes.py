"""The graph that a float64 form is written into: names are unique, inputs already float64."""

from collections.abc import Iterable, Mapping
from typing import Any

from numpy.typing import ArrayLike

from harness.graphdef.access import data_entries, node_of, tensor_of
from harness.graphdef.build import add_const, add_node
from harness.graphdef.tensors import DT_DOUBLE, DT_FLOAT, DT_INT32
from harness.graphdef.wire import GraphDef, NodeDef

F, D, I = ("type", DT_FLOAT), ("type", DT_DOUBLE), ("type", DT_INT32)  # noqa: E741
# Of other nodes and of other machines: they would refer to nodes that the float64 graph lacks.
_DROPPED = ("_class", "_output_shapes")


class Nodes:
    """Appends nodes to a graph of their own; the original graph is only read."""

    def __init__(self, original: GraphDef, needed: set[str], output: str) -> None:
        """Every name of the original is taken; the float64 graph is made of the nodes `needed`."""
        self.graph = GraphDef()
        self.graph.versions.CopyFrom(original.versions)
        self.graph.library.CopyFrom(original.library)
        self._names = {node.name for node in original.node}
        used = {output} | {
            tensor for node in original.node if node.name in needed for tensor in data_entries(node)
        }
        self._later_used = {
            node_of(tensor) for tensor in used if not tensor_of(tensor).endswith(":0")
        }

    def unused(self, name: str) -> str:
        """A name that no other node has, and reserve it."""
        free, count = name, 0
        while free in self._names:
            count += 1
            free = f"{name}_{count}"
        self._names.add(free)
        return free

    def only_first_output_used(self, node: NodeDef) -> bool:
        """Whether no needed node takes any output of this one but the first."""
        return node.name not in self._later_used

    def add(self, beside: NodeDef, word: str, op: str, inputs: Iterable[str], **attrs: Any) -> str:
        """Append a node beside an original one, called after it; returns its name."""
        return add_node(
            self.graph, self.unused(f"{beside.name}/float64/{word}"), op, inputs, **attrs
        )

    def const(self, beside: NodeDef, word: str, array: ArrayLike) -> str:
        """Append a constant beside an original node; returns its name."""
        return add_const(self.graph, self.unused(f"{beside.name}/float64/{word}"), array)

    def cast(self, beside: NodeDef, word: str, tensor: str, source: int, target: int) -> str:
        """Append a Cast; returns its name."""
        return self.add(
            beside, word, "Cast", [tensor], SrcT=("type", source), DstT=("type", target)
        )

    def end(self, original: NodeDef, op: str, inputs: Iterable[str], **attrs: Any) -> str:
        """Append the node that takes an original's name and waits for what the original did."""
        waits = [name for name in original.input if name.startswith("^")]
        return add_node(self.graph, original.name, op, [*inputs, *waits], **attrs)

    def copy(
        self, original: NodeDef, name: str, rename: Mapping[str, str] | None = None
    ) -> NodeDef:
        """Append a node as it is, perhaps with other input nodes; returns the new node."""
        node = self.graph.node.add()
        node.CopyFrom(original)
        node.name, node.device = name, ""
        for attr in _DROPPED:
            if attr in node.attr:
                del node.attr[attr]
        if rename:
            node.input[:] = [_renamed(tensor, rename) for tensor in original.input]
        return node


def _renamed(tensor: str, rename: Mapping[str, str]) -> str:
    name = node_of(tensor)
    return tensor.replace(name, rename.get(name, name), 1)

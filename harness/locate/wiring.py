"""A graph as tensors that depend on each other: what lies between some tensors and another."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from harness.graphdef.access import data_inputs, node_of, tensor_of
from harness.graphdef.traversal import ordered
from harness.graphdef.wire import GraphDef, NodeDef

HANDING_ON = frozenset(
    {"Identity", "Reshape", "Squeeze", "ExpandDims", "StopGradient", "Snapshot", "CheckNumerics"}
)
"""Operations whose first input is their result, perhaps in another shape."""


@dataclass(frozen=True)
class Stretch:
    """The part of a graph between some tensors and one that is computed from them."""

    nodes: tuple[str, ...]
    """Names of its nodes in running order; constants are left out."""
    sources: frozenset[str]
    """Of the tensors where the walk stopped, those that it met."""
    open: bool
    """Whether the pixel tensor reaches it past all of them."""

    @property
    def closed(self) -> frozenset[str] | None:
        """The sources where the stretch depends on nothing else; None where it does."""
        return None if self.open else self.sources


class Wiring:
    """The part of a graph that depends on the pixel tensor and that the output needs."""

    def __init__(self, graph: GraphDef, pixels: str, output: str) -> None:
        """`pixels` is the node of the pixel tensor, `output` the score tensor `node:port`."""
        self.pixels, self.output = tensor_of(pixels), tensor_of(output)
        order = ordered(graph, [output], allow_cycles=True)
        self._read = {node.name: [str(one) for one in data_inputs(node)] for node in order}
        self._read[pixels] = []
        self._live = self._behind(order, pixels)
        self.nodes: dict[str, NodeDef] = {n.name: n for n in order if n.name in self._live}
        """The nodes that depend on the pixel tensor, by name, in running order."""

    def _behind(self, order: list[NodeDef], pixels: str) -> set[str]:
        live = {pixels}
        for node in order:
            if any(node_of(one) in live for one in self._read[node.name]):
                live.add(node.name)
        return live

    @cached_property
    def tensors(self) -> tuple[str, ...]:
        """What is computed from the pixels and read, in running order.

        Tensors that are only another shape of one before are left out.
        """
        read = {one for name in self.nodes for one in self._read[name]} | {self.output}
        ports: dict[str, list[str]] = {}
        for tensor in sorted(read):
            ports.setdefault(node_of(tensor), []).append(tensor)
        found = (tensor for name in self.nodes for tensor in ports.get(name, []))
        return tuple(dict.fromkeys(map(self.root, found)))

    @cached_property
    def _roots(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, node in self.nodes.items():
            first = self._read[name][0] if self._read[name] else ""
            if node.op in HANDING_ON and node_of(first) in self._live:
                found[f"{name}:0"] = found.get(first, first)
        return found

    @cached_property
    def _links(self) -> dict[str, list[tuple[str, str]]]:
        """By node, root and node of each tensor that it reads."""
        return {
            name: [(self.root(one), node_of(one)) for one in self._read[name]]
            for name in self.nodes
        }

    def _handing_on(self, name: str) -> Iterator[str]:
        """The nodes between a tensor and its root."""
        while f"{name}:0" in self._roots:
            yield name
            name = node_of(self._read[name][0])

    def root(self, tensor: str) -> str:
        """The tensor that this one is, perhaps in another shape."""
        return self._roots.get(tensor, tensor)

    def same(self, tensor: str) -> tuple[str, ...]:
        """The tensor and all that are it in another shape."""
        return (tensor, *(name for name, root in self._roots.items() if root == tensor))

    def stretch(self, tensor: str, stops: Collection[str]) -> Stretch:
        """What lies between the stops (roots) and a tensor; the walk back goes past itself."""
        nodes: set[str] = set()
        sources: set[str] = set()
        todo = [node_of(tensor)]
        while todo:
            name = todo.pop()
            if name in nodes or name not in self._live:
                continue
            nodes.add(name)
            for root, node in self._links[name]:
                if root in stops:
                    sources.add(root)
                    nodes.update(self._handing_on(node))
                else:
                    todo.append(node)
        order = tuple(name for name in self.nodes if name in nodes)
        return Stretch(order, frozenset(sources), node_of(self.pixels) in nodes)

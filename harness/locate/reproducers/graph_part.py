"""A part of a graph as a graph of its own: one tensor fed, the others that it reads constants."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.graphdef.access import data_entries, node_of, nodes_by_name, tensor_of
from harness.graphdef.build import add_const, add_node
from harness.graphdef.endpoints import ImageInput
from harness.graphdef.model_file import ModelFile
from harness.graphdef.serialise import digest, to_bytes
from harness.graphdef.tensors import DTYPES
from harness.graphdef.wire import GraphDef, NodeDef
from harness.locate.wiring import Wiring

INPUT = "input"
"""Name of the fed placeholder; a part of a graph that has a node of that name gets `input_`."""
NO_OPERATIONS = frozenset({"Const", "Placeholder", "Identity", "NoOp"})
"""What is not counted as an operation."""
Values = Callable[[str], NDArray[Any] | None]
"""The values of a tensor `node:port`; None where they are not known."""


@dataclass(frozen=True)
class Ends:
    """Where a part of a graph begins and ends."""

    sources: tuple[str, ...]
    """Tensors, `node:port`, at which the walk back from the end stops; the first one is fed."""
    end: str
    """The tensor that it computes."""


@dataclass(frozen=True)
class GraphPart:
    """A graph of its own, whose first source is fed."""

    graph: GraphDef
    """The graph; only read."""
    feed: str
    """Name of its placeholder."""
    end: str
    """The tensor that it computes, `node:port`."""

    @property
    def operations(self) -> tuple[NodeDef, ...]:
        """Its nodes that are neither constants nor placeholders."""
        return tuple(node for node in self.graph.node if node.op not in NO_OPERATIONS)

    def model(self, value: NDArray[Any]) -> ModelFile:
        """It as a model that takes a tensor of that shape and type."""
        entry = ImageInput(self.feed, self.feed, "pixels", value.dtype.name, value.shape, 0)
        data = to_bytes(self.graph)
        return ModelFile(Path("part.pb"), digest(data), self.graph, entry, self.end)


def ends_of(names: Sequence[str], wiring: Wiring) -> Ends | None:
    """The ends of the part that the last of these nodes needs of them; None where there is none.

    Tensors of nodes that are not among them are its sources, in the order in which they are met.
    """
    chosen = set(names)
    order = [name for name in wiring.nodes if name in chosen]
    if not order or order[-1] == node_of(wiring.pixels):
        return None
    chosen.discard(node_of(wiring.pixels))
    last, seen, sources = order[-1], set[str](), dict[str, None]()
    todo = [last]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        for entry in map(tensor_of, data_entries(wiring.nodes[name])):
            if node_of(entry) in chosen:
                todo.append(node_of(entry))
            elif node_of(entry) in wiring.nodes:
                sources[entry] = None
    end = wiring.output if node_of(wiring.output) == last else f"{last}:0"
    return Ends(tuple(sources), end) if sources else None


def part_between(graph: GraphDef, ends: Ends, values: Values) -> GraphPart | None:
    """What the graph computes between the ends, its sources put in.

    `graph` has one placeholder. None where a value is not known, or where the way back from the
    end meets the placeholder, a name that is not there, or no source.
    """
    nodes = nodes_by_name(graph)
    known = {source: values(source) for source in ends.sources}
    found = _behind(nodes, ends)
    if found is None or any(value is None for value in known.values()):
        return None
    needed, met = found
    if ends.sources[0] not in met:
        return None
    part = GraphDef()
    part.versions.CopyFrom(graph.versions)
    feed = _free(INPUT, nodes)
    names = _put_in(part, feed, ends, known, nodes)
    for node in graph.node:
        if node.name in needed:
            new = part.node.add()
            new.CopyFrom(node)
            new.input[:] = [names.get(tensor_of(one), one) for one in data_entries(node)]
    return GraphPart(part, feed, ends.end)


def _behind(nodes: Mapping[str, NodeDef], ends: Ends) -> tuple[set[str], set[str]] | None:
    """Nodes between the ends with the constants that they read, and the sources that were met."""
    needed, met, todo = set[str](), set[str](), [node_of(ends.end)]
    while todo:
        name = todo.pop()
        if name in needed:
            continue
        if name not in nodes or nodes[name].op == "Placeholder":
            return None
        needed.add(name)
        for entry in map(tensor_of, data_entries(nodes[name])):
            if entry in ends.sources:
                met.add(entry)
            else:
                todo.append(node_of(entry))
    return needed, met


def _put_in(
    part: GraphDef,
    feed: str,
    ends: Ends,
    known: Mapping[str, NDArray[Any] | None],
    nodes: Mapping[str, NodeDef],
) -> dict[str, str]:
    """Add the placeholder and the constants; source → what its readers read instead."""
    names: dict[str, str] = {}
    for number, source in enumerate(ends.sources):
        value = np.asarray(known[source])
        names[source] = _free(f"given{number}", nodes) if number else feed
        if number:
            add_const(part, names[source], value)
        else:
            code = next(code for code, dtype in DTYPES.items() if dtype == value.dtype)
            add_node(part, feed, "Placeholder", [], dtype=("type", code))
            for size in value.shape:
                part.node[-1].attr["shape"].shape.dim.add(size=size)
    return names


def _free(name: str, taken: Mapping[str, object]) -> str:
    while name in taken:
        name += "_"
    return name

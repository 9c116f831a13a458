"""What a GraphDef says of a node, as words."""

from dataclasses import dataclass
from typing import Any

from harness.graphdef.access import data_entries, node_of
from harness.graphdef.tensors import DTYPES
from harness.graphdef.wire import GraphDef, NodeDef

_LEFT_OUT = frozenset({"_class", "_output_shapes", "value", "shared_name", "container"})


@dataclass(frozen=True)
class NodeFacts:
    """One node of a graph."""

    name: str
    """Its name."""
    op: str
    """Its operation."""
    attributes: dict[str, str]
    """Attribute → value as text, in alphabetical order."""
    reads: tuple[str, ...] = ()
    """Names of the nodes whose results it takes."""


def node_facts(graph: GraphDef) -> dict[str, NodeFacts]:
    """The facts of every node by name."""
    return {node.name: _facts(node) for node in graph.node}


def _facts(node: NodeDef) -> NodeFacts:
    shown = {
        name: text
        for name in sorted(node.attr)
        if name not in _LEFT_OUT and (text := _text(node.attr[name]))
    }
    return NodeFacts(node.name, node.op, shown, tuple(map(node_of, data_entries(node))))


def _text(value: Any) -> str:
    kind = value.WhichOneof("value")
    if kind == "list":
        parts = [*value.list.i, *value.list.f, *value.list.b, *map(_decoded, value.list.s)]
        return f"[{', '.join(map(str, parts))}]" if parts else ""
    if kind == "s":
        return _decoded(value.s)
    if kind == "type":
        return DTYPES[value.type].name if value.type in DTYPES else f"type {value.type}"
    if kind in ("i", "b"):
        return str(getattr(value, kind))
    return f"{value.f:.6g}" if kind == "f" else ""


def _decoded(value: bytes) -> str:
    return value.decode("utf-8", "replace")

"""Reading names, attributes and shapes of a GraphDef's nodes."""

from typing import Any

from harness.graphdef.wire import AttrValue

Shape = tuple[int | None, ...]


def node_of(tensor: str) -> str:
    """Node name of a tensor name or of a node's input entry.

    >>> node_of("softmax:0"), node_of("^init")
    ('softmax', 'init')
    """
    return tensor.lstrip("^").split(":")[0]


def tensor_of(name: str) -> str:
    """Full tensor name.

    >>> tensor_of("softmax")
    'softmax:0'
    """
    return name if ":" in name else f"{name}:0"


def attr_of(node: Any, name: str) -> Any:
    """A node's attribute, or an empty one: indexing the map itself would add it to the node."""
    return node.attr[name] if name in node.attr else AttrValue()


def nodes_by_name(graph: Any) -> dict[str, Any]:
    """Node name → NodeDef."""
    return {node.name: node for node in graph.node}


def shape_of(node: Any) -> Shape:
    """A placeholder's declared shape; empty where it is unknown."""
    shape = attr_of(node, "shape").shape
    return () if shape.unknown_rank else tuple(d.size if d.size > 0 else None for d in shape.dim)

"""Reading names, inputs, attributes and shapes of a GraphDef's nodes."""

from functools import lru_cache
from typing import NamedTuple

from harness.errors import GraphError
from harness.graphdef.wire import AttrValue, GraphDef, NodeDef

Shape = tuple[int | None, ...]


class TensorName(NamedTuple):
    """One output of a node, written `node:port`."""

    node: str
    """The node's name."""
    port: int
    """Which of the node's outputs, from 0."""

    def __str__(self) -> str:
        return f"{self.node}:{self.port}"


@lru_cache(maxsize=1 << 16)
def tensor_name(entry: str) -> TensorName:
    """Node and port of a node's input entry or of a name given by a user.

    Raises GraphError for a text that has neither form.

    >>> tensor_name("split:2")
    TensorName(node='split', port=2)
    >>> str(tensor_name("softmax"))
    'softmax:0'
    """
    node, colon, port = entry.partition(":")
    if not node or (colon and not (port.isascii() and port.isdigit())):
        raise GraphError(f"'{entry}' names no tensor; expected 'node' or 'node:port'")
    return TensorName(node, int(port or 0))


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


def data_entries(node: NodeDef) -> list[str]:
    """A node's input entries as written, without control inputs (^name), which only order."""
    return [entry for entry in node.input if not entry.startswith("^")]


def data_inputs(node: NodeDef) -> list[TensorName]:
    """The tensors that a node reads; GraphError for an entry that names no tensor."""
    return [tensor_name(entry) for entry in data_entries(node)]


def exact_inputs(node: NodeDef, count: int) -> list[str]:
    """A node's data inputs; GraphError where there are not `count`."""
    found = data_entries(node)
    if len(found) != count:
        raise GraphError(
            f"{node.op} '{node.name}' takes {count} tensors; found {len(found)}. "
            "The file is damaged"
        )
    return found


def attr_of(node: NodeDef, name: str) -> AttrValue:
    """A node's attribute, or an empty one: indexing the map itself would add it to the node."""
    return node.attr[name] if name in node.attr else AttrValue()


def nodes_by_name(graph: GraphDef) -> dict[str, NodeDef]:
    """Node name → NodeDef."""
    return {node.name: node for node in graph.node}


def shape_of(node: NodeDef) -> Shape:
    """A placeholder's declared shape; empty where it is unknown."""
    shape = attr_of(node, "shape").shape
    return () if shape.unknown_rank else tuple(d.size if d.size > 0 else None for d in shape.dim)

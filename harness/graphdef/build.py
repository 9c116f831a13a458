"""Copy a GraphDef or one of its messages, and append nodes to a GraphDef."""

from collections.abc import Iterable
from typing import Any, TypeVar

from google.protobuf.message import Message
from numpy.typing import ArrayLike

from harness.graphdef.tensors import encode
from harness.graphdef.wire import AttrValue, GraphDef

AnyMessage = TypeVar("AnyMessage", bound=Message)


def copy_of(message: AnyMessage) -> AnyMessage:
    """A copy that can be changed without changing the original."""
    result = type(message)()
    result.CopyFrom(message)
    return result


def add_const(graph: GraphDef, name: str, array: ArrayLike) -> str:
    """Append a Const node; returns its name."""
    node = graph.node.add(name=name, op="Const")
    tensor = encode(array)
    node.attr["dtype"].type = tensor.dtype
    node.attr["value"].tensor.CopyFrom(tensor)
    return name


def add_node(graph: GraphDef, name: str, op: str, inputs: Iterable[str], **attrs: Any) -> str:
    """Append a node; attrs may be str, bool, int, float, list[int], or ("type", DT_…)."""
    node = graph.node.add(name=name, op=op)
    node.input.extend(inputs)
    for key, value in attrs.items():
        _set_attr(node.attr[key], value)
    return name


def _set_attr(attr: AttrValue, value: Any) -> None:
    if isinstance(value, tuple):
        attr.type = value[1]
    elif isinstance(value, bool):
        attr.b = value
    elif isinstance(value, int):
        attr.i = value
    elif isinstance(value, float):
        attr.f = value
    elif isinstance(value, str):
        attr.s = value.encode()
    else:
        attr.list.i.extend(value)

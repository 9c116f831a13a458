"""Several tensors into one."""

from typing import Any

from tvm import relax

from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.registry import MANY, converts


@converts("ConcatV2", inputs=(2, MANY))
def _concat(node: Node) -> Any:
    return _joined(node, len(node) - 1, node.tensors()[:-1])


@converts("Concat", inputs=(2, MANY))
def _concat_axis_first(node: Node) -> Any:
    return _joined(node, 0, node.tensors()[1:])


def _joined(node: Node, where: int, tensors: list[Any]) -> Any:
    return relax.op.concat(tensors, node.axis(where, node.rank(1 - min(where, 1))))


@converts("Pack", inputs=(1, MANY))
def _pack(node: Node) -> Any:
    axis = node.front(node.attributes.integer("axis"), node.rank() + 1)
    return relax.op.stack(node.tensors(), axis)

"""Concatenating and stacking tensors."""

from typing import Any

from tvm import relax

from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.registry import UNBOUNDED, converts


@converts("ConcatV2", inputs=(2, UNBOUNDED))
def _concat(node: Node) -> Any:
    return _concatenated(node, len(node) - 1, node.tensors()[:-1])


@converts("Concat", inputs=(2, UNBOUNDED))
def _concat_axis_first(node: Node) -> Any:
    return _concatenated(node, 0, node.tensors()[1:])


def _concatenated(node: Node, axis_input: int, tensors: list[Any]) -> Any:
    return relax.op.concat(tensors, node.axis(axis_input, node.rank(1 - min(axis_input, 1))))


@converts("Pack", inputs=(1, UNBOUNDED))
def _pack(node: Node) -> Any:
    axis = node.axis_from_front(node.attributes.integer("axis"), node.rank() + 1)
    return relax.op.stack(node.tensors(), axis)

"""Reversing the order of elements along axes, as networks do that want blue first."""

from typing import Any

from tvm import relax

from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.registry import converts


@converts("ReverseV2", inputs=2)
def _reverse_axes(node: Node) -> Any:
    axes = [node.axis_from_front(axis, node.rank()) for axis in node.integers(1)]
    if len(set(axes)) != len(axes):
        raise node.unsupported(f"axes {node.integers(1)}; expected each axis once")
    return _reversed(node, sorted(axes))


@converts("Reverse", inputs=2)
def _reverse_flagged(node: Node) -> Any:
    """The axes are those whose flag is set."""
    flags = node.array(1).reshape(-1).tolist()
    if len(flags) != node.rank() or not all(isinstance(flag, bool) for flag in flags):
        raise node.unsupported(f"flags {flags}; expected a boolean for each of {node.rank()} axes")
    return _reversed(node, [axis for axis, flag in enumerate(flags) if flag])


def _reversed(node: Node, axes: list[int]) -> Any:
    """One axis after the other; an axis of one element, or none, keeps its order."""
    moving = [axis for axis in axes if node.shape()[axis] > 1]
    tensor = node.tensor(0)
    for axis in moving[:-1]:
        tensor = node.bind(f"axis{axis}", relax.op.flip(tensor, axis))
    return relax.op.flip(tensor, moving[-1]) if moving else node.inputs[0]

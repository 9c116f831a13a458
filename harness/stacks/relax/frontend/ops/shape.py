"""Operations that change the shape: reshape, transpose, broadcast, tile."""

import math
from typing import Any

from tvm import relax

from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.registry import converts


@converts("Reshape", inputs=2)
def _reshape(node: Node) -> Any:
    """At most one −1, which is computed here."""
    sizes, count = node.integers(1), math.prod(node.shape())
    rest = math.prod(size for size in sizes if size != -1)
    if sizes.count(-1) == 1 and rest:
        sizes = [count // rest if size == -1 else size for size in sizes]
    if min(sizes, default=0) < 0 or math.prod(sizes) != count:
        shown = node.integers(1)
        raise node.unsupported(f"{list(node.shape())} can't be given the shape {shown}")
    return relax.op.reshape(node.tensor(0), sizes) if count else node.empty(sizes)


@converts("Squeeze")
def _squeeze(node: Node) -> Any:
    axes = [node.axis_from_front(a, node.rank()) for a in node.attributes.integers("squeeze_dims")]
    if any(node.shape()[axis] != 1 for axis in axes):
        raise node.attributes.unsupported("squeeze_dims", axes, f"axes of size 1 of {node.shape()}")
    return relax.op.squeeze(node.tensor(0), axes or None)


@converts("ExpandDims", inputs=2)
def _expand_dims(node: Node) -> Any:
    return relax.op.expand_dims(node.tensor(0), node.axis(1, node.rank() + 1))


@converts("Transpose", inputs=2)
def _transpose(node: Node) -> Any:
    order = [node.axis_from_front(axis, node.rank()) for axis in node.integers(1)]
    if sorted(order) != list(range(node.rank())):
        raise node.unsupported(f"{order} is no permutation of {node.rank()} axes")
    return relax.op.permute_dims(node.tensor(0), order)


@converts("Fill", inputs=2)
def _fill(node: Node) -> Any:
    node.require_rank(0, 1)
    return relax.op.broadcast_to(node.tensor(1), node.integers(0))


@converts("BroadcastTo", inputs=2)
def _broadcast(node: Node) -> Any:
    return relax.op.broadcast_to(node.tensor(0), node.integers(1))


@converts("Tile", inputs=2)
def _tile(node: Node) -> Any:
    return relax.op.tile(node.tensor(0), node.integers(1))

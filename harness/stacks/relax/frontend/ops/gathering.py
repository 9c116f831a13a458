"""Elements by index. Indices outside the tensor are an error in TensorFlow.

Constant ones are refused while importing; what the running module computes is limited to the
tensor, since a module can't raise.
"""

from typing import Any

from tvm import relax, te, tirx

from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.registry import converts
from harness.stacks.relax.frontend.value import checked_shape

WITH_AXIS = 3
"""Inputs of a GatherV2 that says along which axis."""


@converts("Gather", "GatherV2", inputs=(2, 3))
def _gather(node: Node) -> Any:
    """Along one axis; the first `batch_dims` axes belong to tensor and indices alike."""
    axis = node.axis(2) if len(node) == WITH_AXIS else node.axis_from_front(0, node.rank())
    batch = node.attributes.integer("batch_dims")
    batch += node.rank(1) if batch < 0 else 0
    _check_range(node, node.known(1), node.shape()[axis])
    if not batch:
        return relax.op.take(node.tensor(0), node.tensor(1), axis, mode="clip")
    if not batch <= min(axis, node.rank(1)) or node.shape()[:batch] != node.shape(1)[:batch]:
        raise node.attributes.unsupported(
            "batch_dims",
            batch,
            f"at most the axis {axis}, and equal sizes of {list(node.shape())} and "
            f"{list(node.shape(1))} before it",
        )
    return _batched(node, axis, batch)


def _batched(node: Node, axis: int, batch: int) -> Any:
    shape, chosen = node.shape(), node.shape(1)[batch:]
    result = checked_shape((*shape[:axis], *chosen, *shape[axis + 1 :]))
    if 0 in result:
        return node.empty(result)

    def take(data: Any, indices: Any) -> Any:
        def element(*at: Any) -> Any:
            which = indices(*at[:batch], *at[axis : axis + len(chosen)])
            row = _limited(which, shape[axis])
            return data(*at[:axis], row, *at[axis + len(chosen) :])

        return te.compute(result, element, name="gather")

    return node.computed("gather", take, node.tensor(0), node.tensor(1))


@converts("GatherNd", inputs=2)
def _gather_nd(node: Node) -> Any:
    """The last axis of the indices holds the place in the first axes of the tensor."""
    shape, (*outer, depth) = node.shape(), node.shape(1) or (0,)
    if not node.rank(1) or depth > node.rank():
        raise node.unsupported(f"indices of the shape {list(node.shape(1))} into {list(shape)}")
    known = node.known(1)
    for axis in range(depth):
        _check_range(node, None if known is None else known[..., axis], shape[axis])
    result = checked_shape((*outer, *shape[depth:]))
    if 0 in result:
        return node.empty(result)

    def take(data: Any, indices: Any) -> Any:
        def element(*at: Any) -> Any:
            row = at[: len(outer)]
            place = [_limited(indices(*row, axis), shape[axis]) for axis in range(depth)]
            return data(*place, *at[len(outer) :])

        return te.compute(result, element, name="gather_nd")

    return node.computed("gather_nd", take, node.tensor(0), node.tensor(1))


def _check_range(node: Node, known: Any, size: int) -> None:
    if known is not None and known.size and not 0 <= known.min() <= known.max() < size:
        raise node.unsupported(f"indices from {known.min()} to {known.max()} of {size}")


def _limited(index: Any, size: int) -> Any:
    zero, last = (tirx.const(number, "int64") for number in (0, max(size - 1, 0)))
    return tirx.max(tirx.min(index.astype("int64"), last), zero)

"""Splitting and slicing. TVM fuses a slice with the operation that reads it."""

from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from tvm import relax

from harness.stacks.relax.constant import constant
from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.registry import UNBOUNDED, converts
from harness.stacks.relax.frontend.strided_index import per_axis, strided_index


def _slice_axis(node: Node, index: int, axis: int, start: int, stop: int) -> Any:
    return relax.op.strided_slice(node.tensor(index), [axis], [start], [stop])


@converts("Split", inputs=2)
def _split(node: Node) -> Any:
    axis = node.axis(0, node.rank(1))
    count, size = node.attributes.integer("num_split", 1), node.shape(1)[axis]
    if not 1 <= count <= UNBOUNDED or size % count:
        raise node.attributes.unsupported("num_split", count, f"a divisor of {size}")
    part = size // count
    return [_slice_axis(node, 1, axis, i * part, (i + 1) * part) for i in range(count)]


@converts("SplitV", inputs=3)
def _split_sizes(node: Node) -> Any:
    axis, sizes = node.axis(2), node.integers(1)
    whole = node.shape()[axis]
    if sizes.count(-1) == 1:
        sizes[sizes.index(-1)] = whole - sum(sizes) - 1
    if min(sizes, default=0) < 0 or sum(sizes) != whole:
        raise node.unsupported(f"{whole} can't be split into {node.integers(1)}")
    edges = pairwise(accumulate(sizes, initial=0))
    return [_slice_axis(node, 0, axis, start, stop) for start, stop in edges]


@converts("Unpack")
def _unpack(node: Node) -> Any:
    axis = node.axis_from_front(node.attributes.integer("axis"), node.rank())
    if node.shape()[axis] > UNBOUNDED:
        raise node.unsupported(f"{node.shape()[axis]} outputs; at most {UNBOUNDED} are supported")
    indices = [constant(np.array(index, np.int32)) for index in range(node.shape()[axis])]
    return [relax.op.take(node.tensor(0), index, axis, mode="clip") for index in indices]


@converts("Slice", inputs=3)
def _slice(node: Node) -> Any:
    begin, sizes = node.integers(1), node.integers(2)
    if len(begin) != node.rank() or len(sizes) != node.rank():
        raise node.unsupported(f"begin {begin} and size {sizes} of {node.rank()} dimensions")
    parts = zip(begin, sizes, node.shape(), strict=True)
    end = [whole if size < 0 else start + size for start, size, whole in parts]
    inside = all(0 <= b <= e <= n for b, e, n in zip(begin, end, node.shape(), strict=True))
    if not inside:
        raise node.unsupported(f"begin {begin} and size {sizes} reach outside {list(node.shape())}")
    return relax.op.strided_slice(node.tensor(0), list(range(node.rank())), begin, end)


@converts("StridedSlice", inputs=4)
def _strided_slice(node: Node) -> Any:
    """Forward strides as one slice, backward ones by index, new and removed axes by a reshape."""
    spec = (node.integers(index) for index in (1, 2, 3))
    index = strided_index(node.attributes, *spec)
    shape = node.shape()
    result = np.broadcast_to(np.uint8(0), shape)[index].shape
    if 0 in result:
        return node.empty(result)
    parts = per_axis(index, len(shape))
    cut = _forward_slices(node, parts)
    for axis, part in enumerate(parts):
        if (part.step or 1) < 0:
            rows = np.arange(shape[axis], dtype=np.int32)[part]
            cut = node.bind(f"back{axis}", relax.op.take(cut, constant(rows), axis, "clip"))
    if node.shape_of(cut) == result:
        return cut
    return relax.op.reshape(cut, result)


def _forward_slices(node: Node, parts: list[slice]) -> Any:
    bounds = [part.indices(size) for part, size in zip(parts, node.shape(), strict=True)]
    axes = [
        axis
        for axis, (bound, size) in enumerate(zip(bounds, node.shape(), strict=True))
        if bound[2] > 0 and bound != (0, size, 1)
    ]
    if not axes:
        return node.tensor(0)
    starts, stops, steps = zip(*(bounds[axis] for axis in axes), strict=True)
    ends = [max(start, stop) for start, stop in zip(starts, stops, strict=True)]
    cut = relax.op.strided_slice(node.tensor(0), axes, list(starts), ends, list(steps))
    return node.bind("slice", cut)

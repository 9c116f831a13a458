"""Sums and counts of elements that belong together."""

import math
from typing import Any

import numpy as np
from tvm import relax, te, tirx

from harness.stacks.relax.constant import constant
from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.registry import converts
from harness.stacks.relax.frontend.value import checked_shape


@converts("SegmentSum", inputs=2)
def _segment_sum(node: Node) -> Any:
    """Rows of one number are added; the numbers are constant, since the last gives the shape."""
    node.require_rank(1, 1)
    numbers = node.integers(1)
    if not numbers or numbers[0] < 0 or numbers != sorted(numbers):
        raise node.unsupported(f"the segments {numbers[:8]}; expected numbers in rising order")
    return _added(node, numbers[-1] + 1)


@converts("UnsortedSegmentSum", inputs=3)
def _unsorted_segment_sum(node: Node) -> Any:
    """Rows of a number below 0 belong nowhere; those beyond the last neither, here."""
    return _added(node, node.integer(2))


def _added(node: Node, count: int) -> Any:
    shape, outer = node.shape(), node.shape(1)
    if shape[: len(outer)] != outer or count < 0:
        raise node.unsupported(
            f"{count} segments of {list(shape)}, whose numbers have the shape {list(outer)}"
        )
    inner = shape[len(outer) :]
    result = checked_shape((count, *inner))
    rows = math.prod(outer)
    if 0 in result or not rows:
        return relax.op.zeros(result, node.dtype())
    data = node.bind("rows", relax.op.reshape(node.tensor(0), [rows, *inner]))
    numbers = node.bind("numbers", relax.op.reshape(node.tensor(1), [rows]))
    return node.computed("segment_sum", lambda rows, ids: _sums(rows, ids, result), data, numbers)


def _sums(data: Any, numbers: Any, result: tuple[int, ...]) -> Any:
    row = te.reduce_axis((0, data.shape[0]), "row")

    def element(segment: Any, *inner: Any) -> Any:
        belongs = numbers[row] == segment.astype(numbers.dtype)
        term = tirx.Select(belongs, data(row, *inner), tirx.const(0, data.dtype))
        return te.sum(term, axis=row)

    return te.compute(result, element, name="segment_sum")


@converts("Bincount", inputs=3)
def _count(node: Node) -> Any:
    """How often each number up to a constant size occurs, or the sum of its weights."""
    size, rows = node.integer(1), math.prod(node.shape())
    weighted = math.prod(node.shape(2)) > 0
    if size < 0 or (weighted and node.shape(2) != node.shape()):
        raise node.unsupported(
            f"size {size} and weights of the shape {list(node.shape(2))} for {list(node.shape())}"
        )
    dtype = node.dtype(2)
    if not size or not rows:
        return relax.op.zeros((size,), dtype)
    numbers = node.bind("numbers", relax.op.reshape(node.tensor(0), [rows]))
    weights = constant(np.ones(rows, dtype))
    if weighted:
        weights = node.bind("weights", relax.op.reshape(node.tensor(2), [rows]))
    result = checked_shape((size,))
    return node.computed("bincount", lambda rows, ids: _sums(rows, ids, result), weights, numbers)

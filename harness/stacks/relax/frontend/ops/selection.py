"""The largest elements, one-hot vectors, and indices turned into other indices."""

import math
from typing import Any

from tvm import relax, te, tirx

from harness.graphdef.tensors import DT_INT32
from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.registry import converts
from harness.stacks.relax.frontend.value import checked_shape


@converts("TopKV2", inputs=2)
def _top_k(node: Node) -> Any:
    """Values and indices along the last axis, largest first, of equals the first first.

    Both TensorFlow and TVM put NaN where their sort happens to leave it. Always sorted, which is
    one of the orders that `sorted = False` allows.
    """
    count, width = node.integer(1), node.shape()[-1] if node.rank() else 0
    if not 0 <= count <= width:
        raise node.unsupported(f"the largest {count} of {width}; expected at most {width}")
    index_type = node.attributes.dtype("index_type", DT_INT32)
    if not count:
        shape = (*node.shape()[:-1], 0)
        return [node.empty(shape), relax.op.zeros(shape, index_type)]
    wanted = ("values", "indices")
    return [relax.op.topk(node.tensor(0), count, -1, one, True, index_type) for one in wanted]


@converts("OneHot", inputs=4)
def _one_hot(node: Node) -> Any:
    """`on` where the place along a new axis is the index, else `off`; 0 for indices beyond it."""
    depth = node.integer(1)
    axis = node.axis_from_front(node.attributes.integer("axis", -1), node.rank() + 1)
    node.require_rank(0, 2)
    node.require_rank(0, 3)
    if depth < 0:
        raise node.unsupported(f"a depth of {depth}; expected at least 0")
    result = checked_shape((*node.shape()[:axis], depth, *node.shape()[axis:]))
    if 0 in result:
        return relax.op.zeros(result, node.dtype(2))

    def expand(indices: Any, on: Any, off: Any) -> Any:
        def element(*at: Any) -> Any:
            index = indices(*at[:axis], *at[axis + 1 :]).astype("int64")
            return tirx.Select(index == at[axis].astype("int64"), on(), off())

        return te.compute(result, element, name="one_hot")

    return node.computed("one_hot", expand, node.tensor(0), node.tensor(2), node.tensor(3))


@converts("UnravelIndex", inputs=2)
def _unravel(node: Node) -> Any:
    """`[n]` or scalar places in a flat tensor → `[dims, n]` or `[dims]` indices, dims constant."""
    dims = node.integers(1)
    if not dims or min(dims) < 1:
        raise node.unsupported(f"dimensions {dims}; expected positive sizes")
    rows = []
    for axis in range(len(dims)):
        rest = math.prod(dims[axis + 1 :])
        above = node.bind(
            f"above{axis}", relax.op.floor_divide(node.tensor(0), node.scalar_like(0, rest))
        )
        row = relax.op.floor_mod(above, node.scalar_like(0, dims[axis]))
        rows.append(node.bind(f"axis{axis}", row))
    return relax.op.stack(rows, 0)


@converts("InvertPermutation")
def _inverted(node: Node) -> Any:
    """Where each index stands; computed ones must be a permutation, as TensorFlow checks."""
    node.require_rank(1)
    (size,) = node.shape()
    if not size:
        return node.inputs[0]

    def invert(indices: Any) -> Any:
        place = te.reduce_axis((0, size), "place")
        none = tirx.const(0, indices.dtype)

        def element(index: Any) -> Any:
            found = indices(place) == index.astype(indices.dtype)
            return te.sum(tirx.Select(found, place.astype(indices.dtype), none), axis=place)

        return te.compute((size,), element, name="invert_permutation")

    return node.computed("invert_permutation", invert, node.tensor(0))

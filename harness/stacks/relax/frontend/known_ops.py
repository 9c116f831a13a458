"""Operations computed while importing, where that needs no TensorFlow: moves, shapes, counting.

A graph's arithmetic of shapes (Shape → StridedSlice → Pack → Reshape) is exact in numpy. Real
numbers are left to TensorFlow, whose last bits are its own.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from harness.graphdef.tensors import DT_FLOAT, DT_INT32
from harness.stacks.relax.frontend.attributes import Attributes
from harness.stacks.relax.frontend.strided_index import strided_index
from harness.stacks.relax.frontend.value import Array, Known, Value, held

FORWARDED = frozenset(
    {
        "Identity",
        "IdentityN",
        "StopGradient",
        "PreventGradient",
        "CheckNumerics",
        "Snapshot",
        "PlaceholderWithDefault",
        "EnsureShape",
    }
)
"""Operations that pass their inputs on."""
WHOLE = "iu"
"""numpy's kinds of whole numbers."""
Rule = Callable[[Any, Sequence[Value]], list[Array]]


class NotHere(Exception):  # noqa: N818  no error: TensorFlow computes it then
    """The operation is none of these, or not on these types."""


def _shapes(node: Any, inputs: Sequence[Value]) -> list[Array]:
    dtype = Attributes(node).dtype("out_type", DT_INT32)
    return [np.array(value.shape, dtype) for value in inputs]


def _size(node: Any, inputs: Sequence[Value]) -> list[Array]:
    dtype = Attributes(node).dtype("out_type", DT_INT32)
    return [np.array(np.prod(inputs[0].shape, dtype=np.int64), dtype)]


def _rank(_: Any, inputs: Sequence[Value]) -> list[Array]:
    return [np.array(len(inputs[0].shape), np.int32)]


def _full_like(number: int) -> Rule:
    return lambda _, inputs: [np.full(held(inputs[0].shape), number, inputs[0].dtype)]


def _moved(function: Callable[..., Any]) -> Rule:
    """A rule of arrays; the node is given to it as `Attributes`."""

    def rule(node: Any, inputs: Sequence[Value]) -> list[Array]:
        arrays = [value.array for value in inputs if isinstance(value, Known)]
        made = function(Attributes(node), *arrays)
        return made if isinstance(made, list) else [np.asarray(made)]

    return rule


def _counted(function: Callable[..., Any]) -> Rule:
    """A rule of whole numbers only."""

    def rule(node: Any, inputs: Sequence[Value]) -> list[Array]:
        arrays = [value.array for value in inputs if isinstance(value, Known)]
        if any(array.dtype.kind not in WHOLE for array in arrays):
            raise NotHere
        return [np.asarray(function(Attributes(node), *arrays), arrays[0].dtype)]

    return rule


def _binary(function: Callable[[Array, Array], Any]) -> Rule:
    return _counted(lambda _, a, b: function(a, b))


def _divided(a: Array, b: Array) -> Any:
    if not np.all(b):
        raise NotHere  # TensorFlow names the node
    return a // b


def _reduced(function: Callable[..., Any]) -> Rule:
    def reduce(attributes: Attributes, array: Array, axes: Array) -> Any:
        kept = attributes.flag("keep_dims")
        return function(array, axis=tuple(axes.reshape(-1).tolist()), keepdims=kept)

    return _counted(reduce)


def _squeezed(attributes: Attributes, array: Array) -> Any:
    return np.squeeze(array, tuple(attributes.integers("squeeze_dims")) or None)


def _cast(attributes: Attributes, array: Array) -> Any:
    target = attributes.dtype("DstT", DT_FLOAT)
    if array.dtype.kind not in "iub":
        raise NotHere
    return array.astype(target)


def _sliced(attributes: Attributes, array: Array, *spec: Array) -> Any:
    begin, end, strides = (part.reshape(-1).tolist() for part in spec)
    return array[strided_index(attributes, begin, end, strides)]


def _cut(_: Attributes, array: Array, begin: Array, size: Array) -> Any:
    ends = [None if n < 0 else b + n for b, n in zip(begin.tolist(), size.tolist(), strict=True)]
    return array[tuple(map(slice, begin.tolist(), ends))]


def _filled(_: Attributes, sizes: Array, value: Array) -> Any:
    return np.full(held(sizes.tolist()), value)


def _ranged(_: Attributes, start: Array, limit: Array, step: Array) -> Any:
    numbers = range(int(start), int(limit), int(step))
    held([len(numbers)])
    return np.arange(numbers.start, numbers.stop, numbers.step)


def _unpacked(attributes: Attributes, array: Array) -> list[Array]:
    axis = attributes.integer("axis")
    return [np.take(array, index, axis) for index in range(array.shape[axis])]


def _gathered(_: Attributes, array: Array, indices: Array, axis: Any = 0) -> Any:
    if indices.size and (indices.min() < 0 or indices.max() >= array.shape[int(axis)]):
        raise NotHere  # TensorFlow names the node
    return np.take(array, indices, int(axis))


MOVES: dict[str, Rule] = {
    "Shape": _shapes,
    "ShapeN": _shapes,
    "Size": _size,
    "Rank": _rank,
    "ZerosLike": _full_like(0),
    "OnesLike": _full_like(1),
    "Reshape": _moved(lambda _, array, shape: array.reshape(shape.tolist())),
    "ExpandDims": _moved(lambda _, array, axis: np.expand_dims(array, int(axis.reshape(())))),
    "Squeeze": _moved(_squeezed),
    "Transpose": _moved(lambda _, array, order: array.transpose(order.tolist())),
    "Pack": _moved(lambda a, *arrays: np.stack(arrays, a.integer("axis"))),
    "Unpack": _moved(_unpacked),
    "ConcatV2": _moved(lambda _, *arrays: np.concatenate(arrays[:-1], int(arrays[-1]))),
    "Concat": _moved(lambda _, *arrays: np.concatenate(arrays[1:], int(arrays[0]))),
    "StridedSlice": _moved(_sliced),
    "Slice": _moved(_cut),
    "Fill": _moved(_filled),
    "Cast": _moved(_cast),
    "Gather": _moved(_gathered),
    "GatherV2": _moved(_gathered),
}
"""Rules that take any type: no number changes."""
KNOWN_OPS: dict[str, Rule] = MOVES | {
    "Add": _binary(np.add),
    "AddV2": _binary(np.add),
    "Sub": _binary(np.subtract),
    "Mul": _binary(np.multiply),
    "Maximum": _binary(np.maximum),
    "Minimum": _binary(np.minimum),
    "FloorDiv": _binary(_divided),
    "Neg": _counted(lambda _, array: -array),
    "Prod": _reduced(np.prod),
    "Sum": _reduced(np.sum),
    "Max": _reduced(np.max),
    "Min": _reduced(np.min),
    "Range": _counted(_ranged),
}
"""All rules: operation → (node, inputs) → outputs; the further ones count whole numbers."""

"""Operations that numpy computes while importing, with the same bits as TensorFlow.

These move elements, read shapes, or calculate with integers: a graph's arithmetic of shapes (Shape
→ StridedSlice → Pack → Reshape). Floating-point arithmetic is left to TensorFlow, since numpy may
round the last bits differently.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from harness.graphdef.tensors import DT_FLOAT, DT_INT32
from harness.graphdef.wire import NodeDef
from harness.stacks.relax.frontend.attributes import Attributes
from harness.stacks.relax.frontend.strided_index import strided_index
from harness.stacks.relax.frontend.value import Array, Known, Value, checked_shape

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
"""Operations that return their inputs unchanged."""
INTEGER_KINDS = "iu"
"""numpy's kinds of integers."""
Rule = Callable[[Any, Sequence[Value]], list[Array]]


class NeedsTensorFlow(Exception):  # noqa: N818  no error: TensorFlow computes it then
    """numpy has no rule for the operation, or none for these types or values."""


def _shapes(node: NodeDef, inputs: Sequence[Value]) -> list[Array]:
    dtype = Attributes(node).dtype("out_type", DT_INT32)
    return [np.array(value.shape, dtype) for value in inputs]


def _size(node: NodeDef, inputs: Sequence[Value]) -> list[Array]:
    dtype = Attributes(node).dtype("out_type", DT_INT32)
    return [np.array(np.prod(inputs[0].shape, dtype=np.int64), dtype)]


def _rank(_: Any, inputs: Sequence[Value]) -> list[Array]:
    return [np.array(len(inputs[0].shape), np.int32)]


def _full_like(number: int) -> Rule:
    return lambda _, inputs: [np.full(checked_shape(inputs[0].shape), number, inputs[0].dtype)]


def _any_type(function: Callable[..., Any]) -> Rule:
    """A rule for any type; `function` takes the node's Attributes and the arrays."""

    def rule(node: NodeDef, inputs: Sequence[Value]) -> list[Array]:
        arrays = [value.array for value in inputs if isinstance(value, Known)]
        made = function(Attributes(node), *arrays)
        return made if isinstance(made, list) else [np.asarray(made)]

    return rule


def _integers(function: Callable[..., Any]) -> Rule:
    """A rule for integers only; NeedsTensorFlow for other types."""

    def rule(node: NodeDef, inputs: Sequence[Value]) -> list[Array]:
        arrays = [value.array for value in inputs if isinstance(value, Known)]
        if any(array.dtype.kind not in INTEGER_KINDS for array in arrays):
            raise NeedsTensorFlow
        return [np.asarray(function(Attributes(node), *arrays), arrays[0].dtype)]

    return rule


def _compared(function: Callable[[Array, Array], Any]) -> Rule:
    """A rule for integers that gives booleans."""

    def rule(_: NodeDef, inputs: Sequence[Value]) -> list[Array]:
        a, b = (value.array for value in inputs if isinstance(value, Known))
        if {a.dtype.kind, b.dtype.kind} - set(INTEGER_KINDS):
            raise NeedsTensorFlow
        return [np.asarray(function(a, b))]

    return rule


def _binary(function: Callable[[Array, Array], Any]) -> Rule:
    return _integers(lambda _, a, b: function(a, b))


def _divided(a: Array, b: Array) -> Any:
    if not np.all(b):
        raise NeedsTensorFlow  # TensorFlow's error names the node
    return a // b


def _reduced(function: Callable[..., Any]) -> Rule:
    def reduce(attributes: Attributes, array: Array, axes: Array) -> Any:
        kept = attributes.flag("keep_dims")
        return function(array, axis=tuple(axes.reshape(-1).tolist()), keepdims=kept)

    return _integers(reduce)


def _squeezed(attributes: Attributes, array: Array) -> Any:
    return np.squeeze(array, tuple(attributes.integers("squeeze_dims")) or None)


def _cast(attributes: Attributes, array: Array) -> Any:
    target = attributes.dtype("DstT", DT_FLOAT)
    if array.dtype.kind not in "iub":
        raise NeedsTensorFlow
    return array.astype(target)


def _sliced(attributes: Attributes, array: Array, *spec: Array) -> Any:
    begin, end, strides = (part.reshape(-1).tolist() for part in spec)
    return array[strided_index(attributes, begin, end, strides)]


def _cut(_: Attributes, array: Array, begin: Array, size: Array) -> Any:
    ends = [None if n < 0 else b + n for b, n in zip(begin.tolist(), size.tolist(), strict=True)]
    return array[tuple(map(slice, begin.tolist(), ends))]


def _filled(_: Attributes, sizes: Array, value: Array) -> Any:
    return np.full(checked_shape(sizes.tolist()), value)


def _ranged(_: Attributes, start: Array, limit: Array, step: Array) -> Any:
    numbers = range(int(start), int(limit), int(step))
    checked_shape([len(numbers)])
    return np.arange(numbers.start, numbers.stop, numbers.step)


def _unpacked(attributes: Attributes, array: Array) -> list[Array]:
    axis = attributes.integer("axis")
    return [np.take(array, index, axis) for index in range(array.shape[axis])]


def _gathered(attributes: Attributes, array: Array, indices: Array, axis: Any = 0) -> Any:
    if attributes.integer("batch_dims"):
        raise NeedsTensorFlow
    if indices.size and (indices.min() < 0 or indices.max() >= array.shape[int(axis)]):
        raise NeedsTensorFlow  # TensorFlow's error names the node
    return np.take(array, indices, int(axis))


MOVES: dict[str, Rule] = {
    "Shape": _shapes,
    "ShapeN": _shapes,
    "Size": _size,
    "Rank": _rank,
    "ZerosLike": _full_like(0),
    "OnesLike": _full_like(1),
    "Reshape": _any_type(lambda _, array, shape: array.reshape(shape.tolist())),
    "ExpandDims": _any_type(lambda _, array, axis: np.expand_dims(array, int(axis.reshape(())))),
    "Squeeze": _any_type(_squeezed),
    "Transpose": _any_type(lambda _, array, order: array.transpose(order.tolist())),
    "Pack": _any_type(lambda a, *arrays: np.stack(arrays, a.integer("axis"))),
    "Unpack": _any_type(_unpacked),
    "ConcatV2": _any_type(lambda _, *arrays: np.concatenate(arrays[:-1], int(arrays[-1]))),
    "Concat": _any_type(lambda _, *arrays: np.concatenate(arrays[1:], int(arrays[0]))),
    "StridedSlice": _any_type(_sliced),
    "Slice": _any_type(_cut),
    "Fill": _any_type(_filled),
    "Cast": _any_type(_cast),
    "Gather": _any_type(_gathered),
    "GatherV2": _any_type(_gathered),
}
"""Rules that take any type: no value is changed."""
NUMPY_RULES: dict[str, Rule] = MOVES | {
    "Add": _binary(np.add),
    "AddV2": _binary(np.add),
    "Sub": _binary(np.subtract),
    "Mul": _binary(np.multiply),
    "Maximum": _binary(np.maximum),
    "Minimum": _binary(np.minimum),
    "FloorDiv": _binary(_divided),
    "Neg": _integers(lambda _, array: -array),
    "Prod": _reduced(np.prod),
    "Sum": _reduced(np.sum),
    "Max": _reduced(np.max),
    "Min": _reduced(np.min),
    "Range": _integers(_ranged),
    "Less": _compared(np.less),
    "LessEqual": _compared(np.less_equal),
    "Greater": _compared(np.greater),
    "GreaterEqual": _compared(np.greater_equal),
    "LogicalAnd": _any_type(lambda _, a, b: np.logical_and(a, b)),
    "LogicalOr": _any_type(lambda _, a, b: np.logical_or(a, b)),
    "LogicalNot": _any_type(lambda _, a: np.logical_not(a)),
}
"""All rules, operation → (node, inputs) → outputs; those beyond MOVES take integers only."""

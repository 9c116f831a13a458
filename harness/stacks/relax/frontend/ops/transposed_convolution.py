"""Transposed convolutions: the gradient of Conv2D with regard to its image."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tvm import relax, te, tirx

from harness.stacks.relax.constant import constant
from harness.stacks.relax.frontend.node import FLOATS, Node
from harness.stacks.relax.frontend.registry import converts
from harness.stacks.relax.frontend.value import checked_shape
from harness.stacks.relax.frontend.windows import (
    RANK,
    Layout,
    WindowAttributes,
    named_layout,
    window_of,
)

INPUT = 2
"""Index of the tensor that is convolved; 0 is the result's shape, 1 the weights."""


@dataclass(frozen=True)
class Spread:
    """How the pixels of one axis are set apart, so that a plain convolution follows."""

    size: int
    """Pixels of the input."""
    stride: int
    """Distance between two of them in the spread axis; zeros are between."""
    before: int
    """Zeros before the first; negative where pixels are cut off."""
    spread: int
    """Pixels of the spread axis."""


@converts("Conv2DBackpropInput", inputs=3, types=FLOATS, typed=INPUT)
def _conv2d_backprop_input(node: Node) -> Any:
    """Spread the input by the strides, then convolve it with the turned weights.

    `[height, width, out, in]` weights, turned by 180° and their channels exchanged, are those of a
    Conv2D from the input to the result.
    """
    node.require_rank(RANK, INPUT)
    node.require_rank(RANK, 1)
    layout = named_layout(node)
    result = _result_shape(node, layout)
    window = window_of(node, layout, node.shape(1)[:2], image=result)
    _check(node, layout, result, window)
    axes = tuple(
        _spread(node.shape(INPUT)[axis], result[axis], node.shape(1)[i], i, window)
        for i, axis in enumerate(layout.spatial_axes)
    )
    spread = node.bind("spread", _spread_out(node, layout, axes))
    return relax.op.nn.conv2d(
        spread,
        _turned(node),
        dilation=window.dilations,
        data_layout=layout.name,
        kernel_layout="HWIO",
        out_layout=layout.name,
    )


def _result_shape(node: Node, layout: Layout) -> tuple[int, ...]:
    """The shape of input 0; where that is height and width only, with batch and channels."""
    sizes = node.integers(0)
    if len(sizes) == len(layout.spatial_axes):
        whole = [node.shape(INPUT)[0]] * RANK
        whole[layout.channel_axis] = node.shape(1)[2]
        for axis, size in zip(layout.spatial_axes, sizes, strict=True):
            whole[axis] = size
        sizes = whole
    if len(sizes) != RANK or min(sizes) < 1:
        raise node.unsupported(f"the result's shape is {sizes}; expected {RANK} positive sizes")
    return checked_shape(sizes)


def _check(node: Node, layout: Layout, result: tuple[int, ...], window: WindowAttributes) -> None:
    """UnsupportedNodeError unless a Conv2D of the result's shape gives the input's shape."""
    top, left, bottom, right = window.padding
    expected = [result[0]] * RANK
    expected[layout.channel_axis] = node.shape(1)[3]
    for i, (axis, padding) in enumerate(
        zip(layout.spatial_axes, (top + bottom, left + right), strict=True)
    ):
        reach = (node.shape(1)[i] - 1) * window.dilations[i] + 1
        expected[axis] = (result[axis] + padding - reach) // window.strides[i] + 1
    channels = result[layout.channel_axis]
    if list(node.shape(INPUT)) != expected or channels != node.shape(1)[2]:
        raise node.unsupported(
            f"weights {list(node.shape(1))} and a result {list(result)} of one group need an "
            f"input {expected}; found {list(node.shape(INPUT))}"
        )


def _spread(size: int, result: int, extent: int, i: int, window: WindowAttributes) -> Spread:
    """The axis whose convolution by `extent` gives `result` pixels."""
    reach = (extent - 1) * window.dilations[i]
    return Spread(size, window.strides[i], reach - window.padding[i], result + reach)


def _turned(node: Node) -> Any:
    weights = node.known(1)
    if weights is not None:
        return constant(weights[::-1, ::-1].swapaxes(2, 3))
    turned = node.tensor(1)
    for axis in (0, 1):
        turned = node.bind(f"turned{axis}", relax.op.flip(turned, axis))
    return node.bind("weights", relax.op.permute_dims(turned, [0, 1, 3, 2]))


def _spread_out(node: Node, layout: Layout, axes: Sequence[Spread]) -> Any:
    """The input with zeros between and around its pixels."""
    shape = list(node.shape(INPUT))
    for axis, spread in zip(layout.spatial_axes, axes, strict=True):
        shape[axis] = spread.spread

    def spread_tensor(data: Any) -> Any:
        def pixel(*index: Any) -> Any:
            where, inside = list(index), []
            for axis, spread in zip(layout.spatial_axes, axes, strict=True):
                offset = index[axis] - spread.before
                last = (spread.size - 1) * spread.stride
                inside += [offset >= 0, offset <= last, tirx.floormod(offset, spread.stride) == 0]
                where[axis] = tirx.floordiv(offset, spread.stride)
            return tirx.if_then_else(tirx.all(*inside), data(*where), tirx.const(0, data.dtype))

        return te.compute(shape, pixel, name="spread")

    return node.computed("spread", spread_tensor, node.tensor(INPUT))

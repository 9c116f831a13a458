"""Layouts, strides and paddings of operations that slide a window over an image.

SAME as in tensorflow/core/framework/common_shape_fns.cc (GetWindowedOutputSizeVerbose): an odd
number of padded pixels has the larger half at the end.
"""

from dataclasses import dataclass

from harness.stacks.relax.frontend.node import Node

LAYOUTS = ("NHWC", "NCHW")
RANK = 4


@dataclass(frozen=True)
class Layout:
    """The order of the axes of a batch of images."""

    name: str
    """`NHWC` or `NCHW`, as TensorFlow and TVM call it."""

    @property
    def channel_axis(self) -> int:
        """The axis of the channels."""
        return self.name.index("C")

    @property
    def spatial_axes(self) -> tuple[int, int]:
        """The axes of height and width."""
        return self.name.index("H"), self.name.index("W")

    def broadcast_shape(self, channels: int) -> tuple[int, ...]:
        """The shape in which a vector of channels broadcasts over a batch."""
        return (channels,) if self.name == "NHWC" else (channels, 1, 1)


@dataclass(frozen=True)
class WindowAttributes:
    """How a window moves over height and width."""

    strides: tuple[int, int]
    """Height's and width's step from one window to the next."""
    dilations: tuple[int, int]
    """Height's and width's distance between the pixels of a window; 1 for neighbours."""
    padding: tuple[int, int, int, int]
    """Top, left, bottom, right: TVM's order."""


def layout_of(node: Node) -> Layout:
    """The node's layout; its first input must have rank 4."""
    node.require_rank(RANK)
    return Layout(node.attributes.text("data_format", "NHWC", LAYOUTS))


def spatial_pair(
    node: Node, layout: Layout, key: str, default: int | None = None
) -> tuple[int, int]:
    """Height's and width's entry of an attribute with one for each axis; the others must be 1."""
    numbers = node.attributes.integers(key, RANK, default)
    height, width = (numbers[axis] for axis in layout.spatial_axes)
    others = [number for axis, number in enumerate(numbers) if axis not in layout.spatial_axes]
    if others != [1, 1] or height < 1 or width < 1:
        raise node.attributes.unsupported(key, numbers, "1 for batch and channels, else positive")
    return height, width


def window_of(node: Node, layout: Layout, extent: tuple[int, int]) -> WindowAttributes:
    """The window of a convolution or pool; `extent` is its height and width."""
    strides = spatial_pair(node, layout, "strides")
    dilations = spatial_pair(node, layout, "dilations", 1)
    kind = node.attributes.text("padding", "", ("SAME", "VALID", "EXPLICIT"))
    if kind == "VALID":
        return WindowAttributes(strides, dilations, (0, 0, 0, 0))
    if kind == "EXPLICIT":
        return WindowAttributes(strides, dilations, _explicit(node, layout))
    sizes = [node.shape()[axis] for axis in layout.spatial_axes]
    (top, bottom), (left, right) = (
        same_padding(*axis) for axis in zip(sizes, extent, strides, dilations, strict=True)
    )
    return WindowAttributes(strides, dilations, (top, left, bottom, right))


def same_padding(size: int, extent: int, stride: int, dilation: int) -> tuple[int, int]:
    """What SAME pads before and after an axis of `size`, for a window of `extent`.

    >>> same_padding(4, 3, 2, 1)
    (0, 1)
    """
    windows = -(-size // stride)
    total = max((windows - 1) * stride + (extent - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def _explicit(node: Node, layout: Layout) -> tuple[int, int, int, int]:
    numbers = node.attributes.integers("explicit_paddings", 2 * RANK)
    pairs = [tuple(numbers[2 * axis : 2 * axis + 2]) for axis in range(RANK)]
    (top, bottom), (left, right) = (pairs[axis] for axis in layout.spatial_axes)
    others = [pair for axis, pair in enumerate(pairs) if axis not in layout.spatial_axes]
    if any(number for pair in others for number in pair) or min(numbers) < 0:
        raise node.attributes.unsupported("explicit_paddings", numbers, "height's and width's only")
    return top, left, bottom, right

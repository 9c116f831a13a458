"""Layouts, strides and paddings of operations that slide a window over an image or a volume.

SAME as in tensorflow/core/framework/common_shape_fns.cc (GetWindowedOutputSizeVerbose): an odd
number of padded pixels has the larger half at the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.stacks.relax.frontend.node import Node

LAYOUTS = ("NHWC", "NCHW")
VOLUME_LAYOUTS = ("NDHWC", "NCDHW")
RANK = 4
VOLUME_RANK = 5
_BY_RANK = {RANK: LAYOUTS, VOLUME_RANK: VOLUME_LAYOUTS}


@dataclass(frozen=True)
class Layout:
    """The order of the axes of a batch of images or volumes."""

    name: str
    """`NHWC`, `NCHW`, `NDHWC` or `NCDHW`, as TensorFlow and TVM call it."""

    @property
    def channel_axis(self) -> int:
        """The axis of the channels."""
        return self.name.index("C")

    @property
    def spatial_axes(self) -> tuple[int, ...]:
        """The axes of depth, where there is one, height and width."""
        return tuple(self.name.index(axis) for axis in "DHW" if axis in self.name)

    def broadcast_shape(self, channels: int) -> tuple[int, ...]:
        """The shape in which a vector of channels broadcasts over a batch."""
        last = self.channel_axis == len(self.name) - 1
        return (channels,) if last else (channels, *[1] * len(self.spatial_axes))


@dataclass(frozen=True)
class WindowAttributes:
    """How a window moves over the spatial axes."""

    strides: tuple[int, ...]
    """Each axis' step from one window to the next."""
    dilations: tuple[int, ...]
    """Each axis' distance between the pixels of a window; 1 for neighbours."""
    padding: tuple[int, ...]
    """What is added before each axis, then behind each: top, left, bottom, right."""


def named_layout(node: Node, layouts: tuple[str, ...] = LAYOUTS) -> Layout:
    """The layout that the node's attribute names."""
    return Layout(node.attributes.text("data_format", layouts[0], layouts))


def layout_of(node: Node, *ranks: int) -> Layout:
    """The node's layout; its first input must have one of the ranks, 4 by default."""
    if node.rank() not in ranks:
        node.require_rank(ranks[0] if ranks else RANK)
    return named_layout(node, _BY_RANK[node.rank()])


def spatial_numbers(
    node: Node, layout: Layout, key: str, default: int | None = None
) -> tuple[int, ...]:
    """The spatial axes' entries of an attribute with one for each axis; the others must be 1."""
    numbers = node.attributes.integers(key, len(layout.name), default)
    spatial = tuple(numbers[axis] for axis in layout.spatial_axes)
    others = [number for axis, number in enumerate(numbers) if axis not in layout.spatial_axes]
    if others != [1, 1] or min(spatial) < 1:
        raise node.attributes.unsupported(key, numbers, "1 for batch and channels, else positive")
    return spatial


def window_of(
    node: Node,
    layout: Layout,
    extent: Sequence[int],
    *,
    image: Sequence[int] | None = None,
    dilations: str = "dilations",
) -> WindowAttributes:
    """The window of a convolution or pool; `extent` is its size along the spatial axes.

    `image` is the shape of what it slides over, by default that of the first input; `dilations` the
    attribute that holds them.
    """
    strides = spatial_numbers(node, layout, "strides")
    apart = spatial_numbers(node, layout, dilations, 1)
    kind = node.attributes.text("padding", "", ("SAME", "VALID", "EXPLICIT"))
    if kind == "VALID":
        return WindowAttributes(strides, apart, (0,) * 2 * len(strides))
    if kind == "EXPLICIT":
        return WindowAttributes(strides, apart, _explicit(node, layout))
    whole = node.shape() if image is None else image
    sizes = [whole[axis] for axis in layout.spatial_axes]
    pairs = [same_padding(*axis) for axis in zip(sizes, extent, strides, apart, strict=True)]
    return WindowAttributes(strides, apart, _before_then_behind(pairs))


def same_padding(size: int, extent: int, stride: int, dilation: int) -> tuple[int, int]:
    """What SAME pads before and after an axis of `size`, for a window of `extent`.

    >>> same_padding(4, 3, 2, 1)
    (0, 1)
    """
    windows = -(-size // stride)
    total = max((windows - 1) * stride + (extent - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def _before_then_behind(pairs: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    return *(before for before, _ in pairs), *(behind for _, behind in pairs)


def _explicit(node: Node, layout: Layout) -> tuple[int, ...]:
    rank = len(layout.name)
    numbers = node.attributes.integers("explicit_paddings", 2 * rank)
    pairs = [(numbers[2 * axis], numbers[2 * axis + 1]) for axis in range(rank)]
    others = [pair for axis, pair in enumerate(pairs) if axis not in layout.spatial_axes]
    if any(number for pair in others for number in pair) or min(numbers) < 0:
        raise node.attributes.unsupported("explicit_paddings", numbers, "height's and width's only")
    return _before_then_behind([pairs[axis] for axis in layout.spatial_axes])

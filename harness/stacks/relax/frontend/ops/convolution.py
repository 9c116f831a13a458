"""Convolutions in the graph's own layout, with weights `[height, width, in, out]`."""

from typing import Any

from tvm import relax

from harness.stacks.relax.constant import constant
from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.registry import converts
from harness.stacks.relax.frontend.windows import RANK, VOLUME_RANK, layout_of, window_of


@converts("Conv2D", inputs=2)
def _conv2d(node: Node) -> Any:
    """Grouped where the weights take fewer channels than there are."""
    node.require_rank(RANK, 1)
    width = node.shape(1)[2]
    channels = node.shape()[layout_of(node).channel_axis]
    if not width or channels % width or node.shape(1)[3] % max(channels // width, 1):
        raise node.unsupported(
            f"{channels} channels, but weights of the shape {list(node.shape(1))}; "
            "expected [height, width, in, out] with in and groups that divide them"
        )
    return _convolved(node, node.tensor(1), channels // width)


@converts("DepthwiseConv2dNative", inputs=2)
def _depthwise(node: Node) -> Any:
    """A convolution with one group per channel: weights [h, w, C, m] become [h, w, 1, C·m]."""
    node.require_rank(RANK, 1)
    height, width, channels, multiplier = node.shape(1)
    if channels != node.shape()[layout_of(node).channel_axis]:
        raise node.unsupported(
            f"input of the shape {list(node.shape())}, but weights of {list(node.shape(1))}"
        )
    shape = (height, width, 1, channels * multiplier)
    weights = node.known(1)
    if weights is None:
        kernel = node.bind("kernel", relax.op.reshape(node.tensor(1), shape))
    else:
        kernel = constant(weights.reshape(shape))
    return _convolved(node, kernel, channels)


def _convolved(node: Node, kernel: Any, groups: int) -> Any:
    layout = layout_of(node)
    height, width = node.shape(1)[:2]
    window = window_of(node, layout, (height, width))
    return relax.op.nn.conv2d(
        node.tensor(0),
        kernel,
        strides=window.strides,
        padding=window.padding,
        dilation=window.dilations,
        groups=groups,
        data_layout=layout.name,
        kernel_layout="HWIO",
        out_layout=layout.name,
    )


@converts("Conv3D", inputs=2)
def _conv3d(node: Node) -> Any:
    """Weights `[depth, height, width, in, out]`, of one group."""
    node.require_rank(VOLUME_RANK, 1)
    layout = layout_of(node, VOLUME_RANK)
    *extent, width, _ = node.shape(1)
    if width != node.shape()[layout.channel_axis]:
        raise node.unsupported(
            f"input of the shape {list(node.shape())}, but weights of {list(node.shape(1))}"
        )
    window = window_of(node, layout, extent)
    return relax.op.nn.conv3d(
        *node.tensors(),
        strides=window.strides,
        padding=window.padding,
        dilation=window.dilations,
        data_layout=layout.name,
        kernel_layout="DHWIO",
        out_layout=layout.name,
    )

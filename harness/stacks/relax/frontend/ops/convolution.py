"""Convolutions: layouts as they are, and weights too, [height, width, in, out]."""

from typing import Any

from tvm import relax

from harness.stacks.relax.constant import constant
from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.registry import converts
from harness.stacks.relax.frontend.windows import RANK, layout_of, window_of


@converts("Conv2D", inputs=2)
def _conv2d(node: Node) -> Any:
    """Grouped where the weights take fewer channels than there are."""
    node.require_rank(RANK, 1)
    width = node.shape(1)[2]
    channels = node.shape()[layout_of(node).channels]
    if not width or channels % width or node.shape(1)[3] % max(channels // width, 1):
        raise node.refused(
            f"{channels} channels, but weights of the shape {list(node.shape(1))}; "
            "expected [height, width, in, out] with in and groups that divide them"
        )
    return _convolved(node, node.tensor(1), channels // width)


@converts("DepthwiseConv2dNative", inputs=2)
def _depthwise(node: Node) -> Any:
    """As a convolution with a group a channel: [h, w, C, m] → [h, w, 1, C·m] keeps the order."""
    node.require_rank(RANK, 1)
    height, width, channels, multiplier = node.shape(1)
    if channels != node.shape()[layout_of(node).channels]:
        raise node.refused(
            f"input of the shape {list(node.shape())}, but weights of {list(node.shape(1))}"
        )
    shape = (height, width, 1, channels * multiplier)
    weights = node.known(1)
    if weights is None:
        kernel = node.part("kernel", relax.op.reshape(node.tensor(1), shape))
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

"""Pooling over a window of height and width."""

from typing import Any

from tvm import relax

from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.registry import converts
from harness.stacks.relax.frontend.windows import layout_of, spatial_pair, window_of


@converts("MaxPool")
def _max_pool(node: Node) -> Any:
    return _pooled(node, relax.op.nn.max_pool2d)


@converts("AvgPool")
def _avg_pool(node: Node) -> Any:
    """The average over the pixels in the image: padding is not counted."""
    node.require_float()
    return _pooled(node, relax.op.nn.avg_pool2d, count_include_pad=False)


def _pooled(node: Node, function: Any, **options: Any) -> Any:
    layout = layout_of(node)
    extent = spatial_pair(node, layout, "ksize")
    window = window_of(node, layout, extent)
    return function(
        node.tensor(0),
        pool_size=extent,
        strides=window.strides,
        padding=window.padding,
        layout=layout.name,
        out_layout=layout.name,
        **options,
    )

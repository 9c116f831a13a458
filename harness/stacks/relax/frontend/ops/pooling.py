"""Pooling over a window of height and width, or of depth too."""

from typing import Any

from tvm import relax

from harness.stacks.relax.frontend.node import FLOATS, Node
from harness.stacks.relax.frontend.registry import converts
from harness.stacks.relax.frontend.windows import (
    RANK,
    VOLUME_RANK,
    layout_of,
    spatial_numbers,
    window_of,
)


@converts("MaxPool")
def _max_pool(node: Node) -> Any:
    return _pooled(node, RANK, relax.op.nn.max_pool2d)


@converts("MaxPool3D")
def _max_pool_of_volumes(node: Node) -> Any:
    return _pooled(node, VOLUME_RANK, relax.op.nn.max_pool3d)


@converts("AvgPool", types=FLOATS)
def _avg_pool(node: Node) -> Any:
    """The average over the pixels in the image: padding is not counted."""
    return _pooled(node, RANK, relax.op.nn.avg_pool2d, count_include_pad=False)


@converts("AvgPool3D", types=FLOATS)
def _avg_pool_of_volumes(node: Node) -> Any:
    return _pooled(node, VOLUME_RANK, relax.op.nn.avg_pool3d, count_include_pad=False)


def _pooled(node: Node, rank: int, function: Any, **options: Any) -> Any:
    layout = layout_of(node, rank)
    extent = spatial_numbers(node, layout, "ksize")
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

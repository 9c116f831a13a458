"""Grey-scale dilation: the largest sum of a pixel and a filter's number in a window."""

from typing import Any

from tvm import te, tirx

from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.registry import converts
from harness.stacks.relax.frontend.windows import RANK, WindowAttributes, layout_of, window_of

FILTER_RANK = 3


@converts("Dilation2D", inputs=2)
def _dilation(node: Node) -> Any:
    """`[N, H, W, C]` and a filter `[h, w, C]`; pixels outside of the image don't count."""
    node.require_rank(FILTER_RANK, 1)
    layout = layout_of(node)
    if layout.name != "NHWC" or node.shape()[3] != node.shape(1)[2]:
        raise node.unsupported(
            f"input of the shape {list(node.shape())} in {layout.name}, but a filter of "
            f"{list(node.shape(1))}; expected [height, width, channels] in NHWC"
        )
    node.attributes.text("padding", "", ("SAME", "VALID"))
    window = window_of(node, layout, node.shape(1)[:2], dilations="rates")
    return node.computed("dilation2d", lambda x, f: _dilated(x, f, window), *node.tensors())


def _dilated(data: Any, weights: Any, window: WindowAttributes) -> Any:
    sizes = [int(size) for size in data.shape[1 : RANK - 1]]
    extent = [int(size) for size in weights.shape[:2]]
    result = [
        (sizes[i] + window.padding[i] + window.padding[i + 2] - reach - 1) // window.strides[i] + 1
        for i, reach in enumerate(
            (n - 1) * apart for n, apart in zip(extent, window.dilations, strict=True)
        )
    ]
    down, across = (te.reduce_axis((0, size), "window") for size in extent)

    def pixel(n: Any, y: Any, x: Any, c: Any) -> Any:
        row, column = (
            at * window.strides[i] + step * window.dilations[i] - window.padding[i]
            for i, (at, step) in enumerate(((y, down), (x, across)))
        )
        inside = tirx.all(row >= 0, row < sizes[0], column >= 0, column < sizes[1])
        raised = data[n, row, column, c] + weights[down, across, c]
        least = tirx.min_value(data.dtype)
        return te.max(tirx.if_then_else(inside, raised, least), axis=[down, across])

    return te.compute((data.shape[0], *result, data.shape[3]), pixel, name="dilation2d")

"""Resizing by TensorFlow's own formulas; sizes are static, so indices and weights are constants.

TVM's resize2d computes its coordinates in another order: values near 255 differ by up to 3e-5.
tensorflow/core/kernels/image/{resize_bilinear_op,resize_nearest_neighbor_op}.cc and
tensorflow/core/util/image_resizer_state.h.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from tvm import relax, te

from harness.stacks.relax.constant import constant
from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.registry import converts
from harness.stacks.relax.frontend.value import Array, checked_shape

RANK = 4
INJECTIVE = 2
"""tvm::relax::OpPatternKind: each output is a function of a few inputs."""


@dataclass(frozen=True)
class Resize:
    """The resizing of one axis, and the coordinate convention of its pixels."""

    size: int
    """Pixels of the input."""
    new_size: int
    """Pixels of the output."""
    align_corners: bool
    """The first and last pixels of input and output have the same coordinates."""
    half_pixel_centers: bool
    """A pixel's coordinate is its centre, index + 0.5."""

    def coordinates(self) -> Array:
        """`[new_size]` float32: each output pixel's coordinate in the input, as TensorFlow."""
        f32 = np.float32
        index = np.arange(self.new_size, dtype=f32)
        if self.half_pixel_centers:
            return (index + f32(0.5)) * self.scale
        return index * self.scale

    @property
    def scale(self) -> np.float32:
        """Pixels of the input for each of the output, float32."""
        if self.align_corners and self.new_size > 1:
            return np.float32(self.size - 1) / np.float32(self.new_size - 1)
        return np.float32(self.size) / np.float32(self.new_size)

    def pairs(self) -> tuple[Array, Array, Array]:
        """The two neighbours of each output pixel (int32), and the second's weight (float32)."""
        positions = self.coordinates()
        if self.half_pixel_centers:
            positions = positions - np.float32(0.5)
        below = np.floor(positions)
        lower = below.clip(0, self.size - 1).astype(np.int32)
        upper = np.ceil(positions).clip(0, self.size - 1).astype(np.int32)
        return np.minimum(lower, upper), upper, positions - below

    def nearest(self) -> Array:
        """The input pixel of each output pixel (int32); align_corners rounds halves up."""
        positions = self.coordinates()
        chosen = (
            np.floor(positions + np.float32(0.5)) if self.align_corners else np.floor(positions)
        )
        return chosen.clip(0, self.size - 1).astype(np.int32)


def resized_axes(node: Node) -> tuple[Resize, Resize]:
    """Height's and width's resizing; UnsupportedNodeError for sizes or flags that can't be."""
    node.require_rank(RANK)
    new_size, flags = node.integers(1), node.attributes
    if len(new_size) != 2 or min(new_size) < 1 or min(node.shape()) < 1:  # noqa: PLR2004
        raise node.unsupported(
            f"{list(node.shape())} to the size {new_size}; expected positive sizes"
        )
    checked_shape([node.shape()[0], *new_size, node.shape()[3]])
    align, half = flags.flag("align_corners"), flags.flag("half_pixel_centers")
    if align and half:
        raise flags.unsupported("half_pixel_centers", True, "False where align_corners is True")
    height, width = node.shape()[1:3]
    return Resize(height, new_size[0], align, half), Resize(width, new_size[1], align, half)


@converts("ResizeNearestNeighbor", inputs=2)
def _nearest(node: Node) -> Any:
    rows, columns = (constant(axis.nearest()) for axis in resized_axes(node))
    selected = node.bind("rows", relax.op.take(node.tensor(0), rows, 1, "clip"))
    return relax.op.take(selected, columns, 2, "clip")


@converts("ResizeBilinear", inputs=2)
def _bilinear(node: Node) -> Any:
    """[N, H, W, C] of any numeric type → [N, H′, W′, C] float32."""
    tables = [constant(table) for axis in resized_axes(node) for table in axis.pairs()]
    tensors = node.tensor(0), *tables
    return node.computed("resize_bilinear", _interpolated, *tensors, pattern=INJECTIVE)


def _interpolated(
    data: Any, top: Any, bottom: Any, down: Any, left: Any, right: Any, across: Any
) -> Any:
    """Interpolates in the row above, in the row below, then between them, as TensorFlow does."""
    batch, _, _, channels = data.shape

    def pixel(n: Any, y: Any, x: Any, c: Any) -> Any:
        def value(row: Any, column: Any) -> Any:
            return data[n, row[y], column[x], c].astype("float32")

        def along(row: Any) -> Any:
            start = value(row, left)
            return start + (value(row, right) - start) * across[x]

        above = along(top)
        return above + (along(bottom) - above) * down[y]

    shape = (batch, down.shape[0], across.shape[0], channels)
    return te.compute(shape, pixel, name="resize_bilinear")

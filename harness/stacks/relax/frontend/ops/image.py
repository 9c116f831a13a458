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
from harness.stacks.relax.frontend.value import Array, held

RANK = 4
INJECTIVE = 2
"""tvm::relax::OpPatternKind: each output is a function of a few inputs."""


@dataclass(frozen=True)
class Resize:
    """One axis: from how many to how many, and where pixels are thought to be."""

    size: int
    wanted: int
    align_corners: bool
    half_pixel_centers: bool

    def coordinates(self) -> Array:
        """Where each output pixel lies in the input; float32 as in TensorFlow."""
        f32 = np.float32
        if self.align_corners and self.wanted > 1:
            scale = f32(self.size - 1) / f32(self.wanted - 1)
        else:
            scale = f32(self.size) / f32(self.wanted)
        index = np.arange(self.wanted, dtype=f32)
        return (index + f32(0.5)) * scale if self.half_pixel_centers else index * scale

    def pairs(self) -> tuple[Array, Array, Array]:
        """The two neighbours of each output pixel (int32), and the second's weight (float32)."""
        where = self.coordinates()
        if self.half_pixel_centers:
            where = where - np.float32(0.5)
        below = np.floor(where)
        lower = below.clip(0, self.size - 1).astype(np.int32)
        upper = np.ceil(where).clip(0, self.size - 1).astype(np.int32)
        return np.minimum(lower, upper), upper, where - below

    def nearest(self) -> Array:
        """The pixel that each output pixel is (int32); halves go up where corners are aligned."""
        where = self.coordinates()
        chosen = np.floor(where + np.float32(0.5)) if self.align_corners else np.floor(where)
        return chosen.clip(0, self.size - 1).astype(np.int32)


def _axes(node: Node) -> tuple[Resize, Resize]:
    node.require_rank(RANK)
    wanted, flags = node.integers(1), node.attributes
    if len(wanted) != 2 or min(wanted) < 1 or min(node.shape()) < 1:  # noqa: PLR2004
        raise node.refused(f"{list(node.shape())} to the size {wanted}; expected positive sizes")
    held([node.shape()[0], *wanted, node.shape()[3]])
    align, half = flags.flag("align_corners"), flags.flag("half_pixel_centers")
    if align and half:
        raise flags.refused("half_pixel_centers", True, "False where align_corners is True")
    height, width = node.shape()[1:3]
    return Resize(height, wanted[0], align, half), Resize(width, wanted[1], align, half)


@converts("ResizeNearestNeighbor", inputs=2)
def _nearest(node: Node) -> Any:
    rows, columns = (constant(axis.nearest()) for axis in _axes(node))
    taken = node.part("rows", relax.op.take(node.tensor(0), rows, 1, "clip"))
    return relax.op.take(taken, columns, 2, "clip")


@converts("ResizeBilinear", inputs=2)
def _bilinear(node: Node) -> Any:
    """[N, H, W, C] of any number → [N, H′, W′, C] of float32."""
    tables = [constant(table) for axis in _axes(node) for table in axis.pairs()]
    tensors = node.tensor(0), *tables
    return node.computed("resize_bilinear", _interpolated, *tensors, pattern=INJECTIVE)


def _interpolated(
    data: Any, top: Any, bottom: Any, down: Any, left: Any, right: Any, across: Any
) -> Any:
    """Along the row above, along the row below, then between them: TensorFlow's order."""
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

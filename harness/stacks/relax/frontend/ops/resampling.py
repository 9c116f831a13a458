"""Resizing by cubic interpolation, by the area of pixels, and of boxes in an image.

tensorflow/core/kernels/image/{resize_bicubic_op,resize_area_op,crop_and_resize_op}.cc. Sizes are
static, so neighbours and weights are constants, computed as TensorFlow does.
"""

from typing import Any

import numpy as np
from tvm import te, tirx

from harness.stacks.relax.constant import constant
from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.ops.image import INJECTIVE, RANK, Resize, resized_axes
from harness.stacks.relax.frontend.registry import converts
from harness.stacks.relax.frontend.value import Array

STEPS = 1 << 10
"""Distances between two pixels for which TensorFlow has weights."""
TAPS = 4


def cubic_table(a: float) -> tuple[Array, Array]:
    """`[STEPS + 1]` float32: the weights at distances 0 … 1 and 1 … 2; `a` is the kernel's slope.

    Keys, "Cubic convolution interpolation for digital image processing", 1981; in float64, then
    rounded, as TensorFlow does.
    """
    near = (np.arange(STEPS + 1) / STEPS).astype(np.float32).astype(np.float64)
    far = (near.astype(np.float32) + np.float32(1)).astype(np.float64)
    inner = ((a + 2) * near - (a + 3)) * near * near + 1
    outer = ((a * far - 5 * a) * far + 8 * a) * far - 4 * a
    return inner.astype(np.float32), outer.astype(np.float32)


def cubic_taps(axis: Resize) -> tuple[Array, Array]:
    """`[4, new_size]` pixels (int32) and weights (float32) of each output pixel.

    With half_pixel_centers the kernel has the slope −0.5, and pixels outside have no weight; else
    −0.75, and the pixel of the edge stands for them.
    """
    positions = axis.coordinates()
    if axis.half_pixel_centers:
        positions = positions - np.float32(0.5)
    below = np.floor(positions).astype(np.int64)
    offset = np.rint((positions - below.astype(np.float32)) * np.float32(STEPS)).astype(np.int64)
    inner, outer = cubic_table(-0.5 if axis.half_pixel_centers else -0.75)
    weights = np.stack([outer[offset], inner[offset], inner[STEPS - offset], outer[STEPS - offset]])
    pixels = below + np.arange(-1, TAPS - 1)[:, np.newaxis]
    inside = pixels.clip(0, axis.size - 1)
    if axis.half_pixel_centers:
        weights = np.where(inside == pixels, weights, np.float32(0))
        total = ((weights[0] + weights[1]) + weights[2]) + weights[3]
        usable = np.abs(total) >= np.float32(1000) * np.finfo(np.float32).tiny
        with np.errstate(divide="ignore"):
            factor = np.where(usable, np.float32(1) / total, np.float32(1))
        weights = weights * factor
    return inside.astype(np.int32), weights.astype(np.float32)


@converts("ResizeBicubic", inputs=2)
def _bicubic(node: Node) -> Any:
    """[N, H, W, C] of any numeric type → [N, H′, W′, C] float32."""
    tables = [constant(table) for axis in resized_axes(node) for table in cubic_taps(axis)]
    tensors = node.tensor(0), *tables
    return node.computed("resize_bicubic", _interpolated, *tensors, pattern=INJECTIVE)


def _interpolated(data: Any, rows: Any, down: Any, columns: Any, across: Any) -> Any:
    """Interpolates along each of four columns, then between them."""

    def pixel(n: Any, y: Any, x: Any, c: Any) -> Any:
        def in_column(column: Any) -> Any:
            return _sum(
                data[n, rows[i, y], column, c].astype("float32") * down[i, y] for i in range(TAPS)
            )

        return _sum(in_column(columns[i, x]) * across[i, x] for i in range(TAPS))

    shape = (data.shape[0], rows.shape[1], columns.shape[1], data.shape[3])
    return te.compute(shape, pixel, name="resize_bicubic")


def _sum(terms: Any) -> Any:
    """From the first to the last."""
    total = None
    for term in terms:
        total = term if total is None else total + term
    return total


def covered(axis: Resize) -> tuple[Array, Array, Array]:
    """First pixel under each output pixel, `[new_size]` (int32), how many, and their weights.

    The weights are `[most, new_size]` float32: 1, or the part of the pixel that is covered.
    """
    f32, scale = np.float32, axis.scale
    start = np.arange(axis.new_size, dtype=f32) * scale
    end = (np.arange(axis.new_size, dtype=f32) + f32(1)) * scale
    first, behind = np.floor(start).astype(np.int64), np.ceil(end).astype(np.int64)
    counts = behind - first
    pixels = first + np.arange(max(int(counts.max()), 1))[:, np.newaxis]
    left, right = pixels.astype(f32), (pixels + 1).astype(f32)
    cut_left = np.where(right > end, scale, right - start)
    cut_right = np.where(right > end, end - left, f32(1))
    weights = np.where(left < start, cut_left, cut_right).astype(f32)
    return first.astype(np.int32), counts.astype(np.int32), weights


@converts("ResizeArea", inputs=2)
def _area(node: Node) -> Any:
    """[N, H, W, C] of any numeric type → [N, H′, W′, C] float32: the mean of what is covered."""
    height, width = resized_axes(node)
    tables = [constant(table) for axis in (width, height) for table in covered(axis)]
    factor = np.float32(1.0 / float(height.scale * width.scale))
    tensors = node.tensor(0), *tables
    return node.computed("resize_area", lambda *t: _averaged(factor, *t), *tensors)


def _averaged(factor: Any, data: Any, *tables: Any) -> Any:
    """Sums along rows, then those sums down the columns, then their part of the area."""
    along, down = tables[:3], tables[3:]
    rows = _weighted(data, 2, *along)
    sums = _weighted(rows, 1, *down)
    return te.compute(
        sums.shape, lambda *i: sums(*i) * tirx.const(float(factor), "float32"), name="resize_area"
    )


def _weighted(data: Any, axis: int, first: Any, counts: Any, weights: Any) -> Any:
    step = te.reduce_axis((0, weights.shape[0]), "step")
    shape = list(data.shape)
    last = int(shape[axis]) - 1
    shape[axis] = first.shape[0]

    def pixel(*at: Any) -> Any:
        to = at[axis]
        where = list(at)
        where[axis] = tirx.min(tirx.max(first[to] + step, 0), last)
        term = data(*where).astype("float32") * weights[step, to]
        none = tirx.const(0, "float32")
        return te.sum(tirx.Select(step < counts[to], term, none), axis=step)

    return te.compute(shape, pixel, name=f"resize_area{axis}")


@converts("CropAndResize", inputs=4)
def _crop_and_resize(node: Node) -> Any:
    """[N, H, W, C], constant boxes [B, 4] of (y1, x1, y2, x2) → [B, h, w, C] float32."""
    node.require_rank(RANK)
    boxes, images, size = node.array(1).astype(np.float32), node.array(2), node.integers(3)
    batch, height, width, _ = node.shape()
    fits = boxes.ndim == 2 and boxes.shape == (*images.shape, 4) and len(size) == 2  # noqa: PLR2004
    if not fits or min(size) < 1 or not np.isfinite(boxes).all() or not len(boxes):
        raise node.unsupported(f"boxes of the shape {list(boxes.shape)} to the size {size}")
    if not 0 <= images.min() <= images.max() < batch:
        raise node.unsupported(f"boxes of the images {images.tolist()} of {batch}")
    method = node.attributes.text("method", "bilinear", ("bilinear", "nearest"))
    rows = _box_axis(boxes[:, 0], boxes[:, 2], height, size[0], method)
    columns = _box_axis(boxes[:, 1], boxes[:, 3], width, size[1], method)
    outside = node.attributes.number("extrapolation_value", 0.0)
    tables = [constant(table) for table in (images.astype(np.int32), *rows, *columns)]
    tensors = node.tensor(0), *tables
    return node.computed(
        "crop_and_resize", lambda *t: _cropped(outside, *t), *tensors, pattern=INJECTIVE
    )


def _box_axis(
    start: Array, end: Array, size: int, new_size: int, method: str
) -> tuple[Array, Array, Array, Array]:
    """`[B, new_size]`: lower and upper pixel (int32), the upper's weight, whether inside."""
    f32 = np.float32
    whole, index = f32(size - 1), np.arange(new_size, dtype=f32)
    if new_size > 1:
        scale = (end - start) * whole / f32(new_size - 1)
        positions = (start * whole)[:, np.newaxis] + index * scale[:, np.newaxis]
    else:
        positions = (f32(0.5) * (start + end) * whole)[:, np.newaxis]
    inside = (positions >= 0) & (positions <= whole)
    if method == "nearest":
        lower = upper = np.floor(positions.astype(np.float64) + 0.5)
    else:
        lower, upper = np.floor(positions), np.ceil(positions)
    weights = (positions - lower).astype(f32)
    if method == "nearest":
        weights = np.zeros_like(weights)
    pixels = [side.clip(0, size - 1).astype(np.int32) for side in (lower, upper)]
    return pixels[0], pixels[1], weights, inside


def _cropped(outside: float, data: Any, images: Any, *tables: Any) -> Any:
    """As bilinear resizing: in the row above, in the row below, then between them."""
    (top, bottom, down, seen_down), (left, right, across, seen_across) = tables[:4], tables[4:]

    def pixel(b: Any, y: Any, x: Any, c: Any) -> Any:
        def along(row: Any) -> Any:
            start, end = (
                data[images[b], row[b, y], column[b, x], c].astype("float32")
                for column in (left, right)
            )
            return start + (end - start) * across[b, x]

        above = along(top)
        value = above + (along(bottom) - above) * down[b, y]
        seen = tirx.all(seen_down[b, y], seen_across[b, x])
        return tirx.Select(seen, value, tirx.const(outside, "float32"))

    shape = (images.shape[0], top.shape[1], left.shape[1], data.shape[3])
    return te.compute(shape, pixel, name="crop_and_resize")

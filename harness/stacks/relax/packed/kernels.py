"""Convolutions and dense layers over packed weights, as tensor expressions.

Weights are packed as `[co / lanes, kh, kw, ci, lanes]`, so that one vector holds neighbouring
output channels and the weight array is read sequentially. Where `co` is not a multiple of a useful
width, the weights are padded with zeros and the extra channels of the result dropped.
"""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from tvm import te, topi

from harness.stacks.relax.packed.expressions import Array
from harness.stacks.relax.packed.geometry import Convolution
from harness.stacks.relax.packed.lanes import Vectors
from harness.stacks.relax.packed.long_sums import MAX_PRODUCTS, uneven
from harness.stacks.relax.packed.tiles import MIN_ACCUMULATORS

CONV2D, DEPTHWISE, DENSE = "packed_conv2d", "packed_depthwise", "packed_dense"
ANCHORS = (CONV2D, DEPTHWISE, DENSE)
"""Names of the blocks that the schedules are built around."""
PADDED = "padded_image"
PIXEL_STEP = "packed.pixel_step"
"""Annotation of an anchor: bytes between the inputs of neighbouring pixels of a row."""
_FLOAT_BYTES = 4
_NARROW_COST = 0.75
"""Time of a vector narrower than the register, relative to a full one's."""
_MAX_PARTIAL_SUMS = 8
"""Partial sums per result, where there are too few results to be summed at the same time."""
_PADDING_GAIN = 0.8
"""Padding must take at most this share of the time, since its result is copied."""


def width_for(channels: int, vectors: Vectors) -> int:
    """Output channels per vector: a divisor of their number, or a full register with padding.

    A narrower vector takes nearly as long as a full one: Xception's 728 channels ran at 2.1e9
    multiply-adds of 16 lanes a second as 91 × 8, where 1024 channels ran at 3.3e9.
    """
    widest = next(width for width in vectors.widths if channels % width == 0)
    exact, padded = channels // widest, -(-channels // vectors.lanes)
    padding_is_faster = padded < exact * _NARROW_COST * _PADDING_GAIN
    return vectors.lanes if widest < vectors.lanes and padding_is_faster else widest


def pack_weights(weights: Array, width: int) -> Array:
    """`[kh, kw, ci, co]` as `[⌈co / width⌉, kh, kw, depth, width]`, padded with zeros.

    `depth` is ci, or more where a result's kh · kw · ci products can't be cut into equal sums.
    """
    kh, kw, depth, channels = weights.shape
    missing = next(n for n in itertools.count() if _is_even(kh, kw, depth + n))
    whole = np.pad(weights, ((0, 0), (0, 0), (0, missing), (0, -channels % width)))
    return whole.reshape(*whole.shape[:3], -1, width).transpose(3, 0, 1, 2, 4)


def _is_even(kh: int, kw: int, depth: int) -> bool:
    """Whether the products of a result, and those of its partial sums, can be cut equally."""
    shares = [depth // n for n in range(1, _MAX_PARTIAL_SUMS + 1) if depth % n == 0]
    return not any(uneven((kh, kw, share), MAX_PRODUCTS) for share in shares)


def _zero_padded(image: Any, padding: Sequence[int], depth: int) -> Any:
    """An image with zeros around it and, after its channels, zeros up to that many channels."""
    (top, left, bottom, right), missing = padding, depth - int(image.shape[3])
    if not any(padding) and not missing:
        return image
    return topi.nn.pad(image, [0, top, left, 0], [0, bottom, right, missing], name=PADDED)


def _first_channels(result: Any, channels: int) -> Any:
    """The first `channels` of the last axis."""
    if int(result.shape[-1]) == channels:
        return result
    shape = (*result.shape[:-1], channels)
    return te.compute(shape, lambda *places: result[places], name="first_channels")


def conv2d(conv: Convolution, image: Any, weights: Any) -> Any:
    """NHWC image × packed weights → NHWC image."""
    _, kh, kw, ci, width = (int(size) for size in weights.shape)
    padded = _zero_padded(image, conv.padding, ci)
    ry, rx, rc = (te.reduce_axis((0, n), name) for n, name in ((kh, "ry"), (kw, "rx"), (ci, "rc")))
    (down, across), (dy, dx) = conv.strides, conv.dilation

    def element(n: Any, y: Any, x: Any, c: Any) -> Any:
        pixel = padded[n, y * down + ry * dy, x * across + rx * dx, rc]
        return te.sum(pixel * weights[c // width, ry, rx, rc, c % width], axis=[ry, rx, rc])

    shape = (*conv.output[:3], int(weights.shape[0]) * width)
    step = {PIXEL_STEP: across * ci * _FLOAT_BYTES}
    return _first_channels(te.compute(shape, element, name=CONV2D, attrs=step), conv.output[3])


def depthwise(conv: Convolution, image: Any, weights: Any) -> Any:
    """NHWC image × `[kh, kw, co]` → NHWC image, `co` a multiple of the channels."""
    kh, kw, _, channels = conv.weights.shape
    multiplier = channels // conv.groups
    padded = _zero_padded(image, conv.padding, conv.image[3])
    ry, rx = te.reduce_axis((0, kh), "ry"), te.reduce_axis((0, kw), "rx")
    (down, across), (dy, dx) = conv.strides, conv.dilation

    def element(n: Any, y: Any, x: Any, c: Any) -> Any:
        pixel = padded[n, y * down + ry * dy, x * across + rx * dx, c // multiplier]
        return te.sum(pixel * weights[ry, rx, c], axis=[ry, rx])

    return te.compute(conv.output, element, name=DEPTHWISE)


def dense(channels: int, rows: Any, weights: Any) -> Any:
    """`[m, k]` × `[⌈n / width⌉, 1, 1, depth, width]` → `[m, n]`; the products beyond k are zero."""
    row_count, depth, width = int(rows.shape[0]), int(weights.shape[3]), int(weights.shape[-1])
    if depth > int(rows.shape[1]):
        rows = topi.nn.pad(rows, [0, 0], [0, depth - int(rows.shape[1])], name=PADDED)
    count = _partial_sums(row_count, depth)
    rc = te.reduce_axis((0, depth // count), "rc")

    def term(m: Any, k: Any, n: Any) -> Any:
        return rows[m, k] * weights[n // width, 0, 0, k, n % width]

    outputs = int(weights.shape[0]) * width
    if count == 1:
        step = {PIXEL_STEP: depth * _FLOAT_BYTES}
        found = te.compute(
            (row_count, outputs),
            lambda m, n: te.sum(term(m, rc, n), axis=[rc]),
            name=DENSE,
            attrs=step,
        )
        return _first_channels(found, channels)
    parts = te.compute(
        (row_count, count, outputs),
        lambda m, part, n: te.sum(term(m, rc * count + part, n), axis=[rc]),
        name=DENSE,
    )
    return te.compute(
        (row_count, channels),
        lambda m, n: _tree_sum([parts[m, i, n] for i in range(count)]),
        "joined",
    )


def _partial_sums(rows: int, depth: int) -> int:
    """Number of partial sums per result; n of them take every n-th product each.

    One long sum is slow where there are few rows, since each addition waits for the one before,
    and its rounding error is larger than TensorFlow's: Xception's largest logit, 2048 products,
    was off by 6e-6 instead of 1e-6, and softmax made that the error of all its scores.
    """
    if rows >= MIN_ACCUMULATORS:
        return 1
    return next(count for count in range(_MAX_PARTIAL_SUMS, 0, -1) if depth % count == 0)


def _tree_sum(values: Sequence[Any]) -> Any:
    """The sum, by adding the sums of both halves."""
    if len(values) == 1:
        return values[0]
    half = len(values) // 2
    return _tree_sum(values[:half]) + _tree_sum(values[half:])

"""Convolutions and dense layers over packed weights, as tensor expressions.

Weights are packed as `[co / lanes, kh, kw, ci, lanes]`, so that one vector holds neighbouring
output channels and the whole weight array is read from front to back. Where `co` is no multiple of
a useful width, the weights are padded with zeros and the result is cut.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from tvm import te, topi

from harness.stacks.relax.packed.expressions import Array
from harness.stacks.relax.packed.geometry import Convolution
from harness.stacks.relax.packed.lanes import Vectors
from harness.stacks.relax.packed.tiles import FEWEST

CONV2D, DEPTHWISE, DENSE = "packed_conv2d", "packed_depthwise", "packed_dense"
ANCHORS = (CONV2D, DEPTHWISE, DENSE)
"""Names of the blocks that the schedules are built around."""
PADDED = "padded_image"
PIXEL_STEP = "packed.pixel_step"
"""Annotation of an anchor: bytes from what one pixel of a row reads to what the next one does."""
_FLOAT_BYTES = 4
_NARROW_COST = 0.75
"""Time of a narrow vector over that of a whole register."""
_CHAINS = 8
"""Partial sums to one result, where there are too few results to be summed side by side."""
_WORTH_A_COPY = 0.8
"""Padding must save a fifth: its result is copied."""


def width_for(channels: int, vectors: Vectors) -> int:
    """Output channels to a vector: what divides them, or whole registers of which some is padding.

    A narrower vector costs nearly as much as a whole one: Xception's 728 channels ran at 2.1e9
    multiply-adds of 16 lanes a second as 91 × 8, where 1024 channels ran at 3.3e9.
    """
    widest = next(width for width in vectors.widths if channels % width == 0)
    exact, padded = channels // widest, -(-channels // vectors.lanes)
    costs_less = padded < exact * _NARROW_COST * _WORTH_A_COPY
    return vectors.lanes if widest < vectors.lanes and costs_less else widest


def packed(weights: Array, width: int) -> Array:
    """`[kh, kw, ci, co]` as `[⌈co / width⌉, kh, kw, ci, width]`, zeros behind the last channel."""
    missing = -weights.shape[3] % width
    whole = np.pad(weights, ((0, 0), (0, 0), (0, 0), (0, missing)))
    return whole.reshape(*whole.shape[:3], -1, width).transpose(3, 0, 1, 2, 4)


def _with_zeros(image: Any, padding: Sequence[int]) -> Any:
    top, left, bottom, right = padding
    if not any(padding):
        return image
    return topi.nn.pad(image, [0, top, left, 0], [0, bottom, right, 0], name=PADDED)


def _cut(result: Any, channels: int) -> Any:
    """The first `channels` of the last axis."""
    if int(result.shape[-1]) == channels:
        return result
    shape = (*result.shape[:-1], channels)
    return te.compute(shape, lambda *places: result[places], name="cut_channels")


def conv2d(conv: Convolution, image: Any, weights: Any) -> Any:
    """NHWC image × packed weights → NHWC image."""
    kh, kw, ci, _ = conv.weights.shape
    width = int(weights.shape[-1])
    padded = _with_zeros(image, conv.padding)
    ry, rx, rc = (te.reduce_axis((0, n), name) for n, name in ((kh, "ry"), (kw, "rx"), (ci, "rc")))
    (down, across), (dy, dx) = conv.strides, conv.dilation

    def at(n: Any, y: Any, x: Any, c: Any) -> Any:
        pixel = padded[n, y * down + ry * dy, x * across + rx * dx, rc]
        return te.sum(pixel * weights[c // width, ry, rx, rc, c % width], axis=[ry, rx, rc])

    shape = (*conv.output[:3], int(weights.shape[0]) * width)
    step = {PIXEL_STEP: across * ci * _FLOAT_BYTES}
    return _cut(te.compute(shape, at, name=CONV2D, attrs=step), conv.output[3])


def depthwise(conv: Convolution, image: Any, weights: Any) -> Any:
    """NHWC image × `[kh, kw, co]` → NHWC image, `co` a multiple of the channels."""
    kh, kw, _, channels = conv.weights.shape
    multiplier = channels // conv.groups
    padded = _with_zeros(image, conv.padding)
    ry, rx = te.reduce_axis((0, kh), "ry"), te.reduce_axis((0, kw), "rx")
    (down, across), (dy, dx) = conv.strides, conv.dilation

    def at(n: Any, y: Any, x: Any, c: Any) -> Any:
        pixel = padded[n, y * down + ry * dy, x * across + rx * dx, c // multiplier]
        return te.sum(pixel * weights[ry, rx, c], axis=[ry, rx])

    return te.compute(conv.output, at, name=DEPTHWISE)


def dense(channels: int, rows: Any, weights: Any) -> Any:
    """`[m, k]` × `[⌈n / width⌉, 1, 1, k, width]` → `[m, n]`."""
    many, depth, width = int(rows.shape[0]), int(weights.shape[3]), int(weights.shape[-1])
    chains = _chains(many, depth)
    rc = te.reduce_axis((0, depth // chains), "rc")

    def term(m: Any, k: Any, n: Any) -> Any:
        return rows[m, k] * weights[n // width, 0, 0, k, n % width]

    outputs = int(weights.shape[0]) * width
    if chains == 1:
        step = {PIXEL_STEP: depth * _FLOAT_BYTES}
        found = te.compute(
            (many, outputs), lambda m, n: te.sum(term(m, rc, n), axis=[rc]), name=DENSE, attrs=step
        )
        return _cut(found, channels)
    parts = te.compute(
        (many, chains, outputs),
        lambda m, part, n: te.sum(term(m, rc * chains + part, n), axis=[rc]),
        name=DENSE,
    )
    return te.compute(
        (many, channels), lambda m, n: _pairwise([parts[m, i, n] for i in range(chains)]), "joined"
    )


def _chains(rows: int, depth: int) -> int:
    """Partial sums to one result, each of every `chains`-th product.

    One long sum is slow where there are few rows, as each addition waits for the one before, and
    it rounds more than TensorFlow's: Xception's largest logit, 2048 products, was off by 6e-6
    instead of 1e-6, and softmax made that the error of all its scores.
    """
    if rows >= FEWEST:
        return 1
    return next(chains for chains in range(_CHAINS, 0, -1) if depth % chains == 0)


def _pairwise(values: Sequence[Any]) -> Any:
    """The sum, halves first."""
    if len(values) == 1:
        return values[0]
    half = len(values) // 2
    return _pairwise(values[:half]) + _pairwise(values[half:])

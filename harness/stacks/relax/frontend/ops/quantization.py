"""Rounding to a grid of 2 … 2¹⁶ numbers, as quantization-aware training inserts it.

tensorflow/core/kernels/fake_quant_ops_functor.h of TensorFlow 2.21, in its order of operations.
The grid is computed while importing, from constant bounds.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from tvm import te, tirx

from harness.stacks.relax.constant import constant
from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.registry import converts
from harness.stacks.relax.frontend.value import Array

MIN_BITS, MAX_BITS = 2, 16


@dataclass(frozen=True)
class Grid:
    """Float32 numbers, or vectors of one for each channel."""

    low: Array
    """Smallest number of the grid."""
    high: Array
    """Largest number of the grid."""
    scale: Array
    """Distance between two numbers."""
    inverse: Array
    """Numbers in 1, computed from the bounds and not from `scale`; 0 where all is 0."""
    zero: Array
    """Which number, counted from `low`, is 0."""

    @classmethod
    def of(cls, bounds: tuple[Array, Array], lowest: int, highest: int) -> "Grid":
        """The grid of `highest − lowest + 1` numbers of which one is 0, nearest to the bounds.

        Where both bounds are equal, NaN and infinity are what TensorFlow computes too; where both
        are 0, all of the grid is 0.
        """
        f32 = np.float32
        low, high = (np.asarray(bound, f32) for bound in bounds)
        first, last = f32(lowest), f32(highest)
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = np.asarray((high - low) / (last - first))
            inverse = np.asarray((last - first) / (high - low))
            exact = np.asarray(first - low / scale)
            # std::round; in float64 0.5 is added without rounding
            rounded = np.floor(exact.astype(np.float64) + 0.5).astype(f32)
            zero_point = np.where(exact < first, first, np.where(exact > last, last, rounded))
            nudged = (first - zero_point) * scale, (last - zero_point) * scale
            zero = np.floor(-nudged[0] * inverse + f32(0.5))
        empty = (low == 0) & (high == 0)
        return cls(*(np.where(empty, f32(0), part) for part in (*nudged, scale, inverse, zero)))


@converts("FakeQuantWithMinMaxArgs", types=("float32",))
def _by_attributes(node: Node) -> Any:
    low, high = (node.attributes.number(*bound) for bound in (("min", -6.0), ("max", 6.0)))
    if not low < high:
        raise node.attributes.unsupported("min", low, f"less than max, {high}")
    return _rounded(node, _grid(node, np.float32(low), np.float32(high)), divides=False)


@converts("FakeQuantWithMinMaxVars", inputs=3, types=("float32",))
def _by_tensors(node: Node) -> Any:
    """Divides by the scale, where the other two multiply by its inverse."""
    low, high = _bounds(node, ())
    return _rounded(node, _grid(node, low, high), divides=True)


@converts("FakeQuantWithMinMaxVarsPerChannel", inputs=3, types=("float32",))
def _by_channel(node: Node) -> Any:
    low, high = _bounds(node, node.shape()[-1:])
    return _rounded(node, _grid(node, low, high), divides=False)


def _bounds(node: Node, shape: tuple[int, ...]) -> tuple[Array, Array]:
    low, high = node.array(1), node.array(2)
    if not low.shape == high.shape == shape:
        raise node.unsupported(
            f"bounds of the shapes {list(low.shape)} and {list(high.shape)}; expected {list(shape)}"
        )
    return low, high


def _grid(node: Node, low: Any, high: Any) -> Grid:
    bits = node.attributes.integer("num_bits", 8)
    if not MIN_BITS <= bits <= MAX_BITS:
        raise node.attributes.unsupported("num_bits", bits, f"{MIN_BITS} to {MAX_BITS}")
    return Grid.of((low, high), int(node.attributes.flag("narrow_range")), 2**bits - 1)


def _rounded(node: Node, grid: Grid, *, divides: bool) -> Any:
    """floor((clamped − low) / scale − zero + ½) · scale; NaN stays NaN, except where all is 0."""
    parts = (grid.low, grid.high, grid.scale, grid.inverse, grid.zero)
    tables = [constant(part) for part in parts]
    by_channel = grid.scale.ndim > 0

    def round_tensor(data: Any, *numbers: Any) -> Any:
        def element(*index: Any) -> Any:
            where = index[-1:] if by_channel else ()
            low, high, scale, inverse, zero = (table(*where) for table in numbers)
            shifted = tirx.max(tirx.min(data(*index), high), low) - low
            # At least 0 already: the maximum keeps LLVM from joining product and difference,
            # which moves numbers half way between two of the grid to the other one.
            none = tirx.const(0, "float32")
            steps = shifted / scale if divides else tirx.max(shifted * inverse, none)
            rounded = tirx.floor(steps - zero + tirx.const(0.5, "float32")) * scale
            kept = tirx.Select(tirx.isnan(data(*index)), data(*index), rounded)
            return tirx.Select(inverse == none, none, kept)

        return te.compute(data.shape, element, name="fake_quantize")

    return node.computed("fake_quantize", round_tensor, node.tensor(0), *tables)

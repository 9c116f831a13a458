"""What the steps of a deployed program do to the size of a picture: to where pixels are taken from.

Each formula is written once, of numbers that are Python's own, or nodes of a graph
(`harness.execution.graph_numbers`) where the size is known only when the graph runs. So the program
under test and the reference crop alike, whatever the picture.
"""

from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from harness.cases.preprocess_steps import (
    CenterSquare,
    CentralCrop,
    CropOrPad,
    CropToAspect,
    ResizeShorterSide,
    ResizeTo,
    ResizeWithPad,
    Step,
)

Number = Any
"""A number, or a node that will be one; both have + − · / and //, which rounds down."""


class NumberKind(Protocol):
    """What the formulas need beside the operators."""

    def minimum(self, a: Number, b: Number) -> Number:
        """The smaller one."""
        ...

    def maximum(self, a: Number, b: Number) -> Number:
        """The larger one."""
        ...

    def floating(self, value: Number, dtype: Literal["float32", "float64"]) -> Number:
        """A whole number as a floating-point one."""
        ...

    def whole(self, value: Number) -> Number:
        """A floating-point number rounded towards zero."""
        ...


class PlainNumbers:
    """Python's integers and NumPy's scalars."""

    def minimum(self, a: Number, b: Number) -> Number:
        """The smaller one."""
        return min(a, b)

    def maximum(self, a: Number, b: Number) -> Number:
        """The larger one."""
        return max(a, b)

    def floating(self, value: Number, dtype: Literal["float32", "float64"]) -> Number:
        """A whole number as a floating-point one."""
        return np.dtype(dtype).type(value)

    def whole(self, value: Number) -> Number:
        """A floating-point number rounded towards zero."""
        return int(value)


@dataclass(frozen=True)
class Scaled:
    """A picture resized to this size."""

    height: Number
    """Rows."""
    width: Number
    """Columns."""


@dataclass(frozen=True)
class Window:
    """A part of a picture; what lies outside it is filled."""

    top: Number
    """First row; below 0 where there are rows to fill above the picture."""
    left: Number
    """First column."""
    height: Number
    """Rows."""
    width: Number
    """Columns."""
    fill: int = 0
    """Level of the pixels outside the picture."""


def moves(step: Step, height: Number, width: Number, numbers: NumberKind) -> list[Scaled | Window]:
    """What a step does to a picture of that size, in order; empty where it moves no pixels."""
    match step:
        case ResizeTo():
            return [Scaled(*step.size)]
        case ResizeShorterSide():
            short = numbers.minimum(height, width)
            return [Scaled(height * step.side // short, width * step.side // short)]
        case ResizeWithPad():
            return _resized_with_pad(step, height, width, numbers)
        case CropOrPad() | CropToAspect() | CentralCrop() | CenterSquare():
            return [_window(step, height, width, numbers)]
    return []


def _window(
    step: CropOrPad | CropToAspect | CentralCrop | CenterSquare,
    height: Number,
    width: Number,
    numbers: NumberKind,
) -> Window:
    match step:
        case CropOrPad():
            rows, columns = step.size
            top = _offset(step, height, rows, numbers)
            return Window(top, _offset(step, width, columns, numbers), rows, columns, step.fill)
        case CropToAspect():
            rows, columns = step.size
            high = numbers.maximum(numbers.minimum(height, width * rows // columns), 1)
            wide = numbers.maximum(numbers.minimum(width, height * columns // rows), 1)
            return Window((height - high) // 2, (width - wide) // 2, high, wide)
        case CentralCrop():
            top, left = (_central_start(one, step.fraction, numbers) for one in (height, width))
            return Window(top, left, height - top * 2, width - left * 2)
        case CenterSquare():
            short = numbers.floating(numbers.minimum(height, width), "float32")
            side = numbers.whole(short * np.float32(step.side / (step.side + step.padding)))
            return Window((height - side + 1) // 2, (width - side + 1) // 2, side, side)


def _offset(step: CropOrPad, side: Number, target: int, numbers: NumberKind) -> Number:
    """First row or column of a window in the middle; one of the two parts is zero."""
    cropped, padded = numbers.maximum(side - target, 0), numbers.maximum(target - side, 0)
    half = cropped // 2
    odd = {"floor": 0, "ceil": 1, "even": half - half // 2 * 2}[step.offset]
    return (cropped + odd) // 2 - padded // 2


def _central_start(side: Number, fraction: float, numbers: NumberKind) -> Number:
    """tf.image.central_crop: `int((side - side * fraction) / 2)`, in float64."""
    exact = numbers.floating(side, "float64")
    return numbers.whole((exact - exact * fraction) / 2)


def _resized_with_pad(
    step: ResizeWithPad, height: Number, width: Number, numbers: NumberKind
) -> list[Scaled | Window]:
    """`_resize_image_with_pad_common` of tensorflow/python/ops/image_ops_impl.py, in float32."""
    sides = [numbers.floating(side, "float32") for side in (height, width)]
    targets = [np.float32(target) for target in step.size]
    ratio = numbers.maximum(sides[1] / targets[1], sides[0] / targets[0])
    resized = [side / ratio for side in sides]
    before = [
        numbers.maximum(numbers.whole((target - side) / 2), 0)
        for target, side in zip(targets, resized, strict=True)
    ]
    scaled = Scaled(*(numbers.whole(side) for side in resized))
    return [scaled, Window(before[0] * -1, before[1] * -1, *step.size, step.fill)]

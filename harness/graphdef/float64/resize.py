"""ResizeBilinear in float64: TensorFlow's own kernel answers in float32 whatever it is given."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from harness.graphdef.access import attr_of, exact_inputs
from harness.graphdef.float64.nodes import D, I, Nodes
from harness.graphdef.tensors import DT_DOUBLE, DT_FLOAT, DT_INT32, DT_INT64
from harness.graphdef.wire import NodeDef

HEIGHT, WIDTH = 1, 2  # axes of NHWC, the only layout of ResizeBilinear
_L = ("type", DT_INT64)


def resize_bilinear(nodes: Nodes, node: NodeDef) -> bool:
    """Images [N, H, W, C] of any type and size, resized to [N, h, w, C] float64.

    Rows first, then columns, each `low + (high - low) * weight` of two gathered neighbours, as in
    tensorflow/core/kernels/image/resize_bilinear_op.cc (`compute_interpolation_weights`,
    `compute_lerp`). TensorFlow takes the scale (in / out) and the coordinates in float32, so that
    a weight at coordinate 299 is off by about 299 · 2⁻²⁴. That error is the reference's: here a
    coordinate is a quotient of two whole numbers, so the neighbours are exact and the weight is
    rounded once, to float64. Sizes are read from the tensors when the graph runs.
    """
    image, size = exact_inputs(node, 2)
    source = attr_of(node, "T").type
    if source not in (DT_FLOAT, DT_DOUBLE):
        image = nodes.cast(node, "image", image, source, DT_DOUBLE)
    shape = nodes.add(node, "shape", "Shape", [image], T=D, out_type=I)
    rows = _Axis(nodes, node, HEIGHT).resized(image, shape, size)
    columns = _Axis(nodes, node, WIDTH).resized(rows, shape, size)
    nodes.end(node, "Identity", [columns], T=D)
    return True


class _Axis:
    """One axis of one resize: a writer of small steps, whole numbers in int64."""

    def __init__(self, nodes: Nodes, node: NodeDef, axis: int) -> None:
        self._nodes, self._node, self._axis = nodes, node, axis
        self._word = "rows" if axis == HEIGHT else "columns"

    def resized(self, image: str, shape: str, size: str) -> str:
        """The image resized along this axis alone."""
        old = self._element("in", shape, self._axis)
        new = self._element("out", size, self._axis - HEIGHT)
        above, below = self._coordinates(old, new)
        floor = self._whole("floor", "FloorDiv", above, below)
        over = self._whole("over", "Sub", self._whole("reach", "AddV2", above, below), 1)
        ceil = self._whole("ceil", "FloorDiv", over, below)
        low = self._gather("low", image, self._whole("low/index", "Maximum", floor, 0))
        last = self._whole("last", "Sub", old, 1)
        high = self._gather("high", image, self._whole("high/index", "Minimum", ceil, last))
        step = self._float("step", "Sub", high, low)
        return self._float(
            "sum", "AddV2", low, self._float("moved", "Mul", step, self._weight(above, below))
        )

    def _coordinates(self, old: str, new: str) -> tuple[str, str]:
        """Where in the old image each new pixel lies: numerators [out] and their denominator.

        - legacy: i · in / out
        - half_pixel_centers: (i + ½) · in / out - ½ = ((2i + 1) · in - out) / 2out
        - align_corners: i · (in - 1) / (out - 1), and 0 where out is 1
        """
        index = self._range(new)
        if attr_of(self._node, "half_pixel_centers").b:
            odd = self._whole("odd", "AddV2", self._whole("twice", "Mul", index, 2), 1)
            product = self._whole("product", "Mul", odd, old)
            return self._whole("above", "Sub", product, new), self._whole("below", "Mul", new, 2)
        if attr_of(self._node, "align_corners").b:
            gaps = self._whole("gaps", "Sub", old, 1)
            below = self._whole("below", "Maximum", self._whole("new_gaps", "Sub", new, 1), 1)
            return self._whole("above", "Mul", index, gaps), below
        return self._whole("above", "Mul", index, old), new

    def _weight(self, above: str, below: str) -> str:
        """The fraction of each coordinate: [out, 1, 1] for rows, [out, 1] for columns."""
        rest = self._whole("rest", "FloorMod", above, below)
        parts = [
            self._nodes.cast(self._node, f"{self._word}/{word}", tensor, DT_INT64, DT_DOUBLE)
            for word, tensor in (("part", rest), ("whole", below))
        ]
        weight = self._float("quotient", "RealDiv", *parts)
        spread = self._const("spread", np.array([-1] + [1] * (3 - self._axis), np.int32))
        return self._add("weight", "Reshape", weight, spread, T=D, Tshape=I)

    def _add(self, word: str, op: str, *inputs: str, **attrs: Any) -> str:
        return self._nodes.add(self._node, f"{self._word}/{word}", op, inputs, **attrs)

    def _const(self, word: str, array: ArrayLike) -> str:
        return self._nodes.const(self._node, f"{self._word}/{word}", array)

    def _float(self, word: str, op: str, left: str, right: str) -> str:
        return self._add(word, op, left, right, T=D)

    def _whole(self, word: str, op: str, left: str, right: str | int) -> str:
        if isinstance(right, int):
            right = self._const(f"{word}/by", np.int64(right))
        return self._add(word, op, left, right, T=_L)

    def _element(self, word: str, vector: str, index: int) -> str:
        """One number of an int32 vector, as an int64 scalar."""
        where, axis = (self._const(f"{word}/at", np.int32(i)) for i in (index, 0))
        found = self._add(word, "GatherV2", vector, where, axis, Tparams=I, Tindices=I, Taxis=I)
        return self._nodes.cast(self._node, f"{self._word}/{word}/long", found, DT_INT32, DT_INT64)

    def _range(self, count: str) -> str:
        start, step = self._const("start", np.int64(0)), self._const("stride", np.int64(1))
        return self._add("range", "Range", start, count, step, Tidx=_L)

    def _gather(self, word: str, image: str, index: str) -> str:
        axis = self._const(f"{word}/axis", np.int32(self._axis))
        return self._add(word, "GatherV2", image, index, axis, Tparams=D, Tindices=_L, Taxis=I)

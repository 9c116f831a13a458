"""ResizeBilinear in float64: TensorFlow's own kernel answers in float32 whatever it is given."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from harness.float64_nodes import D, I, Nodes, exact_inputs
from harness.graph import attr_of
from harness.tensor_proto import DT_DOUBLE, DT_FLOAT, DT_INT32

HEIGHT, WIDTH = 1, 2  # axes of NHWC, the only layout of ResizeBilinear


def resize_bilinear(nodes: Nodes, node: Any) -> bool:
    """Images [N, H, W, C] of any type and size, resized to [N, h, w, C] float64.

    Rows first, then columns, each `a + (b - a) * weight` between two gathered neighbours, as in
    tensorflow/core/kernels/image/resize_bilinear_op.cc (`compute_interpolation_weights`,
    `compute_lerp`). TensorFlow takes the scale (in / out) and the coordinates in float32, so that
    its weights are off by up to 299 · 2⁻²⁴ for a coordinate of 299. That error is the
    reference's: here each coordinate is the quotient of two whole numbers, divided once in
    float64. Sizes are read from the tensors when the graph runs.
    """
    image, size = exact_inputs(node, 2)
    source = attr_of(node, "T").type
    if source not in (DT_FLOAT, DT_DOUBLE):
        image = nodes.cast(node, "image", image, source, DT_DOUBLE)
    shape = nodes.add(node, "shape", "Shape", [image], T=D, out_type=I)
    rows = _along(nodes, node, HEIGHT, image, (shape, size))
    columns = _along(nodes, node, WIDTH, rows, (shape, size))
    nodes.end(node, "Identity", [columns], T=D)
    return True


def _along(nodes: Nodes, node: Any, axis: int, image: str, sizes: tuple[str, str]) -> str:
    """The image resized along one axis."""
    word = "rows" if axis == HEIGHT else "columns"
    at = nodes.const(node, f"{word}/axis", np.int32(axis))
    old = _element(nodes, node, f"{word}/in", sizes[0], axis)
    new = _element(nodes, node, f"{word}/out", sizes[1], axis - HEIGHT)
    coordinate = _coordinates(nodes, node, word, old, new)
    floor = nodes.add(node, f"{word}/floor", "Floor", [coordinate], T=D)
    ceil = nodes.add(node, f"{word}/ceil", "Ceil", [coordinate], T=D)
    last = _arithmetic(nodes, node, f"{word}/last", "Sub", [_double(nodes, node, old), 1.0])
    lower = _arithmetic(nodes, node, f"{word}/lower", "Maximum", [floor, 0.0])
    upper = _arithmetic(nodes, node, f"{word}/upper", "Minimum", [ceil, last])
    ends = [
        nodes.add(
            node,
            f"{word}/{side}",
            "GatherV2",
            [image, nodes.cast(node, f"{word}/{side}/index", index, DT_DOUBLE, DT_INT32), at],
            Tparams=D,
            Tindices=I,
            Taxis=I,
        )
        for side, index in (("low", lower), ("high", upper))
    ]
    weight = _arithmetic(nodes, node, f"{word}/part", "Sub", [coordinate, floor])
    # Along the axis: [out, 1, 1] for rows and [out, 1] for columns.
    spread = nodes.const(node, f"{word}/spread", np.array([-1] + [1] * (3 - axis), np.int32))
    weight = nodes.add(node, f"{word}/weight", "Reshape", [weight, spread], T=D, Tshape=I)
    step = _arithmetic(nodes, node, f"{word}/step", "Sub", ends[::-1])
    moved = _arithmetic(nodes, node, f"{word}/moved", "Mul", [step, weight])
    return _arithmetic(nodes, node, f"{word}/sum", "AddV2", [ends[0], moved])


def _coordinates(nodes: Nodes, node: Any, word: str, old: str, new: str) -> str:
    """Where in the old image each new pixel lies: [out] float64.

    - legacy: i · in / out
    - half_pixel_centers: (i + ½) · in / out - ½ = ((2i + 1) · in - out) / 2out
    - align_corners: i · (in - 1) / (out - 1), and 0 where out is 1
    """

    def do(step: str, op: str, *operands: str | float) -> str:
        return _arithmetic(nodes, node, f"{word}/{step}", op, operands)

    start = nodes.const(node, f"{word}/start", np.int32(0))
    delta = nodes.const(node, f"{word}/delta", np.int32(1))
    index = nodes.add(node, f"{word}/range", "Range", [start, new, delta], Tidx=I)
    index, before, after = (_double(nodes, node, tensor) for tensor in (index, old, new))
    if attr_of(node, "half_pixel_centers").b:
        odd = do("odd", "AddV2", do("twice", "Mul", index, 2.0), 1.0)
        above = do("above", "Sub", do("product", "Mul", odd, before), after)
        below = do("below", "Mul", after, 2.0)
    elif attr_of(node, "align_corners").b:
        above = do("above", "Mul", index, do("gaps", "Sub", before, 1.0))
        below = do("below", "Maximum", do("new_gaps", "Sub", after, 1.0), 1.0)
    else:
        above, below = do("above", "Mul", index, before), after
    return do("coordinate", "RealDiv", above, below)


def _arithmetic(
    nodes: Nodes, node: Any, word: str, op: str, operands: Sequence[str | float]
) -> str:
    """One float64 operation; numbers become constants."""
    inputs = [
        nodes.const(node, f"{word}/by", np.float64(operand))
        if isinstance(operand, float)
        else operand
        for operand in operands
    ]
    return nodes.add(node, word, op, inputs, T=D)


def _element(nodes: Nodes, node: Any, word: str, vector: str, index: int) -> str:
    """One number of an int32 vector, as a scalar."""
    where = nodes.const(node, f"{word}/index", np.int32(index))
    axis = nodes.const(node, f"{word}/axis", np.int32(0))
    return nodes.add(node, word, "GatherV2", [vector, where, axis], Tparams=I, Tindices=I, Taxis=I)


def _double(nodes: Nodes, node: Any, tensor: str) -> str:
    return nodes.cast(node, f"{tensor.rsplit('/', 1)[-1]}/double", tensor, DT_INT32, DT_DOUBLE)

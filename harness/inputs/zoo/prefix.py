"""The nodes that the 2015 Inception graph begins with, and every model made here likewise."""

from typing import Any

import numpy as np

from harness.graphdef.build import add_const, add_node
from harness.graphdef.tensors import DT_FLOAT, DT_INT32, DT_STRING, DT_UINT8

INPUT = "DecodeJpeg/contents"
_FLOAT, _INT = ("type", DT_FLOAT), ("type", DT_INT32)


def file_to_pixels(graph: Any, size: int) -> str:
    """From the file's bytes to [1, size, size, 3] float32 of about −1 to 1; returns the last name.

    INTEGER_FAST is what TensorFlow's empty dct_method means; Pillow decodes as INTEGER_ACCURATE.
    """
    add_node(graph, INPUT, "Placeholder", [], dtype=("type", DT_STRING))
    graph.node[-1].attr["shape"].shape.SetInParent()
    add_node(graph, "DecodeJpeg", "DecodeJpeg", [INPUT], channels=3, dct_method="")
    add_node(graph, "Cast", "Cast", ["DecodeJpeg"], SrcT=("type", DT_UINT8), DstT=_FLOAT)
    axis = add_const(graph, "ExpandDims/dim", np.int32(0))
    add_node(graph, "ExpandDims", "ExpandDims", ["Cast", axis], T=_FLOAT, Tdim=_INT)
    sides = add_const(graph, "ResizeBilinear/size", np.array([size, size], np.int32))
    corners = {"align_corners": False, "half_pixel_centers": False}
    add_node(graph, "ResizeBilinear", "ResizeBilinear", ["ExpandDims", sides], T=_FLOAT, **corners)
    mean = add_const(graph, "Sub/y", np.float32(127))
    add_node(graph, "Sub", "Sub", ["ResizeBilinear", mean], T=_FLOAT)
    scale = add_const(graph, "Mul/y", np.float32(1 / 128))
    return add_node(graph, "Mul", "Mul", ["Sub", scale], T=_FLOAT)

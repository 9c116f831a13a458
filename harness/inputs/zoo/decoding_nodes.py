"""Nodes from the bytes of an image file to a tensor, as the 2015 Inception graph begins with."""

import numpy as np

from harness.graphdef.build import add_const, add_node
from harness.graphdef.tensors import DT_FLOAT, DT_INT32, DT_STRING, DT_UINT8
from harness.graphdef.wire import GraphDef

INPUT = "DecodeJpeg/contents"
"""Name of the placeholder."""
_FLOAT, _INT = ("type", DT_FLOAT), ("type", DT_INT32)


def add_decoding_nodes(graph: GraphDef, size: int) -> str:
    """Append the nodes that decode, resize and scale an image; returns the last node's name.

    They take the file's bytes (a string scalar, placeholder `INPUT`) and give [1, size, size, 3]
    float32, (pixels − 127) / 128. The empty dct_method means INTEGER_FAST to TensorFlow, while
    Pillow decodes as INTEGER_ACCURATE.
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

"""Nodes that decode and resize an image file, put before a graph that starts at a tensor.

They are TensorFlow's own operations with their defaults. With them the scope `end_to_end` means the
same for every graph: the reference takes the file's bytes.
"""

import numpy as np

from harness.cases.preprocess import Preprocess
from harness.errors import GraphError
from harness.graphdef.build import add_const, add_node
from harness.graphdef.endpoints import RANK, ImageInput
from harness.graphdef.feeding import feedable
from harness.graphdef.tensors import DT_FLOAT, DT_STRING, DT_UINT8, DTYPES
from harness.graphdef.wire import GraphDef

CONTENTS = "parity/contents"
"""Placeholder that takes the file's bytes."""
PIXELS = "parity/DecodeImage"
"""Node that gives the decoded pixels."""


def required_size(entry: ImageInput, how: Preprocess) -> tuple[int, int]:
    """(height, width) that every image is resized to; GraphError where neither side says one."""
    size = how.size or entry.size
    if size is None:
        raise GraphError(
            f"placeholder '{entry.pixels}' takes any size {entry.shape}; say which the program "
            "uses: --size HEIGHTxWIDTH (in a case file: preprocess.size)"
        )
    return size


def with_decoder(
    graph: GraphDef, entry: ImageInput, how: Preprocess
) -> tuple[GraphDef, ImageInput]:
    """The graph with its placeholder computed from an encoded image, and its new input.

    decode (tf.io.decode_image's default) → resize (tf.image.resize's default: bilinear, half-pixel
    centres, no antialiasing) → (x − mean) · scale → the placeholder's type, order and rank. The
    placeholder's name stays the pixel tensor's, so that it can still be fed.
    """
    size = required_size(entry, how)
    if entry.dtype != "uint8" and not {len(how.mean), len(how.scale)} <= {1, entry.channels}:
        raise GraphError(
            f"placeholder '{entry.pixels}' takes {entry.channels} channels, but preprocess has "
            f"{len(how.mean)} numbers of mean and {len(how.scale)} of scale"
        )
    result = GraphDef()
    result.versions.CopyFrom(graph.versions)
    result.library.CopyFrom(graph.library)
    rest = feedable(graph, entry.pixels).node  # what was a placeholder is now computed
    result.node.extend(node for node in rest if node.name != entry.pixels)
    last = _normalised(result, _decoded(result, entry, size), entry, how)
    code = next(code for code, dtype in DTYPES.items() if dtype.name == entry.dtype)
    last = add_node(result, "parity/Cast_1", "Cast", [last], SrcT=_F, DstT=("type", code))
    if entry.channels_first:
        order = add_const(result, "parity/perm", np.array([0, 3, 1, 2], np.int32))
        last = add_node(
            result, "parity/Transpose", "Transpose", [last, order], T=("type", code), Tperm=_I
        )
    if len(entry.shape) != RANK:
        axes = add_const(result, "parity/shape", np.array([*size, entry.channels], np.int32))
        last = add_node(
            result, "parity/Reshape", "Reshape", [last, axes], T=("type", code), Tshape=_I
        )
    add_node(result, entry.pixels, "Identity", [last], T=("type", code))
    encoded = ImageInput(
        CONTENTS, entry.pixels, "encoded", entry.dtype, entry.shape, entry.channels, ""
    )
    return result, encoded


_F = ("type", DT_FLOAT)
_I = ("type", 3)


def _decoded(graph: GraphDef, entry: ImageInput, size: tuple[int, int]) -> str:
    add_node(graph, CONTENTS, "Placeholder", [], dtype=("type", DT_STRING))
    decoded = add_node(
        graph,
        PIXELS,
        "DecodeImage",
        [CONTENTS],
        channels=entry.channels,
        dtype=("type", DT_UINT8),
        expand_animations=False,
    )
    floats = add_node(graph, "parity/Cast", "Cast", [decoded], SrcT=("type", DT_UINT8), DstT=_F)
    axis = add_const(graph, "parity/axis", np.int32(0))
    batch = add_node(graph, "parity/ExpandDims", "ExpandDims", [floats, axis], T=_F, Tdim=_I)
    target = add_const(graph, "parity/size", np.array(size, np.int32))
    return add_node(
        graph,
        "parity/ResizeBilinear",
        "ResizeBilinear",
        [batch, target],
        T=_F,
        align_corners=False,
        half_pixel_centers=True,
    )


def _normalised(graph: GraphDef, last: str, entry: ImageInput, how: Preprocess) -> str:
    if entry.dtype == "uint8":
        return last
    mean = add_const(graph, "parity/mean", np.array(how.mean, np.float32))
    scale = add_const(graph, "parity/scale", np.array(how.scale, np.float32))
    centred = add_node(graph, "parity/Sub", "Sub", [last, mean], T=_F)
    return add_node(graph, "parity/Mul", "Mul", [centred, scale], T=_F)

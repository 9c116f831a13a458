"""Nodes that decode and resize an image file, put before a graph that starts at a tensor.

They are TensorFlow's own operations with their defaults. With them the scope `end_to_end` means the
same for every graph: the reference takes the file's bytes.
"""

import numpy as np

from harness.cases.preprocess import Preprocess, fixed_size, wrong_channels
from harness.errors import GraphError
from harness.execution.step_nodes import add_steps, reference_steps
from harness.graphdef.build import add_const, add_node
from harness.graphdef.endpoints import RANK, ImageInput
from harness.graphdef.feeding import feedable
from harness.graphdef.tensors import DT_FLOAT, DT_STRING, DT_UINT8, DTYPES
from harness.graphdef.wire import GraphDef

CONTENTS = "parity/contents"
"""Placeholder that takes the file's bytes."""
PIXELS = "parity/DecodeImage"
"""Node that gives the decoded pixels."""


def require_size(entry: ImageInput, how: Preprocess) -> None:
    """Raise GraphError where a graph takes any size and the case says none."""
    if how.is_short and (how.size or entry.size) is None:
        raise GraphError(
            f"placeholder '{entry.pixels}' takes any size {entry.shape}; say which the program "
            "uses: --size HEIGHTxWIDTH (in a case file: preprocess.size)"
        )


def reference_text(entry: ImageInput, how: Preprocess) -> str:
    """What the reference does to an image file before its pixel tensor, in one line."""
    if entry.kind == "encoded":
        return f"decode and resize by the graph itself, from '{entry.feed}'"
    steps = reference_steps(how.explicit(entry.size, floats=entry.dtype != "uint8"))
    return Preprocess(decoder="tensorflow").text(steps)


def with_decoder(
    graph: GraphDef, entry: ImageInput, how: Preprocess
) -> tuple[GraphDef, ImageInput]:
    """The graph with its placeholder computed from an encoded image, and its new input.

    decode (tf.io.decode_image's default) → the steps of `how` (`harness.execution.step_nodes`) →
    the placeholder's type, order and rank. The placeholder's name stays the pixel tensor's, so that
    it can still be fed.
    """
    require_size(entry, how)
    steps = how.explicit(entry.size, floats=entry.dtype != "uint8")
    if wrong := wrong_channels(steps, entry.channels):
        raise GraphError(f"placeholder '{entry.pixels}': {wrong}")
    result = GraphDef()
    result.versions.CopyFrom(graph.versions)
    result.library.CopyFrom(graph.library)
    rest = feedable(graph, entry.pixels).node  # what was a placeholder is now computed
    result.node.extend(node for node in rest if node.name != entry.pixels)
    last = add_steps(result, _decoded(result, entry), reference_steps(steps))
    _add_tensor(result, last, entry, fixed_size(steps))
    encoded = ImageInput(
        CONTENTS, entry.pixels, "encoded", entry.dtype, entry.shape, entry.channels, ""
    )
    return result, encoded


_F = ("type", DT_FLOAT)
_I = ("type", 3)


def _decoded(graph: GraphDef, entry: ImageInput) -> str:
    """A batch of one picture, float32."""
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
    return add_node(graph, "parity/ExpandDims", "ExpandDims", [floats, axis], T=_F, Tdim=_I)


def _add_tensor(
    graph: GraphDef, batch: str, entry: ImageInput, size: tuple[int, int] | None
) -> None:
    """The placeholder's type, order and rank, under its name; its size, where that is known."""
    code = next(code for code, dtype in DTYPES.items() if dtype.name == entry.dtype)
    kind = ("type", code)
    if entry.dtype == "uint8":
        for op, bound in (("Maximum", 0.0), ("Minimum", 255.0)):
            level = add_const(graph, f"parity/{op}/y", np.float32(bound))
            batch = add_node(graph, f"parity/{op}", op, [batch, level], T=_F)
    last = add_node(graph, "parity/Cast_1", "Cast", [batch], SrcT=_F, DstT=kind)
    if size:  # a graph may need a size that the steps leave open to TensorFlow's shape inference
        shape = add_const(graph, "parity/batch", np.array([1, *size, entry.channels], np.int32))
        last = add_node(graph, "parity/Sized", "Reshape", [last, shape], T=kind, Tshape=_I)
    if entry.channels_first:
        order = add_const(graph, "parity/perm", np.array([0, 3, 1, 2], np.int32))
        last = add_node(graph, "parity/Transpose", "Transpose", [last, order], T=kind, Tperm=_I)
    if len(entry.shape) != RANK:
        last = add_node(graph, "parity/Squeeze", "Squeeze", [last], T=kind, squeeze_dims=[0])
    add_node(graph, entry.pixels, "Identity", [last], T=kind)

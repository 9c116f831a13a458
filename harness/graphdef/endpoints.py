"""Where an image enters a GraphDef and where its scores leave it."""

import contextlib
import math
import re
from dataclasses import dataclass, replace
from typing import Literal

from harness.errors import GraphError, nearest
from harness.graphdef.access import (
    Shape,
    attr_of,
    data_entries,
    node_of,
    nodes_by_name,
    shape_of,
    tensor_of,
)
from harness.graphdef.tensors import DT_BOOL, DT_STRING, DT_UINT8, DTYPES
from harness.graphdef.wire import GraphDef, NodeDef

MAX_PIXELS = 100_000_000  # of a tensor that an image is resized to

DECODERS = ("DecodeJpeg", "DecodePng", "DecodeImage", "DecodeBmp")

PLACEHOLDERS = ("Placeholder", "PlaceholderV2")

FED = (*PLACEHOLDERS, "PlaceholderWithDefault")

CHANNELS = (1, 3, 4)

RANK = 4  # of a batch of images

# Usual last operations of a network, which have one output: a GraphDef does not say how many.
ONE_OUTPUT = frozenset(
    {"Softmax", "LogSoftmax", "Sigmoid", "Tanh", "Relu", "Relu6", "Identity", "Reshape", "Squeeze"}
    | {"BiasAdd", "Add", "AddV2", "MatMul", "Conv2D", "Mean", "ConcatV2", "Cast", "ArgMax", "Const"}
)

# What may trail behind an output without being one.
NO_OUTPUT_OPS = frozenset(
    {"Const", "NoOp", "Assert", "MergeV2Checkpoints", "SaveV2", "HistogramSummary", "ScalarSummary"}
)


@dataclass(frozen=True)
class ImageInput:
    """Where an image enters a graph."""

    feed: str
    """Node that is fed from outside: a string placeholder, or the pixel tensor itself."""
    pixels: str
    """Node whose first output is the pixel tensor: the decoder, or the same as `feed`."""
    kind: Literal["encoded", "pixels"]
    """`encoded` graphs take the file's bytes and decode them; `pixels` graphs take a tensor."""
    dtype: str
    """numpy name of the pixel tensor's type: uint8 or float32 …"""
    shape: Shape
    """Shape of the pixel tensor; None where unknown."""
    channels: int
    """1, 3 or 4; 0 where each file decides."""
    dct_method: str = ""
    """The decoder's JPEG method; empty means TensorFlow's default, INTEGER_FAST."""

    @property
    def channels_first(self) -> bool:
        """Whether the pixel tensor is NCHW."""
        if len(self.shape) != RANK:
            return False
        return self.shape[1] in CHANNELS and self.shape[3] not in CHANNELS

    @property
    def size(self) -> tuple[int, int] | None:
        """(height, width) that the graph fixes; None where any will do."""
        if len(self.shape) not in (RANK - 1, RANK):
            return None
        first = len(self.shape) - 3 + (1 if self.channels_first else 0)
        height, width = self.shape[first : first + 2]
        return (height, width) if height and width else None


def find_input(graph: GraphDef, name: str | None = None) -> ImageInput:
    """Where the image enters; GraphError lists the candidates where it is not clear."""
    nodes, images = nodes_by_name(graph), _image_inputs(graph)
    possible = ", ".join(found.feed for found in images) or "none"
    if name is not None:
        node = _require(nodes, name, "input")
        try:
            return _as_input(graph, node)
        except GraphError as error:
            raise GraphError(f"{error}; inputs that could take an image: {possible}") from error
    shaped = [i for i in images if i.kind == "encoded" or shape_of(nodes[i.feed])]
    for sure in (shaped, images):  # one of unknown shape may be a flag such as keep_prob
        if len(sure) == 1:
            return sure[0]
    raise GraphError(
        f"the graph's input is not clear: placeholders that could take an image: {possible}. "
        "Name it with --input (in a case file: model.input)"
    )


def _image_inputs(graph: GraphDef) -> list[ImageInput]:
    found = []
    for node in graph.node:
        if node.op in FED:
            with contextlib.suppress(GraphError):
                found.append(_as_input(graph, node))
    return found


def find_output(graph: GraphDef, name: str | None = None) -> str:
    """The tensor that holds the scores, as `node:port`."""
    nodes = nodes_by_name(graph)
    if name is not None:
        _require(nodes, name, "output")
        return tensor_of(name)
    used = {node_of(i) for node in graph.node for i in node.input}
    leaves = [n.name for n in graph.node if n.name not in used and n.op not in NO_OUTPUT_OPS]
    leaves = [n for n in leaves if not nodes[n].op.startswith("Placeholder")]
    softmax = [n for n in leaves if _source_op(nodes, n) == "Softmax"]
    for found in (softmax, leaves):
        if len(found) == 1:
            return tensor_of(found[0])
    shown = ", ".join(leaves[:10]) or "none"
    raise GraphError(
        f"the graph's output is not clear: nodes that nothing uses: {shown}. "
        "Name it with --output (in a case file: model.output)"
    )


def _require(nodes: dict[str, NodeDef], name: str, what: str) -> NodeDef:
    found = nodes.get(node_of(name))
    if found is None or not re.fullmatch(r"[^^:]+(:\d+)?", name):
        raise GraphError(f"no {what} tensor '{name}' in the graph; {nearest(name, nodes)}")
    if tensor_of(name) != f"{found.name}:0" and (what == "input" or found.op in ONE_OUTPUT):
        raise GraphError(
            f"no {what} tensor '{name}' in the graph: '{found.name}' is a {found.op}, whose only "
            f"tensor is '{found.name}:0'"
        )
    return found


def _source_op(nodes: dict[str, NodeDef], name: str) -> str:
    """The op behind any chain of Identity and Reshape."""
    node = nodes[name]
    for _ in range(10):
        if node.op not in ("Identity", "Reshape", "Squeeze") or not node.input:
            break
        node = nodes.get(node_of(node.input[0]), node)
    return str(node.op)


def _as_input(graph: GraphDef, node: NodeDef) -> ImageInput:
    dtype = attr_of(node, "dtype").type
    if node.op in DECODERS:
        return _encoded_input(graph, _feed_of(graph, node))
    if dtype == DT_STRING:
        return _encoded_input(graph, node)
    if node.op not in FED:
        raise GraphError(f"input '{node.name}' is a {node.op}; expected a Placeholder")
    # Of unknown rank: taken for what nearly all classifiers take.
    shape = shape_of(node) or (None, None, None, 3)
    if dtype not in DTYPES or dtype == DT_BOOL or len(shape) not in (RANK - 1, RANK):
        raise _no_image(node, dtype)
    if any(side is not None and side <= 0 for side in _declared(node)):
        raise _no_image(node, dtype)
    found = ImageInput(node.name, node.name, "pixels", DTYPES[dtype].name, shape, 3)
    channels = shape[-3] if found.channels_first else shape[-1]
    if channels not in (*CHANNELS, None) or (found.size and math.prod(found.size) > MAX_PIXELS):
        raise _no_image(node, dtype)
    return replace(found, channels=channels or 3)


def _declared(node: NodeDef) -> Shape:
    """A placeholder's sides as the file has them, also those that no tensor has."""
    sides = [dim.size for dim in attr_of(node, "shape").shape.dim]
    return tuple(None if side == -1 else side for side in sides)


def _no_image(node: NodeDef, dtype: int) -> GraphError:
    kind = DTYPES[dtype].name if dtype in DTYPES else f"TensorFlow's number {dtype}"
    return GraphError(
        f"placeholder '{node.name}' takes no image: type {kind}, shape {_declared(node)}; expected "
        "[H, W, C], [N, H, W, C] or [N, C, H, W] of uint8 or float32 with 1, 3 or 4 channels"
    )


def _feed_of(graph: GraphDef, decoder: NodeDef) -> NodeDef:
    found = nodes_by_name(graph).get(node_of(decoder.input[0])) if decoder.input else None
    if found is None:
        raise GraphError(f"decoder '{decoder.name}' has no input; the file is damaged")
    return found


def _encoded_input(graph: GraphDef, node: NodeDef) -> ImageInput:
    users = [n for n in graph.node if node.name in map(node_of, data_entries(n))]
    decoders = [n for n in users if n.op in DECODERS]
    if len(decoders) != 1 or len(users) != 1:
        raise GraphError(
            f"string input '{node.name}' feeds {', '.join(n.op for n in users) or 'nothing'}; "
            f"expected exactly one of {', '.join(DECODERS)}"
        )
    decoder = decoders[0]
    dtype = attr_of(decoder, "dtype").type or DT_UINT8
    if dtype != DT_UINT8:
        kind = DTYPES[dtype].name if dtype in DTYPES else f"TensorFlow's type {dtype}"
        raise GraphError(f"decoder '{decoder.name}' makes {kind}; only uint8 is supported")
    channels = int(attr_of(decoder, "channels").i)
    if channels not in (0, *CHANNELS):
        raise GraphError(f"decoder '{decoder.name}' makes {channels} channels; expected 1, 3 or 4")
    method = attr_of(decoder, "dct_method").s.decode("ascii", "replace")
    shape = (None, None, channels or None)
    return ImageInput(node.name, decoder.name, "encoded", "uint8", shape, channels, method)

"""GraphDef in, GraphDef out: parse, find the ends, cut at the decoder, clean; no TensorFlow."""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from google.protobuf.message import DecodeError

from harness.errors import GraphError, nearest
from harness.graph_proto import AttrValue, GraphDef
from harness.tensor_proto import DT_BOOL, DT_STRING, DT_UINT8, DTYPES, decode

MAX_MODEL_BYTES = (1 << 31) - 1  # protobuf's own limit
MAX_NODES = 1_000_000
MAX_PIXELS = 100_000_000  # of a tensor that an image is resized to
DECODERS = ("DecodeJpeg", "DecodePng", "DecodeImage", "DecodeBmp")
PLACEHOLDERS = ("Placeholder", "PlaceholderV2")
FED = (*PLACEHOLDERS, "PlaceholderWithDefault")
CHANNELS = (1, 3, 4)
RANK = 4  # of a batch of images
VARIABLES = ("Variable", "VariableV2", "VarHandleOp", "ReadVariableOp")
# Written by newer TensorFlow, unknown to the frontends: the gradients' flags of matrix products.
NEWER_ATTRS = ("grad_a", "grad_b", "grad_x", "grad_y")
# What may trail behind an output without being one.
NO_OUTPUT_OPS = frozenset(
    {"Const", "NoOp", "Assert", "MergeV2Checkpoints", "SaveV2", "HistogramSummary", "ScalarSummary"}
)

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Input:
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


def parse(data: bytes, name: str = "the model") -> Any:
    """A GraphDef from its bytes; GraphError where they are anything else.

    An empty file parses as a GraphDef of no nodes, hence the checks after parsing.
    """
    if len(data) > MAX_MODEL_BYTES:
        raise GraphError(f"{name}: {len(data)} bytes; a GraphDef can't exceed {MAX_MODEL_BYTES}")
    graph = GraphDef()
    try:
        graph.ParseFromString(data)
    except DecodeError as error:
        raise GraphError(
            f"{name}: {_what_instead(data)} ({len(data)} bytes). {_EXPECTED}"
        ) from error
    if not graph.node or not all(node.name and node.op for node in graph.node):
        raise GraphError(f"{name}: {_what_instead(data)} ({len(data)} bytes). {_EXPECTED}")
    _refuse(graph, name)
    return graph


_EXPECTED = "Expected a frozen GraphDef in binary form (.pb)"


def _what_instead(data: bytes) -> str:
    if not data:
        return "the file is empty"
    if data[:2] == b"\x08\x01":
        return "this looks like a SavedModel; freeze it first"
    if data[4:8] == b"TFL3":
        return "this is a TFLite model"
    if not data[:4096].translate(None, bytes(range(32, 127)) + b"\t\r\n"):
        return "this is a text file" + (", perhaps a .pbtxt" if b"node {" in data else "")
    return "the bytes are cut short or are no GraphDef"


def _refuse(graph: Any, name: str) -> None:
    if len(graph.node) > MAX_NODES:
        raise GraphError(f"{name}: {len(graph.node)} nodes; at most {MAX_NODES} are read")
    twice = [n for n, times in Counter(node.name for node in graph.node).items() if times > 1]
    if twice:
        raise GraphError(f"{name}: two nodes are called '{twice[0]}'; the file is damaged")
    variables = [node.name for node in graph.node if node.op in VARIABLES]
    if variables:
        raise GraphError(
            f"{name}: not frozen: {len(variables)} variables, such as '{variables[0]}'. "
            "Freeze it (convert_variables_to_constants) so that the weights are in the file"
        )


def node_of(tensor: str) -> str:
    """Node name of a tensor name or of a node's input entry.

    >>> node_of("softmax:0"), node_of("^init")
    ('softmax', 'init')
    """
    return tensor.lstrip("^").split(":")[0]


def tensor_of(name: str) -> str:
    """Full tensor name.

    >>> tensor_of("softmax")
    'softmax:0'
    """
    return name if ":" in name else f"{name}:0"


def attr_of(node: Any, name: str) -> Any:
    """A node's attribute, or an empty one: indexing the map itself would add it to the node."""
    return node.attr[name] if name in node.attr else AttrValue()


def nodes_by_name(graph: Any) -> dict[str, Any]:
    """Node name → NodeDef."""
    return {node.name: node for node in graph.node}


def find_input(graph: Any, name: str | None = None) -> Input:
    """Where the image enters; GraphError lists the candidates where it is not clear."""
    nodes = nodes_by_name(graph)
    if name is not None:
        return _as_input(graph, _require(nodes, name, "input"))
    images, shaped = [], []
    for node in graph.node:
        if node.op in FED:
            try:
                images.append(_as_input(graph, node))
            except GraphError:
                continue
            if images[-1].kind == "encoded" or shape_of(node):
                shaped.append(images[-1])
    for sure in (shaped, images):  # one of unknown shape may be a flag such as keep_prob
        if len(sure) == 1:
            return sure[0]
    found = ", ".join(found.feed for found in images) or "none"
    raise GraphError(
        f"the graph's input is not clear: placeholders that could take an image: {found}. "
        "Name it with --input (in a case file: model.input)"
    )


def find_output(graph: Any, name: str | None = None) -> str:
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


def _require(nodes: dict[str, Any], name: str, what: str) -> Any:
    found = nodes.get(node_of(name))
    if found is None or not re.fullmatch(r"[^^:]+(:\d+)?", name):
        raise GraphError(f"no {what} tensor '{name}' in the graph; {nearest(name, nodes)}")
    return found


def _source_op(nodes: dict[str, Any], name: str) -> str:
    """The op behind any chain of Identity and Reshape."""
    node = nodes[name]
    for _ in range(10):
        if node.op not in ("Identity", "Reshape", "Squeeze") or not node.input:
            break
        node = nodes.get(node_of(node.input[0]), node)
    return str(node.op)


def _as_input(graph: Any, node: Any) -> Input:
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
    found = Input(node.name, node.name, "pixels", DTYPES[dtype].name, shape, 3)
    channels = shape[-3] if found.channels_first else shape[-1]
    if channels not in (*CHANNELS, None) or (found.size and math.prod(found.size) > MAX_PIXELS):
        raise _no_image(node, dtype)
    return replace(found, channels=channels or 3)


def _no_image(node: Any, dtype: int) -> GraphError:
    kind = DTYPES[dtype].name if dtype in DTYPES else f"TensorFlow's number {dtype}"
    return GraphError(
        f"placeholder '{node.name}' takes no image: type {kind}, shape {shape_of(node)}; expected "
        "[H, W, C], [N, H, W, C] or [N, C, H, W] of uint8 or float32 with 1, 3 or 4 channels"
    )


def _feed_of(graph: Any, decoder: Any) -> Any:
    found = nodes_by_name(graph).get(node_of(decoder.input[0])) if decoder.input else None
    if found is None:
        raise GraphError(f"decoder '{decoder.name}' has no input; the file is damaged")
    return found


def _encoded_input(graph: Any, node: Any) -> Input:
    users = [n for n in graph.node if node.name in (node_of(i) for i in n.input)]
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
    return Input(node.name, decoder.name, "encoded", "uint8", shape, channels, method)


def shape_of(node: Any) -> Shape:
    """A placeholder's declared shape; empty where it is unknown."""
    shape = attr_of(node, "shape").shape
    return () if shape.unknown_rank else tuple(d.size if d.size > 0 else None for d in shape.dim)


def ancestors(graph: Any, output: str) -> set[str]:
    """Names of all nodes that the output needs; GraphError where one is missing."""
    nodes, seen, todo = nodes_by_name(graph), set(), [node_of(output)]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        if name not in nodes:
            raise GraphError(f"node '{name}' is used but missing; the file is damaged")
        seen.add(name)
        todo += [node_of(i) for i in nodes[name].input]
    return seen


def cut(graph: Any, entry: Input, output: str, shape: tuple[int, ...]) -> Any:
    """What the compiler is given: pixels in, scores out, all names kept.

    The decoder (or the placeholder) becomes a placeholder of `shape` under its own name; what
    feeds it goes, as goes everything that the output does not need; control inputs go, since they
    order effects that a frozen graph has not; placeholders with a default become that default;
    attributes that only newer TensorFlow knows are dropped.
    """
    opened = _with_placeholder(graph, entry, shape)
    needed = ancestors(opened, output)
    if entry.pixels not in needed:
        raise GraphError(f"output '{output}' does not depend on input '{entry.pixels}'")
    result = GraphDef()
    result.versions.CopyFrom(graph.versions)
    result.library.CopyFrom(graph.library)
    result.node.extend(_cleaned(node) for node in opened.node if node.name in needed)
    others = [n.name for n in result.node if n.op in PLACEHOLDERS and n.name != entry.pixels]
    if others:
        raise GraphError(f"the output also needs a value for placeholder {', '.join(others)}")
    return result


def _with_placeholder(graph: Any, entry: Input, shape: tuple[int, ...]) -> Any:
    result = GraphDef()
    for node in graph.node:
        new = result.node.add()
        if node.name != entry.pixels:
            new.CopyFrom(node)
            del new.input[:]
            new.input.extend(i for i in node.input if not i.startswith("^"))
            continue
        new.name, new.op = node.name, "Placeholder"
        new.attr["dtype"].type = next(c for c, d in DTYPES.items() if d.name == entry.dtype)
        for size in shape:
            new.attr["shape"].shape.dim.add(size=size)
    return result


def _cleaned(node: Any) -> Any:
    for name in (*NEWER_ATTRS, "_class", "_output_shapes"):
        if name in node.attr:
            del node.attr[name]
    node.device = ""
    if node.op == "PlaceholderWithDefault":
        dtype = attr_of(node, "dtype").type
        node.attr.clear()
        node.op = "Identity"
        node.attr["T"].type = dtype
    return node


def without_newer_attrs(graph: Any) -> Any:
    """Drop what `as_graph_def(add_shapes=True)` of newer TensorFlow puts back."""
    for node in graph.node:
        for name in NEWER_ATTRS:
            if name in node.attr:
                del node.attr[name]
    return graph


def constants(graph: Any) -> Iterator[tuple[str, Any]]:
    """(name, array) of every numeric Const."""
    for node in graph.node:
        if node.op == "Const" and attr_of(node, "dtype").type in DTYPES:
            yield node.name, decode(attr_of(node, "value").tensor)


def to_bytes(graph: Any) -> bytes:
    """Deterministic bytes: the same graph gives the same bytes, so they can be hashed."""
    return bytes(graph.SerializeToString(deterministic=True))


def digest(data: Any) -> str:
    """SHA-256 of bytes, or of an array's values, type and shape."""
    head = "" if isinstance(data, bytes) else f"{data.dtype}{data.shape}"
    return hashlib.sha256(head.encode() + bytes(data)).hexdigest()

"""A GraphDef from the bytes of a file, or a GraphError that says what the file is instead."""

from collections import Counter

from google.protobuf.message import DecodeError

from harness.errors import GraphError
from harness.graphdef.wire import GraphDef

MAX_MODEL_BYTES = (1 << 31) - 1  # protobuf's own limit

MAX_NODES = 1_000_000

ONNX_VERSIONS = range(3, 20)
"""Of the first field of an ONNX file, behind which its producer's name, or its graph, begins."""

VARIABLES = ("Variable", "VariableV2", "VarHandleOp", "ReadVariableOp")


def parse(data: bytes, name: str = "the model") -> GraphDef:
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
        return "this is a TFLite model; name it with the suffix .tflite"
    if data[:1] == b"\x08" and data[2:3] in (b"\x12", b":") and data[1] in ONNX_VERSIONS:
        return "this looks like an ONNX file; name it with the suffix .onnx"
    if not data[:4096].translate(None, bytes(range(32, 127)) + b"\t\r\n"):
        return "this is a text file" + (", perhaps a .pbtxt" if b"node {" in data else "")
    return "the bytes are cut short or are no GraphDef"


def _refuse(graph: GraphDef, name: str) -> None:
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

"""Calls of a graph's own functions, replaced by the functions' nodes.

Freezing inlines most; what Keras 3 compiles with XLA, such as grouped convolutions, stays a call.
The messages are those of tensorflow/core/framework/function.proto as far as they matter here;
nodes are read as bytes, which on the wire is the same, and then as the harness's own NodeDef.
"""

from collections import deque
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from harness.errors import GraphError, nearest
from harness.graphdef.access import attr_of
from harness.graphdef.parse import MAX_NODES
from harness.graphdef.wire import GraphDef, NodeDef

CALLS = ("PartitionedCall", "StatefulPartitionedCall")
MAX_DEPTH = 64
"""Calls within calls: beyond that a function calls itself."""
_FIRST_ONLY = ("FusedBatchNorm",)
"""Operations with several named outputs; all others number theirs."""
_FIELD = descriptor_pb2.FieldDescriptorProto
_SCHEMA: dict[str, dict[str, tuple[int, Any, bool]]] = {
    "Arg": {"name": (1, _FIELD.TYPE_STRING, False)},
    "Pair": {"key": (1, _FIELD.TYPE_STRING, False), "value": (2, _FIELD.TYPE_STRING, False)},
    "Call": {"name": (1, _FIELD.TYPE_STRING, False)},
    "Signature": {
        "name": (1, _FIELD.TYPE_STRING, False),
        "input_arg": (2, "Arg", True),
        "output_arg": (3, "Arg", True),
    },
    "Function": {
        "signature": (1, "Signature", False),
        "node_def": (3, _FIELD.TYPE_BYTES, True),
        "ret": (4, "Pair", True),
    },
    "Library": {"function": (1, "Function", True)},
}


def _load() -> dict[str, Any]:
    package = "parity.tensorflow.functions"
    name = "parity/functions.proto"
    file = descriptor_pb2.FileDescriptorProto(name=name, package=package, syntax="proto3")
    for message_name, fields in _SCHEMA.items():
        message = file.message_type.add(name=message_name)
        for field_name, (number, kind, repeated) in fields.items():
            field = message.field.add(name=field_name, number=number)
            field.label = _FIELD.LABEL_REPEATED if repeated else _FIELD.LABEL_OPTIONAL
            if isinstance(kind, str):
                field.type, field.type_name = _FIELD.TYPE_MESSAGE, f".{package}.{kind}"
            else:
                field.type = kind
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        key: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{key}"))
        for key in _SCHEMA
    }


_MESSAGES = {"Node": NodeDef} | _load()


def _parsed(kind: str, data: bytes) -> Any:
    try:
        return _MESSAGES[kind].FromString(data)
    except DecodeError as error:
        raise GraphError("the graph's functions are damaged") from error


def inlined(graph: Any) -> Any:
    """The graph with each call replaced by the nodes of its function, named `call/node`.

    The call's own name stays: an Identity (IdentityN for several results) of what is returned.
    """
    if not any(node.op in CALLS for node in graph.node):
        return graph
    library = _parsed("Library", graph.library.SerializeToString())
    functions = {function.signature.name: function for function in library.function}
    result = GraphDef()
    result.versions.CopyFrom(graph.versions)
    todo = deque((node, 0) for node in graph.node)
    names: set[str] = set()
    while todo:
        node, depth = todo.popleft()
        if node.op in CALLS and depth <= MAX_DEPTH:
            todo.extend((inner, depth + 1) for inner in _expanded(node, functions))
        elif node.op in CALLS or node.name in names or len(result.node) >= MAX_NODES:
            raise GraphError(
                f"node '{node.name}' can't be inlined: its function calls itself, grows beyond "
                f"{MAX_NODES} nodes, or its name is taken"
            )
        else:
            names.add(node.name)
            result.node.add().CopyFrom(node)
    return result


def _expanded(call: Any, functions: dict[str, Any]) -> list[Any]:
    """A call's nodes, and the one that takes its place."""
    wanted = _parsed("Call", attr_of(call, "f").func.SerializeToString()).name
    if wanted not in functions:
        raise GraphError(
            f"node '{call.name}' calls '{wanted}', which the graph lacks; "
            f"{nearest(wanted, functions)}"
        )
    function = functions[wanted]
    given = [entry for entry in call.input if not entry.startswith("^")]
    arguments = [argument.name for argument in function.signature.input_arg]
    if len(given) != len(arguments):
        raise GraphError(
            f"node '{call.name}' gives {len(given)} tensors to '{wanted}'; "
            f"expected {len(arguments)}"
        )
    inner = [_parsed("Node", data) for data in function.node_def]
    ops = {node.name: node.op for node in inner}
    passed = dict(zip(arguments, given, strict=True))
    for node in inner:
        entries = [_renamed(entry, call.name, passed, ops) for entry in node.input]
        node.name = f"{call.name}/{node.name}"
        del node.input[:]
        node.input.extend(entries)
    return [*inner, _result(call, function, passed, ops)]


def _result(call: Any, function: Any, passed: dict[str, str], ops: dict[str, str]) -> Any:
    returned = {pair.key: pair.value for pair in function.ret}
    outputs = [returned.get(argument.name, "") for argument in function.signature.output_arg]
    entries = [_renamed(entry, call.name, passed, ops) for entry in outputs]
    op = "Identity" if len(entries) == 1 else "IdentityN"
    return NodeDef(name=call.name, op=op, input=entries)


def _renamed(entry: str, call: str, passed: dict[str, str], ops: dict[str, str]) -> str:
    """An input inside a function (`argument`, `node:output:index`) as one of the graph."""
    if entry.startswith("^"):
        return f"^{call}/{entry[1:]}"
    if entry in passed:
        return passed[entry]
    node, *rest = entry.split(":")
    known = node in ops and len(rest) == 2 and rest[1].isdigit()  # noqa: PLR2004
    if not known or (ops[node].startswith(_FIRST_ONLY) and rest[0] != "y"):
        raise GraphError(f"node '{call}': its function reads '{entry}', which can't be had")
    return f"{call}/{node}:{rest[1]}"

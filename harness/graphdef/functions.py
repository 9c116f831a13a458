"""Calls of a graph's own functions, replaced by the functions' nodes.

Freezing inlines most; what Keras 3 compiles with XLA, such as grouped convolutions, stays a call.
"""

from collections import deque
from collections.abc import Iterable, Mapping

from google.protobuf.message import DecodeError

from harness.errors import GraphError, nearest
from harness.graphdef.access import attr_of, data_entries
from harness.graphdef.build import copy_of
from harness.graphdef.wire import FunctionDef, FunctionLibrary, GraphDef, NodeDef

CALLS = ("PartitionedCall", "StatefulPartitionedCall")
MAX_DEPTH = 64
"""Calls within calls: beyond that a function calls itself."""
MAX_INLINED_NODES = 100_000
"""That functions may add; a function that calls another twice doubles with each depth."""
MAX_INLINED_BYTES = 1 << 28
"""Size of those nodes: names grow with each depth too."""
_OUTPUTS = {
    "FusedBatchNorm": ("y",),
    "FusedBatchNormV2": ("y",),
    "FusedBatchNormV3": ("y",),
    "Merge": ("output", "value_index"),
    "Switch": ("output_false", "output_true"),
    "TensorArrayV3": ("handle", "flow"),
    "TensorListConcatV2": ("tensor", "lengths"),
    "TensorListPopBack": ("output_handle", "tensor"),
    "TopK": ("values", "indices"),
    "TopKV2": ("values", "indices"),
    "Unique": ("y", "idx"),
    "UniqueV2": ("y", "idx"),
    "UniqueWithCounts": ("y", "idx", "count"),
    "ListDiff": ("out", "idx"),
    "NonMaxSuppressionV4": ("selected_indices", "valid_outputs"),
    "NonMaxSuppressionV5": ("selected_indices", "selected_scores", "valid_outputs"),
}
"""Names of the outputs of operations with several that have one tensor each; others number them.

Of a batch norm only the first: the others are the statistics of training.
"""


def inlined(graph: GraphDef) -> GraphDef:
    """The graph with each call replaced by the nodes of its function, named `call/node`.

    The call's own name stays: an Identity (IdentityN for several results) of what is returned.
    """
    if not any(node.op in CALLS for node in graph.node):
        return graph
    functions = {function.signature.name: function for function in _functions(graph)}
    result = GraphDef()
    result.versions.CopyFrom(graph.versions)
    result.library.CopyFrom(graph.library)  # If, While and others name functions too
    todo = deque((node, 0) for node in graph.node)
    names: set[str] = set()
    made = size = 0
    while todo:
        node, depth = todo.popleft()
        grown = made > MAX_INLINED_NODES or size > MAX_INLINED_BYTES
        if node.op in CALLS and depth <= MAX_DEPTH and not grown:
            nodes = _expanded(node, functions)
            made, size = made + len(nodes), size + sum(inner.ByteSize() for inner in nodes)
            todo.extend((inner, depth + 1) for inner in nodes)
        elif node.op in CALLS or node.name in names:
            raise GraphError(
                f"node '{node.name}' can't be inlined: its function calls itself, all functions "
                f"together grow beyond {MAX_INLINED_NODES} nodes or {MAX_INLINED_BYTES} bytes, or "
                "its name is taken"
            )
        else:
            names.add(node.name)
            result.node.add().CopyFrom(node)
    return result


def argument_name(call: str, index: int) -> str:
    """The placeholder that stands for an argument in the graph of a call."""
    return f"{call}/argument/{index}"


def called(graph: GraphDef, function: str, count: int, name: str) -> GraphDef:
    """A graph of one call of a function, inlined: its nodes are `name/node`, its result is `name`.

    Its `count` arguments are placeholders without type or shape, named by `argument_name`.
    GraphError where the graph has no such function or it takes another number of arguments.
    """
    result = GraphDef()
    result.versions.CopyFrom(graph.versions)
    result.library.CopyFrom(graph.library)
    arguments = [argument_name(name, index) for index in range(count)]
    for argument in arguments:
        result.node.add(name=argument, op="Placeholder")
    call = result.node.add(name=name, op=CALLS[0], input=arguments)
    call.attr["f"].func.name = function
    return inlined(result)


def _functions(graph: GraphDef) -> Iterable[FunctionDef]:
    try:
        return FunctionLibrary.FromString(graph.library.SerializeToString()).function
    except DecodeError as error:
        raise GraphError("the graph's functions are damaged") from error


def _expanded(call: NodeDef, functions: Mapping[str, FunctionDef]) -> list[NodeDef]:
    """A call's nodes, and the one that takes its place."""
    wanted = attr_of(call, "f").func.name
    if wanted not in functions:
        raise GraphError(
            f"node '{call.name}' calls '{wanted}', which the graph lacks; "
            f"{nearest(wanted, functions)}"
        )
    function = functions[wanted]
    given = data_entries(call)
    arguments = [argument.name for argument in function.signature.input_arg]
    if len(given) != len(arguments):
        raise GraphError(
            f"node '{call.name}' gives {len(given)} tensors to '{wanted}'; "
            f"expected {len(arguments)}"
        )
    inner = [copy_of(node) for node in function.node_def]
    ops = {node.name: node.op for node in inner}
    passed = dict(zip(arguments, given, strict=True))
    for node in inner:
        node.name = f"{call.name}/{node.name}"
        node.input[:] = [_renamed(entry, call.name, passed, ops) for entry in node.input]
    return [*inner, _result(call, function, passed, ops)]


def _result(
    call: NodeDef, function: FunctionDef, passed: dict[str, str], ops: dict[str, str]
) -> NodeDef:
    outputs = [function.ret.get(argument.name, "") for argument in function.signature.output_arg]
    entries = [_renamed(entry, call.name, passed, ops) for entry in outputs]
    types = attr_of(call, "Tout").list.type
    result = NodeDef(name=call.name, op="IdentityN", input=entries)
    if len(entries) != 1:
        result.attr["T"].list.type.extend(types)
    else:
        result.op = "Identity"
        result.attr["T"].type = types[0] if types else 0
    return result


def _renamed(entry: str, call: str, passed: dict[str, str], ops: dict[str, str]) -> str:
    """An input inside a function (`argument`, `node:output:index`) as one of the graph."""
    if entry.startswith("^"):
        return f"^{call}/{entry[1:]}"
    if entry in passed:
        return passed[entry]
    node, *rest = entry.split(":")
    known = node in ops and len(rest) == 2 and rest[1].isdigit()  # noqa: PLR2004
    names = _OUTPUTS.get(ops[node], ()) if known else ()
    if not known or (names and rest[0] not in names):
        raise GraphError(f"node '{call}': its function reads '{entry}', which can't be obtained")
    return f"{call}/{node}:{names.index(rest[0]) if names else rest[1]}"

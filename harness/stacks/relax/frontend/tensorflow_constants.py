"""Constant sub-graphs computed by TensorFlow itself, so that their bits are TensorFlow's."""

from collections.abc import Iterable, Mapping
from typing import Any

from harness.errors import GraphError
from harness.graphdef.access import data_inputs
from harness.graphdef.build import add_node
from harness.graphdef.tensors import DTYPES
from harness.graphdef.wire import GraphDef, NodeDef, VersionDef
from harness.stacks import tensorflow_library
from harness.stacks.relax.frontend.value import Known

_CODES = {dtype.name: code for code, dtype in DTYPES.items()}
_FED = "parity/known"


def evaluate(
    nodes: Mapping[str, NodeDef], known: Mapping[str, list[Known]], versions: VersionDef
) -> dict[str, list[Known]]:
    """Node → outputs, for nodes that read only each other and the `known` tensors.

    Nodes that give text, handles or other types that numpy lacks are left out.
    Const nodes may be among the nodes; they are not fetched. `versions` is the GraphDef's. Imports
    TensorFlow, which takes seconds; GraphError where TensorFlow can't compute them.
    """
    outside = {name for node in nodes.values() for name in data_inputs(node)}
    fed = sorted(name for name in outside if name.node not in nodes)
    placeholders = {name: f"{_FED}/{count}" for count, name in enumerate(fed)}
    graph = GraphDef()
    graph.versions.CopyFrom(versions)
    for name, placeholder in placeholders.items():
        value = known[name.node][name.port]
        dtype = ("type", _CODES[value.dtype])
        if value.quantized:  # fed as whole numbers of the same bits
            add_node(graph, f"{placeholder}/bits", "Placeholder", [], dtype=dtype)
            types = {"T": dtype, "type": ("type", value.quantized)}
            add_node(graph, placeholder, "Bitcast", [f"{placeholder}/bits"], **types)
        else:
            add_node(graph, placeholder, "Placeholder", [], dtype=dtype)
    for node in nodes.values():
        copy = graph.node.add()
        copy.CopyFrom(node)
        copy.device = ""
        del copy.input[:]
        copy.input.extend(placeholders.get(name, str(name)) for name in data_inputs(node))
    fed_values = {placeholders[name]: known[name.node][name.port] for name in fed}
    feeds = {
        f"{name}{'/bits' if value.quantized else ''}:0": value.array
        for name, value in fed_values.items()
    }
    computed = [node.name for node in nodes.values() if node.op != "Const"]
    return _run(graph.SerializeToString(), computed, feeds)


def _run(data: bytes, names: Iterable[str], feeds: dict[str, Any]) -> dict[str, list[Known]]:
    tf = tensorflow_library.load()

    v1 = tf.compat.v1
    config = v1.ConfigProto()
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    config.graph_options.optimizer_options.opt_level = v1.OptimizerOptions.L0
    config.device_count["GPU"] = 0
    try:
        with tf.Graph().as_default() as graph, v1.Session(graph=graph, config=config) as session:
            tf.import_graph_def(v1.GraphDef.FromString(data), name="")
            outputs = {name: graph.get_operation_by_name(name).outputs for name in names}
            supported = {
                name: tensors
                for name, tensors in outputs.items()
                if all(tensor.dtype.as_datatype_enum in DTYPES for tensor in tensors)
            }
            arrays = session.run(supported, feeds)
    except (ValueError, tf.errors.OpError) as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise GraphError(f"TensorFlow can't compute the graph's constants: {lines[0]}") from error
    return {name: [Known(array) for array in found] for name, found in arrays.items()}

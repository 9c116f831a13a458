"""A GraphDef without the operations that today's TensorFlow and its converters no longer accept.

BatchNormWithGlobalNormalization left GraphDef at producer 9, yet every 2015 graph has it;
FusedBatchNormV3 computes the same, bit for bit in TensorFlow (docs/measured.md, "Converters").
"""

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from harness.errors import GraphError
from harness.graphdef.access import attr_of, exact_inputs, node_of, nodes_by_name
from harness.graphdef.build import add_const
from harness.graphdef.tensors import DT_FLOAT, DT_INT32, shape_of_constant
from harness.graphdef.wire import GraphDef, NodeDef

Rewrite = Callable[[GraphDef, NodeDef, Mapping[str, NodeDef]], None]
PRODUCER = 2129
"""GraphDef version that is declared instead: TensorFlow 2.18's, whose operations it now holds."""


def modern(graph: GraphDef) -> GraphDef:
    """The same graph in operations that converters know, all names kept."""
    result = GraphDef()
    result.library.CopyFrom(graph.library)
    result.versions.producer = PRODUCER
    nodes = nodes_by_name(graph)
    for node in graph.node:
        rewrite: Rewrite = _REWRITES.get(node.op, _kept)
        rewrite(result, node, nodes)
    return result


def _kept(result: GraphDef, node: NodeDef, _: Mapping[str, NodeDef]) -> None:
    result.node.add().CopyFrom(node)


def _batch_norm(result: GraphDef, node: NodeDef, nodes: Mapping[str, NodeDef]) -> None:
    """x, mean, variance, beta, gamma → FusedBatchNormV3's x, scale, offset, mean, variance."""
    x, mean, variance, beta, gamma = exact_inputs(node, 5)
    if not attr_of(node, "scale_after_normalization").b:
        width = shape_of_constant(attr_of(_constant(nodes, mean), "value").tensor)
        gamma = add_const(result, f"{node.name}/modern/ones", np.ones(width, np.float32))
    new = _as(result, node, "FusedBatchNormV3", [x, gamma, beta, mean, variance])
    new.attr["T"].type = new.attr["U"].type = DT_FLOAT
    new.attr["epsilon"].f = attr_of(node, "variance_epsilon").f
    new.attr["is_training"].b = False
    new.attr["data_format"].s = b"NHWC"


def _constant(nodes: Mapping[str, NodeDef], name: str) -> NodeDef:
    """The Const behind a tensor, seen through the Identity that freezing leaves before it."""
    node = nodes.get(node_of(name))
    for _ in range(len(nodes)):  # more steps would be a cycle
        if node is None or node.op != "Identity" or not node.input:
            break
        node = nodes.get(node_of(node.input[0]))
    if node is None or node.op != "Const":
        raise GraphError(
            f"'{name}' is no constant, as the mean of a batch norm is; the file is damaged"
        )
    return node


def _concat(result: GraphDef, node: NodeDef, _: Mapping[str, NodeDef]) -> None:
    if not node.input:
        raise GraphError(f"Concat '{node.name}' has no inputs; the file is damaged")
    axis, *values = node.input
    new = _as(result, node, "ConcatV2", [*values, axis])
    new.attr["T"].type, new.attr["Tidx"].type = attr_of(node, "T").type, DT_INT32
    new.attr["N"].i = len(values)


def _identity(result: GraphDef, node: NodeDef, _: Mapping[str, NodeDef]) -> None:
    new = _as(result, node, "Identity", node.input[:1])
    new.attr["T"].type = attr_of(node, "T").type


def _as(result: GraphDef, node: NodeDef, op: str, inputs: Iterable[str]) -> NodeDef:
    new = result.node.add(name=node.name, op=op)
    new.input.extend(inputs)
    return new


_REWRITES: dict[str, Rewrite] = {
    "BatchNormWithGlobalNormalization": _batch_norm,
    "Concat": _concat,
    "CheckNumerics": _identity,
}

"""A GraphDef without the operations that today's TensorFlow and its converters no longer accept.

BatchNormWithGlobalNormalization left GraphDef at producer 9, yet every 2015 graph has it;
FusedBatchNormV3 computes the same, bit for bit in TensorFlow (docs/measured.md, "Converters").
"""

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from harness.graphdef.access import attr_of, node_of, nodes_by_name
from harness.graphdef.build import add_const
from harness.graphdef.tensors import DT_FLOAT, DT_INT32, decode
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
    x, mean, variance, beta, gamma = node.input
    if not attr_of(node, "scale_after_normalization").b:
        width = decode(attr_of(_constant(nodes, mean), "value").tensor).shape
        gamma = add_const(result, f"{node.name}/modern/ones", np.ones(width, np.float32))
    new = _as(result, node, "FusedBatchNormV3", [x, gamma, beta, mean, variance])
    new.attr["T"].type = new.attr["U"].type = DT_FLOAT
    new.attr["epsilon"].f = attr_of(node, "variance_epsilon").f
    new.attr["is_training"].b = False
    new.attr["data_format"].s = b"NHWC"


def _constant(nodes: Mapping[str, NodeDef], name: str) -> NodeDef:
    """The Const behind a tensor, seen through the Identity that freezing leaves before it."""
    node = nodes[node_of(name)]
    while node.op == "Identity":
        node = nodes[node_of(node.input[0])]
    return node


def _concat(result: GraphDef, node: NodeDef, _: Mapping[str, NodeDef]) -> None:
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

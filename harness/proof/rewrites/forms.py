"""The same operations in another form: a softmax by hand, identities, other constants."""

import numpy as np

from harness.graphdef.access import attr_of
from harness.graphdef.build import add_const, add_node
from harness.graphdef.tensors import DT_FLOAT, DT_INT32, decode
from harness.graphdef.wire import GraphDef, NodeDef
from harness.proof.faults.network import CONVOLUTIONS, Network
from harness.proof.rewrites.kinds import part, rewrite

FLOAT = ("type", DT_FLOAT)
MAX_LISTED = 4096
"""Elements of a constant that is written as a list of numbers."""


@rewrite("Softmax")
def softmax_by_hand(graph: GraphDef, _: Network, node: NodeDef) -> bool:
    """A softmax is exp(x − max x) over its sum."""
    axis = add_const(graph, part(node, "axis"), np.array([-1], np.int32))
    about = {"T": FLOAT, "Tidx": ("type", DT_INT32), "keep_dims": True}
    largest = add_node(graph, part(node, "max"), "Max", [node.input[0], axis], **about)
    less = add_node(graph, part(node, "less"), "Sub", [node.input[0], largest], T=FLOAT)
    power = add_node(graph, part(node, "exp"), "Exp", [less], T=FLOAT)
    total = add_node(graph, part(node, "sum"), "Sum", [power, axis], **about)
    add_node(graph, node.name, "RealDiv", [power, total], T=FLOAT)
    return True


@rewrite(*CONVOLUTIONS, "MatMul")
def identities(graph: GraphDef, _: Network, node: NodeDef) -> bool:
    """An Identity stands before and behind each convolution and dense layer."""
    before = add_node(graph, part(node, "before"), "Identity", [node.input[0]], T=FLOAT)
    inner = graph.node.add()
    inner.CopyFrom(node)
    inner.name, inner.input[0] = part(node, "inner"), before
    add_node(graph, node.name, "Identity", [inner.name], T=FLOAT)
    return True


@rewrite("Const")
def constants_listed(graph: GraphDef, _: Network, node: NodeDef) -> bool:
    """Constants are lists of numbers, not bytes."""
    tensor = attr_of(node, "value").tensor
    if tensor.dtype != DT_FLOAT or not tensor.tensor_content:
        return False
    values = decode(tensor)
    if values.size > MAX_LISTED:
        return False
    listed = graph.node.add()
    listed.CopyFrom(node)
    into = listed.attr["value"].tensor
    into.ClearField("tensor_content")
    into.float_val.extend(values.ravel().tolist())
    return True

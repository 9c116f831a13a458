"""The same nodes in another order, with identities between, or with constants stored otherwise."""

import numpy as np

from harness.graphdef.access import attr_of, node_of, nodes_by_name
from harness.graphdef.build import copy_of
from harness.graphdef.tensors import DT_FLOAT, decode
from harness.graphdef.wire import GraphDef, NodeDef
from harness.proof.faults.network import CONVOLUTIONS
from harness.proof.rewrites.rewriting import Rewritten, is_float, rewrite, rewritten

READERS = frozenset(
    {*CONVOLUTIONS, "Add", "AddV2", "BiasAdd", "FusedBatchNormV3", "MatMul", "Mul", "Relu"}
    | {"Relu6", "Softmax", "Sub"}
)
"""Operations whose first input has the type T."""


@rewrite("a layer")
def identities_inserted(graph: GraphDef) -> GraphDef:
    """Every layer reads its input through an Identity."""

    def change(node: NodeDef, new: Rewritten) -> bool:
        if node.op not in READERS or not is_float(node):
            return False
        inputs = list(node.input)
        name = new.free(f"{node.name}/identity")
        inputs[0] = new.add(name, "Identity", inputs[:1])
        new.like(node, node.name, inputs)
        return True

    return rewritten(graph, change)


@rewrite("two nodes of which none reads the other")
def nodes_reordered(graph: GraphDef) -> GraphDef:
    """The nodes stand in another order, each behind those that it reads, as late as it may."""
    nodes = nodes_by_name(graph)
    waits = {node.name: {node_of(entry) for entry in node.input} for node in graph.node}
    readers: dict[str, list[str]] = {name: [] for name in nodes}
    for name, read in waits.items():
        for other in read:
            readers[other].append(name)
    ready = [name for name, read in waits.items() if not read]
    result = copy_of(graph)
    del result.node[:]
    while ready:
        name = ready.pop()
        result.node.add().CopyFrom(nodes[name])
        for reader in readers[name]:
            waits[reader].discard(name)
            ready += [] if waits[reader] else [reader]
    return result


@rewrite("a float32 constant as raw content")
def constants_as_values(graph: GraphDef) -> GraphDef:
    """Constants are lists of numbers (float_val), not raw content (tensor_content)."""
    result = copy_of(graph)
    for node in result.node:
        value = attr_of(node, "value").tensor
        if node.op == "Const" and value.dtype == DT_FLOAT and value.tensor_content:
            array = decode(value)
            value.ClearField("tensor_content")
            value.float_val.extend(np.ravel(array).tolist())
    return result

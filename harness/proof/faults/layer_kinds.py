"""Mistakes in what a network's layers compute."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from harness.graphdef.access import attr_of, nodes_by_name
from harness.graphdef.build import add_node
from harness.graphdef.wire import GraphDef
from harness.proof.faults.edits import free_name, insert_before, set_constant
from harness.proof.faults.kinds import Place, everywhere, kind
from harness.proof.faults.network import Network

EPSILON_BEFORE, EPSILON_AFTER = 1e-3, 1e-5
# Op → attribute of its epsilon and that attribute's default, inputs of its mean and variance.
NORMS = {
    "FusedBatchNorm": ("epsilon", 1e-4, 3, 4),
    "FusedBatchNormV2": ("epsilon", 1e-4, 3, 4),
    "FusedBatchNormV3": ("epsilon", 1e-4, 3, 4),
    "BatchNormWithGlobalNormalization": ("variance_epsilon", 0.0, 1, 2),
}


@kind("a batch norm with an epsilon of 1e-3")
def bn_epsilon(net: Network) -> Iterator[Place]:
    """One batch norm's epsilon is 1e-5 in place of 1e-3."""

    def edit(name: str, attr: str, graph: GraphDef) -> None:
        nodes_by_name(graph)[name].attr[attr].f = EPSILON_AFTER

    for node in net.of(*NORMS):
        attr, default, *_ = NORMS[node.op]
        epsilon = attr_of(node, attr).f if attr in node.attr else default
        if np.isclose(epsilon, EPSILON_BEFORE):
            yield node.name, partial(edit, node.name, attr)


everywhere("bn_epsilon", "Every batch norm's epsilon is 1e-5 in place of 1e-3.")


@kind("a batch norm with constant statistics")
def bn_statistics_dropped(net: Network) -> Iterator[Place]:
    """One batch norm has mean 0 and variance 1 in place of its own."""

    def edit(name: str, mean: int, variance: int, width: int, graph: GraphDef) -> None:
        set_constant(graph, name, mean, np.zeros(width, np.float32))
        set_constant(graph, name, variance, np.ones(width, np.float32))

    for node in net.of(*NORMS):
        mean, variance = NORMS[node.op][2:]
        array = net.constant(node, mean)
        if array is not None and net.constant_name(node, variance):
            yield node.name, partial(edit, node.name, mean, variance, array.size)


@kind("a ReLU6")
def relu6_unbounded(net: Network) -> Iterator[Place]:
    """One ReLU6 is a ReLU."""

    def edit(name: str, graph: GraphDef) -> None:
        nodes_by_name(graph)[name].op = "Relu"

    for node in net.of("Relu6"):
        yield node.name, partial(edit, node.name)


everywhere("relu6_unbounded", "Every ReLU6 is a ReLU.")


@kind("a bias that is a constant")
def bias_dropped(net: Network) -> Iterator[Place]:
    """One layer's bias is zero."""

    def edit(name: str, index: int, width: int, graph: GraphDef) -> None:
        set_constant(graph, name, index, np.zeros(width, np.float32))

    for node in net.of("BiasAdd", "Add", "AddV2"):
        for index in (1, 0):
            array = net.constant(node, index)
            if array is not None and array.ndim == 1 and array.size > len("RGB"):
                yield node.name, partial(edit, node.name, index, array.size)
                break


@kind("a softmax")
def softmax_twice(net: Network) -> Iterator[Place]:
    """The softmax is applied to its own result."""

    def edit(name: str, graph: GraphDef) -> None:
        node, extra = nodes_by_name(graph)[name], GraphDef()
        kind_of = ("type", attr_of(node, "T").type)
        first = free_name(graph, f"{name}/fault_first")
        add_node(extra, first, "Softmax", list(node.input), T=kind_of)
        node.input[0] = first
        insert_before(graph, name, extra)

    for node in net.of("Softmax")[-1:]:
        yield node.name, partial(edit, node.name)

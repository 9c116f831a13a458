"""Mistakes in a network's weights."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from harness.graphdef.access import nodes_by_name
from harness.graphdef.wire import GraphDef, NodeDef
from harness.proof.faults.edits import set_constant
from harness.proof.faults.kinds import Array, Place, everywhere, kind
from harness.proof.faults.network import Network, Weight

SCALE = 1.01
INT8_MAX = 127


def _on_weights(net: Network, change: Callable[[Array, Weight], Array]) -> Iterator[Place]:
    """One place a kernel: its constant becomes what `change` makes of it."""

    def edit(weight: Weight, graph: GraphDef) -> None:
        node = nodes_by_name(net.graph)[weight.user]
        array = net.constant(node, 1)
        if array is not None:
            set_constant(graph, weight.user, 1, change(array, weight))

    for weight in net.weights():
        yield weight.const, partial(edit, weight)


@kind("a constant kernel")
def weight_scaled(net: Network) -> Iterator[Place]:
    """One layer's kernel is multiplied by 1.01."""
    return _on_weights(net, lambda array, _: array * np.float32(SCALE))


@kind("a constant kernel")
def weight_element_scaled(net: Network) -> Iterator[Place]:
    """The largest element alone of one layer's kernel is multiplied by 1.01."""

    def change(array: Array, _: Weight) -> Array:
        array.flat[np.abs(array).argmax()] *= np.float32(SCALE)
        return array

    return _on_weights(net, change)


@kind("a constant kernel")
def weights_float16(net: Network) -> Iterator[Place]:
    """One layer's kernel is rounded to float16."""
    return _on_weights(net, lambda array, _: array.astype(np.float16))


everywhere("weights_float16", "Every layer's kernel is rounded to float16.")


@kind("a constant kernel")
def weights_int8(net: Network) -> Iterator[Place]:
    """One layer's kernel is rounded to int8, symmetrically, one scale a tensor."""

    def change(array: Array, _: Weight) -> Array:
        step = np.abs(array).max() / np.float32(INT8_MAX) or np.float32(1)
        return np.asarray(np.round(array / step) * step)

    return _on_weights(net, change)


@kind("a convolution of two output channels or more that is not the classifier")
def channels_swapped(net: Network) -> Iterator[Place]:
    """Two output channels of a convolution are swapped, and its readers don't know it.

    The two are those of the largest kernels (L2 norm), which are no dead ones.
    """

    def change(array: Array, weight: Weight) -> Array:
        first = np.moveaxis(array, weight.axis, 0)
        norms = np.linalg.norm(first.reshape(len(first), -1), axis=1)
        a, b = np.argsort(-norms, kind="stable")[:2]
        first[[a, b]] = first[[b, a]]
        return array

    last = list(net.weights())[-1:]
    for (name, edit), weight in zip(_on_weights(net, change), net.weights(), strict=True):
        node = nodes_by_name(net.graph)[weight.user]
        array = net.constant(node, 1)
        hidden = node.op != "MatMul" and weight not in last
        if hidden and array is not None and array.shape[weight.axis] > 1:
            yield name, edit


@kind("a constant kernel and two classes")
def classes_swapped(net: Network, classes: tuple[int, int] = (0, 1)) -> Iterator[Place]:
    """Two classes are swapped in the last layer: its kernel's columns, and its bias with them."""
    pair, swapped = list(classes), list(classes)[::-1]

    def edit(kernel: Weight, bias: NodeDef | None, graph: GraphDef) -> None:
        nodes = nodes_by_name(net.graph)
        array = net.constant(nodes[kernel.user], 1)
        if array is not None:
            first = np.moveaxis(array, kernel.axis, 0)
            first[pair] = first[swapped]
            set_constant(graph, kernel.user, 1, array)
        offset = net.constant(bias, 1) if bias is not None else None
        if bias is not None and offset is not None:
            offset[pair] = offset[swapped]
            set_constant(graph, bias.name, 1, offset)

    for kernel in list(net.weights())[-1:]:
        node = nodes_by_name(net.graph)[kernel.user]
        array = net.constant(node, 1)
        if array is not None and max(pair) < array.shape[kernel.axis]:
            added = (n for n in net.of("BiasAdd", "Add", "AddV2") if net.source(n, 0) is node)
            yield kernel.const, partial(edit, kernel, next(added, None))

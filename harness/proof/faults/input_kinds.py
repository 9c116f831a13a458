"""Mistakes in how the picture reaches a network's first layer."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from harness.graphdef.access import attr_of, nodes_by_name
from harness.graphdef.traversal import ancestors
from harness.graphdef.wire import GraphDef, NodeDef
from harness.proof.faults.edits import set_constant
from harness.proof.faults.kinds import Array, Place, kind
from harness.proof.faults.network import CONVOLUTIONS, RESIZES, Network


@kind("RGB images and a convolution that reads them")
def rgb_to_bgr(net: Network) -> Iterator[Place]:
    """Red and blue are exchanged: the first convolution reads its input channels in reverse."""

    def edit(user: str, array: Array, graph: GraphDef) -> None:
        set_constant(graph, user, 1, array[:, :, ::-1])

    for node in net.of("Conv2D")[:1]:
        array = net.constant(node, 1)
        if net.constant_name(node, 1) and array is not None and array.shape[2] == len("RGB"):
            yield node.name, partial(edit, node.name, array)


@kind("a resize in the graph")
def align_corners_flipped(net: Network) -> Iterator[Place]:
    """The resize has the other value of align_corners."""
    return _resize_flag(net, "align_corners", "half_pixel_centers")


# TVM 0.19: relay/frontend/tensorflow_ops.py, _resize: "Ignore the new attributes from TF2.0".
@kind("a resize in the graph", ignored_by=("relay",))
def half_pixel_centers_flipped(net: Network) -> Iterator[Place]:
    """The resize has the other value of half_pixel_centers."""
    return _resize_flag(net, "half_pixel_centers", "align_corners")


def _resize_flag(net: Network, flag: str, other: str) -> Iterator[Place]:
    """Flip one flag; TensorFlow refuses both at once, so the other one then goes."""

    def edit(name: str, graph: GraphDef) -> None:
        node = nodes_by_name(graph)[name]
        node.attr[flag].b = not attr_of(node, flag).b
        if node.attr[flag].b and attr_of(node, other).b:
            node.attr[other].b = False

    for node in net.of(*RESIZES):
        yield node.name, partial(edit, node.name)


@kind("a mean that is subtracted or added before the first convolution")
def mean_off_by_one(net: Network) -> Iterator[Place]:
    """The mean that is taken from the picture is one grey level too large."""
    for node, index, array, scale in _preprocessing(net):
        if node.op in ("Sub", "Add", "AddV2") and (node.op != "Sub" or index == 1):
            off = array + scale if node.op == "Sub" else array - scale
            yield node.name, partial(_set, node.name, index, off)
            return  # a second subtraction would be off by the same level


@kind("a factor that is applied before the first convolution")
def scale_off_by_one(net: Network) -> Iterator[Place]:
    """The divisor of the picture is smaller by one: 1/128 becomes 1/127."""
    for node, index, array, _ in _preprocessing(net):
        divisor = array if node.op == "RealDiv" else 1 / np.where(array, array, 1)
        if node.op in ("Mul", "RealDiv") and divisor.min() > MIN_DIVISOR:
            off = divisor - 1
            yield (
                node.name,
                partial(_set, node.name, index, off if node.op == "RealDiv" else 1 / off),
            )


MIN_DIVISOR = 2.0
"""A factor of 2 is no divisor of grey levels: one less would be another network."""


def _set(name: str, index: int, array: Array, graph: GraphDef) -> None:
    set_constant(graph, name, index, array)


def _preprocessing(net: Network) -> Iterator[tuple[NodeDef, int, Array, float]]:
    """Arithmetic with constants before the first convolution.

    Yields (node, which input is the constant, its value in float64, value of one grey level there).
    """
    level = 1.0
    for first in net.of(*CONVOLUTIONS)[:1]:
        before = ancestors(net.graph, first.name)
        for node in net.of("Sub", "Add", "AddV2", "Mul", "RealDiv"):
            index = next((i for i in (1, 0) if net.constant(node, i) is not None), None)
            array = None if index is None else net.constant(node, index)
            if node.name not in before or index is None or array is None:
                continue
            yield node, index, array.astype(np.float64), level
            if node.op in ("Mul", "RealDiv") and array.all():
                level *= float(np.mean(array if node.op == "Mul" else 1 / array))

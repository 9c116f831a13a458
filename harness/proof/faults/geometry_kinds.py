"""Mistakes in where a network's windows lie, and in what they count."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from harness.graphdef.access import attr_of, nodes_by_name
from harness.graphdef.build import add_const, add_node
from harness.graphdef.endpoints import RANK
from harness.graphdef.tensors import DT_INT32
from harness.graphdef.wire import GraphDef
from harness.proof.faults.edits import free_name, insert_before
from harness.proof.faults.kinds import Array, Place, everywhere, kind
from harness.proof.faults.network import CONVOLUTIONS, Network, rows_axis

SPATIAL = 2  # axes of a picture


@kind("a SAME convolution that pads one side more than the other, of known input size")
def padding_shifted(net: Network) -> Iterator[Place]:
    """One convolution's SAME padding has its extra row and column at the start, not at the end."""
    for node in net.of(*CONVOLUTIONS):
        window, size = net.window(node), net.size(node)
        if window is None or size is None:
            continue
        rows, columns = window.padding(size)
        if rows[0] != rows[1] or columns[0] != columns[1]:
            pads = _pads(rows_axis(node), rows[::-1], columns[::-1])
            yield node.name, partial(_pad_explicitly, node.name, pads)


everywhere("padding_shifted", "Every such convolution pads at the start, as other frameworks do.")


@kind("an average pool with padding, or a global average")
def pool_counts_padding(net: Network) -> Iterator[Place]:
    """An average pool divides by the whole window, padding counted in; a global one grows by 1."""
    found = list(_padded_pools(net))
    yield from found or _global_pools(net)


def _padded_pools(net: Network) -> Iterator[Place]:
    for node in net.of("AvgPool"):
        window, size = net.window(node), net.size(node)
        if window is not None and size is not None and any(map(any, window.padding(size))):
            pads = _pads(rows_axis(node), *window.padding(size))
            yield node.name, partial(_pad_explicitly, node.name, pads)


def _global_pools(net: Network) -> Iterator[Place]:
    """Pools over the whole picture: of H+1 by W+1 instead, the last row and column being zeros."""
    for node in net.of("Mean", "AvgPool"):
        if node.op == "Mean":
            axes = net.constant(node, 1)
            first = None if axes is None or axes.size != SPATIAL else int(axes.min())
        else:
            window = net.window(node)
            whole = window is not None and window.kernel == net.size(node) and not window.same
            first = rows_axis(node) if whole else None
        if first in (1, 2):
            pads = _pads(first, (0, 1), (0, 1))
            yield node.name, partial(_pad_explicitly, node.name, pads, grow=int(node.op != "Mean"))


def _pads(first: int, rows: tuple[int, ...], columns: tuple[int, ...]) -> Array:
    pads = np.zeros((RANK, 2), np.int32)
    pads[first : first + SPATIAL] = rows, columns
    return pads


def _pad_explicitly(name: str, pads: Array, graph: GraphDef, *, grow: int = 0) -> None:
    """Put a Pad of zeros in front of a window, which then pads nothing itself and grows by `grow`.

    Pad and VALID mean the same to every importer; EXPLICIT paddings do not.
    """
    node, extra = nodes_by_name(graph)[name], GraphDef()
    paddings = add_const(extra, free_name(graph, f"{name}/fault_paddings"), pads)
    kinds = {"T": ("type", attr_of(node, "T").type), "Tpaddings": ("type", DT_INT32)}
    pad = free_name(graph, f"{name}/fault_pad")
    node_input = node.input[0]
    node.input[0] = add_node(extra, pad, "Pad", [node_input, paddings], **kinds)
    if "padding" in node.attr:
        node.attr["padding"].s = b"VALID"
    if grow:
        first, reach = rows_axis(node), node.attr["ksize"].list.i
        for axis in range(first, first + SPATIAL):
            reach[axis] += grow
    insert_before(graph, name, extra)

"""A convolution as two, over its output channels or over its input channels."""

from collections.abc import Iterator

import numpy as np

from harness.graphdef.access import attr_of
from harness.graphdef.tensors import DT_INT32
from harness.graphdef.wire import GraphDef, NodeDef
from harness.proof.rewrites.rewriting import Rewritten, is_float, rewrite, rewritten

PLACES = 3
"""How many convolutions are split: the first, one in the middle, the last."""
INT = ("type", DT_INT32)


@rewrite("a convolution of one group with an even number of output channels")
def convolution_split_over_outputs(graph: GraphDef) -> GraphDef:
    """Convolutions are two of half the output channels each, and a concatenation."""
    chosen = _chosen(graph, channels=3)

    def change(node: NodeDef, new: Rewritten) -> bool:
        kernel = new.constant(node, 1) if node.name in chosen else None
        if kernel is None:
            return False
        parts = []
        for number, half in enumerate(np.split(kernel, 2, axis=3)):
            name = new.const(f"{node.name}/half_kernel", half)
            part = new.free(f"{node.name}/half_{number}")
            parts.append(new.like(node, part, [node.input[0], name]))
        axis = new.const(f"{node.name}/axis", np.asarray(_axis(node), np.int32))
        new.add(node.name, "ConcatV2", [*parts, axis], N=2, Tidx=INT)
        return True

    return rewritten(graph, change)


@rewrite("a convolution of one group with an even number of input channels")
def convolution_split_over_inputs(graph: GraphDef) -> GraphDef:
    """Convolutions are the sum of two, over half the input channels each."""
    chosen = _chosen(graph, channels=2)

    def change(node: NodeDef, new: Rewritten) -> bool:
        kernel = new.constant(node, 1) if node.name in chosen else None
        if kernel is None:
            return False
        axis = new.const(f"{node.name}/axis", np.asarray(_axis(node), np.int32))
        halves = new.add(new.free(f"{node.name}/split"), "Split", [axis, node.input[0]],
                         num_split=2)  # fmt: skip
        parts = []
        for number, half in enumerate(np.split(kernel, 2, axis=2)):
            name = new.const(f"{node.name}/half_kernel", half)
            part = new.free(f"{node.name}/half_{number}")
            parts.append(new.like(node, part, [f"{halves}:{number}", name]))
        new.add(node.name, "AddV2", parts)
        return True

    return rewritten(graph, change)


def _chosen(graph: GraphDef, *, channels: int) -> set[str]:
    """Names of up to PLACES convolutions whose kernels can be halved along an axis."""
    found = list(_halvable(graph, channels))
    return (
        {found[round(pick)] for pick in np.linspace(0, len(found) - 1, PLACES)} if found else set()
    )


def _halvable(graph: GraphDef, axis: int) -> Iterator[str]:
    view = Rewritten(graph)
    for node in graph.node:
        if node.op == "Conv2D" and is_float(node):
            kernel = view.constant(node, 1)
            if kernel is not None and kernel.shape[axis] % 2 == 0:
                yield node.name


def _axis(node: NodeDef) -> int:
    """The axis of a picture's channels."""
    return 1 if attr_of(node, "data_format").s == b"NCHW" else 3

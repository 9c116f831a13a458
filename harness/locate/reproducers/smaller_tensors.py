"""A graph of few operations with smaller tensors: one size of its axes halved throughout."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.graphdef.build import copy_of
from harness.graphdef.tensors import decode, encode
from harness.graphdef.wire import GraphDef
from harness.locate.reproducers.graph_part import GraphPart

SMALLEST = 4
"""Sizes of axes below it stay: kernels of convolutions, channels of pictures."""


@dataclass(frozen=True)
class Halving:
    """All axes of one size cut to one half."""

    size: int
    """The size."""
    last: bool
    """Whether the last half stays, not the first one."""

    def of_part(self, part: GraphPart) -> GraphPart:
        """The graph with smaller constants and a smaller placeholder.

        In whole-numbered constants of rank 1 (shapes, sizes) the number is replaced.
        """
        graph = copy_of(part.graph)
        for node in graph.node:
            if node.op == "Const":
                array = decode(node.attr["value"].tensor)
                if array.dtype.kind in "iu" and array.ndim <= 1:
                    smaller = np.where(array == self.size, self.size // 2, array)
                    smaller = smaller.astype(array.dtype)
                else:
                    smaller = self.of_tensor(array)
                node.attr["value"].tensor.CopyFrom(encode(smaller))
            elif node.name == part.feed:
                for dim in node.attr["shape"].shape.dim:
                    dim.size = self.size // 2 if dim.size == self.size else dim.size
        return GraphPart(graph, part.feed, part.end)

    def of_tensor(self, array: NDArray[Any]) -> NDArray[Any]:
        """The half of a tensor."""
        size, kept = self.size, self.size // 2
        half = slice(size - kept, size) if self.last else slice(0, kept)
        chosen = tuple(half if length == size else slice(None) for length in array.shape)
        return np.array(array[chosen], order="C")


def halvings(part: GraphPart, value: NDArray[Any]) -> Iterator[Halving]:
    """Ways to make a graph's tensors smaller; `value` is what it is fed.

    The sizes that hold most come first. Whether the graph still computes anything, and what, is
    for the caller to find out.
    """
    weight: dict[int, int] = {}
    for array in (value, *_constants(part.graph)):
        if array.dtype.kind == "f" or array is value:
            for size in set(array.shape):
                weight[size] = weight.get(size, 0) + array.nbytes
    for size in sorted(weight, key=lambda one: -weight[one]):
        if size >= SMALLEST:
            yield Halving(size, last=False)
            yield Halving(size, last=True)


def constant_bytes(part: GraphPart) -> int:
    """Bytes of all constants of a graph."""
    return sum(array.nbytes for array in _constants(part.graph))


def _constants(graph: GraphDef) -> list[NDArray[Any]]:
    return [decode(node.attr["value"].tensor) for node in graph.node if node.op == "Const"]

"""Numbers that are known only when a graph runs: its nodes, with Python's operators."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from harness.graphdef.build import add_const, add_node
from harness.graphdef.tensors import DT_DOUBLE, DT_FLOAT, DT_INT64, DTYPES
from harness.graphdef.wire import GraphDef

FLOATING = {"float32": DT_FLOAT, "float64": DT_DOUBLE}
PREFIX = "parity/size"
"""How the nodes' names begin."""


class NodeNumber:
    """A scalar that a node of a graph gives; its operators append nodes."""

    __array_ufunc__ = None  # NumPy's scalars leave `scalar - node` to the node

    def __init__(self, graph: GraphDef, name: str, dtype: int = DT_INT64) -> None:
        self.graph, self.name, self.dtype = graph, name, dtype

    def __add__(self, other: object) -> "NodeNumber":
        return self._with("AddV2", other)

    def __sub__(self, other: object) -> "NodeNumber":
        return self._with("Sub", other)

    def __rsub__(self, other: object) -> "NodeNumber":
        return self.constant(other)._with("Sub", self)

    def __mul__(self, other: object) -> "NodeNumber":
        return self._with("Mul", other)

    def __floordiv__(self, other: object) -> "NodeNumber":
        return self._with("FloorDiv", other)

    def __truediv__(self, other: object) -> "NodeNumber":
        if not isinstance(other, NodeNumber):
            value = np.array(other, DTYPES[self.dtype])
            other = NodeNumber(self.graph, add_kept_const(self.graph, value), self.dtype)
        return self._with("RealDiv", other)

    def smaller(self, other: object) -> "NodeNumber":
        """The smaller of two numbers."""
        return self._with("Minimum", other)

    def larger(self, other: object) -> "NodeNumber":
        """The larger of two numbers."""
        return self._with("Maximum", other)

    def cast(self, dtype: int) -> "NodeNumber":
        """The number as another type; fractions are rounded towards zero."""
        name = add_node(
            self.graph,
            fresh_name(self.graph),
            "Cast",
            [self.name],
            SrcT=("type", self.dtype),
            DstT=("type", dtype),
        )
        return NodeNumber(self.graph, name, dtype)

    def constant(self, value: object) -> "NodeNumber":
        """A number of this one's graph and type."""
        array = np.array(value, DTYPES[self.dtype])
        return NodeNumber(
            self.graph, add_const(self.graph, fresh_name(self.graph), array), self.dtype
        )

    def _with(self, op: str, other: object) -> "NodeNumber":
        second = other if isinstance(other, NodeNumber) else self.constant(other)
        names = [self.name, second.name]
        name = add_node(self.graph, fresh_name(self.graph), op, names, T=("type", self.dtype))
        return NodeNumber(self.graph, name, self.dtype)


class GraphNumbers:
    """The formulas of `harness.inputs.step_geometry`, of nodes and of numbers beside them."""

    def minimum(self, a: NodeNumber, b: object) -> NodeNumber:
        """The smaller one."""
        return a.smaller(b)

    def maximum(self, a: NodeNumber, b: object) -> NodeNumber:
        """The larger one."""
        return a.larger(b)

    def floating(self, value: NodeNumber, dtype: Literal["float32", "float64"]) -> NodeNumber:
        """A whole number as a floating-point one."""
        return value.cast(FLOATING[dtype])

    def whole(self, value: NodeNumber) -> NodeNumber:
        """A floating-point number rounded towards zero."""
        return value.cast(DT_INT64)


def add_kept_const(graph: GraphDef, array: NDArray[Any]) -> str:
    """Append a constant that TensorFlow computes with as it stands; returns its name.

    Before a graph runs TensorFlow merges what is done with several Consts in a row, and that rounds
    otherwise: two products differed by 1e-6, two subtractions by 4e-6, and resize_with_pad gave
    another size for some of 40 pictures.
    """
    value = add_const(graph, fresh_name(graph), array)
    name = fresh_name(graph)
    kind = graph.node[-1].attr["dtype"].type
    add_node(graph, name, "PlaceholderWithDefault", [value], dtype=("type", kind))
    for size in array.shape:
        graph.node[-1].attr["shape"].shape.dim.add(size=size)
    graph.node[-1].attr["shape"].shape.SetInParent()
    return name


def fresh_name(graph: GraphDef, prefix: str = PREFIX) -> str:
    """A name that no node of a graph has that is only appended to."""
    return f"{prefix}_{len(graph.node)}"

"""Monte Carlo arithmetic: a graph whose sums round at random, as far as any order of them may.

How far float32 rounding may move a network's scores is found by moving its results at random and
looking at the spread of the scores (Parker, "Monte Carlo Arithmetic", 1997; the method of
Verificarlo and of CADNA). The graph runs in float32 as ever, so that every operation rounds; and
the result y of every sum of n terms (convolution, matrix product, mean, average pooling) is moved
further, by a random error of standard deviation about u·√n·rms(y), with u = 2⁻²⁴ and rms over the
whole tensor. That is what summing in the worst order does, one term after the other: the error of
each partial sum has the size of that partial sum, whatever is left of it at the end, and for terms
of random sign they add up to about √n·u times the result (Higham, "Accuracy and Stability of
Numerical Algorithms", 2002, section 4.2; its bound, for terms that conspire, is n·u).

The random error is that of rounding to a coarser grid: (y + C) − C rounds y to a multiple of the
spacing of float32 at C. With C = GRID·√n·rms(y) its standard deviation is 0.7 to 1.5 times
u·√n·rms(y), by where C lies between two powers of two. Multiplying y by a factor before, and
dividing after, moves the grid, so that each factor gives other errors. It costs four operations an
element, where random numbers would cost ten times the network itself.

For a program that computes in a narrower format, of unit roundoff v, three more errors come to each
sum: its inputs, its weights and its result are rounded to that format, while it is carried in
float32 (TVM's `ToMixedPrecision` and TensorFlow's own mixed precision do so). Each is about
v·rms(y)/√3, for the terms of a sum err independently of each other, so C is
GRID·√(n + (v/u)²)·rms(y). What the elementwise operations round (SINGLE_TERM) is v·rms(y) likewise.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from harness.graphdef.access import attr_of, data_entries
from harness.graphdef.float64.nodes import F, I, Nodes
from harness.graphdef.precisions import QUANTISED, ROUNDOFF, SINGLE, Precision
from harness.graphdef.random_quantisation import append_quantised
from harness.graphdef.tensors import DT_FLOAT, DT_INT32
from harness.graphdef.traversal import ancestors
from harness.graphdef.wire import GraphDef, NodeDef

SAMPLES = (1.0, 1.27, 1.61)
"""Factors: one sample of the scores each."""
GRID = 2.5
"""C over √n·rms(y): rounding to the spacing at C, u·C to 2·u·C, errs by that over √12."""
_PRODUCTS = frozenset(["MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3", "Einsum"])
_CONVOLUTIONS = frozenset(["Conv2D", "DepthwiseConv2dNative", "Conv3D", "Conv2DBackpropInput"])
_REDUCTIONS = frozenset({"Mean", "Sum"})
SUMS = _PRODUCTS | _CONVOLUTIONS | _REDUCTIONS | {"AvgPool"}
"""Operations whose result is a sum, in an order that another program may choose otherwise."""


SINGLE_TERM = frozenset(
    {
        *("Add", "AddV2", "BiasAdd", "Mul", "RealDiv", "Sub", "SquaredDifference", "Square"),
        *("Elu", "Erf", "Exp", "LeakyRelu", "Rsqrt", "Selu", "Sigmoid", "Softplus", "Sqrt", "Tanh"),
        *("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"),
    }
)
"""Operations that round each element once: their rounding is felt in narrow formats alone."""


@dataclass(frozen=True)
class RandomRounding:
    """A graph whose sums round at random."""

    graph: GraphDef
    """GraphDef; fed and read like the original, and fed `factor`."""
    factor: str
    """Placeholder of a float32 scalar, one of SAMPLES."""
    sums: int
    """How many operations are rounded so."""


def with_random_rounding(
    graph: GraphDef, output: str, precision: Precision = SINGLE
) -> RandomRounding:
    """The graph that computes `output` with its sums rounded to a grid that a factor moves.

    In a narrow format the results of other operations are rounded too; of 8-bit ones
    `harness.graphdef.random_quantisation` says what is.
    """
    narrow = precision in ROUNDOFF and precision != SINGLE
    rounded = SUMS | SINGLE_TERM if narrow else SUMS
    needed = ancestors(graph, output)
    nodes = Nodes(graph, needed, output)
    factor = nodes.unused("parity/rounding_factor")
    placeholder = nodes.graph.node.add(name=factor, op="Placeholder")
    placeholder.attr["dtype"].type = DT_FLOAT
    placeholder.attr["shape"].shape.SetInParent()
    sums = 0
    for node in graph.node:
        if node.name not in needed:
            continue
        if precision in QUANTISED and append_quantised(nodes, node, factor, precision):
            sums += 1
            continue
        one_result = nodes.only_first_output_used(node)
        if node.op not in rounded or attr_of(node, "T").type != DT_FLOAT or not one_result:
            nodes.copy(node, node.name)
            continue
        inner = nodes.copy(node, nodes.unused(f"{node.name}/rounding/exact"))
        _Grid(nodes, node, inner.name, precision).round_with(factor)
        sums += 1
    return RandomRounding(nodes.graph, factor, sums)


@dataclass(frozen=True)
class _Grid:
    """Appends the nodes that round one sum to a grid."""

    nodes: Nodes
    node: NodeDef
    exact: str
    precision: Precision

    def round_with(self, factor: str) -> None:
        """((factor·y + C) − C) / factor under the node's own name, C as above times factor."""
        squares = self._add("squares", "Square", [self.exact])
        mean = self._add("mean", "Mean", [squares, self._all_axes()], Tidx=I, keep_dims=False)
        variance = self._add("variance", "Mul", [mean, self._weight()])
        size = self._add("size", "Sqrt", [variance])
        grid = self._add("grid", "Mul", [factor, self._const("per_size", np.float32(GRID))])
        offset = self._add("offset", "Mul", [size, grid])
        scaled = self._add("scaled", "Mul", [self.exact, factor])
        moved = self._add("moved", "AddV2", [scaled, offset])
        rounded = self._add("rounded", "Sub", [moved, offset])
        self.nodes.end(self.node, "RealDiv", [rounded, factor], T=F)

    def _weight(self) -> str:
        """n, or in a narrow format n + (v/u)², as a float32 scalar."""
        if self.precision == SINGLE or self.precision in QUANTISED:
            return self._terms()
        ratio = ROUNDOFF[self.precision] / ROUNDOFF[SINGLE]
        narrow = self._const("narrow", np.float32(ratio**2))
        if self.node.op in SINGLE_TERM:
            return narrow
        return self._add("weight", "AddV2", [self._terms(), narrow])

    def _terms(self) -> str:
        """How many terms each element of the result is the sum of, as a float32 scalar."""
        entries = data_entries(self.node)
        if self.node.op == "AvgPool":
            window = math.prod(attr_of(self.node, "ksize").list.i)
            return self._const("terms", np.float32(max(window, 1)))
        if self.node.op in _REDUCTIONS:
            return self._ratio(self._count("in", entries[0]), self._count("out", self.exact))
        if self.node.op in _CONVOLUTIONS:
            return self._ratio(self._count("in", entries[1]), self._channels())
        # [.., m, k] by [.., k, n] gives [.., m, n]: √(m·k · k·n / (m·n)) = k
        pair = [self._count(f"in{i}", tensor) for i, tensor in enumerate(entries[:2])]
        both = self._add("both", "Mul", [pair[0], pair[-1]])
        square = self._ratio(both, self._count("out", self.exact))
        return self._add("terms", "Sqrt", [square])

    def _channels(self) -> str:
        """The number of channels of a convolution's result, as a float32 scalar."""
        layout = attr_of(self.node, "data_format").s.decode("ascii", "replace")
        axis = layout.index("C") if "C" in layout else 3
        shape = self._node("shape", "Shape", [self.exact], T=F, out_type=I)
        places = [self._const(f"{word}_axis", np.int32(i)) for word, i in (("at", axis), ("in", 0))]
        types = {"Tparams": I, "Tindices": I, "Taxis": I, "batch_dims": 0}
        found = self._node("channels", "GatherV2", [shape, *places], **types)
        return self.nodes.cast(self.node, "channels_float32", found, DT_INT32, DT_FLOAT)

    def _all_axes(self) -> str:
        rank = self._node("rank", "Rank", [self.exact], T=F)
        ends = [self._const("first", np.int32(0)), rank, self._const("step", np.int32(1))]
        return self._node("axes", "Range", ends, Tidx=I)

    def _count(self, word: str, tensor: str) -> str:
        size = self._node(f"{word}_size", "Size", [tensor], T=F, out_type=I)
        return self.nodes.cast(self.node, f"{word}_count", size, DT_INT32, DT_FLOAT)

    def _ratio(self, above: str, below: str) -> str:
        return self._add("ratio", "RealDiv", [above, below])

    def _const(self, word: str, value: ArrayLike) -> str:
        return self.nodes.const(self.node, word, np.asarray(value))

    def _add(self, word: str, op: str, inputs: list[str], **attrs: object) -> str:
        return self._node(word, op, inputs, T=F, **attrs)

    def _node(self, word: str, op: str, inputs: list[str], **attrs: object) -> str:
        return self.nodes.add(self.node, word, op, inputs, **attrs)

"""A graph whose weights and tensors are rounded to grids of 256 values, as by 8-bit programs.

What quantisation may do to a network's scores is found as for floating point
(`harness.graphdef.random_rounding`): the network runs in float32 with the errors of the format, and
the spread of the scores over a few such runs is what they do. The errors are those of TensorFlow
Lite's scheme (Jacob et al., "Quantization and Training of Neural Networks for Efficient
Integer-Arithmetic-Only Inference", 2018): weights lie on 255 steps, symmetric about zero, of each
output channel of a convolution and of a whole matrix; tensors on 256 steps between their smallest
and largest element, zero among them. What an operation reads is rounded, not what it gives, so that
a bias or an activation that is fused into it is not rounded apart.

Here the steps come from the tensor itself; a program has them from calibration images. A factor
moves the grids, so that each gives other errors of the same size.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from harness.graphdef.access import attr_of, data_entries
from harness.graphdef.float64.nodes import F, I, Nodes
from harness.graphdef.precisions import INT8, Precision
from harness.graphdef.tensors import DT_FLOAT
from harness.graphdef.wire import NodeDef

WEIGHT_AXES: Mapping[str, tuple[int, ...]] = {
    "Conv2D": (0, 1, 2),
    "DepthwiseConv2dNative": (0, 1),
    "MatMul": (0, 1),
}
"""Operations with 8-bit weights → the axes of the weights that share a step."""
JOINED = frozenset({"Add", "AddV2", "Mul", "AvgPool", "Mean"})
"""Operations whose result is rounded too where all tensors are 8-bit."""
SCORES = frozenset({"Softmax", "Sigmoid"})
"""Those whose result lies between 0 and 1, on steps of 1/256 whatever it is."""
SMALLEST_SPAN = 1e-30
"""Span of what is zero throughout, such as the weights of an unused channel: steps stay finite."""
WEIGHT_STEPS, TENSOR_STEPS, SCORE_STEPS = 127.0, 255.0, 256.0


def append_quantised(nodes: Nodes, node: NodeDef, factor: str, precision: Precision) -> bool:
    """Append a node with what it reads or gives rounded; False where the format rounds neither.

    `factor` is the name of the float32 scalar that moves the grids.
    """
    if attr_of(node, "T").type != DT_FLOAT:
        return False
    if node.op in WEIGHT_AXES:
        _Quantised(nodes, node, factor).append()
    elif precision == INT8 and node.op in JOINED | SCORES:
        _Quantised(nodes, node, factor).append_result()
    else:
        return False
    return True


@dataclass(frozen=True)
class _Quantised:
    """Appends the nodes that round what one node reads, or gives."""

    nodes: Nodes
    node: NodeDef
    factor: str

    def append(self) -> None:
        """The node with both inputs rounded."""
        tensor, weights, *rest = data_entries(self.node)
        read = [self._rounded("tensor", tensor, self._tensor_grid(tensor))]
        read.append(self._rounded("weights", weights, self._weight_grid(weights)))
        waits = [name for name in self.node.input if name.startswith("^")]
        copied = self.nodes.copy(self.node, self.node.name)
        copied.input[:] = [*read, *rest, *waits]

    def append_result(self) -> None:
        """The node with its result rounded."""
        inner = self.nodes.copy(self.node, self.nodes.unused(f"{self.node.name}/rounding/exact"))
        grid = self._score_grid() if self.node.op in SCORES else self._tensor_grid(inner.name)
        scaled = self._add("scaled", "Mul", [inner.name, grid])
        whole = self._add("whole", "Rint", [scaled])
        self.nodes.end(self.node, "RealDiv", [whole, grid], T=F)

    def _rounded(self, word: str, tensor: str, grid: str) -> str:
        """rint(x·g) / g."""
        scaled = self._add(f"{word}_scaled", "Mul", [tensor, grid])
        whole = self._add(f"{word}_whole", "Rint", [scaled])
        return self._add(f"{word}_rounded", "RealDiv", [whole, grid])

    def _tensor_grid(self, tensor: str) -> str:
        """Steps of a unit: factor·255 / (largest − smallest), zero among both."""
        axes = self._axes(tensor)
        zero = self._const("zero", np.float32(0))
        high = self._add("high", "Maximum", [self._extreme("Max", tensor, axes), zero])
        low = self._add("low", "Minimum", [self._extreme("Min", tensor, axes), zero])
        return self._grid("tensor", self._add("range", "Sub", [high, low]), TENSOR_STEPS)

    def _score_grid(self) -> str:
        return self._add(
            "grid", "Mul", [self.factor, self._const("steps", np.float32(SCORE_STEPS))]
        )

    def _weight_grid(self, weights: str) -> str:
        """The same of weights: factor·127 / largest magnitude that shares a step."""
        axes = self._const("weight_axes", np.array(WEIGHT_AXES[self.node.op], np.int32))
        sizes = self._add("sizes", "Abs", [weights])
        largest = self.nodes.add(
            self.node, "largest", "Max", [sizes, axes], T=F, Tidx=I, keep_dims=True
        )
        return self._grid("weights", largest, WEIGHT_STEPS)

    def _grid(self, word: str, size: str, steps: float) -> str:
        smallest = self._const(f"{word}_smallest", np.float32(SMALLEST_SPAN))
        most = self._const(f"{word}_steps", np.float32(steps))
        count = self._add(f"{word}_count", "Mul", [self.factor, most])
        span = self._add(f"{word}_size", "Maximum", [size, smallest])
        return self._add(f"{word}_grid", "RealDiv", [count, span])

    def _extreme(self, op: str, tensor: str, axes: str) -> str:
        return self.nodes.add(
            self.node, op.lower(), op, [tensor, axes], T=F, Tidx=I, keep_dims=False
        )

    def _axes(self, tensor: str) -> str:
        rank = self._add("rank", "Rank", [tensor])
        ends = [self._const("first", np.int32(0)), rank, self._const("step", np.int32(1))]
        return self.nodes.add(self.node, "axes", "Range", ends, Tidx=I)

    def _const(self, word: str, value: object) -> str:
        return self.nodes.const(self.node, word, np.asarray(value))

    def _add(self, word: str, op: str, inputs: list[str]) -> str:
        return self.nodes.add(self.node, word, op, inputs, T=F)

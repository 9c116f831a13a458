"""A GraphDef seen as a network: its nodes in running order, its weights, its picture sizes."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.graphdef.access import Shape, attr_of, node_of, nodes_by_name, shape_of
from harness.graphdef.endpoints import CHANNELS, RANK
from harness.graphdef.tensors import DTYPES, decode
from harness.graphdef.traversal import ordered
from harness.graphdef.wire import GraphDef, NodeDef

CONVOLUTIONS = ("Conv2D", "DepthwiseConv2dNative")
POOLS = ("AvgPool", "MaxPool")
RESIZES = ("ResizeBilinear", "ResizeBicubic", "ResizeNearestNeighbor")
FORWARDERS = ("Identity", "StopGradient", "CheckNumerics")
# Ops whose result is as high and wide as the largest of their inputs.
POINTWISE = frozenset(
    {"Add", "AddV2", "BiasAdd", "BatchNormWithGlobalNormalization", "ConcatV2", "Elu"}
    | {"FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3", "Identity", "LeakyRelu"}
    | {"Maximum", "Minimum", "Mul", "RealDiv", "Relu", "Relu6", "ReverseV2", "Sigmoid", "Sub"}
    | {"Tanh"}
)

Pair = tuple[int, int]


class Weight(NamedTuple):
    """A constant kernel in its place."""

    user: str
    """The convolution or matrix product; the kernel is its input 1."""
    const: str
    """The Const node."""
    axis: int
    """Axis of the user's output channels."""


class SlidingWindow(NamedTuple):
    """How a convolution or pool slides: kernel (dilation counted in) and strides, (rows, columns).

    The padding is TensorFlow's: SAME puts an odd total's extra row and column at the end.
    """

    kernel: Pair
    """Rows and columns that one position covers, dilation counted in."""
    strides: Pair
    """Rows and columns from one position to the next."""
    same: bool
    """Whether the padding is SAME; otherwise it is VALID."""

    def out(self, size: Pair) -> Pair:
        """Height and width of the result."""
        lost = (0, 0) if self.same else (self.kernel[0] - 1, self.kernel[1] - 1)
        rows, columns = (
            -(-(n - less) // step) for n, less, step in zip(size, lost, self.strides, strict=True)
        )
        return rows, columns

    def padding(self, size: Pair) -> tuple[Pair, Pair]:
        """((above, below), (left, right)) that SAME adds to a picture of this size."""
        rows, columns = (
            _halves(max((have - 1) * step + reach - n, 0) if self.same else 0)
            for have, step, reach, n in zip(
                self.out(size), self.strides, self.kernel, size, strict=True
            )
        )
        return rows, columns


def _halves(total: int) -> Pair:
    return total // 2, total - total // 2


class Network:
    """What the faults need to know of a graph; the graph itself is never changed."""

    def __init__(self, graph: GraphDef, output: str) -> None:
        """Look at the part of the graph that the output (`node` or `node:port`) needs."""
        self.graph = graph
        self._nodes = nodes_by_name(graph)
        self.order = ordered(graph, [output], control_inputs=True, allow_cycles=True)
        self._sizes: dict[str, Pair] | None = None

    def of(self, *ops: str) -> list[NodeDef]:
        """Nodes of these kinds in running order."""
        return [node for node in self.order if node.op in ops]

    def source(self, node: NodeDef, index: int = 0) -> NodeDef | None:
        """The node behind an input, past everything that only hands it on."""
        for _ in range(len(self._nodes)):
            if index >= len(node.input):
                return None
            node, index = self._nodes[node_of(node.input[index])], 0
            if node.op not in FORWARDERS:
                return node
        return None

    def constant(self, node: NodeDef, index: int) -> NDArray[Any] | None:
        """The constant that an input is; None where it is computed."""
        found = self.source(node, index)
        if found is None or found.op != "Const" or attr_of(found, "dtype").type not in DTYPES:
            return None
        return decode(attr_of(found, "value").tensor)

    def constant_name(self, node: NodeDef, index: int) -> str | None:
        """Name of the float32 Const that an input is; None where it is anything else."""
        found = self.source(node, index)
        if found is None or found.op != "Const":
            return None
        kind = DTYPES.get(attr_of(found, "dtype").type)
        return str(found.name) if kind == np.float32 else None

    def weights(self) -> Iterator[Weight]:
        """Kernels of convolutions and matrix products in running order."""
        for node in self.of(*CONVOLUTIONS, "MatMul"):
            name = self.constant_name(node, 1)
            if name is not None:
                yield Weight(node.name, name, _channel_axis(node))

    def window(self, node: NodeDef) -> SlidingWindow | None:
        """How a convolution or pool slides; None where its padding is given in numbers."""
        padding = attr_of(node, "padding").s
        strides = list(attr_of(node, "strides").list.i)
        if padding not in (b"SAME", b"VALID") or len(strides) != RANK:
            return None
        if node.op in POOLS:
            reach = _pair(node, list(attr_of(node, "ksize").list.i))
        else:
            kernel = self.constant(node, 1)
            if kernel is None or kernel.ndim != RANK:
                return None
            dilations = _pair(node, list(attr_of(node, "dilations").list.i) or [1] * RANK)
            rows, columns = kernel.shape[:2]
            reach = ((rows - 1) * dilations[0] + 1, (columns - 1) * dilations[1] + 1)
        return SlidingWindow(reach, _pair(node, strides), padding == b"SAME")

    def size(self, node: NodeDef) -> Pair | None:
        """Height and width of the picture that enters a node; None where they are unknown."""
        if self._sizes is None:
            self._sizes = {}
            for each in self.order:
                found = self._size_after(each)
                if found is not None:
                    self._sizes[each.name] = found
        return self._sizes.get(node_of(node.input[0]))

    def _size_after(self, node: NodeDef) -> Pair | None:
        if node.op in RESIZES:
            asked = self.constant(node, 1)
            return None if asked is None else (int(asked[0]), int(asked[1]))
        if node.op == "Placeholder":
            return _declared(shape_of(node))
        known_sizes = self._sizes or {}
        before = [known_sizes[n] for i in node.input if (n := node_of(i)) in known_sizes]
        if not before:
            return None
        if node.op in POINTWISE:
            return max(before)
        if node.op == "Pad":
            extra = self.constant(node, 1)
            return None if extra is None else _padded(before[0], extra)
        window = self.window(node) if node.op in (*CONVOLUTIONS, *POOLS) else None
        return window.out(before[0]) if window else None


def _declared(shape: Shape) -> Pair | None:
    """Height and width of a placeholder for a batch of pictures."""
    if len(shape) != RANK:
        return None
    first = 1 if shape[3] in CHANNELS else 2
    rows, columns = shape[first : first + 2]
    return (rows, columns) if rows and columns else None


def _channel_axis(node: NodeDef) -> int:
    if node.op == "MatMul":
        return 0 if attr_of(node, "transpose_b").b else 1
    return 3 if node.op == "Conv2D" else 2


def rows_axis(node: NodeDef) -> int:
    """Axis of the picture's rows: 1 in NHWC, which is TensorFlow's default, 2 in NCHW."""
    return 2 if attr_of(node, "data_format").s == b"NCHW" else 1


def _pair(node: NodeDef, values: list[int]) -> Pair:
    first = rows_axis(node)
    return int(values[first]), int(values[first + 1])


def _padded(size: Pair, extra: NDArray[Any]) -> Pair:
    """Size after a Pad of [4, 2]; the batch and the channels are not padded, so NCHW shows."""
    rows, columns = extra[1:3] if not extra[3].any() else extra[2:4]
    return size[0] + int(rows.sum()), size[1] + int(columns.sum())

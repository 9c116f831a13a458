"""Operations that TensorFlow computes in float32 alone, written with others that it has in float64.

Each function appends the operation's float64 form, whose last node has the original's name, and
returns True; or it returns False and appends nothing, because this node is not its case.
"""

from collections.abc import Callable, Mapping

import numpy as np

from harness.errors import GraphError
from harness.graphdef.access import attr_of, exact_inputs
from harness.graphdef.float64.nodes import D, I, Nodes
from harness.graphdef.float64.resize import resize_bilinear
from harness.graphdef.tensors import DT_FLOAT
from harness.graphdef.wire import NodeDef

_TO_LAST, _TO_FIRST = (0, 2, 3, 1), (0, 3, 1, 2)  # NCHW → NHWC and back
_MAX_RADIUS = 1 << 12  # of channels: more than any network has
_POOLS = ("MaxPool", "AvgPool")
_BY_AXIS = ("strides", "ksize", "dilations")


def fused_batch_norm(nodes: Nodes, node: NodeDef) -> bool:
    """FusedBatchNorm, V2 and V3 outside training, of which nobody takes the statistics.

    x and y: [N, H, W, C] or [N, C, H, W] (or with a depth); the four vectors: [C].
    """
    training = "is_training" not in node.attr or node.attr["is_training"].b
    narrow = {attr_of(node, name).type for name in ("T", "U") if name in node.attr} != {DT_FLOAT}
    if training or narrow or not nodes.only_first_output_used(node):
        return False
    x, scale, offset, mean, variance = exact_inputs(node, 5)
    layout = attr_of(node, "data_format").s.decode("ascii", "replace") or "NHWC"
    if layout.startswith("NC"):
        shape = nodes.const(node, "shape", np.array([-1] + [1] * (len(layout) - 2), np.int32))
        scale, offset, mean, variance = (
            nodes.add(node, word, "Reshape", [tensor, shape], T=D, Tshape=I)
            for word, tensor in (
                ("scale", scale),
                ("offset", offset),
                ("mean", mean),
                ("variance", variance),
            )
        )
    epsilon = _number(node, "epsilon", 0.0001)
    _normalise(nodes, node, (x, mean, variance, offset, scale), epsilon)
    return True


def global_batch_norm(nodes: Nodes, node: NodeDef) -> bool:
    """BatchNormWithGlobalNormalization, the oldest: x [N, H, W, C], four vectors [C]."""
    if attr_of(node, "T").type != DT_FLOAT:
        return False
    x, mean, variance, beta, gamma = exact_inputs(node, 5)
    scale = gamma if attr_of(node, "scale_after_normalization").b else None
    epsilon = float(attr_of(node, "variance_epsilon").f)
    _normalise(nodes, node, (x, mean, variance, beta, scale), epsilon)
    return True


def _normalise(
    nodes: Nodes, node: NodeDef, inputs: tuple[str, str, str, str, str | None], epsilon: float
) -> None:
    """(x - mean) · (scale / √(variance + ε)) + offset; ε is the float32 that the graph holds."""
    x, mean, variance, offset, scale = inputs
    small = nodes.const(node, "epsilon", np.float64(epsilon))
    added = nodes.add(node, "variance_epsilon", "AddV2", [variance, small], T=D)
    root = nodes.add(node, "sqrt", "Sqrt", [added], T=D)
    scale = scale or nodes.const(node, "one", np.float64(1))
    factor = nodes.add(node, "factor", "RealDiv", [scale, root], T=D)
    centred = nodes.add(node, "centred", "Sub", [x, mean], T=D)
    scaled = nodes.add(node, "scaled", "Mul", [centred, factor], T=D)
    nodes.end(node, "AddV2", [scaled, offset], T=D)


def local_response_norm(nodes: Nodes, node: NodeDef) -> bool:
    """LRN: x / (bias + alpha · Σ x²)^beta, the sum over 2r + 1 neighbouring channels.

    x: [N, H, W, C]. The sum is a convolution with ones along the channels, which for that become
    the rows of one-pixel-wide images; zeros beyond the first and last, as in TensorFlow.
    """
    narrow = "T" in node.attr and node.attr["T"].type != DT_FLOAT
    radius = int(node.attr["depth_radius"].i) if "depth_radius" in node.attr else 5
    if narrow or not 0 <= radius <= _MAX_RADIUS:
        return False
    (x,) = exact_inputs(node, 1)
    shape = nodes.add(node, "shape", "Shape", [x], T=D, out_type=I)
    axis = nodes.const(node, "axis", np.int32(0))
    last = nodes.const(node, "last", np.array([3], np.int32))
    channels = nodes.add(
        node, "channels", "GatherV2", [shape, last, axis], Tparams=I, Tindices=I, Taxis=I
    )
    rest = nodes.const(node, "rest", np.array([-1], np.int32))
    ones = nodes.const(node, "ones", np.array([1, 1], np.int32))
    tall = nodes.add(node, "tall_shape", "ConcatV2", [rest, channels, ones, axis], T=I, N=3, Tidx=I)
    square = nodes.add(node, "square", "Square", [x], T=D)
    rows = nodes.add(node, "rows", "Reshape", [square, tall], T=D, Tshape=I)
    window = nodes.const(node, "window", np.ones((2 * radius + 1, 1, 1, 1)))
    sums = nodes.add(
        node, "sums", "Conv2D", [rows, window], T=D, strides=[1, 1, 1, 1], padding="SAME"
    )
    back = nodes.add(node, "back", "Reshape", [sums, shape], T=D, Tshape=I)
    alpha = nodes.const(node, "alpha", np.float64(_number(node, "alpha", 1)))
    scaled = nodes.add(node, "scaled", "Mul", [back, alpha], T=D)
    bias = nodes.const(node, "bias", np.float64(_number(node, "bias", 1)))
    biased = nodes.add(node, "biased", "AddV2", [scaled, bias], T=D)
    beta = nodes.const(node, "beta", np.float64(_number(node, "beta", 0.5)))
    power = nodes.add(node, "power", "Pow", [biased, beta], T=D)
    nodes.end(node, "RealDiv", [x, power], T=D)
    return True


def sparse_matmul(nodes: Nodes, node: NodeDef) -> bool:
    """SparseMatMul: its sparseness is a hint for speed. [M, K] · [K, N] → [M, N]."""
    if any(name in node.attr and node.attr[name].type != DT_FLOAT for name in ("Ta", "Tb")):
        return False
    turned = {name: bool(attr_of(node, name).b) for name in ("transpose_a", "transpose_b")}
    nodes.end(node, "MatMul", exact_inputs(node, 2), T=D, **turned)
    return True


def channels_first(nodes: Nodes, node: NodeDef) -> bool:
    """Convolution or pooling of [N, C, H, W]: on a CPU, TensorFlow has that in float32 alone."""
    narrow = "T" in node.attr and node.attr["T"].type != DT_FLOAT
    if narrow or attr_of(node, "data_format").s != b"NCHW":
        return False
    pads = list(attr_of(node, "explicit_paddings").list.i)
    lengths = {len(attr_of(node, name).list.i) for name in _BY_AXIS}
    if not lengths <= {0, 4} or len(pads) not in (0, 8):
        raise GraphError(f"{node.op} '{node.name}' has strides for {max(lengths)} axes, not for 4")
    x, *weights = exact_inputs(node, 1 if node.op in _POOLS else 2)
    to_last = nodes.const(node, "to_last", np.array(_TO_LAST, np.int32))
    turned = nodes.add(node, "turned", "Transpose", [x, to_last], T=D, Tperm=I)
    inner = nodes.copy(node, nodes.unused(f"{node.name}/float64/last"))
    inner.input[:] = [turned, *weights]
    inner.attr["T"].type = D[1]
    inner.attr["data_format"].s = b"NHWC"
    for name in _BY_AXIS:
        if name in inner.attr:
            values = list(inner.attr[name].list.i)
            inner.attr[name].list.i[:] = [values[axis] for axis in _TO_LAST] if values else []
    if pads:
        inner.attr["explicit_paddings"].list.i[:] = [
            pad for axis in _TO_LAST for pad in pads[2 * axis : 2 * axis + 2]
        ]
    to_first = nodes.const(node, "to_first", np.array(_TO_FIRST, np.int32))
    nodes.end(node, "Transpose", [inner.name, to_first], T=D, Tperm=I)
    return True


def _number(node: NodeDef, name: str, default: float) -> float:
    """A float attribute, exactly; TensorFlow leaves those unwritten that have their default."""
    return float(node.attr[name].f if name in node.attr else np.float32(default))


Rewrite = Callable[[Nodes, NodeDef], bool]
REWRITES: Mapping[str, Rewrite] = {
    "ResizeBilinear": resize_bilinear,
    "BatchNormWithGlobalNormalization": global_batch_norm,
    "LRN": local_response_norm,
    "SparseMatMul": sparse_matmul,
    **dict.fromkeys(("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"), fused_batch_norm),
    **dict.fromkeys(("Conv2D", "DepthwiseConv2dNative", "MaxPool", "AvgPool"), channels_first),
}

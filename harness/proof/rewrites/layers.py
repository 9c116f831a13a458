"""Convolutions, matrix products and batch norms in other words."""

import numpy as np
from numpy.typing import NDArray

from harness.graphdef.access import attr_of
from harness.graphdef.build import add_const, add_node
from harness.graphdef.tensors import DT_FLOAT, DT_INT32
from harness.graphdef.wire import GraphDef, NodeDef
from harness.proof.faults.network import Network
from harness.proof.rewrites.kinds import part, rewrite

FLOAT = ("type", DT_FLOAT)
CHANNELS = 3
"""Axis of the channels, NHWC; the other layout is left as it is."""
BATCH_NORMS = ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")

Array = NDArray[np.float32]


def _kernel(net: Network, node: NodeDef) -> Array | None:
    """The constant kernel [rows, columns, in, out] of a convolution in NHWC; None for others."""
    kernel = net.constant(node, 1)
    if kernel is None or kernel.dtype != np.float32 or attr_of(node, "data_format").s == b"NCHW":
        return None
    return kernel


def _convolution(graph: GraphDef, like: NodeDef, name: str, image: str, kernel: Array) -> str:
    """Append a convolution with another input and kernel; its name."""
    node = graph.node.add()
    node.CopyFrom(like)
    node.name = name
    del node.input[:]
    node.input.extend([image, add_const(graph, f"{name}/kernel", kernel)])
    return name


@rewrite("Conv2D")
def convolution_split_over_outputs(graph: GraphDef, net: Network, node: NodeDef) -> bool:
    """Two convolutions make half of the output channels each, and are concatenated."""
    kernel = _kernel(net, node)
    if kernel is None or kernel.shape[-1] == 1:
        return False
    half = kernel.shape[-1] // 2
    parts = [
        _convolution(graph, node, part(node, name), node.input[0], weights)
        for name, weights in (("first", kernel[..., :half]), ("second", kernel[..., half:]))
    ]
    axis = add_const(graph, part(node, "axis"), np.int32(CHANNELS))
    add_node(graph, node.name, "ConcatV2", [*parts, axis], N=2, T=FLOAT, Tidx=("type", DT_INT32))
    return True


@rewrite("Conv2D")
def convolution_split_over_inputs(graph: GraphDef, net: Network, node: NodeDef) -> bool:
    """Two convolutions sum over half of the input channels each, and are added."""
    kernel = _kernel(net, node)
    if kernel is None or kernel.shape[2] % 2 or attr_of(node, "explicit_paddings").list.i:
        return False
    half = kernel.shape[2] // 2
    axis = add_const(graph, part(node, "axis"), np.int32(CHANNELS))
    split = add_node(
        graph, part(node, "split"), "Split", [axis, node.input[0]], num_split=2, T=FLOAT
    )
    first = _convolution(graph, node, part(node, "first"), split, kernel[:, :, :half])
    second = _convolution(graph, node, part(node, "second"), f"{split}:1", kernel[:, :, half:])
    add_node(graph, node.name, "AddV2", [first, second], T=FLOAT)
    return True


@rewrite("MatMul")
def dense_as_convolution(graph: GraphDef, net: Network, node: NodeDef) -> bool:
    """A dense layer is a 1×1 convolution of an image of one pixel."""
    kernel = net.constant(node, 1)
    turned = [attr_of(node, name).b for name in ("transpose_a", "transpose_b")]
    if kernel is None or kernel.dtype != np.float32 or any(turned):
        return False
    inputs, outputs = kernel.shape
    shape = add_const(graph, part(node, "shape"), np.array([-1, 1, 1, inputs], np.int32))
    pixel = add_node(graph, part(node, "pixel"), "Reshape", [node.input[0], shape], T=FLOAT)
    weights = add_const(graph, part(node, "kernel"), kernel.reshape(1, 1, inputs, outputs))
    product = add_node(
        graph,
        part(node, "product"),
        "Conv2D",
        [pixel, weights],
        T=FLOAT,
        strides=[1, 1, 1, 1],
        dilations=[1, 1, 1, 1],
        padding="VALID",
        data_format="NHWC",
    )
    flat = add_const(graph, part(node, "flat"), np.array([-1, outputs], np.int32))
    add_node(graph, node.name, "Reshape", [product, flat], T=FLOAT)
    return True


def _scale_and_offset(net: Network, node: NodeDef) -> tuple[Array, Array] | None:
    """A batch norm as x·scale + offset, `[channels]` each; None where it is in training, or varies.

    Computed in float64.
    """
    values = [net.constant(node, place) for place in range(1, 5)]
    if attr_of(node, "is_training").b or attr_of(node, "data_format").s == b"NCHW":
        return None
    if any(value is None for value in values):
        return None
    gamma, beta, mean, variance = (np.asarray(value, np.float64) for value in values)
    scale = gamma / np.sqrt(variance + attr_of(node, "epsilon").f)
    return scale.astype(np.float32), (beta - mean * scale).astype(np.float32)


@rewrite(*BATCH_NORMS)
def batch_norm_unfolded(graph: GraphDef, net: Network, node: NodeDef) -> bool:
    """A batch norm is a multiplication and an addition."""
    found = _scale_and_offset(net, node)
    if found is None:
        return False
    scale = add_const(graph, part(node, "scale"), found[0])
    offset = add_const(graph, part(node, "offset"), found[1])
    product = add_node(graph, part(node, "product"), "Mul", [node.input[0], scale], T=FLOAT)
    add_node(graph, node.name, "AddV2", [product, offset], T=FLOAT)
    return True


@rewrite(*BATCH_NORMS)
def batch_norm_folded(graph: GraphDef, net: Network, node: NodeDef) -> bool:
    """A batch norm behind a convolution is part of its kernel, and a bias."""
    found, before = _scale_and_offset(net, node), net.source(node)
    if found is None or before is None or before.op not in ("Conv2D", "DepthwiseConv2dNative"):
        return False
    kernel = _kernel(net, before)
    if kernel is None:
        return False
    scale, offset = found
    depthwise = before.op == "DepthwiseConv2dNative"
    folded = kernel * (scale.reshape(kernel.shape[2:]) if depthwise else scale)
    product = _convolution(graph, before, part(node, "folded"), before.input[0], folded)
    bias = add_const(graph, part(node, "bias"), offset)
    add_node(graph, node.name, "BiasAdd", [product, bias], T=FLOAT, data_format="NHWC")
    return True


@rewrite("BiasAdd", "AddV2", "Add")
def bias_in_two_parts(graph: GraphDef, net: Network, node: NodeDef) -> bool:
    """A constant is added in two parts."""
    bias = net.constant(node, 1)
    if bias is None or bias.dtype != np.float32:
        return False
    third = (bias / np.float32(3)).astype(np.float32)
    first = graph.node.add()
    first.CopyFrom(node)
    first.name = part(node, "first")
    first.input[1] = add_const(graph, part(node, "third"), third)
    last = graph.node.add()
    last.CopyFrom(node)
    del last.input[:]
    last.input.extend([first.name, add_const(graph, part(node, "rest"), bias - third)])
    return True

"""Batch norms folded into convolutions, made of convolutions' biases, and written as arithmetic."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.graphdef.access import attr_of, data_entries
from harness.graphdef.wire import GraphDef, NodeDef
from harness.proof.faults.network import CONVOLUTIONS
from harness.proof.rewrites.rewriting import FLOAT, Rewritten, is_float, rewrite, rewritten

NORMS = ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
DEFAULT_EPSILON = 1e-4
EPSILON = 1e-3
"""That of the batch norms that are made."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Affine:
    """A batch norm of constants: scale·x + offset."""

    scale: Array
    """`[C]`, gamma/√(variance + ε)."""
    offset: Array
    """`[C]`, beta − mean·scale."""
    mean: Array
    """`[C]`."""


@rewrite("a convolution, and a batch norm of constants behind it")
def batch_norm_folded(graph: GraphDef) -> GraphDef:
    """Batch norms are folded into the kernels before them, and become biases.

    `gamma·(Wx − mean)/√(variance + ε) + beta` is a convolution by a scaled kernel and a bias.
    """
    norms = dict(_foldable(graph))
    by_convolution = dict(norms.values())

    def change(node: NodeDef, new: Rewritten) -> bool:
        if node.name in by_convolution:
            _scaled(node, by_convolution[node.name].scale, new)
        elif node.name in norms:
            bias = new.const(f"{node.name}/bias", norms[node.name][1].offset)
            order = attr_of(node, "data_format").s.decode() or "NHWC"
            new.add(node.name, "BiasAdd", [node.input[0], bias], data_format=order)
        else:
            return False
        return True

    return rewritten(graph, change)


def _foldable(graph: GraphDef) -> Iterator[tuple[str, tuple[str, _Affine]]]:
    """(norm, (the convolution it alone reads, what it computes))."""
    view = Rewritten(graph)
    for node in graph.node:
        affine = _affine(node, view)
        if affine is None:
            continue
        if (conv := _own_convolution(node, view)) is not None:
            yield node.name, (conv.name, affine)


def _own_convolution(node: NodeDef, view: Rewritten) -> NodeDef | None:
    """The convolution by a constant kernel that this node alone reads; None where it is none."""
    conv = view.source(node)
    own = conv.name == node.input[0] and view.read_once(conv.name)
    known = conv.op in CONVOLUTIONS and own and view.constant(conv, 1) is not None
    return conv if known else None


def _affine(node: NodeDef, view: Rewritten) -> _Affine | None:
    """What a batch norm computes; None for other nodes and where its parts are no constants."""
    inference = "is_training" in node.attr and not attr_of(node, "is_training").b
    if node.op not in NORMS or not is_float(node) or not inference:
        return None
    parts = [view.constant(node, index) for index in range(1, len(data_entries(node)))]
    known = [part for part in parts if part is not None and part.size]
    if len(known) != len(parts):
        return None
    gamma, beta, mean, variance = known
    epsilon = attr_of(node, "epsilon").f if "epsilon" in node.attr else DEFAULT_EPSILON
    scale = gamma / np.sqrt(variance + epsilon)
    return _Affine(scale, beta - mean * scale, mean)


def _scaled(conv: NodeDef, scale: Array, new: Rewritten) -> None:
    """Write a convolution again with its output channels scaled."""
    kernel = new.constant(conv, 1)
    if kernel is None:
        raise ValueError(f"{conv.name} has no constant kernel")
    along = scale.reshape(kernel.shape[2:]) if conv.op != "Conv2D" else scale
    name = new.const(f"{conv.name}/scaled_kernel", kernel * along)
    new.like(conv, conv.name, [conv.input[0], name])


@rewrite("a batch norm of constants")
def batch_norm_as_arithmetic(graph: GraphDef) -> GraphDef:
    """Batch norms are a subtraction, a product and a sum."""

    def change(node: NodeDef, new: Rewritten) -> bool:
        affine = _affine(node, new)
        if affine is None:
            return False
        shape = (-1, 1, 1) if attr_of(node, "data_format").s == b"NCHW" else (-1,)
        beta = affine.offset + affine.mean * affine.scale
        parts = {"mean": affine.mean, "scale": affine.scale, "beta": beta}
        names = {key: new.const(f"{node.name}/{key}", value.reshape(shape))
                 for key, value in parts.items()}  # fmt: skip
        last = new.add(new.free(f"{node.name}/sub"), "Sub", [node.input[0], names["mean"]])
        last = new.add(new.free(f"{node.name}/mul"), "Mul", [last, names["scale"]])
        new.add(node.name, "AddV2", [last, names["beta"]])
        return True

    return rewritten(graph, change)


@rewrite("a convolution, and a constant bias behind it")
def batch_norm_unfolded(graph: GraphDef) -> GraphDef:
    """Biases of convolutions are batch norms, and the kernels are scaled to fit.

    Kernels are scaled by powers of two, so that no weight is rounded.
    """
    biases = dict(_biases(graph))
    by_convolution = dict(biases.values())

    def change(node: NodeDef, new: Rewritten) -> bool:
        if node.name in by_convolution:
            _scaled(node, by_convolution[node.name], new)
        elif node.name in biases:
            _as_norm(node, biases[node.name][1], new)
        else:
            return False
        return True

    return rewritten(graph, change)


def _biases(graph: GraphDef) -> Iterator[tuple[str, tuple[str, Array]]]:
    """(BiasAdd, (the convolution it alone reads, a power of two for each of its channels))."""
    view = Rewritten(graph)
    for node in graph.node:
        if node.op != "BiasAdd" or not is_float(node):
            continue
        conv, bias = _own_convolution(node, view), view.constant(node, 1)
        if conv is not None and bias is not None:
            rng = np.random.default_rng(zlib.crc32(node.name.encode()))
            powers = rng.integers(-1, 2, bias.size).astype(np.float64)
            yield node.name, (conv.name, np.exp2(powers))


def _as_norm(node: NodeDef, scale: Array, new: Rewritten) -> None:
    bias = new.constant(node, 1)
    if bias is None:
        raise ValueError(f"{node.name} has no constant bias")
    rng = np.random.default_rng(zlib.crc32(node.name.encode()))
    variance = rng.uniform(0.5, 2, bias.size).astype(np.float32).astype(np.float64)
    mean = rng.normal(0, 0.1, bias.size).astype(np.float32).astype(np.float64)
    spread = np.sqrt(variance + float(np.float32(EPSILON)))
    gamma = (spread / scale).astype(np.float32).astype(np.float64)
    beta = bias + mean * gamma / spread
    parts = {"gamma": gamma, "beta": beta, "mean": mean, "variance": variance}
    names = [new.const(f"{node.name}/bn/{key}", value) for key, value in parts.items()]
    order = attr_of(node, "data_format").s.decode() or "NHWC"
    attrs = {"U": FLOAT, "epsilon": EPSILON, "is_training": False, "data_format": order}
    new.add(node.name, "FusedBatchNormV3", [node.input[0], *names], **attrs)

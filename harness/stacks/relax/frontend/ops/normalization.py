"""Batch norms of inference, and local response normalisation.

The statistics are constants in a frozen graph; where they are, scale = γ / √(variance + ε) is
computed while importing, in float32 as TensorFlow does, and x becomes (x − mean) · scale + β:
TensorFlow's own order (tensorflow/core/kernels/fused_batch_norm_op.cc).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from tvm import relax, te, tirx

from harness.stacks.relax.constant import constant
from harness.stacks.relax.frontend.node import FLOATS, Node
from harness.stacks.relax.frontend.registry import converts
from harness.stacks.relax.frontend.windows import RANK, VOLUME_RANK, Layout, layout_of


@dataclass(frozen=True)
class Statistics:
    """Which inputs are a batch norm's vectors, and its epsilon."""

    mean: int
    """Index of the input that is the mean."""
    variance: int
    """… the variance."""
    offset: int
    """… the offset β."""
    scale: int | None
    """… the scale γ; None for no scale."""
    epsilon: float
    """Added to the variance."""


@converts("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3", inputs=5, types=FLOATS)
def _fused(node: Node) -> Any:
    """Output 0 only: the others are the statistics of training."""
    if node.attributes.flag("is_training", default=True):
        raise node.attributes.unsupported(
            "is_training", True, "False: freeze the graph for inference"
        )
    epsilon = node.attributes.number("epsilon", 1e-4)
    return _normalized(node, Statistics(3, 4, 2, 1, epsilon), layout_of(node, RANK, VOLUME_RANK))


@converts("BatchNormWithGlobalNormalization", inputs=5, types=FLOATS)
def _global(node: Node) -> Any:
    """Removed from TensorFlow with GraphDef version 9; graphs of 2015 have it."""
    epsilon = node.attributes.number("variance_epsilon", 0.0)
    scaled = node.attributes.flag("scale_after_normalization")
    node.require_rank(4)
    statistics = Statistics(1, 2, 3, 4 if scaled else None, epsilon)
    return _normalized(node, statistics, Layout("NHWC"))


def _normalized(node: Node, vectors: Statistics, layout: Layout) -> Any:
    mean = _vector(node, vectors.mean, layout, "mean")
    centred = node.bind("centred", relax.op.subtract(node.tensor(0), mean))
    scaled = node.bind("scaled", relax.op.multiply(centred, _scale(node, vectors, layout)))
    return relax.op.add(scaled, _vector(node, vectors.offset, layout, "offset"))


def _vector(node: Node, index: int, layout: Layout, name: str) -> Any:
    """A vector of channels in the shape that broadcasts over the batch."""
    known = node.known(index)
    shape = layout.broadcast_shape(node.shape(index)[0])
    if known is not None:
        return constant(known.reshape(shape))
    return node.bind(name, relax.op.reshape(node.tensor(index), shape))


def _scale(node: Node, vectors: Statistics, layout: Layout) -> Any:
    variance = node.known(vectors.variance)
    gamma = None if vectors.scale is None else node.known(vectors.scale)
    if variance is None or (vectors.scale is not None and gamma is None):
        return _computed_scale(node, vectors, layout)
    one = np.ones((), variance.dtype)
    scale = one / np.sqrt(variance + variance.dtype.type(vectors.epsilon))
    scale = scale if gamma is None else scale * gamma
    return constant(scale.reshape(layout.broadcast_shape(len(scale))))


def _computed_scale(node: Node, vectors: Statistics, layout: Layout) -> Any:
    """γ / √(variance + ε) for statistics that the module computes or is fed."""
    variance = _vector(node, vectors.variance, layout, "variance")
    variance_epsilon = relax.op.add(variance, node.scalar_like(vectors.variance, vectors.epsilon))
    scale = node.bind("rsqrt", relax.op.rsqrt(node.bind("variance_epsilon", variance_epsilon)))
    if vectors.scale is None:
        return scale
    return node.bind(
        "scale", relax.op.multiply(scale, _vector(node, vectors.scale, layout, "gamma"))
    )


@converts("LRN", types=FLOATS)
def _local_response(node: Node) -> Any:
    """x / (bias + α · Σ x²)^β, summed over the nearest 2 · radius + 1 channels.

    TensorFlow's α is not divided by their number, unlike the original's.
    """
    node.require_rank(4)
    radius = node.attributes.integer("depth_radius", 5)
    x, channels = node.tensor(0), node.shape()[3]

    def sums(data: Any) -> Any:
        step = te.reduce_axis((0, 2 * radius + 1), "step")

        def squared(n: Any, y: Any, x: Any, c: Any) -> Any:
            near = c + step - radius
            inside = tirx.all(near >= 0, near < channels)
            safe = tirx.max(tirx.min(near, channels - 1), 0)
            value = data[n, y, x, safe]
            return te.sum(tirx.if_then_else(inside, value * value, tirx.const(0, data.dtype)), step)

        return te.compute(data.shape, squared, name="sums")

    total = node.bind("sums", node.computed("local_squares", sums, x))
    alpha = node.scalar_like(0, node.attributes.number("alpha", 1.0))
    bias = node.scalar_like(0, node.attributes.number("bias", 1.0))
    scaled = node.bind("scaled", relax.op.multiply(total, alpha))
    base = node.bind("base", relax.op.add(scaled, bias))
    beta = node.scalar_like(0, node.attributes.number("beta", 0.5))
    return relax.op.divide(x, node.bind("power", relax.op.power(base, beta)))

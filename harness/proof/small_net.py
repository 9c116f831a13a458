"""A small classifier made of nothing but a seed, for proofs that need a third kind of network.

Random weights alone would give near-uniform scores, beside which every difference looks tiny. So
the statistics of its batch norms and the spread of its logits come from a batch of made-up
pictures, and its scores for photographs have a clear first.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.graphdef.build import add_const, add_node
from harness.graphdef.tensors import DT_FLOAT, DT_INT32
from harness.graphdef.wire import GraphDef
from harness.inputs.zoo.decoding_nodes import add_decoding_nodes

SIZE = 64
CLASSES = 20
EPSILON = 1e-3
BATCH = 16
DIGITS = 3
"""Decimals kept of what is computed, so that the last bits of a machine's sums don't show."""
PRODUCER = 134  # GraphDef version of TensorFlow 1.15
SPREAD = 1.8
"""Standard deviation of the logits over the batch."""
FLOAT, INT = ("type", DT_FLOAT), ("type", DT_INT32)

Array = NDArray[Any]


def small_net(seed: int = 0) -> GraphDef:
    """A GraphDef: `DecodeJpeg/contents` (string) → `softmax` [1, 20] float32.

    64×64 pictures; convolution, depthwise convolution, SAME average pool, a convolution with a
    bias, another with a batch norm, global average, dense layer. About 20 000 weights.
    """
    net = _Net(seed)
    net.convolution("conv1", 3, 16, stride=2)
    net.batch_norm("conv1")
    net.depthwise("depthwise", 3)
    net.batch_norm("depthwise")
    net.average_pool("pool", 3, stride=2)
    net.convolution("conv2", 3, 32, stride=2)
    net.bias("conv2")
    net.convolution("conv3", 3, 48, stride=1)
    net.batch_norm("conv3")
    net.classify()
    return net.graph


class _Net:
    """The graph so far, and what a batch of pictures has become on its way through it."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.graph = GraphDef()
        self.graph.versions.producer = PRODUCER
        self.last = add_decoding_nodes(self.graph, SIZE)
        self.batch = _pictures(self.rng)

    def node(self, name: str, op: str, *inputs: str, **attrs: Any) -> None:
        """Append a node that reads the last one and these constants."""
        self.last = add_node(self.graph, name, op, [self.last, *inputs], T=FLOAT, **attrs)

    def const(self, name: str, array: Array) -> str:
        """Append a constant."""
        return add_const(self.graph, name, np.asarray(array, np.float32))

    def convolution(self, name: str, reach: int, out: int, *, stride: int) -> None:
        """Conv2D with He-scaled weights."""
        width = self.batch.shape[-1]
        shape = (reach, reach, width, out)
        kernel = self.rng.normal(0, np.sqrt(2 / (reach * reach * width)), shape).astype(np.float32)
        self.node(name, "Conv2D", self.const(f"{name}/kernel", kernel), **_window(stride))
        self.batch = np.einsum("nhwcij,ijco->nhwo", _windows(self.batch, reach, stride), kernel)

    def depthwise(self, name: str, reach: int) -> None:
        """DepthwiseConv2dNative of stride 1."""
        shape = (reach, reach, self.batch.shape[-1], 1)
        kernel = self.rng.normal(0, 1 / reach, shape).astype(np.float32)
        weights = self.const(f"{name}/kernel", kernel)
        self.node(name, "DepthwiseConv2dNative", weights, **_window(1))
        self.batch = np.einsum("nhwcij,ijc->nhwc", _windows(self.batch, reach, 1), kernel[..., 0])

    def batch_norm(self, name: str) -> None:
        """FusedBatchNormV3 with the batch's own statistics, then ReLU6, which cuts a part."""
        width = self.batch.shape[-1]
        gamma, beta = self.rng.uniform(1, 3, width), self.rng.uniform(-0.5, 1.5, width)
        mean, variance = self.batch.mean((0, 1, 2)), self.batch.var((0, 1, 2))
        parts = {"gamma": gamma, "beta": beta, "mean": mean, "variance": variance}
        rounded = {key: value.round(DIGITS) for key, value in parts.items()}
        inputs = [self.const(f"{name}/bn/{key}", value) for key, value in rounded.items()]
        attrs = {"is_training": False, "epsilon": EPSILON, "data_format": "NHWC", "U": FLOAT}
        self.node(f"{name}/bn", "FusedBatchNormV3", *inputs, **attrs)
        normal = (self.batch - rounded["mean"]) / np.sqrt(rounded["variance"] + EPSILON)
        self._relu6(name, normal * rounded["gamma"] + rounded["beta"])

    def bias(self, name: str) -> None:
        """BiasAdd that centres the batch, then ReLU6."""
        offset = (self.rng.uniform(0, 2, self.batch.shape[-1]) - self.batch.mean((0, 1, 2))).round(
            DIGITS
        )
        self.node(f"{name}/BiasAdd", "BiasAdd", self.const(f"{name}/bias", offset))
        self._relu6(name, self.batch + offset)

    def _relu6(self, name: str, batch: Array) -> None:
        self.node(f"{name}/Relu6", "Relu6")
        self.batch = batch.clip(0, 6)

    def average_pool(self, name: str, reach: int, *, stride: int) -> None:
        """SAME AvgPool: TensorFlow divides by the pixels that there are."""
        window = {key: value for key, value in _window(stride).items() if key != "dilations"}
        self.node(name, "AvgPool", ksize=[1, reach, reach, 1], **window)
        there = _windows(np.ones_like(self.batch), reach, stride).sum((-2, -1))
        self.batch = _windows(self.batch, reach, stride).sum((-2, -1)) / there

    def classify(self) -> None:
        """Global average, dense layer whose logits spread over the batch, softmax."""
        axes = add_const(self.graph, "mean/axes", np.array([1, 2], np.int32))
        self.node("mean", "Mean", axes, Tidx=INT, keep_dims=False)
        features = self.batch.mean((1, 2))
        kernel = self.rng.normal(0, 1, (features.shape[-1], CLASSES)) / features.std(0)[:, None]
        kernel = (kernel * (SPREAD / (features @ kernel).std(0))).round(DIGITS)
        bias = (self.rng.normal(0, 1, CLASSES) - features.mean(0) @ kernel).round(DIGITS)
        flags = {"transpose_a": False, "transpose_b": False}
        self.node("dense", "MatMul", self.const("dense/kernel", kernel), **flags)
        self.node("logits", "BiasAdd", self.const("dense/bias", bias), data_format="NHWC")
        self.node("softmax", "Softmax")


def _pictures(rng: np.random.Generator) -> Array:
    """[BATCH, 64, 64, 3] of −1 to 1: blocks of every size, the larger the stronger, as in photos.

    Mostly grey with some colour.
    """
    total = np.zeros((BATCH, SIZE, SIZE, 3))
    for cells in (2, 4, 8, 16, 32, 64):
        grey = rng.normal(0, 1, (BATCH, cells, cells, 1))
        colour = rng.normal(0, 0.4, (BATCH, cells, cells, 3))
        block = (1, SIZE // cells, SIZE // cells, 1)
        total += np.kron((grey + colour) * 0.8 / np.sqrt(cells), np.ones(block))
    return total.clip(-1, 1)


def _window(stride: int) -> dict[str, Any]:
    return {
        "strides": [1, stride, stride, 1],
        "dilations": [1, 1, 1, 1],
        "padding": "SAME",
        "data_format": "NHWC",
    }


def _windows(batch: Array, reach: int, stride: int) -> Array:
    """[N, H', W', C, reach, reach] of a picture padded as SAME does."""
    total = max((-(-batch.shape[1] // stride) - 1) * stride + reach - batch.shape[1], 0)
    pad = (total // 2, total - total // 2)
    padded = np.pad(batch, ((0, 0), pad, pad, (0, 0)))
    slid = np.lib.stride_tricks.sliding_window_view(padded, (reach, reach), (1, 2))
    return np.asarray(slid[:, ::stride, ::stride])

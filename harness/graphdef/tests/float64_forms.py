"""Operations in NumPy float64, and jobs of one operation each."""

from fractions import Fraction
from math import ceil, floor
from typing import Any

import numpy as np

from harness.graphdef.build import add_const, add_node
from harness.graphdef.tensors import DT_UINT8
from harness.graphdef.tests.float64_runs import Job, fed, one_op
from harness.graphdef.wire import GraphDef
from harness.testing.tiny import F

RNG = np.random.default_rng(0)
IMAGE = RNG.normal(0, 3, (2, 7, 6, 5)).astype(np.float32)
FIRST = IMAGE.transpose(0, 3, 1, 2)  # the same as NCHW
KERNEL = RNG.normal(0, 1, (3, 3, 5, 4)).astype(np.float32)
DEPTHWISE = RNG.normal(0, 1, (3, 3, 5, 2)).astype(np.float32)
MATRIX = RNG.normal(0, 1, (6, 4)).astype(np.float32)
SCALE, OFFSET, MEAN = RNG.normal(1, 1, (3, 5)).astype(np.float32)
VARIANCE = RNG.uniform(0.001, 2, 5).astype(np.float32)
NORM = (SCALE, OFFSET, MEAN, VARIANCE)
TALL, PLAIN = [1, 2, 1, 1], [1, 1, 1, 1]


def windows(x: Any, size: Any, stride: Any, pads: Any = ((0, 0), (0, 0)), fill: float = 0.0) -> Any:
    """[N, H, W, C] → [N, h, w, kh, kw, C] of float64."""
    x = np.pad(x.astype(np.float64), ((0, 0), *pads, (0, 0)), constant_values=fill)
    view = np.lib.stride_tricks.sliding_window_view(x, size, (1, 2))
    return view[:, :: stride[0], :: stride[1]].transpose(0, 1, 2, 4, 5, 3)


def conv(x: Any, kernel: Any, stride: Any = (1, 1), pads: Any = ((0, 0), (0, 0))) -> Any:
    view = windows(x, kernel.shape[:2], stride, pads)
    return np.einsum("nhwijc,ijco->nhwo", view, kernel.astype(np.float64))


def depthwise(x: Any, kernel: Any, stride: Any = (1, 1), pads: Any = ((0, 0), (0, 0))) -> Any:
    view = windows(x, kernel.shape[:2], stride, pads)
    made = np.einsum("nhwijc,ijcm->nhwcm", view, kernel.astype(np.float64))
    return made.reshape(*made.shape[:3], -1)


def norm(x: Any, scale: Any, offset: Any, mean: Any, variance: Any, epsilon: Any) -> Any:
    """The mean and the rest by `longdouble`, so that rounding is not shared."""
    x, scale, offset, mean, variance = (
        a.astype(np.longdouble) for a in (x, scale, offset, mean, variance)
    )
    small = np.longdouble(np.float32(epsilon))
    return ((x - mean) * scale / np.sqrt(variance + small) + offset).astype(np.float64)


def lrn(x: Any, radius: Any, bias: Any, alpha: Any, beta: Any) -> Any:
    x = x.astype(np.float64)
    out = np.empty_like(x)
    for c in range(x.shape[-1]):
        total = (x[..., max(0, c - radius) : c + radius + 1] ** 2).sum(-1)
        out[..., c] = x[..., c] / (float(np.float32(bias)) + np.float32(alpha) * total) ** float(
            np.float32(beta)
        )
    return out


def resize(x: Any, size: Any, how: Any) -> Any:
    """By one weight matrix an axis, its coordinates exact fractions."""
    rows, columns = (matrix(x.shape[a + 1], size[a], how) for a in (0, 1))
    return np.einsum("yh,nhwc,xw->nyxc", rows, x.astype(np.float64), columns)


def matrix(old: Any, new: Any, how: Any) -> Any:
    weights = np.zeros((new, old))
    for i in range(new):
        if how == "half":
            at = (i + Fraction(1, 2)) * Fraction(old, new) - Fraction(1, 2)
        elif how == "align" and new > 1:
            at = i * Fraction(old - 1, new - 1)
        else:
            at = i * Fraction(old, new)
        part = float(at - floor(at))
        weights[i, max(0, floor(at))] += 1 - part
        weights[i, min(old - 1, ceil(at))] += part
    return weights


def first(x: Any) -> Any:
    return x.transpose(0, 3, 1, 2)


def softmax(x: Any) -> Any:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def resized(size: Any, how: Any, image: Any = IMAGE) -> Any:
    options = {"align_corners": how == "align", "half_pixel_centers": how == "half"}
    job = one_op("ResizeBilinear", image, [np.int32(size)], T=F, **options)
    return job, resize(image, size, how)


def resized_bytes() -> Any:
    image = RNG.integers(0, 256, (1, 9, 11, 3), np.uint8)
    graph = GraphDef()
    add_node(graph, "input", "Placeholder", [], dtype=("type", DT_UINT8))
    add_const(graph, "size", np.array([4, 5], np.int32))
    add_node(graph, "out", "ResizeBilinear", ["input", "size"], T=("type", DT_UINT8))
    return Job(graph, {"input:0": image}, entry=fed(image)), resize(image, (4, 5), "legacy")


def batch_norm(
    op: str, image: Any = IMAGE, layout: str = "NHWC", epsilon: float | None = 0.001, **attrs: Any
) -> Any:
    attrs |= {"T": F, "is_training": False, "data_format": layout}
    attrs |= {} if op == "FusedBatchNorm" else {"U": F}
    attrs |= {"epsilon": epsilon} if epsilon else {}
    made = norm(IMAGE, *NORM, epsilon or 0.0001)
    return one_op(op, image, NORM, **attrs), first(made) if layout == "NCHW" else made


def global_norm(scaled: Any) -> Any:
    weights = (MEAN, VARIANCE, OFFSET, SCALE)
    op, after = "BatchNormWithGlobalNormalization", "scale_after_normalization"
    job = one_op(op, IMAGE, weights, T=F, variance_epsilon=0.001, **{after: scaled})
    job.graph.versions.producer = 8  # the last to which TensorFlow allows it
    return job, norm(IMAGE, SCALE if scaled else np.ones(5), OFFSET, MEAN, VARIANCE, 0.001)


def spatial(op: str, image: Any, weights: Any = (), **attrs: Any) -> Any:
    return one_op(op, image, weights, **{"T": F, "padding": "VALID", "strides": TALL} | attrs)


def pairwise(function: Any) -> Any:
    """NumPy's function in float64, on the image."""
    return function(IMAGE.astype(np.float64))

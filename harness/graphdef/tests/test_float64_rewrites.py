"""Each operation's float64 form against NumPy's float64, written another way."""

from fractions import Fraction
from math import ceil, erf, floor

import numpy as np
import pytest

from harness.errors import GraphError
from harness.graphdef.build import add_const, add_node
from harness.graphdef.float64.convert import convert_to_float64
from harness.graphdef.tensors import DT_HALF, DT_UINT8
from harness.graphdef.tests.float64_runs import Job, apart, fed, one_op, run_all
from harness.graphdef.wire import GraphDef
from harness.testing.tiny import F, I

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


def windows(x, size, stride, pads=((0, 0), (0, 0)), fill=0.0):
    """[N, H, W, C] → [N, h, w, kh, kw, C] of float64."""
    x = np.pad(x.astype(np.float64), ((0, 0), *pads, (0, 0)), constant_values=fill)
    view = np.lib.stride_tricks.sliding_window_view(x, size, (1, 2))
    return view[:, :: stride[0], :: stride[1]].transpose(0, 1, 2, 4, 5, 3)


def conv(x, kernel, stride=(1, 1), pads=((0, 0), (0, 0))):
    view = windows(x, kernel.shape[:2], stride, pads)
    return np.einsum("nhwijc,ijco->nhwo", view, kernel.astype(np.float64))


def depthwise(x, kernel, stride=(1, 1), pads=((0, 0), (0, 0))):
    view = windows(x, kernel.shape[:2], stride, pads)
    made = np.einsum("nhwijc,ijcm->nhwcm", view, kernel.astype(np.float64))
    return made.reshape(*made.shape[:3], -1)


def norm(x, scale, offset, mean, variance, epsilon):
    """The mean and the rest by `longdouble`, so that rounding is not shared."""
    x, scale, offset, mean, variance = (
        a.astype(np.longdouble) for a in (x, scale, offset, mean, variance)
    )
    small = np.longdouble(np.float32(epsilon))
    return ((x - mean) * scale / np.sqrt(variance + small) + offset).astype(np.float64)


def lrn(x, radius, bias, alpha, beta):
    x = x.astype(np.float64)
    out = np.empty_like(x)
    for c in range(x.shape[-1]):
        total = (x[..., max(0, c - radius) : c + radius + 1] ** 2).sum(-1)
        out[..., c] = x[..., c] / (float(np.float32(bias)) + np.float32(alpha) * total) ** float(
            np.float32(beta)
        )
    return out


def resize(x, size, how):
    """By one weight matrix an axis, its coordinates exact fractions."""
    rows, columns = (matrix(x.shape[a + 1], size[a], how) for a in (0, 1))
    return np.einsum("yh,nhwc,xw->nyxc", rows, x.astype(np.float64), columns)


def matrix(old, new, how):
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


def first(x):
    return x.transpose(0, 3, 1, 2)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def resized(size, how, image=IMAGE):
    options = {"align_corners": how == "align", "half_pixel_centers": how == "half"}
    job = one_op("ResizeBilinear", image, [np.int32(size)], T=F, **options)
    return job, resize(image, size, how)


def resized_bytes():
    image = RNG.integers(0, 256, (1, 9, 11, 3), np.uint8)
    graph = GraphDef()
    add_node(graph, "input", "Placeholder", [], dtype=("type", DT_UINT8))
    add_const(graph, "size", np.int32([4, 5]))
    add_node(graph, "out", "ResizeBilinear", ["input", "size"], T=("type", DT_UINT8))
    return Job(graph, {"input:0": image}, entry=fed(image)), resize(image, (4, 5), "legacy")


def batch_norm(op, image=IMAGE, layout="NHWC", epsilon=0.001, **attrs):
    attrs |= {"T": F, "is_training": False, "data_format": layout}
    attrs |= {} if op == "FusedBatchNorm" else {"U": F}
    attrs |= {"epsilon": epsilon} if epsilon else {}
    made = norm(IMAGE, *NORM, epsilon or 0.0001)
    return one_op(op, image, NORM, **attrs), first(made) if layout == "NCHW" else made


def global_norm(scaled):
    weights = (MEAN, VARIANCE, OFFSET, SCALE)
    op, after = "BatchNormWithGlobalNormalization", "scale_after_normalization"
    job = one_op(op, IMAGE, weights, T=F, variance_epsilon=0.001, **{after: scaled})
    job.graph.versions.producer = 8  # the last to which TensorFlow allows it
    return job, norm(IMAGE, SCALE if scaled else np.ones(5), OFFSET, MEAN, VARIANCE, 0.001)


def spatial(op, image, weights=(), **attrs):
    return one_op(op, image, weights, **{"T": F, "padding": "VALID", "strides": TALL} | attrs)


def pairwise(function):
    """NumPy's function in float64, on the image."""
    return function(IMAGE.astype(np.float64))


EXPLICIT = [0, 0, 0, 0, 1, 2, 0, 3]
SAME = ((1, 1), (1, 1))
POOL = {"ksize": [1, 2, 3, 1], "strides": TALL}
POOL_FIRST = {"ksize": [1, 1, 2, 3], "strides": [1, 1, 2, 1], "data_format": "NCHW"}
POOLED = windows(IMAGE, (2, 3), (2, 1))
STRIDED_FIRST = {"strides": [1, 1, 2, 1], "data_format": "NCHW"}

ROUNDED = {
    "legacy, larger": resized((10, 13), "legacy"),
    "legacy, smaller": resized((3, 4), "legacy"),
    "half pixels, larger": resized((16, 11), "half"),
    "half pixels, smaller": resized((3, 4), "half"),
    "corners, larger": resized((10, 13), "align"),
    "corners, smaller": resized((3, 4), "align"),
    "corners, one row": resized((1, 4), "align"),
    "photo": resized((29, 37), "half", RNG.uniform(0, 255, (1, 299, 301, 3)).astype(np.float32)),
    "bytes resized": resized_bytes(),
    "batch norm 1": batch_norm("FusedBatchNorm"),
    "batch norm 2": batch_norm("FusedBatchNormV2"),
    "batch norm 3": batch_norm("FusedBatchNormV3"),
    "batch norm, default epsilon": batch_norm("FusedBatchNormV3", epsilon=None),
    "batch norm, NCHW": batch_norm("FusedBatchNormV3", FIRST, "NCHW"),
    "global norm": global_norm(scaled=True),
    "global norm, unscaled": global_norm(scaled=False),
    "lrn": (one_op("LRN", IMAGE), lrn(IMAGE, 5, 1, 1, 0.5)),
    "lrn of AlexNet": (
        one_op("LRN", IMAGE, T=F, depth_radius=2, bias=2.0, alpha=0.0001, beta=0.75),
        lrn(IMAGE, 2, 2, 0.0001, 0.75),
    ),
    "conv": (
        spatial("Conv2D", IMAGE, [KERNEL]),
        conv(IMAGE, KERNEL, (2, 1)),
    ),
    "conv, NCHW": (
        spatial("Conv2D", FIRST, [KERNEL], **STRIDED_FIRST),
        first(conv(IMAGE, KERNEL, (2, 1))),
    ),
    "conv, NCHW, padded": (
        spatial(
            "Conv2D",
            FIRST,
            [KERNEL],
            **STRIDED_FIRST | {"padding": "EXPLICIT", "explicit_paddings": EXPLICIT},
        ),
        first(conv(IMAGE, KERNEL, (2, 1), ((1, 2), (0, 3)))),
    ),
    "depthwise": (
        spatial("DepthwiseConv2dNative", IMAGE, [DEPTHWISE], strides=PLAIN, padding="SAME"),
        depthwise(IMAGE, DEPTHWISE, pads=SAME),
    ),
    "depthwise, NCHW": (
        spatial(
            "DepthwiseConv2dNative",
            FIRST,
            [DEPTHWISE],
            strides=PLAIN,
            padding="SAME",
            data_format="NCHW",
            dilations=PLAIN,
        ),
        first(depthwise(IMAGE, DEPTHWISE, pads=SAME)),
    ),
    "average pool": (spatial("AvgPool", IMAGE, **POOL), POOLED.mean((3, 4))),
    "average pool, NCHW": (spatial("AvgPool", FIRST, **POOL_FIRST), first(POOLED.mean((3, 4)))),
    "sparse product": (
        one_op("SparseMatMul", MATRIX, [MATRIX], transpose_a=True, a_is_sparse=True),
        MATRIX.T.astype(np.float64) @ MATRIX,
    ),
    "product": (
        one_op("MatMul", MATRIX, [MATRIX], T=F, transpose_b=True),
        MATRIX.astype(np.float64) @ MATRIX.T,
    ),
    "mean": (
        one_op("Mean", IMAGE, [np.int32([1, 2])], T=F, Tidx=I, keep_dims=False),
        pairwise(lambda x: x.mean((1, 2))),
    ),
    "bias": (one_op("BiasAdd", IMAGE, [SCALE], T=F), pairwise(lambda x: x + SCALE)),
    "softmax": (one_op("Softmax", MATRIX, T=F), softmax(MATRIX.astype(np.float64))),
    "leaky": (
        one_op("LeakyRelu", IMAGE),
        pairwise(lambda x: np.where(x > 0, x, x * float(np.float32(0.2)))),
    ),
    "elu": (one_op("Elu", IMAGE, T=F), pairwise(lambda x: np.where(x > 0, x, np.expm1(x)))),
    "sigmoid": (one_op("Sigmoid", IMAGE, T=F), pairwise(lambda x: 1 / (1 + np.exp(-x)))),
    "tanh": (one_op("Tanh", IMAGE, T=F), pairwise(np.tanh)),
    "erf": (one_op("Erf", IMAGE, T=F), pairwise(np.vectorize(erf))),
    "softplus": (one_op("Softplus", IMAGE, T=F), pairwise(lambda x: np.logaddexp(0, x))),
    "rsqrt": (one_op("Rsqrt", abs(IMAGE), T=F), pairwise(lambda x: abs(x) ** -0.5)),
    "pow": (
        one_op("Pow", abs(IMAGE), [np.float32(0.3)], T=F),
        pairwise(lambda x: abs(x) ** float(np.float32(0.3))),
    ),
}
EXACT = {
    "clip": (one_op("Relu6", IMAGE, T=F), pairwise(lambda x: x.clip(0, 6))),
    "max pool": (spatial("MaxPool", IMAGE, **POOL), POOLED.max((3, 4))),
    "max pool, NCHW": (spatial("MaxPool", FIRST, **POOL_FIRST), first(POOLED.max((3, 4)))),
    "same size": resized((7, 6), "legacy"),
}
CASES = ROUNDED | EXACT
for stripped in ("max pool", "max pool, NCHW"):  # as TensorFlow writes a default
    del CASES[stripped][0].graph.node[-1].attr["T"]


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    jobs = {name: job for name, (job, _) in CASES.items()}
    return run_all(tmp_path_factory.mktemp("rewrites"), jobs)


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", CASES)
def test_the_twin_computes_what_numpy_computes_in_float64(tensorflow_here, answers, name):
    found = answers[name]
    assert not isinstance(found, str), found
    assert found.kept == ()
    assert found.twin.dtype == np.float64
    assert apart(found.twin, CASES[name][1]) < 1e-12


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", ROUNDED)
def test_the_original_differs_from_it_by_its_rounding(tensorflow_here, answers, name):
    found = answers[name]
    assert found.original.dtype == np.float32
    assert 0 < apart(found.original, found.twin) < 1e-4


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", EXACT)
def test_what_only_chooses_values_does_not_differ(tensorflow_here, answers, name):
    assert (answers[name].original == answers[name].twin).all()


@pytest.mark.parametrize(
    ("op", "count"),
    [("ResizeBilinear", 2), ("LRN", 1), ("FusedBatchNormV3", 5), ("Conv2D", 2), ("AvgPool", 1)],
)
def test_a_node_that_lacks_an_input_is_refused(op, count):
    job = one_op(op, IMAGE, [MEAN] * count, T=F, U=F, is_training=False, data_format="NCHW")
    with pytest.raises(GraphError, match=rf"{op} 'out' takes {count} tensors; found {count + 1}"):
        convert_to_float64(job.graph, job.entry, "out")


def test_what_is_float16_is_not_rewritten_but_named():
    half = ("type", DT_HALF)
    job = one_op("Conv2D", IMAGE, [KERNEL.astype(np.float16)], T=half, data_format="NCHW")
    job.graph.node[0].attr["dtype"].type = DT_HALF
    assert convert_to_float64(job.graph, job.entry, "out").kept == (
        "Conv2D out: it computes in float16",
    )

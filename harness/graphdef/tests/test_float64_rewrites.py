"""Each operation's float64 form against NumPy's float64, written another way."""

from math import erf
from typing import Any

import numpy as np
import pytest

from harness.errors import GraphError
from harness.graphdef.float64.convert import convert_to_float64
from harness.graphdef.tensors import DT_HALF
from harness.graphdef.tests.float64_forms import (
    DEPTHWISE,
    FIRST,
    IMAGE,
    KERNEL,
    MATRIX,
    MEAN,
    PLAIN,
    RNG,
    SCALE,
    TALL,
    batch_norm,
    conv,
    depthwise,
    first,
    global_norm,
    lrn,
    pairwise,
    resized,
    resized_bytes,
    softmax,
    spatial,
    windows,
)
from harness.graphdef.tests.float64_runs import apart, one_op, run_all
from harness.testing.tiny import F, I

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
        one_op("Mean", IMAGE, [np.array([1, 2], np.int32)], T=F, Tidx=I, keep_dims=False),
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
def answers(tmp_path_factory: pytest.TempPathFactory) -> Any:
    jobs = {name: job for name, (job, _) in CASES.items()}
    return run_all(tmp_path_factory.mktemp("rewrites"), jobs)


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", CASES)
def test_the_float64_form_computes_what_numpy_computes_in_float64(
    tensorflow_here: None, answers: Any, name: str
) -> None:
    found = answers[name]
    assert not isinstance(found, str), found
    assert found.kept == ()
    assert found.in_float64.dtype == np.float64
    assert apart(found.in_float64, CASES[name][1]) < 1e-12


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", ROUNDED)
def test_the_original_differs_from_it_by_its_rounding(
    tensorflow_here: None, answers: Any, name: str
) -> None:
    found = answers[name]
    assert found.original.dtype == np.float32
    assert 0 < apart(found.original, found.in_float64) < 1e-4


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", EXACT)
def test_what_only_chooses_values_does_not_differ(
    tensorflow_here: None, answers: Any, name: str
) -> None:
    assert (answers[name].original == answers[name].in_float64).all()


@pytest.mark.parametrize(
    ("op", "count"),
    [("ResizeBilinear", 2), ("LRN", 1), ("FusedBatchNormV3", 5), ("Conv2D", 2), ("AvgPool", 1)],
)
def test_a_node_that_lacks_an_input_is_refused(op: str, count: Any) -> None:
    job = one_op(op, IMAGE, [MEAN] * count, T=F, U=F, is_training=False, data_format="NCHW")
    with pytest.raises(GraphError, match=rf"{op} 'out' takes {count} tensors; found {count + 1}"):
        convert_to_float64(job.graph, job.entry, "out")


def test_what_is_float16_is_not_rewritten_but_named() -> None:
    half = ("type", DT_HALF)
    job = one_op("Conv2D", IMAGE, [KERNEL.astype(np.float16)], T=half, data_format="NCHW")
    job.graph.node[0].attr["dtype"].type = DT_HALF
    assert convert_to_float64(job.graph, job.entry, "out").kept == (
        "Conv2D out: it computes in float16",
    )

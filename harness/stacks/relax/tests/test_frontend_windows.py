"""Convolutions, pools, norms and products of the TensorFlow frontend against TensorFlow."""

from typing import Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.stacks.relax.tests.frontend_runs import (
    F32,
    MARKS,
    Net,
    agree,
    by_tensorflow,
    by_tvm,
    compare,
    covers,
    reals,
    rngs,
    wholes,
)
from harness.stacks.relax.tests.relax_marks import examples

pytestmark = MARKS

sizes, reaches, strides = st.integers(1, 9), st.integers(1, 4), st.integers(1, 3)
channels = st.integers(1, 4)


def window(
    draw: Any,
    reach: Any,
    dilate: Any = True,
    kinds: Any = ("SAME", "VALID", "EXPLICIT"),
    square: Any = False,
) -> Any:
    """(attributes, the sizes that the window needs)."""
    down, across = draw(strides), draw(strides)
    across = down if square else across
    attrs = {"strides": [1, down, across, 1], "padding": draw(st.sampled_from(kinds))}
    dilations = (1, 1)
    if dilate:
        dilations = draw(st.sampled_from([(1, 1), (1, 1), (2, 2), (3, 3)]))
        if dilations != (1, 1):
            attrs["strides"] = [1, 1, 1, 1]
        attrs["dilations"] = [1, *dilations, 1]
    if attrs["padding"] == "EXPLICIT":
        pads = draw(st.lists(st.integers(0, 2), min_size=4, max_size=4))
        attrs["explicit_paddings"] = [0, 0, *pads, 0, 0]
    need = [(n - 1) * d + 1 for n, d in zip(reach, dilations, strict=True)]
    return attrs, need


def image(draw: Any, rng: np.random.Generator, need: Any, depth: Any, batch: Any = 1) -> Any:
    """A batch of pictures, each large enough for the window."""
    height, width = (max(draw(sizes), n) for n in need)
    return reals(rng, (batch, height, width, depth))


@covers("Conv2D")
@examples(25)
@given(st.data(), rngs(), reaches, reaches, channels)
def test_convolution(
    data: st.DataObject, rng: np.random.Generator, height: int, width: int, depth: int
) -> None:
    attrs, need = window(data.draw, (height, width))
    groups = data.draw(st.sampled_from([1, 1, 2]))
    net = Net()
    x = net.feed(image(data.draw, rng, need, depth * groups, data.draw(st.integers(1, 2))))
    out = groups * data.draw(channels)
    kernel = net.const(reals(rng, (height, width, depth, out)))
    net.node("Conv2D", x, kernel, T=F32, **attrs)
    agree(net, rtol=1e-5, atol=1e-5)


@covers("DepthwiseConv2dNative")
@examples(20)
@given(st.data(), rngs(), reaches, reaches, channels, st.integers(1, 3))
def test_depthwise_convolution(
    data: st.DataObject,
    rng: np.random.Generator,
    height: int,
    width: int,
    depth: int,
    multiplier: int,
) -> None:
    attrs, need = window(data.draw, (height, width), square=True)
    net = Net()
    x = net.feed(image(data.draw, rng, need, depth))
    kernel = net.const(reals(rng, (height, width, depth, multiplier)))
    net.node("DepthwiseConv2dNative", x, kernel, T=F32, **attrs)
    agree(net, rtol=1e-5, atol=1e-5)


@covers("Conv2D", "DepthwiseConv2dNative")
def test_weights_may_be_fed() -> None:
    rng = np.random.default_rng(0)
    net = Net()
    x, kernel = net.feed(reals(rng, (1, 5, 5, 3))), net.feed(reals(rng, (3, 3, 3, 2)))
    attrs = {"T": F32, "strides": [1, 1, 1, 1], "padding": "SAME"}
    net.node("Conv2D", x, kernel, name="full", **attrs)
    net.node("DepthwiseConv2dNative", x, kernel, name="depthwise", **attrs)
    agree(net, ("full", "depthwise"), rtol=1e-5, atol=1e-5)


def nchw_attributes(attrs: Any) -> Any:
    """An operation's attributes in NCHW."""
    moved = dict(attrs, data_format="NCHW")
    for key in ("strides", "dilations", "ksize"):
        if key in attrs:
            moved[key] = [attrs[key][axis] for axis in (0, 3, 1, 2)]
    if "explicit_paddings" in attrs:
        pads = attrs["explicit_paddings"]
        moved["explicit_paddings"] = [*pads[:2], *pads[6:], *pads[2:6]]
    return moved


def same_in_nchw(
    op: Any, array: Any, vectors: Any, attrs: Any, rtol: Any, atol: Any, others: Any = ()
) -> None:
    """TVM's NCHW against TensorFlow's NHWC, which is the only one that its CPU kernels have."""
    nets = []
    for held, options in (
        (array, attrs),
        (array.transpose(0, 3, 1, 2).copy(), nchw_attributes(attrs)),
    ):
        net = Net()
        x = net.feed(held)
        inputs = [net.const(vector) for vector in vectors] + [net.feed(other) for other in others]
        net.node(op, x, *inputs, T=F32, **options)
        nets.append(net)
    (expected,), (found,) = by_tensorflow(nets[0]), by_tvm(nets[1])
    compare(found.transpose(0, 2, 3, 1), expected, rtol, atol, op)


@covers("Conv2D", "DepthwiseConv2dNative", "MaxPool", "AvgPool")
@examples(12)
@given(st.data(), rngs(), reaches, reaches, channels)
def test_channels_first(
    data: st.DataObject, rng: np.random.Generator, height: int, width: int, depth: int
) -> None:
    kernel = reals(rng, (height, width, depth, 2))
    attrs, need = window(data.draw, (height, width), square=True)
    x = image(data.draw, rng, need, depth)
    same_in_nchw("Conv2D", x, [kernel], attrs, 1e-5, 1e-5)
    same_in_nchw("DepthwiseConv2dNative", x, [kernel], attrs, 1e-5, 1e-5)
    for op in ("MaxPool", "AvgPool"):
        attrs, need = window(data.draw, (height, width), dilate=False, kinds=("SAME", "VALID"))
        x = image(data.draw, rng, need, depth)
        same_in_nchw(op, x, [], {"ksize": [1, height, width, 1], **attrs}, 1e-6, 1e-6)


@covers("FusedBatchNormV3", "BiasAdd")
def test_vectors_in_nchw() -> None:
    rng = np.random.default_rng(0)
    vectors, x = [reals(rng, 5, 0.5, 2) for _ in "1234"], reals(rng, (2, 3, 4, 5))
    attrs = {"is_training": False, "U": F32, "data_format": "NHWC"}
    same_in_nchw("FusedBatchNormV3", x, vectors, attrs, 1e-5, 1e-6)
    same_in_nchw("FusedBatchNormV3", x, [], attrs, 1e-5, 1e-6, others=vectors)
    same_in_nchw("BiasAdd", x, vectors[:1], {"data_format": "NHWC"}, 0, 0)
    same_in_nchw("BiasAdd", x, [], {"data_format": "NHWC"}, 0, 0, others=vectors[:1])


@covers("MaxPool", "AvgPool")
@examples(20)
@given(st.data(), rngs(), reaches, reaches, channels)
def test_pools(
    data: st.DataObject, rng: np.random.Generator, height: int, width: int, depth: int
) -> None:
    """The average's divisor is the number of pixels, not of places."""
    net = Net()
    ksize = [1, height, width, 1]
    attrs, need = window(data.draw, (height, width), dilate=False, kinds=("SAME", "VALID"))
    x = net.feed(image(data.draw, rng, need, depth) - 5)
    net.node("AvgPool", x, name="mean", T=F32, ksize=ksize, **attrs)
    attrs, need = window(data.draw, (height, width), dilate=False)
    pads = attrs.get("explicit_paddings", [0] * 8)
    fits = all(p < k for p, k in zip(pads[2:6], (height, height, width, width), strict=True))
    y = image(data.draw, rng, need, depth) - 5
    assume(fits)
    net.node("MaxPool", net.feed(y), name="max", T=F32, ksize=ksize, **attrs)
    mean, found = by_tensorflow(net, ("mean", "max")), by_tvm(net, ("mean", "max"))
    compare(found[0], mean[0], 1e-6, 1e-6)
    compare(found[1], mean[1])


@covers("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
@examples(6)
@given(st.data(), rngs(), sizes, channels)
def test_batch_norm(data: st.DataObject, rng: np.random.Generator, size: int, depth: int) -> None:
    net = Net()
    x = net.feed(reals(rng, (2, size, 3, depth)))
    vectors = [reals(rng, depth), reals(rng, depth), reals(rng, depth), reals(rng, depth, 0.01, 2)]
    make = data.draw(st.sampled_from([net.const, net.feed]))
    inputs = [make(vector) for vector in vectors]
    outputs = ["FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"]
    for op in outputs:
        more = {} if op == "FusedBatchNorm" else {"U": F32}
        epsilon = data.draw(st.sampled_from([1e-3, 1e-5]))
        attrs = {"T": F32, "is_training": False, "epsilon": epsilon, **more}
        net.node(op, x, *inputs, name=op, **attrs)
    agree(net, outputs, rtol=2e-6, atol=2e-6)


@covers("BatchNormWithGlobalNormalization")
@examples(6)
@given(st.booleans(), rngs(), sizes, channels)
def test_batch_norm_of_2015(scaled: bool, rng: np.random.Generator, size: int, depth: int) -> None:
    """TensorFlow itself still runs it, in a graph that says that it is of that time."""
    net = Net(producer=8)
    x = net.feed(reals(rng, (1, size, 3, depth)))
    mean, beta, gamma = (net.const(reals(rng, depth)) for _ in "123")
    variance = net.const(reals(rng, depth, 0.01, 2))
    attrs = {"T": F32, "variance_epsilon": 0.001, "scale_after_normalization": scaled}
    net.node("BatchNormWithGlobalNormalization", x, mean, variance, beta, gamma, **attrs)
    agree(net, rtol=2e-6, atol=2e-6)


@covers("LRN")
@examples(6)
@given(st.integers(0, 5), st.integers(1, 12), st.sampled_from([0.5, 0.75, 1.0]), rngs())
def test_local_response(radius: int, depth: int, beta: float, rng: np.random.Generator) -> None:
    net = Net()
    x = net.feed(reals(rng, (2, 3, 2, depth)))
    attrs = {"depth_radius": radius, "bias": 1.5, "alpha": 0.3, "beta": beta}
    net.node("LRN", x, T=F32, **attrs)
    net.node("LRN", x, name="default", T=F32)
    agree(net, ("out", "default"), rtol=3e-6, atol=1e-6)


@covers("MaxPool")
def test_max_pool_of_whole_numbers() -> None:
    net = Net()
    x = net.feed(wholes(np.random.default_rng(0), (1, 5, 5, 2), -100, -50))
    attrs = {"ksize": [1, 3, 3, 1], "strides": [1, 2, 2, 1], "padding": "SAME"}
    net.node("MaxPool", x, T=np.int32, **attrs)
    agree(net)

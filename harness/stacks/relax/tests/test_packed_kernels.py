"""Kernels of the packed pipeline, one operation at a time, against TVM's own pipeline.

`agree` compares the whole module, and then every scheduled kernel with its unscheduled form on
outputs full of NaN: a schedule may be accepted and wrong.
"""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.stacks.relax.tests.packed_runs import (
    MARKS,
    agree,
    by_default,
    by_packed,
    chain,
    module_of,
    own_target,
    reals,
    seeds,
)
from harness.stacks.relax.tests.relax_marks import examples

pytestmark = MARKS

NHWC = {"data_layout": "NHWC", "kernel_layout": "HWIO", "out_layout": "NHWC"}
channels = st.sampled_from([1, 2, 3, 4, 5, 8, 11, 16, 17, 24, 32, 33, 44, 48])
widths = st.sampled_from([1, 2, 3, 5, 7, 8, 13, 16, 17, 23, 31, 35])
heights, reaches, strides = st.integers(1, 9), st.sampled_from([1, 1, 2, 3, 5]), st.integers(1, 3)
paddings = st.lists(st.integers(0, 3), min_size=4, max_size=4)
batches = st.sampled_from([1, 1, 1, 2])


def window(draw, height, width, kh, kw):
    """Attributes of a window that fits into the image."""
    dilation = draw(st.sampled_from([(1, 1), (1, 1), (2, 2), (1, 3)]))
    padding = draw(st.one_of(st.just([0, 0, 0, 0]), paddings))
    assume(height + padding[0] + padding[2] > dilation[0] * (kh - 1))
    assume(width + padding[1] + padding[3] > dilation[1] * (kw - 1))
    down, across = draw(strides), draw(strides)
    return {"strides": [down, across], "padding": padding, "dilation": list(dilation)}


def convolved(weights, groups=1, **attrs):
    from tvm import relax

    constant = relax.const(weights)
    return lambda x: relax.op.nn.conv2d(x, constant, groups=groups, **{**NHWC, **attrs})


@examples(25)
@given(st.data(), seeds, batches, heights, widths, channels, channels)
def test_convolution(data, seed, batch, height, width, inputs, outputs):
    kh, kw = data.draw(reaches), data.draw(reaches)
    attrs = window(data.draw, height, width, kh, kw)
    step = convolved(reals(seed, kh, kw, inputs, outputs), **attrs)
    shape = (batch, height, width, inputs)
    agree(module_of(chain(step), shape), reals(seed + 1, *shape))


@examples(15)
@given(seeds, heights, widths, channels, st.sampled_from([16, 64, 40, 100, 128]), strides)
def test_pointwise_convolution(seed, height, width, inputs, outputs, stride):
    step = convolved(reals(seed, 1, 1, inputs, outputs), strides=[stride, stride])
    shape = (1, height, width, inputs)
    agree(module_of(chain(step), shape), reals(seed + 1, *shape))


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("inputs", [512, 1024])
def test_many_channels(inputs, stride):
    """Tiles are cut shorter where pixels lie a multiple of the L1 cache's period apart."""
    step = convolved(reals(0, 1, 1, inputs, 40) / 32, strides=[stride, stride])
    shape = (1, 4, 28, inputs)
    agree(module_of(chain(step), shape), reals(1, *shape))


@examples(25)
@given(st.data(), seeds, batches, heights, widths, channels, st.sampled_from([1, 1, 2, 3]))
def test_depthwise_convolution(data, seed, batch, height, width, inputs, multiplier):
    kh, kw = data.draw(reaches), data.draw(reaches)
    attrs = window(data.draw, height, width, kh, kw)
    step = convolved(reals(seed, kh, kw, 1, inputs * multiplier), groups=inputs, **attrs)
    shape = (batch, height, width, inputs)
    agree(module_of(chain(step), shape), reals(seed + 1, *shape))


@examples(8)
@given(seeds, st.sampled_from([2, 3, 4]), st.integers(2, 5), st.integers(1, 5), widths)
def test_grouped_convolution(seed, groups, inputs, outputs, width):
    step = convolved(
        reals(seed, 3, 3, inputs, outputs * groups), groups=groups, padding=[1, 1, 1, 1]
    )
    shape = (1, 4, width, inputs * groups)
    agree(module_of(chain(step), shape), reals(seed + 1, *shape))


def epilogues(seed, outputs, shape):
    """Steps that may follow a convolution, by name."""
    from tvm import relax

    op = relax.op
    vectors = [relax.const(reals(seed + i, outputs)) for i in range(4)]
    image, scalar = relax.const(reals(seed + 5, *shape)), relax.const(np.float32(0.5))

    def swish(x):
        return op.multiply(x, op.sigmoid(x))

    return {
        "bias": [lambda x: op.add(x, vectors[0])],
        "norm": [
            lambda x: op.subtract(x, vectors[0]),
            lambda x: op.multiply(x, vectors[1]),
            lambda x: op.add(x, vectors[2]),
        ],
        "relu": [op.nn.relu],
        "relu6": [lambda x: op.clip(x, 0, 6)],
        "sigmoid": [op.sigmoid],
        "swish": [swish],
        "silu": [op.nn.silu],
        "residual": [lambda x: op.add(x, image)],
        "scalar": [lambda x: op.maximum(x, scalar)],
        "pad": [lambda x: op.nn.pad(x, [0, 0, 0, 1, 1, 0, 0, 0])],
        "transpose": [lambda x: op.permute_dims(x, [0, 2, 1, 3])],
        "flatten": [lambda x: op.reshape(x, [shape[0], -1])],
        "mean": [lambda x: op.mean(x, [1, 2])],
        "channel": [lambda x: op.strided_slice(x, [3], [0], [1])],
    }


@examples(18)
@given(st.data(), seeds, widths, channels, st.booleans())
def test_what_follows_a_convolution(data, seed, width, outputs, depthwise):
    shape = (1, 5, width, outputs)
    inputs = outputs if depthwise else 3
    weights = reals(seed, 3, 3, 1 if depthwise else 3, outputs)
    groups = outputs if depthwise else 1
    known = epilogues(seed, outputs, shape)
    ends = ["pad", "transpose", "flatten", "mean", "channel"]
    within = st.sampled_from(sorted(set(known) - set(ends)))
    names = data.draw(st.lists(within, max_size=4))
    names += data.draw(st.lists(st.sampled_from(ends), max_size=1))
    steps = [convolved(weights, groups, padding=[1, 1, 1, 1])]
    steps += [step for name in names for step in known[name]]
    agree(module_of(chain(*steps), (1, 5, width, inputs)), reals(seed, 1, 5, width, inputs))


@examples(4)
@given(seeds, widths, channels)
def test_a_residual_that_is_computed(seed, width, outputs):
    """Two convolutions and their sum; the first is read by both."""
    from tvm import relax

    first = convolved(reals(seed, 1, 1, 3, outputs))
    second = convolved(reals(seed + 1, 3, 3, outputs, outputs), padding=[1, 1, 1, 1])

    def body(builder, x):
        before = builder.emit(first(x))
        active = builder.emit(relax.op.nn.relu(before))
        after = builder.emit(second(active))
        total = builder.emit(relax.op.add(after, before))
        return relax.op.concat([total, active], 3)

    agree(module_of(body, (1, 4, width, 3)), reals(seed, 1, 4, width, 3))


def test_several_results_of_one_kernel():
    """What is given out can't move into the loops of what follows it."""
    from tvm import relax

    weights = reals(1, 3, 3, 3, 16)

    def body(builder, x):
        sums = builder.emit(convolved(weights)(x))
        active = builder.emit(relax.op.nn.relu(sums))
        return relax.Tuple([sums, active, builder.emit(relax.op.sigmoid(active))])

    module, x = module_of(body, (1, 7, 9, 3)), reals(0, 1, 7, 9, 3)
    for found, expected in zip(
        by_packed(module, own_target(), x), by_default(module, x), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@examples(20)
@given(seeds, st.sampled_from([1, 1, 2, 7, 16, 19]), st.integers(1, 70), channels, st.booleans())
def test_dense(seed, rows, inputs, outputs, biased):
    from tvm import relax

    weights, bias = relax.const(reals(seed, inputs, outputs)), relax.const(reals(seed, outputs))
    steps = [lambda x: relax.op.matmul(x, weights)]
    steps += [lambda x: relax.op.add(x, bias)] * biased + [lambda x: relax.op.nn.softmax(x, -1)]
    agree(module_of(chain(*steps), (rows, inputs)), reals(seed, rows, inputs))


@pytest.mark.parametrize("rows", [1, 4])
def test_long_products_round_little(rows):
    """A classifier's largest logit sums thousands of products; one long chain of sums drifts."""
    from tvm import relax

    images, weights = np.abs(reals(0, rows, 2048)), np.abs(reals(1, 2048, 40)) / 100
    module = module_of(chain(lambda x: relax.op.matmul(x, relax.const(weights))), images.shape)
    truth = images.astype(np.float64) @ weights.astype(np.float64)
    off = [
        float(np.abs(found - truth).max())
        for found in (by_packed(module, own_target(), images), by_default(module, images))
    ]
    assert off[0] < off[1] / 2


@examples(18)
@given(st.data(), seeds, batches, heights, widths, channels, st.sampled_from(["max", "avg"]))
def test_pools(data, seed, batch, height, width, depth, kind):
    from tvm import relax

    kh, kw = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3))
    attrs = window(data.draw, height, width, kh, kw)
    if kind == "avg":
        attrs["dilation"] = [1, 1]
        attrs["count_include_pad"] = data.draw(st.booleans())
        assume(height + sum(attrs["padding"][::2]) >= kh)
        assume(width + sum(attrs["padding"][1::2]) >= kw)
    top, left, bottom, right = attrs["padding"]
    assume(max(top, bottom) < kh and max(left, right) < kw)
    make = getattr(relax.op.nn, f"{kind}_pool2d")
    step = lambda x: make(x, [kh, kw], layout="NHWC", out_layout="NHWC", **attrs)  # noqa: E731
    shape = (batch, height, width, depth)
    agree(module_of(chain(relax.op.nn.relu, step), shape), reals(seed, *shape))


@examples(12)
@given(st.data(), seeds, heights, widths, channels, st.sampled_from(["mean", "sum", "max"]))
def test_reductions(data, seed, height, width, depth, name):
    from tvm import relax

    axes = data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=3, unique=True))
    keep = data.draw(st.booleans())
    step = lambda x: getattr(relax.op, name)(x, axes, keep)  # noqa: E731
    shape = (2, height, width, depth)
    agree(module_of(chain(relax.op.abs, step), shape), reals(seed, *shape))


@examples(12)
@given(seeds, st.lists(channels, min_size=2, max_size=4), widths)
def test_concatenation(seed, depths, width):
    from tvm import relax

    def body(builder, *images):
        joined = builder.emit(relax.op.concat(list(images), 3))
        return relax.op.nn.relu(joined)

    shapes = [(1, 3, width, depth) for depth in depths]
    module = module_of(body, *shapes)
    agree(module, *(reals(seed + i, *shape) for i, shape in enumerate(shapes)))


@examples(10)
@given(seeds, st.integers(1, 9), widths, st.integers(1, 20), widths, st.booleans())
def test_resize_of_bytes(seed, height, width, rows, columns, channels_first):
    from tvm import relax

    layout = "NCHW" if channels_first else "NHWC"
    steps = (
        lambda x: relax.op.astype(x, "float32"),
        lambda x: relax.op.image.resize2d(
            x,
            (rows, columns),
            layout=layout,
            method="linear",
            coordinate_transformation_mode="asymmetric",
        ),
        lambda x: relax.op.multiply(x, relax.const(np.float32(1 / 127.5))),
    )
    shape = (1, 3, height, width) if channels_first else (1, height, width, 3)
    picture = np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)
    agree(module_of(chain(*steps), shape, dtype="uint8"), picture)


@pytest.mark.parametrize("name", ["sigmoid", "silu"])
def test_logistic_function(name):
    """Within 4 units in the last place of float64's, wherever that is no denormal number."""
    from tvm import relax

    step = {"sigmoid": relax.op.sigmoid, "silu": relax.op.nn.silu}[name]
    special = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-40, 30, -30, 87, -87, 88.8, -88.8]
    dense = np.linspace(-86, 86, 200_000 - len(special))
    x = np.concatenate([dense, special]).astype(np.float32).reshape(100, 2000)
    found = agree(module_of(chain(step), x.shape), x, rtol=1e-6, atol=2e-36)
    ordinary = np.abs(x) <= 86
    wide = x[ordinary].astype(np.float64)
    truth = (1 if name == "sigmoid" else wide) / (1 + np.exp(-wide))
    unit = np.spacing(np.maximum(np.abs(truth), 1e-37).astype(np.float32))
    assert (np.abs(found[ordinary] - truth) / unit).max() <= 4
    assert np.isnan(found[np.isnan(x)]).all()

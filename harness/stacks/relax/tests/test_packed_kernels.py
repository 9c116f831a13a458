"""Kernels of the packed pipeline, one operation at a time, against TVM's own pipeline.

`agree` compares the whole module, and then every scheduled kernel with its unscheduled form on
outputs full of NaN: a schedule may be accepted and wrong.
"""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.stacks.relax.tests.packed_runs import (
    MARKS,
    agree,
    batches,
    by_default,
    by_packed,
    chain,
    channels,
    heights,
    module_of,
    own_target,
    reals,
    seeds,
    widths,
    window,
)
from harness.stacks.relax.tests.relax_marks import examples

pytestmark = MARKS


@examples(20)
@given(seeds, st.sampled_from([1, 1, 2, 7, 16, 19]), st.integers(1, 70), channels, st.booleans())
def test_dense(seed: int, rows: int, inputs: int, outputs: int, biased: bool) -> None:
    from tvm import relax

    weights, bias = relax.const(reals(seed, inputs, outputs)), relax.const(reals(seed, outputs))
    steps = [lambda x: relax.op.matmul(x, weights)]
    steps += [lambda x: relax.op.add(x, bias)] * biased + [lambda x: relax.op.nn.softmax(x, -1)]
    agree(module_of(chain(*steps), (rows, inputs)), reals(seed, rows, inputs))


@pytest.mark.parametrize("rows", [1, 4])
def test_long_products_round_little(rows: int) -> None:
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
def test_pools(
    data: st.DataObject, seed: int, batch: int, height: int, width: int, depth: int, kind: str
) -> None:
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
def test_reductions(
    data: st.DataObject, seed: int, height: int, width: int, depth: int, name: str
) -> None:
    from tvm import relax

    axes = data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=3, unique=True))
    keep = data.draw(st.booleans())
    step = lambda x: getattr(relax.op, name)(x, axes, keep)  # noqa: E731
    shape = (2, height, width, depth)
    agree(module_of(chain(relax.op.abs, step), shape), reals(seed, *shape))


@examples(12)
@given(seeds, st.lists(channels, min_size=2, max_size=4), widths)
def test_concatenation(seed: int, depths: list[int], width: int) -> None:
    from tvm import relax

    def body(builder: Any, *images: Any) -> Any:
        joined = builder.emit(relax.op.concat(list(images), 3))
        return relax.op.nn.relu(joined)

    shapes = [(1, 3, width, depth) for depth in depths]
    module = module_of(body, *shapes)
    agree(module, *(reals(seed + i, *shape) for i, shape in enumerate(shapes)))


@examples(10)
@given(seeds, st.integers(1, 9), widths, st.integers(1, 20), widths, st.booleans())
def test_resize_of_bytes(
    seed: int, height: int, width: int, rows: int, columns: int, channels_first: bool
) -> None:
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
    image = np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)
    agree(module_of(chain(*steps), shape, dtype="uint8"), image)


@pytest.mark.parametrize("name", ["sigmoid", "silu"])
def test_logistic_function(name: str) -> None:
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

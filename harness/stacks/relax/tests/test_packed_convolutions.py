"""Convolutions of the packed pipeline, and what is fused into them, against TVM's own pipeline."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stacks.relax.tests.packed_runs import (
    MARKS,
    agree,
    batches,
    by_default,
    by_packed,
    chain,
    channels,
    convolved,
    heights,
    module_of,
    own_target,
    reaches,
    reals,
    seeds,
    strides,
    widths,
    window,
)
from harness.stacks.relax.tests.relax_marks import examples

pytestmark = MARKS


@examples(25)
@given(st.data(), seeds, batches, heights, widths, channels, channels)
def test_convolution(
    data: st.DataObject, seed: int, batch: int, height: int, width: int, inputs: int, outputs: int
) -> None:
    kh, kw = data.draw(reaches), data.draw(reaches)
    attrs = window(data.draw, height, width, kh, kw)
    step = convolved(reals(seed, kh, kw, inputs, outputs), **attrs)
    shape = (batch, height, width, inputs)
    agree(module_of(chain(step), shape), reals(seed + 1, *shape))


@examples(15)
@given(seeds, heights, widths, channels, st.sampled_from([16, 64, 40, 100, 128]), strides)
def test_pointwise_convolution(
    seed: int, height: int, width: int, inputs: int, outputs: int, stride: int
) -> None:
    step = convolved(reals(seed, 1, 1, inputs, outputs), strides=[stride, stride])
    shape = (1, height, width, inputs)
    agree(module_of(chain(step), shape), reals(seed + 1, *shape))


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("inputs", [512, 1024])
def test_many_channels(inputs: int, stride: int) -> None:
    """Tiles are cut shorter where pixels lie a multiple of the L1 cache's period apart."""
    step = convolved(reals(0, 1, 1, inputs, 40) / 32, strides=[stride, stride])
    shape = (1, 4, 28, inputs)
    agree(module_of(chain(step), shape), reals(1, *shape))


@examples(25)
@given(st.data(), seeds, batches, heights, widths, channels, st.sampled_from([1, 1, 2, 3]))
def test_depthwise_convolution(
    data: st.DataObject,
    seed: int,
    batch: int,
    height: int,
    width: int,
    inputs: int,
    multiplier: int,
) -> None:
    kh, kw = data.draw(reaches), data.draw(reaches)
    attrs = window(data.draw, height, width, kh, kw)
    step = convolved(reals(seed, kh, kw, 1, inputs * multiplier), groups=inputs, **attrs)
    shape = (batch, height, width, inputs)
    agree(module_of(chain(step), shape), reals(seed + 1, *shape))


@examples(8)
@given(seeds, st.sampled_from([2, 3, 4]), st.integers(2, 5), st.integers(1, 5), widths)
def test_grouped_convolution(seed: int, groups: int, inputs: int, outputs: int, width: int) -> None:
    step = convolved(
        reals(seed, 3, 3, inputs, outputs * groups), groups=groups, padding=[1, 1, 1, 1]
    )
    shape = (1, 4, width, inputs * groups)
    agree(module_of(chain(step), shape), reals(seed + 1, *shape))


def epilogues(seed: int, outputs: Any, shape: Any) -> Any:
    """Steps that may follow a convolution, by name."""
    from tvm import relax

    op = relax.op
    vectors = [relax.const(reals(seed + i, outputs)) for i in range(4)]
    image, scalar = relax.const(reals(seed + 5, *shape)), relax.const(np.float32(0.5))

    def swish(x: Any) -> Any:
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
def test_what_follows_a_convolution(
    data: st.DataObject, seed: int, width: int, outputs: int, depthwise: bool
) -> None:
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
def test_a_residual_that_is_computed(seed: int, width: int, outputs: int) -> None:
    """Two convolutions and their sum; the first is read by both."""
    from tvm import relax

    first = convolved(reals(seed, 1, 1, 3, outputs))
    second = convolved(reals(seed + 1, 3, 3, outputs, outputs), padding=[1, 1, 1, 1])

    def body(builder: Any, x: Any) -> Any:
        before = builder.emit(first(x))
        active = builder.emit(relax.op.nn.relu(before))
        after = builder.emit(second(active))
        total = builder.emit(relax.op.add(after, before))
        return relax.op.concat([total, active], 3)

    agree(module_of(body, (1, 4, width, 3)), reals(seed, 1, 4, width, 3))


def test_several_results_of_one_kernel() -> None:
    """What is given out can't move into the loops of what follows it."""
    from tvm import relax

    weights = reals(1, 3, 3, 3, 16)

    def body(builder: Any, x: Any) -> Any:
        sums = builder.emit(convolved(weights)(x))
        active = builder.emit(relax.op.nn.relu(sums))
        return relax.Tuple([sums, active, builder.emit(relax.op.sigmoid(active))])

    module, x = module_of(body, (1, 7, 9, 3)), reals(0, 1, 7, 9, 3)
    for found, expected in zip(
        by_packed(module, own_target(), x), by_default(module, x), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)

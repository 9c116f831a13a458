"""Long sums of the packed pipeline against float64; the bounds count units of 2⁻²⁴.

One chain of additions is off by 160 of them where it sums a thousand times 0.1, and by 10000 where
it sums 65536 times.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from harness.stacks.relax.tests.packed_runs import (
    MARKS,
    NHWC,
    agree,
    by_default,
    by_packed,
    chain,
    kernels,
    module_of,
    own_target,
    reals,
)

pytestmark = MARKS
UNIT = 2.0**-24
EPS = 2.0**-23


def numbers(kind: str, *shape: int) -> Any:
    """Float32 numbers of both signs, of one sign, over many binades, or all of them equal."""
    rng = np.random.default_rng(0)
    made: dict[str, Callable[[], Any]] = {
        "signed": lambda: rng.normal(0, 1, shape),
        "positive": lambda: rng.uniform(0, 1, shape),
        "wide": lambda: np.exp(rng.normal(0, 4, shape)),
        "equal": lambda: np.full(shape, 0.1),
    }
    return made[kind]().astype(np.float32)


def logits(kind: str, *shape: int) -> Any:
    """Scores before a softmax, classes last: one far ahead, or half of them without any chance."""
    made = reals(0, *shape)
    if kind == "saturated":
        made -= np.float32(14)
        made[..., -1] = 2
    if kind == "impossible":
        made[..., ::2] = -np.inf
    return made


def off(found: Any, truth: Any, sizes: Any) -> float:
    """The largest error relative to the sum of the terms' magnitudes, in units of 2⁻²⁴."""
    return float((np.abs(found - truth) / sizes).max() / UNIT)


def wide_scores(x: Any, axis: int) -> Any:
    exponentials = np.exp(x.astype(np.float64) - x.max(axis, keepdims=True))
    return exponentials / exponentials.sum(axis, keepdims=True)


@pytest.mark.parametrize("axis", [-1, 1])
@pytest.mark.parametrize("kind", ["near", "saturated", "impossible"])
@pytest.mark.parametrize("classes", [1000, 1008, 1001, 1009, 5, 2])
def test_scores_sum_to_one(classes: int, kind: str, axis: int) -> None:
    """In one chain, the scores of a thousand classes summed to 1 + 8e-6 where one was far ahead."""
    from tvm import relax

    x = np.ascontiguousarray(np.moveaxis(logits(kind, 2, 3, classes), -1, axis))
    found = agree(module_of(chain(lambda v: relax.op.nn.softmax(v, axis)), x.shape), x, rtol=2e-5)
    assert np.abs(found.astype(np.float64).sum(axis) - 1).max() <= 4 * EPS
    truth = wide_scores(x, axis)
    assert (np.abs(found - truth) <= 32 * UNIT * truth).all()


@pytest.mark.parametrize("axis", [-1, 1])
@pytest.mark.parametrize("kind", ["near", "saturated"])
def test_log_softmax(kind: str, axis: int) -> None:
    from tvm import relax

    x = np.ascontiguousarray(np.moveaxis(logits(kind, 2, 3, 1000), -1, axis))
    step = chain(lambda v: relax.op.nn.log_softmax(v, axis))
    found = by_packed(module_of(step, x.shape), own_target(), x)
    truth = np.log(wide_scores(x, axis))
    assert off(found, truth, np.maximum(np.abs(truth), 1)) <= 8


@pytest.mark.parametrize("kind", ["signed", "positive", "wide", "equal"])
@pytest.mark.parametrize("count", [1000, 1009, 2048, 4096, 65536])
@pytest.mark.parametrize("name", ["sum", "mean"])
def test_sums_and_means(name: str, count: int, kind: str) -> None:
    """Along the last axis, in lanes, and along the first, with vectors of results."""
    from tvm import relax

    for axis, shape in ((1, (2, count)), (0, (count, 16))):
        x = numbers(kind, *shape)
        step = chain(lambda v, axis=axis: getattr(relax.op, name)(v, [axis]))
        found = by_packed(module_of(step, shape), own_target(), x)
        wide = x.astype(np.float64)
        reduced: Callable[..., Any] = getattr(np, name)
        assert off(found, reduced(wide, axis), reduced(np.abs(wide), axis)) <= 6


@pytest.mark.parametrize("name", ["sum", "mean"])
def test_sums_of_everything(name: str) -> None:
    """The quotient of a mean of everything is a block without loops."""
    from tvm import relax

    x = numbers("equal", 2, 31, 33, 24)
    step = chain(lambda v: getattr(relax.op, name)(v, None))
    found = agree(module_of(step, x.shape), x, rtol=1e-2)
    truth = float(getattr(np, name)(x.astype(np.float64)))
    assert off(found, truth, truth) <= 6


@pytest.mark.parametrize("kind", ["positive", "equal"])
@pytest.mark.parametrize("side", [7, 16, 37, 112])
def test_global_average_pools(side: int, kind: str) -> None:
    from tvm import relax

    x = numbers(kind, 1, side, side, 24)
    pool = {"layout": "NHWC", "out_layout": "NHWC"}
    truth = x.mean((1, 2), dtype=np.float64)
    for step in (
        lambda v: relax.op.mean(v, [1, 2]),
        lambda v: relax.op.nn.avg_pool2d(v, [side, side], [1, 1], **pool),
    ):
        found = by_packed(module_of(chain(step), x.shape), own_target(), x)
        assert off(found.reshape(1, 24), truth, truth) <= 16


@pytest.mark.parametrize("kind", ["signed", "positive"])
def test_variance(kind: str) -> None:
    from tvm import relax

    x = numbers(kind, 3, 4096)
    found = by_packed(
        module_of(chain(lambda v: relax.op.variance(v, [-1])), x.shape), own_target(), x
    )
    truth = x.var(-1, dtype=np.float64)
    assert off(found, truth, truth) <= 6


def test_layer_norm() -> None:
    from tvm import relax

    x, one, zero = reals(0, 4, 4096), *(relax.const(f(4096, "f4")) for f in (np.ones, np.zeros))
    step = chain(lambda v: relax.op.nn.layer_norm(v, one, zero, -1))
    wide = x.astype(np.float64)
    truth = (wide - wide.mean(1, keepdims=True)) / np.sqrt(wide.var(1, keepdims=True) + 1e-5)
    sizes = np.abs(truth).max()
    assert off(by_packed(module_of(step, x.shape), own_target(), x), truth, sizes) <= 6


@pytest.mark.parametrize("kind", ["signed", "positive", "equal"])
@pytest.mark.parametrize("depth", [1009, 2048, 4096, 65344, 65536])
@pytest.mark.parametrize("rows", [1, 4, 16])
def test_dense_layers(rows: int, depth: int, kind: str) -> None:
    """1009 and 65344 (64 · 1021) have no short equal parts: products that are zero are added."""
    from tvm import relax

    x, weights = numbers(kind, rows, depth), numbers(kind, depth, 20)
    module = module_of(chain(lambda v: relax.op.matmul(v, relax.const(weights))), x.shape)
    found = by_packed(module, own_target(), x)
    wide = x.astype(np.float64), weights.astype(np.float64)
    sizes = np.abs(wide[0]) @ np.abs(wide[1])
    assert off(found, wide[0] @ wide[1], sizes) <= 32


@pytest.mark.parametrize("kind", ["signed", "positive", "equal"])
@pytest.mark.parametrize("inputs", [64, 512, 1009])
def test_convolutions(inputs: int, kind: str) -> None:
    from tvm import relax

    x, weights = numbers(kind, 1, 5, 9, inputs), numbers(kind, 3, 3, inputs, 16)
    step = chain(lambda v: relax.op.nn.relu(relax.op.nn.conv2d(v, relax.const(weights), **NHWC)))
    found = by_packed(module_of(step, x.shape), own_target(), x)

    def convolved(image: Any, kernel: Any) -> Any:
        offsets = [(i, j) for i in range(3) for j in range(3)]
        return sum(image[:, i : i + 3, j : j + 7] @ kernel[i, j] for i, j in offsets)

    truth = convolved(x.astype(np.float64), weights.astype(np.float64))
    sizes = convolved(np.abs(x.astype(np.float64)), np.abs(weights.astype(np.float64)))
    assert off(found, np.maximum(truth, 0), sizes) <= 32


def test_products_of_two_inputs() -> None:
    from tvm import relax

    shapes = (2, 8, 2048), (2, 2048, 16)
    x, y = (numbers("equal", *shape) for shape in shapes)
    module = module_of(lambda _, a, b: relax.op.matmul(a, b), *shapes)
    truth = x.astype(np.float64) @ y.astype(np.float64)
    assert off(by_packed(module, own_target(), x, y), truth, truth) <= 8
    assert off(by_default(module, x, y), truth, truth) > 100


@pytest.mark.parametrize("dtype", ["int32", "int64", "float64"])
def test_sums_of_other_numbers(dtype: str) -> None:
    from tvm import relax

    x = np.random.default_rng(0).integers(-50, 50, (3, 5, 1000)).astype(dtype)
    for axis in ([1], [2], [1, 2], [0, 1, 2]):
        step = chain(lambda v, axis=axis: relax.op.sum(v, axis))
        found = agree(module_of(step, x.shape, dtype=dtype), x)
        np.testing.assert_array_equal(found, x.sum(tuple(axis)))


@pytest.mark.parametrize("name", ["max", "min"])
def test_a_maximum_is_not_cut(name: str) -> None:
    from tvm import relax

    x = reals(0, 3, 1000)
    found = agree(module_of(chain(lambda v: getattr(relax.op, name)(v, [1])), x.shape), x)
    np.testing.assert_array_equal(found, getattr(x, name)(1))


def test_a_long_sum_uses_vectors() -> None:
    from tvm import relax, tirx

    from harness.stacks.relax.packed.blocks import nodes
    from harness.stacks.relax.packed.pipeline import optimise

    module = module_of(chain(lambda v: relax.op.sum(v, [1])), (1, 1000))
    (kernel,) = kernels(optimise(module, own_target()).module).values()
    loops = [node for node in nodes(kernel.body) if isinstance(node, tirx.For)]
    lanes = [int(loop.extent) for loop in loops if loop.kind == tirx.ForKind.VECTORIZED]
    assert lanes
    assert min(lanes) > 1

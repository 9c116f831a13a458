"""Arithmetic, comparisons and activations of the TensorFlow frontend against TensorFlow."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stacks.relax.tests.frontend_runs import (
    F32,
    I32,
    MARKS,
    Net,
    agree,
    by_tensorflow,
    by_tvm,
    compare,
    covers,
    reals,
    rngs,
    shapes,
    wholes,
)
from harness.stacks.relax.tests.relax_marks import examples

pytestmark = MARKS


EXACT_UNARY = ("Neg", "Abs", "Sign", "Square", "Floor", "Ceil", "Round", "Rint", "Relu", "Relu6")
SMOOTH_UNARY = (
    *("Exp", "Erf", "Sin", "Cos", "Sigmoid", "Tanh", "Elu", "Selu"),
    *("Softplus", "Softsign", "Erfc"),
)
POSITIVE_UNARY = ("Sqrt", "Rsqrt", "Log", "Reciprocal", "Inv")
EXACT_PAIRS = (
    *("Add", "AddV2", "Sub", "Mul", "Maximum", "Minimum", "Div", "RealDiv"),
    *("SquaredDifference", "FloorDiv", "FloorMod"),
)
COMPARISONS = ("Equal", "NotEqual", "Less", "LessEqual", "Greater", "GreaterEqual")


def all_of(ops: Any, *arrays: Any, **attrs: Any) -> Any:
    """A node of each operation, all reading the same."""
    net = Net()
    inputs = [net.feed(array) for array in arrays]
    for op in ops:
        net.node(op, *inputs, name=op, **({"T": arrays[0].dtype} | attrs))
    return net


@covers(*EXACT_UNARY)
@examples(6)
@given(shapes, rngs())
def test_what_rounds_at_most_once_is_exact(
    shape: tuple[int, ...], rng: np.random.Generator
) -> None:
    halves = np.float32(rng.integers(-20, 20, shape) / 2)
    for numbers in (halves, reals(rng, shape, -10, 10)):
        agree(all_of(EXACT_UNARY, numbers), EXACT_UNARY)


@covers(*SMOOTH_UNARY)
@examples(4)
@given(shapes, rngs())
def test_functions(shape: tuple[int, ...], rng: np.random.Generator) -> None:
    agree(all_of(SMOOTH_UNARY, reals(rng, shape, -5, 5)), SMOOTH_UNARY, rtol=3e-6, atol=4e-7)


@covers("Softplus", "Sigmoid", "Tanh", "Elu", "Erf", "Softsign")
def test_functions_far_out() -> None:
    far = F32([-1e4, -200, -90, -30, -15, 15, 30, 90, 200, 1e4])
    ops = ("Softplus", "Sigmoid", "Tanh", "Elu", "Erf", "Softsign")
    agree(all_of(ops, far), ops, rtol=1e-6, atol=4e-7)


@covers(*POSITIVE_UNARY)
@examples(4)
@given(shapes, rngs())
def test_functions_of_positive_numbers(shape: tuple[int, ...], rng: np.random.Generator) -> None:
    numbers = reals(rng, shape, 1e-3, 50)
    agree(all_of(POSITIVE_UNARY, numbers), POSITIVE_UNARY, rtol=5e-7, atol=1e-7)


@covers("Neg", "Abs", "Sign", "Square", "Relu", "Relu6")
@examples(2)
@given(shapes, rngs())
def test_whole_numbers(shape: tuple[int, ...], rng: np.random.Generator) -> None:
    ops = ("Neg", "Abs", "Sign", "Square", "Relu", "Relu6")
    agree(all_of(ops, wholes(rng, shape)), ops)


@covers("LeakyRelu")
@examples(3)
@given(shapes, st.sampled_from([None, 0.0, 0.25, 1.0]), rngs())
def test_leaky_relu(shape: tuple[int, ...], alpha: float | None, rng: np.random.Generator) -> None:
    net = all_of(("LeakyRelu",), reals(rng, shape), **({} if alpha is None else {"alpha": alpha}))
    agree(net, ("LeakyRelu",), rtol=2e-7)


def broadcasting(draw: Any, shape: Any) -> Any:
    """A shape that broadcasts with another."""
    kept = draw(st.integers(0, len(shape)))
    return tuple(size if draw(st.booleans()) else 1 for size in shape[len(shape) - kept :])


@covers(*EXACT_PAIRS)
@examples(6)
@given(st.data(), shapes, rngs())
def test_pairs_broadcast(
    data: st.DataObject, shape: tuple[int, ...], rng: np.random.Generator
) -> None:
    """FloorDiv and FloorMod of real numbers by divisors of either sign."""
    other = broadcasting(data.draw, shape)
    divisor = reals(rng, other, 0.3, 3) * rng.choice(F32([-1, 1]), other)
    agree(all_of(EXACT_PAIRS, reals(rng, shape, -9, 9), divisor), EXACT_PAIRS, rtol=2.5e-7)


@covers("Add", "Sub", "Mul", "Maximum", "Minimum", "Div", "FloorDiv", "FloorMod")
@examples(3)
@given(st.data(), shapes, rngs())
def test_pairs_of_whole_numbers(
    data: st.DataObject, shape: tuple[int, ...], rng: np.random.Generator
) -> None:
    ops = ("Add", "Sub", "Mul", "Maximum", "Minimum", "Div", "FloorDiv", "FloorMod")
    divisor = wholes(rng, broadcasting(data.draw, shape), 1, 9)
    divisor = (divisor * rng.choice([-1, 1], divisor.shape)).astype(I32)
    agree(all_of(ops, wholes(rng, shape), divisor), ops)


@covers("Add", "Mul", "Sub")
@examples(3)
@given(st.data(), shapes, rngs())
def test_pairs_with_a_constant_on_either_side(
    data: st.DataObject, shape: tuple[int, ...], rng: np.random.Generator
) -> None:
    net = Net()
    x = net.feed(reals(rng, shape))
    c = net.const(reals(rng, broadcasting(data.draw, shape)))
    net.node("Sub", c, x, name="left", T=F32)
    net.node("Sub", x, c, name="right", T=F32)
    agree(net, ("left", "right"))


@covers("Pow")
@examples(3)
@given(shapes, rngs())
def test_power(shape: tuple[int, ...], rng: np.random.Generator) -> None:
    agree(all_of(("Pow",), reals(rng, shape, 0.1, 4), reals(rng, shape)), ("Pow",), rtol=2e-6)


@covers("AddN")
@examples(3)
@given(shapes, st.integers(1, 4), rngs())
def test_sum_of_all(shape: tuple[int, ...], count: int, rng: np.random.Generator) -> None:
    net = Net()
    inputs = [net.feed(wholes(rng, shape, dtype=F32)) for _ in range(count)]
    net.node("AddN", *inputs, T=F32, N=count)
    agree(net)


@covers(*COMPARISONS, "LogicalAnd", "LogicalOr", "LogicalNot")
@examples(3)
@given(st.data(), shapes, rngs())
def test_comparisons_and_logic(
    data: st.DataObject, shape: tuple[int, ...], rng: np.random.Generator
) -> None:
    net = Net()
    a = net.feed(wholes(rng, shape, 0, 4))
    b = net.feed(wholes(rng, broadcasting(data.draw, shape), 0, 4))
    for op in COMPARISONS:
        net.node(op, a, b, name=op, T=I32)
    net.node("LogicalAnd", "Less", "NotEqual", name="and")
    net.node("LogicalOr", "Less", "Equal", name="or")
    net.node("LogicalNot", "Less", name="not")
    net.node("Equal", "Less", "or", name="same", T=np.bool_)
    net.node("NotEqual", "Less", "or", name="other", T=np.bool_)
    agree(net, (*COMPARISONS, "and", "or", "not", "same", "other"))


@covers("SelectV2", "Select")
@examples(4)
@given(st.data(), shapes, rngs())
def test_choice(data: st.DataObject, shape: tuple[int, ...], rng: np.random.Generator) -> None:
    net = Net()
    a, b = net.feed(reals(rng, shape)), net.feed(reals(rng, shape))
    small = net.feed(reals(rng, broadcasting(data.draw, shape)))
    zero = net.const(np.float32(0))
    net.node("Less", small, zero, name="some", T=F32)
    net.node("SelectV2", "some", a, b, name="v2", T=F32)
    net.node("Less", a, zero, name="each", T=F32)
    net.node("Select", "each", a, b, name="v1", T=F32)
    rows = net.feed(reals(rng, shape[:1]))
    net.node("Less", rows, zero, name="row", T=F32)
    net.node("Select", "row", a, b, name="rows", T=F32)
    agree(net, ("v2", "v1", "rows"))


NUMBERS = ("uint8", "int8", "int32", "int64", "float32", "float64", "bool")


@covers("Cast")
@pytest.mark.parametrize("source", NUMBERS)
def test_casts(source: str) -> None:
    """Real numbers towards zero, within what the target holds."""
    numbers = {"bool": [0, 1], "uint8": [0, 3, 127], "int8": [-128, 3, 127]}
    ordinary = np.array([0, 1.5, 1.999, 2.5, 99.7, 0.49, -0.0])
    array = np.array(numbers.get(source, ordinary)).astype(source)
    net = Net()
    x = net.feed(array)
    for target in NUMBERS:
        net.node("Cast", x, name=target, SrcT=np.dtype(source), DstT=np.dtype(target))
    agree(net, NUMBERS)


@covers("Cast")
def test_negative_numbers_are_cut_towards_zero() -> None:
    net = Net()
    x = net.feed(F32([-1.5, -0.9, -2.999, -100.5]))
    net.node("Cast", x, SrcT=F32, DstT=I32)
    assert agree(net)[0].tolist() == [-1, 0, -2, -100]


def test_float64_and_float16() -> None:
    for kind, rtol in ((np.float64, 1e-12), (np.float16, 2e-3)):
        net = Net()
        x = net.feed(np.array([0.1, 1.7, 2.5], kind))
        for op in ("Sqrt", "Relu6", "Round", "Square"):
            net.node(op, x, name=op, T=kind)
        expected = by_tensorflow(net, ("Sqrt", "Relu6", "Round", "Square"))
        for found, right in zip(
            by_tvm(net, ("Sqrt", "Relu6", "Round", "Square")), expected, strict=True
        ):
            compare(found, right, rtol)

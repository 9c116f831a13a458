"""Elementary functions, guarded quotients, bits and logic against TensorFlow."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stacks.relax.tests.frontend_graphs import expect_error
from harness.stacks.relax.tests.frontend_runs import (
    F16,
    F32,
    I32,
    I64,
    MARKS,
    Net,
    agree,
    covers,
    reals,
    rngs,
    shapes,
    wholes,
)
from harness.stacks.relax.tests.relax_marks import examples

pytestmark = MARKS

FUNCTIONS = (
    *("Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh"),
    *("Log1p", "Expm1"),
)
TESTS = ("IsNan", "IsInf", "IsFinite")
GUARDED = ("DivNoNan", "MulNoNan", "Xdivy", "Xlogy")
BITS = ("BitwiseAnd", "BitwiseOr", "BitwiseXor", "LeftShift", "RightShift")
ODD = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 1e-30, -1e-30, 1e30, -1e30, 89.0, -100.0]
SIX_ULP = 6 * 2.0**-23
"""TensorFlow's own asin is up to 3.9 ULP from the truth, its log1p and expm1 up to 5."""


def applied(ops: Any, *arrays: Any) -> Any:
    net = Net()
    inputs = [net.feed(array) for array in arrays]
    for op in ops:
        net.node(op, *inputs, name=op, T=arrays[0].dtype)
    return net


@covers(*FUNCTIONS, *TESTS)
def test_functions() -> None:
    rng = np.random.default_rng(0)
    ranges = ((-1, 1), (-1e-3, 1e-3), (0, 1e-6), (1, 60), (-60, 60))
    numbers = np.concatenate([F32(ODD), *(reals(rng, 500, *ends) for ends in ranges)])
    agree(applied(FUNCTIONS, numbers), FUNCTIONS, rtol=SIX_ULP, packed=True)
    agree(applied(TESTS, numbers), TESTS, packed=True)


@covers("Log1p", "Expm1", "Atanh", "IsNan")
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-14), (F16, 2e-3)])
def test_functions_of_other_widths(dtype: Any, tolerance: float) -> None:
    numbers = np.random.default_rng(1).uniform(-0.9, 0.9, (3, 50)).astype(dtype)
    ops = ("Log1p", "Expm1", "Atanh", "IsNan")
    agree(applied(ops, numbers), ops, rtol=tolerance)


@covers("Atan2")
def test_angles_have_the_signs_of_both() -> None:
    ends = F32([0.0, -0.0, 1, -1, 3, -7, np.inf, -np.inf, np.nan])
    y, x = (side.reshape(-1).copy() for side in np.meshgrid(ends, ends))
    agree(applied(("Atan2",), y, x), ("Atan2",), rtol=SIX_ULP, packed=True)


@covers(*GUARDED)
def test_guarded_quotients_and_products() -> None:
    ends = F32([0.0, -0.0, 1, -1, 3, 1e-30, np.inf, -np.inf, np.nan])
    x, y = (side.copy() for side in np.meshgrid(ends, ends))
    agree(applied(GUARDED, x, y), GUARDED, rtol=5e-7, packed=True)
    agree(applied(GUARDED, x, y[:, :1].copy()), GUARDED, rtol=5e-7)


@covers(*BITS, "Invert", "TruncateMod", "TruncateDiv")
@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.uint16, I32, I64])
def test_bits(dtype: Any) -> None:
    """Shifts by less than 0 or more than the type's bits, divisors of either sign."""
    rng, bounds = np.random.default_rng(2), np.iinfo(dtype)
    left = rng.integers(bounds.min, bounds.max, 200, dtype, endpoint=True)
    right = wholes(rng, 200, -9 if bounds.min else 0, 70, dtype)
    agree(applied(BITS, left, right), BITS, packed=dtype == np.int8)
    agree(applied(("Invert",), left), ("Invert",))
    divisions = ("TruncateMod", "TruncateDiv") if dtype in (I32, I64) else ("TruncateDiv",)
    agree(applied(divisions, left, np.where(right == 0, 1, right).astype(dtype)), divisions)


@covers("TruncateMod", "Mod")
def test_the_remainder_of_reals_has_the_dividend_s_sign() -> None:
    ends = F32([7.5, -7.5, 1e-3, -1e-3, 0])
    x, y = (side.copy() for side in np.meshgrid(ends, F32([2, -2, 0.3])))
    agree(applied(("TruncateMod", "Mod"), x, y), ("TruncateMod", "Mod"))


@covers("ClipByValue", "EuclideanNorm")
def test_clipped_numbers_and_norms() -> None:
    """Bounds that cross, and bounds that are scalars fed as placeholders."""
    net = Net()
    x = net.feed(F32([[-3, 0.5, 2, 9], [0, -0.0, 1, -9]]))
    low, high = net.feed(F32(-1), "low"), net.feed(F32(1.5), "high")
    net.node("ClipByValue", x, low, high, name="clipped", T=F32)
    net.node("ClipByValue", x, high, low, name="crossed", T=F32)
    for name, axes, kept in (("rows", [1], True), ("all", [0, 1], False), ("each", [], False)):
        where = net.const(I32(axes))
        net.node("EuclideanNorm", x, where, name=name, T=F32, Tidx=I32, keep_dims=kept)
    agree(net, ("clipped", "crossed", "rows", "all", "each"), rtol=5e-7, packed=True)


def test_scalars_that_are_fed() -> None:
    """A boolean as a learning phase, and a factor."""
    net = Net()
    x, phase, factor = net.feed(F32([1, -2])), net.feed(np.array(True)), net.feed(F32(2.5))
    net.node("Mul", x, factor, name="scaled", T=F32)
    net.node("SelectV2", phase, "scaled", x, T=F32)
    agree(net, packed=True)


@covers("All", "Any")
@examples(5)
@given(st.data(), shapes, rngs())
def test_all_and_any(data: st.DataObject, shape: tuple[int, ...], rng: Any) -> None:
    rank = len(shape)
    axes = data.draw(st.lists(st.integers(-rank, rank - 1), unique_by=lambda a: a % rank))
    net = Net()
    x, where = net.feed(rng.integers(0, 4, shape) > 0), net.const(I32(axes))
    for op in ("All", "Any"):
        net.node(op, x, where, name=op, Tidx=I32)
        net.node(op, x, where, name=f"{op}/kept", Tidx=I32, keep_dims=True)
    agree(net, ("All", "Any", "All/kept", "Any/kept"), packed=True)


@covers("ReverseV2", "Reverse")
@examples(6)
@given(st.data(), shapes, st.sampled_from([F32, np.uint8, np.bool_, I64]), rngs())
def test_reversed(data: st.DataObject, shape: tuple[int, ...], dtype: Any, rng: Any) -> None:
    rank = len(shape)
    axes = data.draw(st.lists(st.integers(-rank, rank - 1), unique_by=lambda a: a % rank))
    flags = [axis in {a % rank for a in axes} for axis in range(rank)]
    net = Net()
    x = net.feed(wholes(rng, shape, 0, 100, dtype))
    net.node("ReverseV2", x, net.const(I32(axes)), name="v2", T=dtype, Tidx=I32)
    net.node("Reverse", x, net.const(np.array(flags)), name="v1", T=dtype)
    agree(net, ("v2", "v1"), packed=True)


@covers("ReverseV2")
def test_a_network_that_wants_blue_first() -> None:
    """ReverseV2 of uint8 pixels before the first convolution, as Keras' caffe preprocessing."""
    rng, net = np.random.default_rng(3), Net()
    x = net.feed(wholes(rng, (1, 9, 7, 3), 0, 256, np.uint8))
    net.node("Cast", x, name="float", SrcT=np.uint8, DstT=F32)
    net.node("ReverseV2", "float", net.const(I32([-1])), name="bgr", T=F32, Tidx=I32)
    net.node("Sub", "bgr", net.const(F32([103.939, 116.779, 123.68])), name="centred", T=F32)
    weights = net.const(reals(rng, (3, 3, 3, 8)))
    window = {"strides": [1, 2, 2, 1], "padding": "SAME"}
    net.node("Conv2D", "centred", weights, T=F32, **window)
    agree(net, ("bgr", "out"), rtol=2e-5, atol=1e-3, packed=True)


def test_what_these_functions_do_not_take() -> None:
    from harness.stacks.relax.frontend import UnsupportedOpError

    net = Net()
    whole, real = net.feed(I32([1, 2])), net.feed(F32([1, 2]))
    net.node("Log1p", whole, name="log", T=I32)
    net.node("Invert", real, name="invert", T=F32)
    net.node("All", real, net.const(I32([0])), name="all")
    net.node("ReverseV2", real, net.const(I32([0, -1])), name="twice", T=F32)
    for output, message in {
        "log": r"'log' \(Log1p\): its input is int32; expected float16",
        "invert": r"'invert' \(Invert\): its input is float32; expected int8, uint8",
        "all": r"'all' \(All\): its input is float32; expected bool",
        "twice": r"'twice' \(ReverseV2\): axes \[0, -1\]; expected each axis once",
    }.items():
        expect_error(net.graph, message, None, [output], kind=UnsupportedOpError)

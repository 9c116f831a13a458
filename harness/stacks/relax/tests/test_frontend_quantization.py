"""Rounding to a grid against TensorFlow: exact, also half way between two numbers of the grid."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stacks.relax.tests.frontend_graphs import expect_error
from harness.stacks.relax.tests.frontend_runs import F32, MARKS, Net, agree, covers, rngs
from harness.stacks.relax.tests.relax_marks import examples

pytestmark = MARKS

OPS = ("args", "vars", "channels", "vector")


def quantized(numbers: Any, low: Any, high: Any, **attrs: Any) -> Net:
    """All three operations with the same bounds; `numbers` is `[1, h, w, 2]`."""
    net = Net()
    x, flat = net.feed(numbers), net.feed(numbers.reshape(-1)[:64].copy())
    low, high = F32(low), F32(high)
    pair = net.const(np.full(2, low)), net.const(np.full(2, high))
    many = net.const(np.full(64, low)), net.const(np.full(64, high))
    if low < high:
        bounds = {"min": float(low), "max": float(high)}
        net.node("FakeQuantWithMinMaxArgs", x, name="args", **bounds, **attrs)
    net.node("FakeQuantWithMinMaxVars", x, net.const(low), net.const(high), name="vars", **attrs)
    net.node("FakeQuantWithMinMaxVarsPerChannel", x, *pair, name="channels", **attrs)
    net.node("FakeQuantWithMinMaxVarsPerChannel", flat, *many, name="vector", **attrs)
    return net


@covers("FakeQuantWithMinMaxArgs", "FakeQuantWithMinMaxVars", "FakeQuantWithMinMaxVarsPerChannel")
@examples(12)
@given(st.data(), rngs())
def test_every_number_goes_to_tensorflow_s(data: st.DataObject, rng: Any) -> None:
    """Half of the numbers lie half way between two of the grid."""
    bits, narrow = data.draw(st.integers(2, 16)), data.draw(st.booleans())
    low = F32(data.draw(st.sampled_from([0, -rng.uniform(0, 6)])))
    high = F32(rng.uniform(0.1, 6))
    scale = (high - low) / F32(2**bits - 1 - narrow)
    halves = (rng.integers(-(2**bits), 2**bits, 2000) + 0.5) * scale
    ends = F32([np.nan, np.inf, -np.inf, 0.0, -0.0, low, high, 1e-30])
    numbers = np.concatenate([ends, rng.uniform(-8, 8, 1992), halves]).astype(F32)
    net = quantized(numbers.reshape(1, 20, 100, 2), low, high, num_bits=bits, narrow_range=narrow)
    agree(net, OPS, packed=True)


@covers("FakeQuantWithMinMaxVars", "FakeQuantWithMinMaxVarsPerChannel")
@pytest.mark.parametrize("bounds", [(1, 2), (-2, -1), (0, 0), (1, 1), (-3, 0)])
def test_bounds_without_0_between_them(bounds: Any) -> None:
    ends = F32([np.nan, np.inf, -np.inf, 0.0, -1.5, 1.5, 3, -3] * 16)
    agree(quantized(ends.reshape(1, 8, 8, 2), *bounds), OPS[1:])


@covers("FakeQuantWithMinMaxVarsPerChannel")
def test_each_channel_has_its_own_grid() -> None:
    rng, net = np.random.default_rng(0), Net()
    x = net.feed(rng.uniform(-4, 4, (2, 5, 3)).astype(F32))
    low, high = net.const(F32([-1, 0, -3])), net.const(F32([1, 0, 0.1]))
    net.node("FakeQuantWithMinMaxVarsPerChannel", x, low, high, num_bits=4)
    with pytest.raises(AssertionError):
        np.testing.assert_array_equal(agree(net)[0], net.feeds[x])
    assert not agree(net)[0][..., 1].any()


def test_grids_that_are_not_supported() -> None:
    from harness.stacks.relax.frontend import UnsupportedOpError

    net = Net()
    x, bound = net.feed(F32([1, 2])), net.feed(F32(2))
    net.node("FakeQuantWithMinMaxArgs", x, name="bits", num_bits=17)
    net.node("FakeQuantWithMinMaxArgs", x, name="empty", min=1.0, max=1.0)
    net.node("FakeQuantWithMinMaxVars", x, net.const(F32(0)), bound, name="fed")
    vectors = net.const(F32([0] * 3)), net.const(F32([1] * 3))
    net.node("FakeQuantWithMinMaxVarsPerChannel", x, *vectors, name="three")
    for output, message in {
        "bits": r"'bits' \(FakeQuantWithMinMaxArgs\): attribute num_bits is 17; expected 2 to 16",
        "empty": "attribute min is 1.0; expected less than max, 1.0",
        "fed": r"'fed' .*: input 2 depends on what the graph is fed; expected a constant",
        "three": r"bounds of the shapes \[3\] and \[3\]; expected \[2\]",
    }.items():
        expect_error(net.graph, message, None, [output], kind=UnsupportedOpError)


def test_weights_of_a_quantized_type_are_dequantized_while_importing() -> None:
    """As TensorFlow's quantize_weights leaves them: quint8 constants, passed on and dequantized."""
    rng, net = np.random.default_rng(1), Net()
    x = net.feed(rng.normal(size=(2, 6)).astype(F32))
    for mode, code, dtype in (("MIN_FIRST", 12, np.uint8), ("SCALED", 11, np.int8)):
        numbers = rng.integers(-100, 100, (6, 4)).astype(dtype)
        weights = net.const(numbers, f"weights/{mode}")
        node = net.graph.node[-1]
        node.attr["dtype"].type = node.attr["value"].tensor.dtype = code
        quantized = {"T": ("type", code)}
        net.node("Identity", weights, name=f"read/{mode}", **quantized)
        bounds = net.const(F32(-1.5)), net.const(F32(2.25))
        net.node("Dequantize", f"read/{mode}", *bounds, name=f"real/{mode}", mode=mode, **quantized)
        net.node("MatMul", x, f"real/{mode}", name=mode, T=F32)
    agree(net, ("MIN_FIRST", "SCALED"), rtol=1e-5, atol=1e-5, packed=True)

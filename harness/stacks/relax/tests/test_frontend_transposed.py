"""Transposed convolutions against TensorFlow."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stacks.relax.tests.frontend_graphs import expect_error
from harness.stacks.relax.tests.frontend_runs import (
    F32,
    I32,
    MARKS,
    Net,
    agree,
    by_tvm,
    compare,
    covers,
    reals,
    rngs,
)
from harness.stacks.relax.tests.relax_marks import examples

pytestmark = MARKS


def forward_size(size: int, extent: int, stride: int, padding: str, pads: Any = (0, 0)) -> int:
    if padding == "SAME":
        return -(-size // stride)
    return int((size + sum(pads) - extent) // stride + 1)


@covers("Conv2DBackpropInput")
@examples(12)
@given(st.data(), rngs())
def test_transposed_convolutions(data: st.DataObject, rng: Any) -> None:
    """Results that several inputs' sizes could give, strides beyond the window."""
    draw = data.draw
    padding = draw(st.sampled_from(["SAME", "VALID", "EXPLICIT"]))
    extent = [draw(st.integers(1, 4)) for _ in "hw"]
    strides = [draw(st.integers(1, 3)) for _ in "hw"]
    pads = [[draw(st.integers(0, n - 1)) for _ in "ab"] for n in extent]
    pads = pads if padding == "EXPLICIT" else [[0, 0], [0, 0]]
    result = [draw(st.integers(n, 9)) for n in extent]
    spatial = [
        forward_size(*axis[:3], padding, axis[3])
        for axis in zip(result, extent, strides, pads, strict=True)
    ]
    outputs, inputs = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    attrs: dict[str, Any] = {"T": F32, "strides": [1, *strides, 1], "padding": padding}
    if padding == "EXPLICIT":
        attrs["explicit_paddings"] = [0, 0, *pads[0], *pads[1], 0, 0]
    net = Net()
    x = net.feed(reals(rng, (2, *spatial, inputs)))
    weights = net.const(reals(rng, (*extent, outputs, inputs)))
    whole = net.const(I32([2, *result, outputs]))
    net.node("Conv2DBackpropInput", whole, weights, x, **attrs)
    net.node("Conv2DBackpropInput", net.const(I32(result)), weights, x, name="short", **attrs)
    agree(net, ("out", "short"), atol=2e-5, packed=True)


@covers("Conv2DBackpropInput")
def test_channels_first_and_weights_that_are_fed() -> None:
    rng = np.random.default_rng(0)
    image, kernel = reals(rng, (1, 4, 5, 3)), reals(rng, (3, 2, 6, 3))
    attrs = {"T": F32, "strides": [1, 2, 2, 1], "padding": "SAME"}
    net = Net()
    x, weights = net.feed(image), net.feed(kernel)
    net.node("Conv2DBackpropInput", net.const(I32([1, 8, 10, 6])), weights, x, **attrs)
    (expected,) = agree(net, atol=2e-5)
    first = Net()
    x, weights = first.feed(image.transpose(0, 3, 1, 2).copy()), first.const(kernel)
    attrs |= {"strides": [1, 1, 2, 2], "data_format": "NCHW"}
    first.node("Conv2DBackpropInput", first.const(I32([1, 6, 8, 10])), weights, x, **attrs)
    for packed in (False, True):
        (found,) = by_tvm(first, packed=packed)
        compare(found.transpose(0, 2, 3, 1), expected, atol=2e-5)


@covers("Conv2DBackpropInput")
def test_dilated_weights() -> None:
    rng, net = np.random.default_rng(1), Net()
    x, weights = net.feed(reals(rng, (1, 6, 6, 2))), net.const(reals(rng, (3, 3, 4, 2)))
    attrs = {"T": F32, "strides": [1, 1, 1, 1], "padding": "VALID", "dilations": [1, 2, 2, 1]}
    net.node("Conv2DBackpropInput", net.const(I32([1, 10, 10, 4])), weights, x, **attrs)
    agree(net, atol=2e-5, packed=True)


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ([1, 8, 8, 6], r"need an input \[1, 4, 4, 3\]; found \[1, 5, 5, 3\]"),
        ([1, 10, 10, 7], r"weights \[3, 3, 6, 3\] and a result \[1, 10, 10, 7\]"),
        ([1, 0, 10, 6], r"the result's shape is \[1, 0, 10, 6\]; expected 4 positive sizes"),
    ],
)
def test_results_that_no_convolution_has(result: list[int], message: str) -> None:
    from harness.stacks.relax.frontend import UnsupportedOpError

    rng, net = np.random.default_rng(2), Net()
    x, weights = net.feed(reals(rng, (1, 5, 5, 3))), net.const(reals(rng, (3, 3, 6, 3)))
    attrs = {"T": F32, "strides": [1, 2, 2, 1], "padding": "SAME"}
    net.node("Conv2DBackpropInput", net.const(I32(result)), weights, x, **attrs)
    expect_error(net.graph, message, kind=UnsupportedOpError)

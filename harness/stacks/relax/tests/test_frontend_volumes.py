"""Convolutions and pools of volumes, and grey-scale dilation, against TensorFlow."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.stacks.relax.tests.frontend_graphs import expect_error
from harness.stacks.relax.tests.frontend_runs import (
    F32,
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

windows = st.lists(st.integers(1, 3), min_size=3, max_size=3)


@covers("Conv3D", "MaxPool3D", "AvgPool3D")
@examples(4)
@given(st.sampled_from(["SAME", "VALID"]), windows, windows, st.integers(1, 4), rngs())
def test_volumes(padding: str, extent: Any, strides: Any, channels: int, rng: Any) -> None:
    net = Net()
    x = net.feed(reals(rng, (2, 4, 5, 3, channels)))
    attrs = {"T": F32, "strides": [1, *strides, 1], "padding": padding}
    weights = net.const(reals(rng, (*extent, channels, 3)))
    net.node("Conv3D", x, weights, name="conv", **attrs)
    attrs |= {"ksize": [1, *extent, 1]}
    net.node("MaxPool3D", x, name="max", **attrs)
    net.node("AvgPool3D", x, name="avg", **attrs)
    agree(net, ("conv", "max", "avg"), atol=2e-5, packed=True)


@covers("Conv3D", "MaxPool3D", "FusedBatchNormV3")
def test_volumes_with_channels_first() -> None:
    rng = np.random.default_rng(0)
    volume, kernel = reals(rng, (1, 5, 6, 4, 3)), reals(rng, (2, 3, 3, 3, 4))
    vectors = [reals(rng, 4, 0.5, 2) for _ in "1234"]
    found: list[Any] = []
    for layout, turn in (("NDHWC", (0, 1, 2, 3, 4)), ("NCDHW", (0, 4, 1, 2, 3))):
        net = Net()
        x = net.feed(volume.transpose(turn).copy())
        strides = [1, 2, 1, 2, 1]
        attrs = {"T": F32, "data_format": layout, "padding": "SAME"}
        attrs["strides"] = [strides[axis] for axis in turn]
        net.node("Conv3D", x, net.const(kernel), name="conv", **attrs)
        norm = {"T": F32, "U": F32, "is_training": False, "data_format": layout}
        net.node("FusedBatchNormV3", "conv", *map(net.const, vectors), name="norm", **norm)
        attrs["ksize"] = [[1, 2, 2, 2, 1][axis] for axis in turn]
        net.node("MaxPool3D", "norm", name="max", **attrs)
        if layout == "NDHWC":
            found = agree(net, ("conv", "norm", "max"), atol=2e-5)
        else:
            for array, right in zip(by_tvm(net, ("conv", "norm", "max")), found, strict=True):
                compare(array.transpose(0, 2, 3, 4, 1), right, atol=2e-5)


@covers("Dilation2D")
@examples(5)
@given(st.sampled_from(["SAME", "VALID"]), st.data(), rngs())
def test_dilation(padding: str, data: st.DataObject, rng: Any) -> None:
    extent = [data.draw(st.integers(1, 3)) for _ in "hw"]
    strides, rates = ([data.draw(st.integers(1, 2)) for _ in "hw"] for _ in "sr")
    net = Net()
    x, weights = net.feed(reals(rng, (2, 6, 7, 3))), net.const(reals(rng, (*extent, 3)))
    attrs = {"strides": [1, *strides, 1], "rates": [1, *rates, 1], "padding": padding}
    net.node("Dilation2D", x, weights, T=F32, **attrs)
    agree(net, packed=True)


def test_volumes_that_are_not_supported() -> None:
    from harness.stacks.relax.frontend import UnsupportedOpError

    rng, net = np.random.default_rng(1), Net()
    x, weights = net.feed(reals(rng, (1, 4, 4, 4, 6))), net.const(reals(rng, (1, 1, 1, 3, 2)))
    attrs = {"T": F32, "strides": [1, 1, 1, 1, 1], "padding": "SAME"}
    net.node("Conv3D", x, weights, name="groups", **attrs)
    flat = net.feed(reals(rng, (1, 4, 4, 6)))
    net.node("MaxPool3D", flat, name="flat", ksize=[1, 1, 1, 1, 1], **attrs)
    for output, message in {
        "groups": r"'groups' \(Conv3D\): input of the shape \[1, 4, 4, 4, 6\], but weights of",
        "flat": r"'flat' \(MaxPool3D\): input 0 has the shape \[1, 4, 4, 6\]; expected 5 dim",
    }.items():
        expect_error(net.graph, message, None, [output], kind=UnsupportedOpError)

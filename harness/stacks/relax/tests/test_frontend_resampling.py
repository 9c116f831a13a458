"""Cubic and area resizing and boxes of an image against TensorFlow."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.stacks.relax.tests.frontend_graphs import expect_error
from harness.stacks.relax.tests.frontend_runs import (
    F32,
    I32,
    MARKS,
    Net,
    agree,
    covers,
    reals,
    rngs,
    wholes,
)
from harness.stacks.relax.tests.relax_marks import examples

pytestmark = MARKS

sizes = st.integers(1, 30)
ULP_AT_255 = 2.0**-16


@covers("ResizeBicubic")
@examples(5)
@given(sizes, sizes, sizes, sizes, st.sampled_from([F32, np.uint8, np.float64]), rngs())
def test_bicubic(height: int, width: int, high: int, wide: int, dtype: Any, rng: Any) -> None:
    """Slopes and edges of both kernels; within four units in the last place of 255."""
    net = Net()
    x = net.feed(wholes(rng, (1, height, width, 3), 0, 256, dtype))
    wanted = net.const(I32([high, wide]))
    net.node("ResizeBicubic", x, wanted, name="legacy", T=dtype)
    net.node("ResizeBicubic", x, wanted, name="corners", T=dtype, align_corners=True)
    net.node("ResizeBicubic", x, wanted, name="centres", T=dtype, half_pixel_centers=True)
    agree(net, ("legacy", "corners", "centres"), atol=4 * ULP_AT_255, packed=True)


@covers("ResizeBicubic")
def test_bicubic_edges_have_no_weight_outside_with_half_pixel_centers() -> None:
    """A white column at the edge: the legacy kernel repeats it, and rings."""
    net, column = Net(), np.zeros((1, 4, 4, 1), np.float32)
    column[:, :, 0] = 255
    x, wanted = net.feed(column), net.const(I32([9, 9]))
    net.node("ResizeBicubic", x, wanted, name="legacy", T=F32)
    net.node("ResizeBicubic", x, wanted, name="centres", T=F32, half_pixel_centers=True)
    legacy, centres = agree(net, ("legacy", "centres"), atol=4 * ULP_AT_255)
    assert legacy.min() < -20 < centres.min() < 0
    assert centres.max() > 255


@covers("ResizeArea")
@examples(5)
@given(sizes, sizes, sizes, sizes, st.sampled_from([F32, np.uint8]), rngs())
def test_area(height: int, width: int, high: int, wide: int, dtype: Any, rng: Any) -> None:
    net = Net()
    x = net.feed(wholes(rng, (2, height, width, 3), 0, 256, dtype))
    wanted = net.const(I32([high, wide]))
    net.node("ResizeArea", x, wanted, name="plain", T=dtype)
    net.node("ResizeArea", x, wanted, name="corners", T=dtype, align_corners=True)
    agree(net, ("plain", "corners"), rtol=1e-6, atol=2 * ULP_AT_255, packed=True)


@covers("CropAndResize")
@examples(6)
@given(sizes, sizes, st.integers(1, 9), st.integers(1, 9), rngs())
def test_boxes(height: int, width: int, high: int, wide: int, rng: Any) -> None:
    """Boxes that turn the image round, and that reach outside of it."""
    net = Net()
    x = net.feed(wholes(rng, (2, height, width, 3), 0, 256, rng.choice([np.uint8, F32])))
    corners = F32([[0, 0, 1, 1], [0.2, 0.1, 0.7, 0.9], [0.9, 0.8, 0.1, 0], [-0.5, 0.5, 0.5, 1.5]])
    boxes, images = net.const(corners), net.const(I32([0, 1, 1, 0]))
    size = net.const(I32([high, wide]))
    kind = {"T": net.feeds[x].dtype, "extrapolation_value": 7.5}
    net.node("CropAndResize", x, boxes, images, size, name="bilinear", **kind)
    net.node("CropAndResize", x, boxes, images, size, name="nearest", method="nearest", **kind)
    agree(net, ("bilinear", "nearest"), atol=2 * ULP_AT_255, packed=True)


def test_boxes_that_are_not_supported() -> None:
    from harness.stacks.relax.frontend import UnsupportedOpError

    net = Net()
    x = net.feed(reals(np.random.default_rng(0), (1, 4, 4, 3)))
    fed, known = net.feed(F32([[0, 0, 1, 1]])), net.const(F32([[0, 0, 1, 1]]))
    first, third, size = net.const(I32([0])), net.const(I32([2])), net.const(I32([2, 2]))
    net.node("CropAndResize", x, fed, first, size, name="fed", T=F32)
    net.node("CropAndResize", x, known, third, size, name="image", T=F32)
    for output, message in {
        "fed": r"'fed' \(CropAndResize\): input 1 depends on what the graph is fed",
        "image": r"'image' \(CropAndResize\): boxes of the images \[2\] of 1",
    }.items():
        expect_error(net.graph, message, None, [output], kind=UnsupportedOpError)

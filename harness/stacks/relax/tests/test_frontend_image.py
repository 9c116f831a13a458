"""Resizing, padding and moves between space, depth and batch against TensorFlow."""

from typing import Any

import numpy as np
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
    wholes,
)
from harness.stacks.relax.tests.relax_marks import examples

pytestmark = MARKS

sizes = st.integers(1, 40)
CONVENTIONS: tuple[dict[str, bool], ...] = (
    {},
    {"align_corners": True},
    {"half_pixel_centers": True},
)
ULP_AT_255 = 2.0**-16


def resized(op: Any, array: Any, size: Any) -> Any:
    """All three conventions."""
    net = Net()
    x, wanted = net.feed(array), net.const(I32(size))
    for number, convention in enumerate(CONVENTIONS):
        net.node(op, x, wanted, name=f"out{number}", T=array.dtype, **convention)
    return net, [f"out{number}" for number in range(len(CONVENTIONS))]


@covers("ResizeBilinear")
@examples(25)
@given(sizes, sizes, sizes, sizes, st.integers(1, 3), rngs())
def test_bilinear(
    height: int, width: int, high: int, wide: int, channels: int, rng: np.random.Generator
) -> None:
    """Within two units in the last place of 255: LLVM joins product and sum, TensorFlow may not."""
    net, outputs = resized(
        "ResizeBilinear", reals(rng, (1, height, width, channels), 0, 255), (high, wide)
    )
    agree(net, outputs, atol=2 * ULP_AT_255)


@covers("ResizeBilinear")
@examples(5)
@given(sizes, sizes, sizes, sizes, st.sampled_from([np.uint8, np.int32, np.float64]), rngs())
def test_bilinear_of_other_types_is_float32(
    height: int, width: int, high: int, wide: int, dtype: Any, rng: np.random.Generator
) -> None:
    pixels = wholes(rng, (2, height, width, 3), 0, 256, dtype)
    net, outputs = resized("ResizeBilinear", pixels, (high, wide))
    found = agree(net, outputs, atol=2 * ULP_AT_255)
    assert {array.dtype for array in found} == {np.dtype(F32)}


@covers("ResizeBilinear")
def test_bilinear_of_a_photo_s_size() -> None:
    """TVM's own resize2d is off by up to 3e-5 here."""
    rng = np.random.default_rng(0)
    net, outputs = resized(
        "ResizeBilinear", wholes(rng, (1, 333, 500, 3), 0, 256, np.uint8), (299, 299)
    )
    agree(net, outputs, atol=2 * ULP_AT_255)


@covers("ResizeNearestNeighbor")
@examples(20)
@given(sizes, sizes, sizes, sizes, st.sampled_from([np.uint8, F32]), rngs())
def test_nearest_is_exact(
    height: int, width: int, high: int, wide: int, dtype: Any, rng: np.random.Generator
) -> None:
    pixels = wholes(rng, (1, height, width, 2), 0, 256, dtype)
    net, outputs = resized("ResizeNearestNeighbor", pixels, (high, wide))
    agree(net, outputs)


@covers("Pad", "PadV2", "MirrorPad")
@examples(10)
@given(st.data(), st.lists(st.integers(2, 5), min_size=1, max_size=4), rngs())
def test_paddings(data: st.DataObject, shape: tuple[int, ...], rng: np.random.Generator) -> None:
    net = Net()
    x = net.feed(wholes(rng, shape, dtype=data.draw(st.sampled_from([F32, I32]))))
    kind = net.feeds[x].dtype
    pairs = [[data.draw(st.integers(0, n - 1)) for _ in "12"] for n in shape]
    pads = net.const(I32(pairs))
    net.node("Pad", x, pads, name="zeros", T=kind)
    net.node("PadV2", x, pads, net.const(np.array(-7, kind)), name="number", T=kind)
    for mode in ("REFLECT", "SYMMETRIC"):
        net.node("MirrorPad", x, pads, name=mode, T=kind, mode=mode)
    agree(net, ("zeros", "number", "REFLECT", "SYMMETRIC"))


@covers("SpaceToDepth", "DepthToSpace")
@examples(6)
@given(st.integers(2, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), rngs())
def test_space_and_depth(
    block: int, height: int, width: int, channels: int, rng: np.random.Generator
) -> None:
    space = wholes(rng, (2, height * block, width * block, channels), dtype=F32)
    depth = wholes(rng, (2, height, width, channels * block * block), dtype=F32)
    found = []
    for layout, turn in (("NHWC", (0, 1, 2, 3)), ("NCHW", (0, 3, 1, 2))):
        net = Net()
        attrs = {"T": F32, "block_size": block, "data_format": layout}
        x, y = (net.feed(array.transpose(turn).copy()) for array in (space, depth))
        net.node("SpaceToDepth", x, name="deep", **attrs)
        net.node("DepthToSpace", y, name="wide", **attrs)
        if layout == "NHWC":
            found = agree(net, ("deep", "wide"))
        else:
            for array, right in zip(by_tvm(net, ("deep", "wide")), found, strict=True):
                compare(array.transpose(0, 2, 3, 1), right)


@covers("SpaceToBatchND", "BatchToSpaceND")
@examples(10)
@given(st.data(), st.integers(1, 2), rngs())
def test_space_and_batch(data: st.DataObject, inner: int, rng: np.random.Generator) -> None:
    blocks = [data.draw(st.integers(1, 3)) for _ in range(inner)]
    outer = [data.draw(st.integers(1, 3)) for _ in range(inner)]
    pads = [[data.draw(st.integers(0, 1)), data.draw(st.integers(0, 1))] for _ in range(inner)]
    whole = [size * block for size, block in zip(outer, blocks, strict=True)]
    space = [max(size - sum(pad), 0) for size, pad in zip(whole, pads, strict=True)]
    pads = [p if size else [0, 0] for p, size in zip(pads, space, strict=True)]
    space = [size or grown for size, grown in zip(space, whole, strict=True)]
    net = Net()
    x = net.feed(reals(rng, (2, *space, 3)))
    y = net.feed(reals(rng, (2 * int(np.prod(blocks)), *outer, 3)))
    crops = [[min(a, n - 1), 0] for (a, _), n in zip(pads, whole, strict=True)]
    sides = net.const(I32(blocks)), net.const(I32(pads)), net.const(I32(crops))
    types = {"T": F32, "Tblock_shape": I32}
    net.node("SpaceToBatchND", x, *sides[:2], name="in", Tpaddings=I32, **types)
    net.node("BatchToSpaceND", y, sides[0], sides[2], name="back", Tcrops=I32, **types)
    expected = by_tensorflow(net, ("in", "back"))
    for found, right in zip(by_tvm(net, ("in", "back")), expected, strict=True):
        compare(found, right)

"""Reductions, moves and slices of the TensorFlow frontend against TensorFlow: exact."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stacks.relax.tests.frontend_runs import (
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

REDUCTIONS = ("Mean", "Sum", "Max", "Min", "Prod")


def some_axes(draw: Any, rank: Any) -> Any:
    axes = draw(st.lists(st.integers(0, rank - 1), unique=True, max_size=rank))
    return [axis - rank if draw(st.booleans()) else axis for axis in axes]


@covers(*REDUCTIONS)
@examples(8)
@given(st.data(), shapes, st.booleans(), rngs())
def test_reductions(
    data: st.DataObject, shape: tuple[int, ...], kept: bool, rng: np.random.Generator
) -> None:
    net = Net()
    x = net.feed(reals(rng, shape))
    axes = some_axes(data.draw, len(shape))
    axes = net.const(np.array(axes, data.draw(st.sampled_from([I32, I64]))))
    for op in REDUCTIONS:
        net.node(op, x, axes, name=op, T=F32, Tidx=net_type(net, axes), keep_dims=kept)
    agree(net, REDUCTIONS, rtol=2e-6, atol=2e-6)


def net_type(net: Net, name: Any) -> Any:
    node = next(node for node in net.graph.node if node.name == name)
    return np.dtype({3: I32, 9: I64}[node.attr["dtype"].type])


@covers("Sum", "Max", "Min", "Prod")
def test_reductions_of_whole_numbers_over_a_single_axis() -> None:
    net = Net()
    x = net.feed(wholes(np.random.default_rng(0), (3, 4), -9, 9))
    axis = net.const(I32(-1))
    for op in REDUCTIONS[1:]:
        net.node(op, x, axis, name=op, T=I32, Tidx=I32)
    agree(net, REDUCTIONS[1:])


@covers("ArgMax", "ArgMin")
@examples(5)
@given(st.data(), shapes, rngs())
def test_first_of_equals(
    data: st.DataObject, shape: tuple[int, ...], rng: np.random.Generator
) -> None:
    net = Net()
    x = net.feed(wholes(rng, shape, 0, 3, F32))
    axis = net.const(I32(data.draw(st.integers(-len(shape), len(shape) - 1))))
    net.node("ArgMax", x, axis, name="max", T=F32)
    net.node("ArgMin", x, axis, name="min", T=F32, output_type=I32)
    agree(net, ("max", "min"))


@covers("Reshape", "Squeeze", "ExpandDims", "Transpose", "Tile", "BroadcastTo", "Fill")
@examples(10)
@given(st.data(), shapes, rngs())
def test_other_shapes(
    data: st.DataObject, shape: tuple[int, ...], rng: np.random.Generator
) -> None:
    net, rank = Net(), len(shape)
    x = net.feed(wholes(rng, shape, dtype=data.draw(st.sampled_from([F32, np.uint8, I64]))))
    kind = net.feeds[x].dtype
    order = data.draw(st.permutations(range(rank)))
    net.node("Transpose", x, net.const(I32(order)), name="turned", T=kind, Tperm=I32)
    flat = data.draw(st.sampled_from([[-1], [shape[0], -1], [1, *shape[::-1], 1], [-1, 1]]))
    net.node("Reshape", x, net.const(I32(flat)), name="shaped", T=kind)
    axis = data.draw(st.integers(-rank - 1, rank))
    net.node("ExpandDims", x, net.const(I32(axis)), name="grown", T=kind)
    net.node("Squeeze", "grown", name="lost", T=kind)
    net.node("Squeeze", "grown", name="one", T=kind, squeeze_dims=[axis])
    times = data.draw(st.lists(st.integers(1, 3), min_size=rank, max_size=rank))
    net.node("Tile", x, net.const(I32(times)), name="tiled", T=kind, Tmultiples=I32)
    net.node("BroadcastTo", "grown", net.const(I32(grown(shape, axis))), name="b", T=kind)
    scalar = net.feed(np.array(3, kind))
    net.node("Fill", net.const(I32([2, 3])), scalar, name="full", T=kind)
    agree(net, ("turned", "shaped", "grown", "lost", "one", "tiled", "b", "full"))


def grown(shape: Any, axis: Any) -> Any:
    """The shape with a new axis of size 3."""
    sizes = list(shape)
    sizes.insert(axis if axis >= 0 else len(shape) + 1 + axis, 3)
    return sizes


@covers("ConcatV2", "Concat", "Pack")
@examples(6)
@given(st.data(), shapes, st.integers(1, 4), rngs())
def test_joined(
    data: st.DataObject, shape: tuple[int, ...], count: int, rng: np.random.Generator
) -> None:
    net, rank = Net(), len(shape)
    axis = data.draw(st.integers(-rank, rank - 1))
    sizes = [list(shape) for _ in range(count)]
    for size in sizes:
        size[axis] = data.draw(st.integers(1, 3))
    parts = [net.feed(reals(rng, size)) for size in sizes]
    parts.append(net.const(reals(rng, shape)))
    where = net.const(I32(axis))
    net.node("ConcatV2", *parts, where, name="v2", T=F32, N=count + 1)
    net.node("Concat", net.const(I32(axis % rank)), *parts, name="v1", T=F32, N=count + 1)
    same = [net.feed(reals(rng, shape)) for _ in range(count)]
    place = data.draw(st.integers(-rank - 1, rank))
    net.node("Pack", *same, name="packed", T=F32, N=count, axis=place)
    agree(net, ("v2", "v1", "packed"))


@covers("Reshape", "StridedSlice")
def test_tensors_of_no_elements() -> None:
    net = Net()
    x = net.feed(np.zeros((2, 0, 3), F32))
    net.node("Reshape", x, net.const(I32([0, 7])), name="empty", T=F32)
    net.node("Reshape", x, net.const(I32([2, -1])), name="rest", T=F32)
    agree(net, ("empty", "rest"))


@pytest.mark.parametrize("fold", ["here", "by TensorFlow"])
@covers("Reshape", "Identity")
def test_shapes_are_worked_out_while_importing(fold: str) -> None:
    """Keras's Flatten and Dense: Shape → StridedSlice → Pack or Prod → Reshape."""
    net, rng = Net(), np.random.default_rng(0)
    x = net.feed(reals(rng, (2, 3, 4)))
    net.node("Shape", x, name="shape", T=F32, out_type=I32)
    zero, one = net.const(I32([0])), net.const(I32([1]))
    masks = {"shrink_axis_mask": 1, "T": I32, "Index": I32}
    net.node("StridedSlice", "shape", zero, one, one, name="batch", **masks)
    if fold == "here":
        net.node("Pack", "batch", net.const(I32(-1)), name="flat", T=I32, N=2)
    else:
        net.node("Cast", "batch", name="real", SrcT=I32, DstT=F32)
        net.node("Cast", "real", name="whole", SrcT=F32, DstT=I32)
        net.node("Pack", "whole", net.const(I32(-1)), name="flat", T=I32, N=2)
    net.node("Reshape", x, "flat", name="reshaped", T=F32)
    net.node("Size", "reshaped", name="size", T=F32)
    net.node("Rank", x, name="rank", T=F32)
    net.node("AddV2", "size", "rank", name="sum", T=I32)
    net.node("ZerosLike", "reshaped", name="zeros", T=F32)
    net.node("OnesLike", "reshaped", name="ones", T=F32)
    net.node("AddV2", "reshaped", "ones", name="more", T=F32)
    agree(net, ("reshaped", "sum", "zeros", "more", "shape"))


@covers(
    "Identity",
    "IdentityN",
    "StopGradient",
    "PreventGradient",
    "CheckNumerics",
    "Snapshot",
    "PlaceholderWithDefault",
    "EnsureShape",
)
def test_passed_on() -> None:
    net, rng = Net(), np.random.default_rng(0)
    x = net.feed(reals(rng, (2, 3)))
    last = net.node("Relu", x, name="first", T=F32)
    for op in ("Identity", "StopGradient", "PreventGradient", "CheckNumerics", "Snapshot"):
        more = {"message": "m"} if op == "CheckNumerics" else {}
        last = net.node(op, last, name=op, T=F32, **more)
    last = net.node("PlaceholderWithDefault", last, name="fed", dtype=F32)
    net.graph.node[-1].attr["shape"].shape.unknown_rank = True
    last = net.node("EnsureShape", last, name="sure", T=F32)
    net.graph.node[-1].attr["shape"].shape.unknown_rank = True
    node = net.node("IdentityN", last, x, name="both")
    net.graph.node[-1].attr["T"].list.type.extend([1, 1])
    net.node("Neg", f"{node}:1", T=F32)
    agree(net, ("Snapshot", "fed", "both:0", "both:1", "out"))

"""Splits, slices and gathers of the TensorFlow frontend against TensorFlow: exact."""

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
    covers,
    reals,
    rngs,
    shapes,
    wholes,
)
from harness.stacks.relax.tests.relax_marks import examples

pytestmark = MARKS


@covers("Split", "SplitV", "Unpack")
@examples(6)
@given(st.data(), shapes, rngs())
def test_split(data: st.DataObject, shape: tuple[int, ...], rng: np.random.Generator) -> None:
    net, rank = Net(), len(shape)
    axis = data.draw(st.integers(-rank, rank - 1))
    count = data.draw(st.integers(1, 3))
    whole = list(shape)
    whole[axis] *= count
    x = net.feed(reals(rng, whole))
    where = net.const(I32(axis))
    net.node("Split", where, x, name="even", T=F32, num_split=count)
    rest = net.const(I32([1, -1] if whole[axis] > 1 else [1]))
    number = 2 if whole[axis] > 1 else 1
    net.node("SplitV", x, rest, where, name="sizes", T=F32, Tlen=I32, num_split=number)
    net.node("Unpack", x, name="rows", T=F32, axis=axis, num=whole[axis])
    outputs = [f"even:{i}" for i in range(count)] + [f"sizes:{i}" for i in range(number)]
    agree(net, [*outputs, "rows", f"rows:{whole[axis] - 1}"])


@covers("Slice", "Gather", "GatherV2")
@examples(8)
@given(st.data(), shapes, rngs())
def test_taken(data: st.DataObject, shape: tuple[int, ...], rng: np.random.Generator) -> None:
    net = Net()
    x = net.feed(reals(rng, shape))
    begin = [data.draw(st.integers(0, n - 1)) for n in shape]
    size = [data.draw(st.sampled_from([-1, 1, n - b])) for b, n in zip(begin, shape, strict=True)]
    net.node("Slice", x, net.const(I32(begin)), net.const(I32(size)), T=F32, Index=I32)
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    indices = wholes(rng, data.draw(st.sampled_from([(), (3,), (2, 2)])), 0, shape[axis])
    make = data.draw(st.sampled_from([net.const, net.feed]))
    types = {"Tparams": F32, "Tindices": I32}
    net.node("GatherV2", x, make(indices), net.const(I32(axis)), name="v2", Taxis=I32, **types)
    first = wholes(rng, (2,), 0, shape[0])
    net.node("Gather", x, make(first), name="v1", **types)
    agree(net, ("out", "v2", "v1"))


@st.composite
def strided(draw: st.DrawFn, shape: Any) -> Any:
    """begin, end, strides and masks that fit a shape: new axes, an ellipsis, single indices."""
    spec: list[tuple[int, int, int]] = []
    masks = dict.fromkeys(("begin", "end", "ellipsis", "new_axis", "shrink_axis"), 0)
    used = 0
    while used < len(shape) and len(spec) < 6 and draw(st.integers(0, 5)):
        bit, size = 1 << len(spec), shape[used]
        kind = draw(st.sampled_from(["slice", "slice", "slice", "index", "new", "ellipsis"]))
        if kind == "ellipsis" and not masks["ellipsis"]:
            masks["ellipsis"] |= bit
            spec.append((0, 0, 1))
            used += draw(st.integers(0, len(shape) - used))
            tail = used
            rest = len(shape) - tail
            return spec + [(0, 1, 1)] * rest, masks | tail_masks(draw, masks, len(spec), rest)
        if kind == "new":
            masks["new_axis"] |= bit
            spec.append((0, 0, 1))
            continue
        used += 1
        if kind == "index":
            masks["shrink_axis"] |= bit
            index = draw(st.integers(-size, size - 1))
            spec.append((index, index + 1, 1))
            continue
        stride = draw(st.sampled_from([1, 1, 2, 3, -1, -2]))
        spec.append((draw(st.integers(-7, 7)), draw(st.integers(-7, 7)), stride))
        masks["begin"] |= bit * draw(st.booleans())
        masks["end"] |= bit * draw(st.booleans())
    return spec or [(0, 1, 1)], masks


def tail_masks(draw: Any, masks: Any, start: Any, rest: Any) -> Any:
    """Whole axes behind an ellipsis, or their first entries."""
    found = dict(masks)
    for bit in range(start, start + rest):
        found["begin"] |= 1 << bit
        found["end"] |= (1 << bit) * draw(st.booleans())
    return found


@covers("StridedSlice")
@examples(60)
@given(st.data(), shapes, rngs())
def test_strided_slices(
    data: st.DataObject, shape: tuple[int, ...], rng: np.random.Generator
) -> None:
    net = Net()
    x = net.feed(reals(rng, shape))
    spec, masks = data.draw(strided(shape))
    parts = [net.const(I32(part)) for part in zip(*spec, strict=True)]
    masks = {f"{name}_mask": mask for name, mask in masks.items()}
    net.node("StridedSlice", x, *parts, T=F32, Index=I32, **masks)
    agree(net)

"""The largest, one-hot vectors and elements by index against TensorFlow: exact."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stacks.relax.tests.frontend_graphs import expect_error
from harness.stacks.relax.tests.frontend_runs import (
    F32,
    I32,
    I64,
    MARKS,
    Net,
    agree,
    by_tensorflow,
    covers,
    reals,
    rngs,
    shapes,
    wholes,
)
from harness.stacks.relax.tests.relax_marks import examples

pytestmark = MARKS


@covers("TopKV2")
@pytest.mark.parametrize("dtype", [F32, I32, np.uint8, np.float64, I64])
def test_of_equals_the_first_is_first(dtype: Any) -> None:
    rng, net = np.random.default_rng(0), Net()
    x = net.feed(wholes(rng, (3, 1000), 0, 30, dtype))
    net.node("TopKV2", x, net.const(I32(300)), name="v2", T=dtype, Tk=I32, index_type=I32)
    agree(net, ("v2:0", "v2:1"), packed=True)


@covers("TopKV2")
def test_the_largest_scores_with_wide_indices() -> None:
    net = Net()
    x = net.feed(F32([0.25, 0.5, -0.0, 0.0, 0.5, -np.inf, np.inf]))
    types = {"T": F32, "Tk": I32, "index_type": I64}
    net.node("TopKV2", x, net.const(I32(7)), **types)
    net.node("TopKV2", x, net.const(I32(0)), name="none", **types)
    net.node("Shape", "none:1", name="shape", T=I64)
    agree(net, ("out:0", "out:1", "shape"))


@covers("OneHot")
@examples(8)
@given(st.data(), shapes, rngs())
def test_one_hot(data: st.DataObject, shape: tuple[int, ...], rng: Any) -> None:
    """Indices below 0 and beyond the depth give `off` alone."""
    kind = data.draw(st.sampled_from([I32, I64, np.uint8]))
    indices = rng.integers(0 if kind == np.uint8 else -3, 9, shape).astype(kind)
    dtype = data.draw(st.sampled_from([F32, I32, np.bool_]))
    depth = data.draw(st.sampled_from([1, 5, 300]))
    net = Net()
    x, number = net.feed(indices), net.const(I32(depth))
    on, off = net.const(np.array(1, dtype)), net.feed(np.array(0, dtype), "off")
    axis = data.draw(st.integers(-1, len(shape)))
    net.node("OneHot", x, number, on, off, T=dtype, TI=kind, axis=axis)
    agree(net, packed=True)


@covers("GatherNd")
@examples(8)
@given(st.data(), shapes, rngs())
def test_gather_nd(data: st.DataObject, shape: tuple[int, ...], rng: Any) -> None:
    net, depth = Net(), data.draw(st.integers(0, len(shape)))
    outer = data.draw(st.sampled_from([(), (4,), (2, 3)]))
    indices = [rng.integers(0, size, outer) for size in shape[:depth]]
    stacked = np.stack(indices, -1) if depth else np.zeros((*outer, 0))
    make = data.draw(st.sampled_from([net.const, net.feed])) if depth else net.const
    x, where = net.feed(reals(rng, shape)), make(stacked.astype(I64))
    net.node("GatherNd", x, where, Tparams=F32, Tindices=I64)
    agree(net, packed=True)


@covers("GatherV2")
@examples(8)
@given(st.data(), st.lists(st.integers(1, 4), min_size=2, max_size=4), rngs())
def test_gather_in_batches(data: st.DataObject, shape: list[int], rng: Any) -> None:
    batch = data.draw(st.integers(1, len(shape) - 1))
    axis = data.draw(st.integers(batch, len(shape) - 1))
    rest = data.draw(st.sampled_from([[], [3], [2, 2]]))
    indices = wholes(rng, [*shape[:batch], *rest], 0, shape[axis])
    written = data.draw(st.sampled_from([batch, batch - indices.ndim]))
    written = batch if written == 0 else written
    net = Net()
    x = net.feed(reals(rng, shape))
    types = {"Tparams": F32, "Tindices": I32, "Taxis": I32, "batch_dims": written}
    for name, make in (("fed", net.feed), ("known", net.const)):
        net.node("GatherV2", x, make(indices), net.const(I32(axis)), name=name, **types)
    constants = net.const(net.feeds[x]), net.const(indices), net.const(I32(axis))
    net.node("GatherV2", *constants, name="constant", **types)
    agree(net, ("fed", "known", "constant"), packed=True)


@covers("GatherNd", "Gather", "GatherV2")
def test_indices_outside_the_tensor() -> None:
    """An error in TensorFlow; here known ones are refused."""
    import tensorflow as tf

    net = Net()
    x = net.feed(reals(np.random.default_rng(0), (4, 3)))
    outside = net.const(I32([[0, 3]]))
    net.node("GatherNd", x, outside, name="nd", Tparams=F32, Tindices=I32)
    with pytest.raises(tf.errors.InvalidArgumentError):
        by_tensorflow(net, ("nd",))
    expect_error(net.graph, r"'nd' \(GatherNd\): indices from 3 to 3 of 3", None, ["nd"])


@covers("InvertPermutation", "UnravelIndex")
def test_places() -> None:
    rng, net = np.random.default_rng(1), Net()
    order, flat = net.feed(rng.permutation(37).astype(I32)), net.feed(I64([0, 23, 7, 22]))
    net.node("InvertPermutation", order, name="inverse", T=I32)
    net.node("UnravelIndex", flat, net.const(I64([2, 3, 4])), name="indices", Tidx=I64)
    single = net.feed(I32(17))
    net.node("UnravelIndex", single, net.const(I32([2, 3, 4])), name="index", Tidx=I32)
    agree(net, ("inverse", "indices", "index"), packed=True)


def test_selections_that_are_not_supported() -> None:
    from harness.stacks.relax.frontend import UnsupportedOpError

    net = Net()
    x, fed = net.feed(F32([[1, 2]])), net.feed(I32(1))
    net.node("TopKV2", x, fed, name="fed", T=F32)
    net.node("TopKV2", x, net.const(I32(3)), name="many", T=F32)
    on = net.const(F32(1))
    net.node("OneHot", net.feed(I32([0])), fed, on, on, name="depth", T=F32)
    axis, batch = net.const(I32(0)), {"Tparams": F32, "Tindices": I32, "batch_dims": 1}
    net.node("GatherV2", x, net.const(I32([[0]])), axis, name="batch", **batch)
    for output, message in {
        "fed": r"'fed' \(TopKV2\): input 1 depends on what the graph is fed",
        "many": r"'many' \(TopKV2\): the largest 3 of 2; expected at most 2",
        "depth": r"'depth' \(OneHot\): input 1 depends on what the graph is fed",
        "batch": r"'batch' \(GatherV2\): attribute batch_dims is 1; expected at most the axis 0",
    }.items():
        expect_error(net.graph, message, None, [output], kind=UnsupportedOpError)

"""Sums of segments and counts of numbers against TensorFlow."""

from typing import Any

import numpy as np
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
    covers,
    reals,
    rngs,
    wholes,
)
from harness.stacks.relax.tests.relax_marks import examples

pytestmark = MARKS


@covers("SegmentSum", "UnsortedSegmentSum")
@examples(5)
@given(st.integers(1, 20), st.sampled_from([(), (3,), (2, 2)]), rngs())
def test_segments(rows: int, inner: tuple[int, ...], rng: Any) -> None:
    """Segments of no rows, rows of no segment, infinities in one segment alone."""
    net = Net()
    numbers = reals(rng, (rows, *inner))
    numbers[0] = np.inf
    x = net.feed(numbers)
    rising = np.sort(rng.integers(0, 9, rows)).astype(I64)
    net.node("SegmentSum", x, net.const(rising), name="sorted", T=F32, Tindices=I64)
    any_order, count = net.feed(wholes(rng, rows, -2, 6)), net.const(I32(6))
    types = {"T": F32, "Tindices": I32, "Tnumsegments": I32}
    net.node("UnsortedSegmentSum", x, any_order, count, name="any", **types)
    agree(net, ("sorted", "any"), rtol=1e-6, atol=1e-6, packed=True)


@covers("UnsortedSegmentSum")
def test_segments_of_several_axes() -> None:
    rng, net = np.random.default_rng(0), Net()
    x, ids = net.feed(wholes(rng, (4, 3, 2))), net.feed(wholes(rng, (4, 3), 0, 5))
    types = {"T": I32, "Tindices": I32, "Tnumsegments": I32}
    net.node("UnsortedSegmentSum", x, ids, net.const(I32(5)), **types)
    agree(net)


@covers("Bincount")
def test_counts() -> None:
    """Numbers beyond the size are not counted."""
    rng, net = np.random.default_rng(1), Net()
    x, size = net.feed(wholes(rng, 40, 0, 12)), net.const(I32(9))
    weights, none = net.feed(reals(rng, 40)), net.const(np.zeros(0, np.int32))
    net.node("Bincount", x, size, none, name="counts", T=I32)
    net.node("Bincount", x, size, weights, name="weighted", T=F32)
    agree(net, ("counts", "weighted"), rtol=1e-6, atol=1e-6, packed=True)


def test_segments_that_are_not_supported() -> None:
    from harness.stacks.relax.frontend import UnsupportedOpError

    net = Net()
    x, fed = net.feed(F32([1, 2])), net.feed(I32([0, 1]))
    net.node("SegmentSum", x, fed, name="fed", T=F32)
    net.node("SegmentSum", x, net.const(I32([1, 0])), name="falling", T=F32)
    for output, message in {
        "fed": r"'fed' \(SegmentSum\): input 1 depends on what the graph is fed",
        "falling": r"'falling' \(SegmentSum\): the segments \[1, 0\]; expected numbers in rising",
    }.items():
        expect_error(net.graph, message, None, [output], kind=UnsupportedOpError)

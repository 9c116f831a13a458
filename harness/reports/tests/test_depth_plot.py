"""Errors over depth: where a kernel is drawn, and what is not drawn."""

import math

from harness.reports.depth_plot import HEIGHT, WIDTH, depth_plot
from harness.results.located_kernels import DrawnKernel, LocatedKernels


def kernel(tensor: str, local: float, *, faulty: bool = False, **errors: float) -> DrawnKernel:
    known = {"propagated": 1e-6, "reference_propagated": 1e-6, "reference_local": 1e-7,
             "limit": 1e-6}  # fmt: skip
    return DrawnKernel(tensor=tensor, local=local, faulty=faulty, **{**known, **errors})


def located(*kernels: DrawnKernel) -> LocatedKernels:
    return LocatedKernels(verdict="faulty: conv", kernels=kernels, near=())


def test_kernels_lie_from_left_to_right_and_powers_of_ten_are_equally_far_apart() -> None:
    found = depth_plot(located(kernel("a:0", 1e-7), kernel("b:0", 1e-5), kernel("c:0", 1e-3)))
    assert found is not None
    assert (found.low, found.high, found.kernels) == (1e-7, 1e-3, 3)
    assert found.local.candidate == f"M0 {HEIGHT}h0L{WIDTH // 2} {HEIGHT // 2}h0L{WIDTH} 0h0"
    assert found.faulty == ()
    assert found.local.faulty == ""
    assert found.propagated.limit == "", "rounding explains single kernels"


def test_faulty_kernels_are_marked_in_both_drawings() -> None:
    bad = kernel("b:0", 1e-2, faulty=True, propagated=1e-4)
    found = depth_plot(located(kernel("a:0", 1e-6), bad))
    assert found is not None
    assert found.faulty == ("b:0",)
    assert found.local.faulty == f"M{WIDTH} 0h0"
    assert found.propagated.faulty == f"M{WIDTH} {HEIGHT * 2 / 5:g}h0"


def test_an_error_that_was_not_measured_breaks_the_line_and_others_stay_on_the_drawing() -> None:
    errors = (0.0, math.nan, 1e-6, math.inf)
    found = depth_plot(located(*(kernel("a:0", error) for error in errors)))
    assert found is not None
    assert found.local.candidate == f"M0 {HEIGHT}h0M426.7 0h0L{WIDTH} 0h0"


def test_nothing_is_drawn_of_nothing() -> None:
    assert depth_plot(None) is None
    none = dict.fromkeys(("propagated", "reference_propagated", "reference_local", "limit"), 0.0)
    silent = DrawnKernel(tensor="a:0", local=0.0, faulty=False, **none)
    assert depth_plot(located(silent)) is None

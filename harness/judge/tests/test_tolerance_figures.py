"""The smallest tolerances: they pass, and the next smaller float does not."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray

from harness.judge.compare import compare
from harness.judge.tests.score_vectors import TOLERANCE, vectors

pytestmark = pytest.mark.usefixtures("no_warnings")


@given(vectors(), TOLERANCE)
def test_atol_needed_is_the_smallest_that_passes(
    pair: tuple[NDArray[Any], NDArray[Any]], rtol: float
) -> None:
    r, c = (x.astype(np.float64) for x in pair)
    needed = compare(r, c, rtol=rtol).atol_needed
    assert np.allclose(c, r, rtol=rtol, atol=needed)
    if needed:
        assert not np.allclose(c, r, rtol=rtol, atol=np.nextafter(needed, 0))


@given(vectors(), TOLERANCE)
def test_the_class_that_needs_the_widest_tolerance_is_named(
    pair: tuple[NDArray[Any], NDArray[Any]], rtol: float
) -> None:
    r, c = (x.astype(np.float64) for x in pair)
    found = compare(r, c, rtol=rtol)
    alone = compare(r[[found.atol_needed_class]], c[[found.atol_needed_class]], rtol=rtol)
    assert alone.atol_needed == pytest.approx(found.atol_needed)


@given(vectors(), TOLERANCE)
def test_rtol_needed_is_the_smallest_that_passes(
    pair: tuple[NDArray[Any], NDArray[Any]], atol: float
) -> None:
    r, c = (x.astype(np.float64) for x in pair)
    needed = compare(r, c, atol=atol).rtol_needed
    if math.isnan(needed):  # a zero of the reference, which no rtol widens
        assert np.any((r == 0) & (np.abs(c) > atol))
        return
    assert np.allclose(c, r, rtol=needed, atol=atol)
    if needed:
        assert not np.allclose(c, r, rtol=np.nextafter(needed, 0), atol=atol)

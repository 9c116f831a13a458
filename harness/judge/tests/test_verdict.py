"""Which status two score vectors get, and the reason that the row gives."""

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from harness.cases.tolerance import EndToEndTolerance, GraphTolerance
from harness.judge.applied_tolerance import (
    END_TO_END_ATOL,
    GRAPH_RTOL,
    AppliedTolerance,
    applied_tolerance,
)
from harness.judge.verdict import judge
from harness.results.status import Status

STRICT = AppliedTolerance(1e-5, GRAPH_RTOL, 2e-5)
SCORES = hnp.arrays(np.float32, st.integers(2, 20), elements=st.floats(-1e4, 1e4, width=32))
LIMITS = st.builds(
    AppliedTolerance, atol=st.floats(0, 1), rtol=st.floats(0, 0.1), near_tie=st.floats(0, 1)
)


@given(SCORES, LIMITS, st.integers(1, 25))
def test_a_copy_of_the_scores_matches(
    scores: NDArray[Any], limits: AppliedTolerance, k: int
) -> None:
    assume(np.any(scores != scores[0]))
    found = judge(scores, scores.copy(), k=k, limits=limits)
    assert found.status == Status.MATCH
    assert "largest difference 0" in found.reason


@given(SCORES, st.data(), LIMITS)
def test_nothing_beyond_the_tolerance_ever_passes(
    reference: Any, data: st.DataObject, limits: AppliedTolerance
) -> None:
    size = st.floats(-1e4, 1e4, width=32)
    candidate = data.draw(hnp.arrays(np.float32, reference.shape, elements=size))
    r, c = reference.astype(np.float64), candidate.astype(np.float64)
    found = judge(reference, candidate, k=5, limits=limits)
    if not np.allclose(c, r, atol=limits.atol, rtol=limits.rtol):
        assert not found.status.passing
    elif found.status == Status.MISMATCH:  # the scores agree, so it is for the order
        assert "changed places" in found.reason or "same score" in found.reason


@given(SCORES, st.data())
def test_the_tolerance_that_is_printed_as_needed_is_enough(
    reference: Any, data: st.DataObject
) -> None:
    noise = hnp.arrays(np.float32, reference.shape, elements=st.floats(-1, 1, width=32))
    candidate = (reference + data.draw(noise)).astype(np.float32)
    assume(np.any(reference != reference[0]) and np.any(candidate != candidate[0]))
    for rtol in (0.0, 0.001):
        found = judge(reference, candidate, k=1, limits=AppliedTolerance(0.0, rtol, 1e6))
        if found.status.passing:
            continue
        needed_text = re.search(r"(\S+) would be needed", found.reason)
        assert needed_text
        assert found.comparison
        needed = float(needed_text[1])
        wider = judge(reference, candidate, k=1, limits=AppliedTolerance(needed, rtol, 1e6))
        assert wider.status.passing
        assert needed <= found.comparison.atol_needed * 1.01


def test_a_mismatch_names_the_class_and_the_figures() -> None:
    found = judge([0.9, 0.1, 0.0], [0.9, 0.07, 0.03], k=1, limits=AppliedTolerance(0.01, 0.0, 0.02))
    assert found.status == Status.MISMATCH
    assert found.reason == ("class 1 differs by 0.03; atol 0.01 allows less, 0.03 would be needed")
    assert found.comparison
    assert found.comparison.max_abs == pytest.approx(0.03)


def test_a_relative_tolerance_can_excuse_the_largest_difference_but_not_a_smaller_one() -> None:
    found = judge([1000.0, 0.0], [1000.5, 0.1], k=1, limits=AppliedTolerance(0.05, 0.001, 0.1))
    assert found.status == Status.MISMATCH
    assert found.reason == (
        "class 0 differs by 0.5; class 1 is beyond its tolerance, atol 0.05 with rtol 0.001 "
        "allows less, 0.101 would be needed"
    )


def test_a_difference_just_beyond_the_tolerance_is_not_printed_as_equal_to_it() -> None:
    found = judge([0.5, 0.25], [0.5100001, 0.25], k=1, limits=AppliedTolerance(0.01, 0.0, 0.02))
    assert "0.0101 would be needed" in found.reason


@pytest.mark.parametrize(
    ("reference", "candidate", "status", "words"),
    [
        ([0.7, 0.2, 0.1], [0.7, 0.2, 0.1], "match", "same top 2 in order"),
        ([0.4, 0.41, 0.1], [0.41, 0.4, 0.1], "tie", "order differs from rank 1 on"),
        ([0.5, 0.4, 0.1], [0.45, 0.46, 0.1], "mismatch", "classes 0 and 1 changed places"),
        ([0.5, 0.4, 0.1], [0.5, math.nan, 0.1], "mismatch", "0 scores of the reference, 1 of"),
        ([0.5, math.inf, 0.1], [0.5, 0.4, 0.1], "mismatch", "NaN or Inf on one side alone"),
        ([0.5, math.nan, 0.1], [0.5, math.nan, 0.1], "no_evidence", "1 of 3 scores are NaN"),
        ([math.nan] * 3, [math.nan] * 3, "no_evidence", "no class has a finite score"),
        ([math.nan] * 3, [0.1, 0.2, 0.7], "mismatch", "3 of 3 scores of the reference, 0 of the"),
        ([0.0] * 3, [0.0] * 3, "no_evidence", "every one of 3 classes the same score 0"),
        ([0.1] * 3, [0.1, 0.1, 0.11], "no_evidence", "same score 0.1"),
        ([0.01, 0.02, 0.03], [0.0] * 3, "mismatch", "candidate gives every one of 3 classes"),
        ([], [], "no_evidence", "nothing was compared: scores have shape"),
        ([0.5, 0.5], [1.0], "no_evidence", "reference scores 2 classes, the candidate 1"),
        ([0.3], [0.31], "match", "same top 1"),
    ],
)
def test_each_status_and_its_reason(
    reference: Any, candidate: Any, status: str, words: str
) -> None:
    found = judge(reference, candidate, k=2, limits=AppliedTolerance(0.1, 0.0, 0.05))
    assert found.status == status, found.reason
    assert words in found.reason


def test_one_buffer_on_both_sides_is_no_evidence() -> None:
    scores = np.array([0.1, 0.9], np.float32)
    found = judge(scores, scores, k=1, limits=STRICT)
    assert found.status == Status.NO_EVIDENCE
    assert found.comparison is None
    assert found.limits == STRICT


def test_the_rule_names_the_limits_and_k() -> None:
    rule = judge([0.1, 0.9], [0.1, 0.9], k=5, limits=AppliedTolerance(0.25, 0.125, 0.5)).rule
    assert "≤ 0.25 + 0.125·|reference|" in rule
    assert "top-5 order may differ where reference scores lie within 0.5" in rule


def test_defaults_of_a_scope() -> None:
    found = applied_tolerance("graph", GraphTolerance(), [0.5, 0.2])
    assert found == applied_tolerance("graph", GraphTolerance(atol="auto"), [0.5, 0.2])
    assert found.auto
    assert found.atol == pytest.approx(8 * 2.0**-23 * 0.3)
    gap = pytest.approx(2 * 8 * 2.0**-23 * 0.3)
    assert found.near_tie == gap
    assert math.isnan(applied_tolerance("graph", GraphTolerance(), [0.5, 0.5]).atol)
    found = applied_tolerance("end_to_end", EndToEndTolerance(), [0.5, 0.2], decoder_noise=0.03)
    assert found == AppliedTolerance(END_TO_END_ATOL, 0.0, 0.06)
    assert applied_tolerance("end_to_end", EndToEndTolerance(), [0.5, 0.2]).near_tie == gap


def test_a_tolerance_overrides_only_what_it_gives() -> None:
    assert applied_tolerance("graph", GraphTolerance(atol=0.1, rtol=0.5)).rtol == 0.5
    alone = applied_tolerance("graph", GraphTolerance(rtol=0.5))
    assert (alone.atol, alone.rtol, alone.auto) == (0.0, 0.5, False)
    assert applied_tolerance("graph", GraphTolerance(near_tie=0.0)).near_tie == 0.0
    assert applied_tolerance("end_to_end", EndToEndTolerance(atol=0.2)).atol == 0.2
    assert applied_tolerance("end_to_end", EndToEndTolerance(near_tie=0.2)).near_tie == 0.2


def test_in_scope_graph_classes_that_may_move_by_atol_may_close_twice_that_gap() -> None:
    assert applied_tolerance("graph", GraphTolerance(atol=0.01)) == AppliedTolerance(
        0.01, GRAPH_RTOL, 0.02
    )
    assert applied_tolerance("graph", GraphTolerance(atol=0.01, near_tie=0.5)).near_tie == 0.5


def test_zero_is_a_tolerance_and_not_a_missing_one() -> None:
    assert applied_tolerance(
        "end_to_end", GraphTolerance(atol=0, rtol=0, near_tie=0)
    ) == AppliedTolerance(0, 0, 0)

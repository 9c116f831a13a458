"""Lists, inversions and flips, each against a straightforward formula of its own."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from harness.judge.compare import compare
from harness.judge.scores import ranking
from harness.judge.tests.score_vectors import TOLERANCE, vectors

pytestmark = pytest.mark.usefixtures("no_warnings")


@given(vectors(), st.integers(1, 8))
def test_lists_are_what_sorting_by_score_then_class_gives(
    pair: tuple[NDArray[Any], NDArray[Any]], k: int
) -> None:
    r, c = pair
    found = compare(r, c, k=k)
    lists = [np.lexsort((np.arange(len(x)), -x))[:k].tolist() for x in (r, c)]
    assert [list(found.reference_top), list(found.candidate_top)] == lists
    assert found.k == min(k, len(r))
    assert found.top1_equal == (lists[0][0] == lists[1][0])
    assert found.topk_overlap == len({*lists[0]} & {*lists[1]}) / found.k
    ranks = [i for i, (a, b) in enumerate(zip(*lists, strict=True), 1) if a != b]
    assert found.first_disagreement_rank == (ranks[0] if ranks else None)
    assert found.topk_order_equal == (not ranks)
    assert found.topk_max_abs == max(abs(float(r[i]) - float(c[i])) for i in {*lists[0], *lists[1]})


@given(hnp.arrays(np.float32, 12, elements=st.sampled_from([0.0, 0.25, 0.5])))
def test_equal_scores_rank_by_class_on_both_sides(scores: NDArray[Any]) -> None:
    found = compare(scores, scores.astype(np.float64), k=12)
    assert found.reference_top == found.candidate_top
    assert found.inversions == 0


def test_nan_ranks_last_even_behind_minus_infinity() -> None:
    assert ranking([math.nan, -math.inf, 1.0, math.nan, math.inf]).tolist() == [4, 2, 1, 0, 3]


def test_a_gap_to_nan_is_no_flip_and_hides_none() -> None:
    r, c = [math.nan, 0.6, 0.3, 0.1], [0.9, 0.1, 0.3, 0.6]
    found = compare(r, c, k=4)
    assert found.worst_flip == (1, 3)
    assert found.flips == 3


def test_a_swap_within_near_tie_is_an_inversion_but_no_flip() -> None:
    r, c = [0.400, 0.401, 0.1, 0.0], [0.401, 0.400, 0.1, 0.0]
    found = compare(r, c, near_tie=0.01)
    assert (found.near_ties, found.inversions, found.flips) == (1, 1, 0)
    assert found.worst_flip is None
    assert found.first_disagreement_rank == 1


def test_the_worst_flip_is_the_one_with_the_widest_gap() -> None:
    found = compare([0.5, 0.3, 0.2, 0.0], [0.1, 0.2, 0.3, 0.4], k=2, near_tie=0.15)
    assert found.worst_flip == (0, 3)
    assert (found.inversions, found.flips) == (6, 5)  # of all six pairs, 1 and 2 lie near


@given(vectors(), st.integers(1, 5), TOLERANCE)
def test_inversions_and_flips_are_what_pairs_in_a_loop_give(
    pair: tuple[NDArray[Any], NDArray[Any]], k: int, near_tie: float
) -> Any:
    r, c = (x.astype(np.float64) for x in pair)
    found = compare(r, c, k=k, near_tie=near_tie)
    listed = {*found.reference_top, *found.candidate_top}

    def before(x: Any, a: Any, b: Any) -> Any:
        return (-x[a], a) < (-x[b], b)

    swapped = [(a, b) for a in listed for b in listed if before(r, a, b) and before(c, b, a)]
    gaps = [r[a] - r[b] for a, b in swapped]
    assert found.inversions == len(swapped)
    assert found.flips == sum(gap > near_tie for gap in gaps)
    if found.worst_flip:
        assert r[found.worst_flip[0]] - r[found.worst_flip[1]] == max(gaps)


@given(vectors())
def test_the_order_differs_only_where_some_pair_is_inverted(
    pair: tuple[NDArray[Any], NDArray[Any]],
) -> None:
    found = compare(*pair)
    assume(not found.topk_order_equal)
    assert found.inversions > 0


def test_near_ties_look_one_rank_below_the_list() -> None:
    scores = [0.5, 0.3, 0.1999, 0.2, 0.0]
    assert compare(scores, list(scores), k=2, near_tie=0.05).near_ties == 0
    assert compare(scores, list(scores), k=3, near_tie=0.05).near_ties == 1
    assert compare([0.5, 0.3, 0.3], [0.5, 0.3, 0.3], k=2, near_tie=0.05).near_ties == 1

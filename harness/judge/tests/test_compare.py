"""Figures of two score vectors, each against a straightforward formula of its own."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from harness.judge.compare import compare
from harness.judge.difference_figures import cosine, kl_divergence, ulp_distance
from harness.judge.scores import NothingToCompareError, as_scores, ranking

FINITE = st.floats(-1e6, 1e6, width=32)
TOLERANCE = st.one_of(st.just(0.0), st.floats(1e-9, 10.0))


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def vectors(elements=FINITE, dtype=np.float32):
    """Two vectors of the same length."""
    return st.integers(1, 30).flatmap(
        lambda n: st.tuples(*[hnp.arrays(dtype, n, elements=elements)] * 2)
    )


def softmax(logits):
    powers = np.exp(np.asarray(logits, np.float64) - np.max(logits))
    return (powers / powers.sum()).astype(np.float32)


@given(vectors())
def test_differences_are_what_a_plain_loop_finds(pair):
    r, c = pair
    found = compare(r, c)
    apart = [abs(float(b) - float(a)) for a, b in zip(r, c, strict=True)]
    assert found.max_abs == max(apart)
    assert found.max_abs_class == apart.index(max(apart))
    assert found.rmse == pytest.approx(math.sqrt(sum(d * d for d in apart) / len(apart)))
    relative = [d / abs(float(a)) for d, a in zip(apart, r, strict=True) if abs(a) >= 1e-7]
    expected = max(relative, default=math.nan)
    assert found.max_rel == pytest.approx(expected, nan_ok=True)
    largest = max(abs(float(a)) for a in r)
    scaled = max(apart) / largest if largest else math.nan
    assert found.max_abs_scaled == pytest.approx(scaled, nan_ok=True)


@given(vectors(), st.integers(1, 8))
def test_lists_are_what_sorting_by_score_then_class_gives(pair, k):
    r, c = pair
    found = compare(r, c, k=k)
    lists = [sorted(range(len(x)), key=lambda i, x=x: (-x[i], i))[:k] for x in (r, c)]
    assert [list(found.reference_top), list(found.candidate_top)] == lists
    assert found.k == min(k, len(r))
    assert found.top1_equal == (lists[0][0] == lists[1][0])
    assert found.topk_overlap == len({*lists[0]} & {*lists[1]}) / found.k
    ranks = [i for i, (a, b) in enumerate(zip(*lists, strict=True), 1) if a != b]
    assert found.first_disagreement_rank == (ranks[0] if ranks else None)
    assert found.topk_order_equal == (not ranks)
    assert found.topk_max_abs == max(abs(float(r[i]) - float(c[i])) for i in {*lists[0], *lists[1]})


@given(vectors(), TOLERANCE)
def test_atol_needed_is_the_smallest_that_passes(pair, rtol):
    r, c = (x.astype(np.float64) for x in pair)
    needed = compare(r, c, rtol=rtol).atol_needed
    assert np.allclose(c, r, rtol=rtol, atol=needed)
    if needed:
        assert not np.allclose(c, r, rtol=rtol, atol=np.nextafter(needed, 0))


@given(vectors(), TOLERANCE)
def test_the_class_that_needs_the_widest_tolerance_is_named(pair, rtol):
    r, c = (x.astype(np.float64) for x in pair)
    found = compare(r, c, rtol=rtol)
    alone = compare(r[[found.atol_needed_class]], c[[found.atol_needed_class]], rtol=rtol)
    assert alone.atol_needed == pytest.approx(found.atol_needed)


@given(vectors(), TOLERANCE)
def test_rtol_needed_is_the_smallest_that_passes(pair, atol):
    r, c = (x.astype(np.float64) for x in pair)
    needed = compare(r, c, atol=atol).rtol_needed
    if math.isnan(needed):  # a zero of the reference, which no rtol widens
        assert np.any((r == 0) & (np.abs(c) > atol))
        return
    assert np.allclose(c, r, rtol=needed, atol=atol)
    if needed:
        assert not np.allclose(c, r, rtol=np.nextafter(needed, 0), atol=atol)


@given(
    hnp.arrays(np.float32, 5, elements=st.floats(2.0**-120, 2.0**120, width=32)),
    st.integers(0, 20),
)
def test_ulp_counts_the_steps_of_nextafter(r, steps):
    c = r.copy()
    for _ in range(steps):
        c = np.nextafter(c, np.float32(np.inf))
    assert ulp_distance(r, c).tolist() == [steps] * 5
    assert ulp_distance(-c, -r).tolist() == [steps] * 5
    if r.max() >= 1e-7:
        assert compare(r, c).max_ulp == steps


def test_ulp_goes_through_zero():
    tiny = np.nextafter(np.float32(0), np.float32(1))
    assert ulp_distance([tiny, 0.0, -0.0], [-tiny, -tiny, 0.0]).tolist() == [2, 1, 0]


@given(hnp.arrays(np.float32, 12, elements=st.sampled_from([0.0, 0.25, 0.5])))
def test_equal_scores_rank_by_class_on_both_sides(scores):
    found = compare(scores, scores.astype(np.float64), k=12)
    assert found.reference_top == found.candidate_top
    assert found.inversions == 0


def test_nan_ranks_last_even_behind_minus_infinity():
    assert ranking([math.nan, -math.inf, 1.0, math.nan, math.inf]).tolist() == [4, 2, 1, 0, 3]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_counted_and_left_out_of_the_figures(bad):
    r, c = np.float32([0.5, 0.3, 0.2]), np.float32([0.5, bad, 0.25])
    one, both = compare(r, c), compare(c, c.copy())
    assert (one.reference_nonfinite, one.candidate_nonfinite) == (0, 1)
    assert not one.nonfinite_agree
    assert one.max_abs == pytest.approx(0.05)
    assert one.max_abs_class == one.atol_needed_class == 2
    assert math.isnan(one.kl)
    assert both.nonfinite_agree
    assert both.reference_nonfinite == both.candidate_nonfinite == 1
    assert both.max_abs == 0


@pytest.mark.parametrize(
    ("r", "c"), [(math.nan, math.inf), (math.inf, -math.inf), (math.nan, 1.0), (1.0, math.inf)]
)
def test_different_kinds_of_not_finite_do_not_agree(r, c):
    assert not compare([0.5, r], [0.5, c]).nonfinite_agree


def test_a_gap_to_nan_is_no_flip_and_hides_none():
    r, c = [math.nan, 0.6, 0.3, 0.1], [0.9, 0.1, 0.3, 0.6]
    found = compare(r, c, k=4)
    assert found.worst_flip == (1, 3)
    assert found.flips == 3


@pytest.mark.parametrize(
    ("r", "c", "words"),
    [
        ([], [], r"shape \(0,\)"),
        ([0.5, 0.5], [0.5], "reference scores 2 classes, the candidate 1"),
        (np.zeros((2, 3)), np.zeros((2, 3)), r"shape \(2, 3\)"),
        (0.5, 0.5, r"shape \(\)"),
        ([math.nan, 1.0], [1.0, math.nan], "NaN or Inf on one side alone: 1 of 2"),
        ([math.nan] * 2, [math.nan] * 2, "no class has a finite score on both sides"),
        ([True, False], [True, False], "type bool"),
        (["a"], ["a"], "expected numbers"),
        ([1j], [1j], "complex"),
    ],
)
def test_nothing_to_compare_is_an_error_that_says_why(r, c, words):
    with pytest.raises(NothingToCompareError, match=words):
        compare(r, c)


def test_one_buffer_on_both_sides_is_refused():
    scores = np.float32([0.1, 0.9])
    for other in (scores, scores[np.newaxis], scores[:]):
        with pytest.raises(NothingToCompareError, match="same buffer"):
            compare(scores, other)


@pytest.mark.parametrize("shape", [(4,), (1, 4), (1, 1, 4), (4, 1)])
def test_a_batch_of_one_is_the_vector_itself(shape):
    r = np.float32([0.1, 0.2, 0.3, 0.4])
    assert as_scores(r.reshape(shape)).shape == (4,)
    assert compare(r.reshape(shape), r.copy()).bit_equal


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.uint8, np.int64])
def test_every_number_type_is_compared_in_float64(dtype):
    r, c = np.array([1, 7, 3, 0], dtype), np.array([1, 3, 7, 0], dtype)
    found = compare(r, c, k=2)
    assert (found.max_abs, found.max_abs_class) == (4.0, 1)
    assert (found.reference_top, found.candidate_top) == ((1, 2), (2, 1))


def test_unsigned_scores_do_not_wrap_around():
    assert compare(np.uint8([1, 2]), np.uint8([255, 2])).max_abs == 254


def test_same_values_are_bit_equal_and_zeros_of_two_signs_are_not():
    assert compare([0.5, 0.0], [0.5, 0.0]).bit_equal
    assert not compare([0.5, 0.0], [0.5, -0.0]).bit_equal


@given(hnp.arrays(np.float64, 6, elements=st.floats(-8, 8)), st.floats(-2, 2))
def test_kl_is_the_textbook_sum_for_distributions(logits, shift):
    r, c = softmax(logits), softmax(logits + shift * np.arange(6))
    r64, c64 = r.astype(float), c.astype(float)
    expected = sum(a * math.log(a / b) for a, b in zip(r64, c64, strict=True))
    assert compare(r, c).kl == pytest.approx(max(0.0, expected), abs=1e-12)


@pytest.mark.parametrize("other", [[2.0, -1.0], [0.7, 0.7], [3.0, 4.0]])
def test_kl_is_not_measured_for_anything_else(other):
    assert math.isnan(compare([0.5, 0.5], other).kl)
    assert math.isnan(compare(other, [0.5, 0.5]).kl)


def test_kl_stays_finite_where_the_candidate_gives_zero():
    assert 40 < kl_divergence(np.array([0.5, 0.5]), np.array([1.0, 0.0])) < 100


def test_cosine():
    right, diagonal = np.array([1.0, 0.0]), np.array([1.0, 1.0])
    assert cosine(right, diagonal) == pytest.approx(math.sqrt(0.5))
    assert cosine(right * 1e150, diagonal * 1e150) == pytest.approx(math.sqrt(0.5))
    assert math.isnan(cosine(right, right * 0))


def test_a_swap_within_near_tie_is_an_inversion_but_no_flip():
    r, c = [0.400, 0.401, 0.1, 0.0], [0.401, 0.400, 0.1, 0.0]
    found = compare(r, c, near_tie=0.01)
    assert (found.near_ties, found.inversions, found.flips) == (1, 1, 0)
    assert found.worst_flip is None
    assert found.first_disagreement_rank == 1


def test_the_worst_flip_is_the_one_with_the_widest_gap():
    found = compare([0.5, 0.3, 0.2, 0.0], [0.1, 0.2, 0.3, 0.4], k=2, near_tie=0.15)
    assert found.worst_flip == (0, 3)
    assert (found.inversions, found.flips) == (6, 5)  # of all six pairs, 1 and 2 lie near


@given(vectors(), st.integers(1, 5), TOLERANCE)
def test_inversions_and_flips_are_what_pairs_in_a_loop_give(pair, k, near_tie):
    r, c = (x.astype(np.float64) for x in pair)
    found = compare(r, c, k=k, near_tie=near_tie)
    listed = {*found.reference_top, *found.candidate_top}

    def before(x, a, b):
        return (-x[a], a) < (-x[b], b)

    swapped = [(a, b) for a in listed for b in listed if before(r, a, b) and before(c, b, a)]
    gaps = [r[a] - r[b] for a, b in swapped]
    assert found.inversions == len(swapped)
    assert found.flips == sum(gap > near_tie for gap in gaps)
    if found.worst_flip:
        assert r[found.worst_flip[0]] - r[found.worst_flip[1]] == max(gaps)


@given(vectors())
def test_the_order_differs_only_where_some_pair_is_inverted(pair):
    found = compare(*pair)
    assume(not found.topk_order_equal)
    assert found.inversions > 0


def test_near_ties_look_one_rank_below_the_list():
    scores = [0.5, 0.3, 0.1999, 0.2, 0.0]
    assert compare(scores, list(scores), k=2, near_tie=0.05).near_ties == 0
    assert compare(scores, list(scores), k=3, near_tie=0.05).near_ties == 1
    assert compare([0.5, 0.3, 0.3], [0.5, 0.3, 0.3], k=2, near_tie=0.05).near_ties == 1

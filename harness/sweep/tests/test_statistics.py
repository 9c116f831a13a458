"""Statistics of a sweep's table, on tables small enough to count by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from harness.errors import ReportError
from harness.results.status import NOT_RUN
from harness.sweep.columns import meanings
from harness.sweep.divergences import QUANTILES
from harness.sweep.statistics import GroupStatistics, summarise
from harness.sweep.sweep_group import SweepGroup
from harness.sweep.tests.sample_tables import NAMES, compared, failed, mixed, typed


def only(table: pd.DataFrame) -> GroupStatistics:
    (found,) = summarise(table).groups
    return found


def test_the_sample_tables_have_the_columns_of_a_sweep() -> None:
    assert list(mixed(50).columns) == list(meanings())


def test_rows_that_were_not_compared_stand_beside_the_agreement() -> None:
    rows = pd.concat([compared(8), failed(2), failed(1, "timed_out", image=["slow.jpg"])])
    found = only(rows.reset_index(drop=True))
    assert (found.images, found.compared, found.missing) == (11, 8, 3)
    assert found.statuses == {"crashed": 2, "match": 8, "timed_out": 1}
    assert (found.agreement.top1.count, found.agreement.top1.of) == (8, 8)
    assert [(one.status, one.images, one.image) for one in found.not_compared] == [
        ("crashed", 2, "failed-000000.jpg"),
        ("timed_out", 1, "slow.jpg"),
    ]


def test_a_table_in_which_nothing_was_compared() -> None:
    found = only(failed(3))
    assert (found.compared, found.agreement.top1.of) == (0, 0)
    assert math.isnan(found.agreement.top1.rate)
    assert found.accuracy is None
    assert found.curve == ()
    assert found.worst == ()
    assert found.scores is None
    assert found.effects is None
    assert all(math.isnan(value) for one in found.quantiles for value in one.levels)


def test_a_table_without_rows() -> None:
    assert summarise(typed({"image": []}, 0)).groups == ()


def test_near_ties_are_set_aside() -> None:
    """4 images: same; order among ties; top-1 exchanged with a near-tie; top-1 exchanged."""
    rows = compared(
        4,
        top1_equal=[True, True, False, False],
        topk_order_equal=[True, False, False, False],
        order_agrees=[True, True, True, False],
        candidate_top1_class=[0, 0, 1, 1],
    )
    found = only(rows).agreement
    shares = (found.top1, found.top1_beyond_ties, found.topk, found.topk_beyond_ties)
    assert [one.count for one in shares] == [2, 3, 1, 3]
    assert math.isnan(found.unseen)


def test_beside_no_difference_stands_what_so_many_images_could_have_shown() -> None:
    found = only(compared(1000, true_class=0))
    assert found.agreement.unseen == pytest.approx(0.00299, abs=1e-5)
    assert found.accuracy is not None
    assert (found.accuracy.lost, found.accuracy.drop, found.accuracy.p_value) == (0, 0, 1)
    assert found.accuracy.detectable == pytest.approx(7.85 / 1000, rel=1e-3)


def test_accuracy_of_both_programs() -> None:
    """True class 0 of 10 images, two without a label: 1 both wrong, 2 lost, 1 gained, 4 right."""
    rows = compared(
        10,
        true_class=[0] * 8 + [None] * 2,
        top1_class=[1, 0, 0, 1, 0, 0, 0, 0, 5, 5],
        candidate_top1_class=[2, 1, 1, 0, 0, 0, 0, 0, 6, 5],
        top1_equal=[False] * 4 + [True] * 4 + [False, True],
    )
    found = only(rows).accuracy
    assert found is not None
    assert (found.reference.count, found.candidate.count, found.images) == (6, 5, 8)
    assert (found.lost, found.gained, found.unlabelled) == (2, 1, 2)
    assert found.drop == 1 / 8
    assert found.low < found.drop < found.high
    assert found.p_value == 1


def test_quantiles_are_measured_values() -> None:
    rows = compared(1000, max_abs=np.arange(1, 1001) / 1000)
    found = {one.figure: one for one in only(rows).quantiles}
    assert found["max_abs"].levels == (0.5, 0.9, 0.99, 0.999, 1.0)
    assert (found["max_abs"].measured, found["max_abs"].sampled) == (1000, False)
    assert list(QUANTILES) == ["50%", "90%", "99%", "99.9%", "all"]


def test_a_figure_of_closer_looks_alone_is_of_the_random_sample() -> None:
    """Rows looked at for their status have error ratios of 50: they would be the median."""
    looks = ["sample"] * 4 + ["status"] * 6 + [""] * 90
    ratios = [1.0, 2.0, 3.0, math.nan, *[50.0] * 6, *[math.nan] * 90]
    found = {one.figure: one for one in only(
        compared(100, closer_look=looks, error_ratio=ratios)
    ).quantiles}["error_ratio"]  # fmt: skip
    assert (found.measured, found.asked, found.sampled) == (3, 4, True)
    assert found.levels[0] == 2.0
    assert found.levels[-1] == 3.0


def test_the_curve_is_bounded_and_ends_with_every_image() -> None:
    random = np.random.default_rng(0)
    found = only(compared(20_000, max_abs=random.lognormal(-12, 1, 20_000))).curve
    assert len(found) <= 210
    assert found[-1].share == 1
    values, shares = [one.value for one in found], [one.share for one in found]
    assert values == sorted(values)
    assert shares == sorted(shares)


def test_which_class_turned_into_which() -> None:
    rows = compared(
        5,
        top1_class=[3, 3, 3, 7, 1],
        candidate_top1_class=[4, 4, 3, 8, 2],
        top1_equal=[False, False, True, False, False],
        order_agrees=[True, False, True, False, False],
        true_class=[3, 4, 3, 9, None],
    )
    found = only(rows).changes
    assert (found.pairs, found.images) == (3, 4)
    first = found.listed[0]
    assert (first.reference, first.candidate, first.images, first.near_ties) == (3, 4, 2, 1)
    assert (first.lost, first.gained) == (1, 1)


def test_classes_with_the_most_flips_and_the_largest_median() -> None:
    classes = np.repeat([0, 1, 2], [20, 20, 2])
    rows = compared(
        42,
        true_class=classes,
        max_abs=np.repeat([1e-6, 1e-3, 0.5], [20, 20, 2]),
        top1_equal=[False] * 3 + [True] * 39,
    )
    found = only(rows)
    assert found.by_true_class
    assert [(one.index, one.flips, one.images) for one in found.most_flips] == [(0, 3, 20)]
    # Class 2 has two images alone, whose median would say little.
    assert [one.index for one in found.largest_median] == [1, 0]


def test_without_true_classes_they_are_by_the_references_answers() -> None:
    found = only(compared(20, top1_class=np.repeat([4, 5], 10), max_abs=np.repeat([1, 2], 10)))
    assert not found.by_true_class
    assert [one.index for one in found.largest_median] == [5, 4]


def test_the_worst_rows_have_both_answers() -> None:
    lists = [np.array([9, 0])] * 3, [np.array([0.45, 0.4])] * 3
    rows = compared(
        3,
        status=["match", "mismatch", "mismatch"],
        known_failure=["", "issue 7", ""],
        max_abs=[0.9, 0.8, 0.1],
        candidate_top1_class=[0, 9, 9],
        top1_equal=[True, False, False],
        candidate_topk=lists[0],
        candidate_topk_scores=lists[1],
        reference_score=0.5,
        candidate_score=0.4,
    )
    found = only(rows).worst
    assert [one.image[-5] for one in found] == ["2", "1", "0"]
    assert (found[0].reference_class, found[0].reference_score) == (0, 0.5)
    assert (found[0].candidate_class, found[0].candidate_score) == (9, 0.45)
    assert (found[2].candidate_class, found[2].candidate_score) == (0, 0.4)


def test_infinite_and_missing_figures_do_not_stop_anything() -> None:
    rows = compared(
        20,
        max_abs=[math.inf, math.nan] + [1e-3] * 18,
        reference_score=[math.nan, math.inf] + [0.5] * 18,
        candidate_topk_scores=[None, None] + [np.array([0.5])] * 18,
        top1_class=[None] + [0] * 19,
        candidate_top1_class=[None, 1] + [0] * 18,
        top1_equal=[False, False] + [True] * 18,
    )
    found = only(rows)
    assert {one.candidate_class for one in found.worst[:2]} == {None, 1}
    assert found.quantiles[0].levels[-1] == math.inf
    assert found.scores is not None
    assert (found.scores.images, found.scores.left_out) == (18, 2)


def test_groups_are_by_case_candidate_and_scope() -> None:
    rows = pd.concat([compared(3), compared(2, scope="end_to_end")], ignore_index=True)
    found = summarise(rows)
    assert [one.group for one in found.groups] == [
        SweepGroup(NAMES["case"], NAMES["candidate"], "end_to_end"),
        SweepGroup(NAMES["case"], NAMES["candidate"], "graph"),
    ]
    assert found.images == 3


def test_images_that_were_never_run_are_counted_apart() -> None:
    never = failed(2, "no_evidence", reason=NOT_RUN)
    found = only(pd.concat([compared(8), never], ignore_index=True))
    assert (found.images, found.compared, found.not_run) == (10, 8, 2)


def test_a_row_that_is_there_twice_is_an_error() -> None:
    rows = pd.concat([compared(3), compared(1)], ignore_index=True)
    with pytest.raises(ReportError, match=r"1 row of the sweep too many, .* image-000000\.jpg"):
        summarise(rows)

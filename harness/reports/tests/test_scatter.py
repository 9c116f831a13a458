"""All classes of a row as points."""

import re

import numpy as np
import pytest

from harness.errors import ReportError
from harness.reports.page import render
from harness.reports.ranks import side_by_side
from harness.reports.scatter import SIZE, scatter
from harness.reports.tests.page_reading import Reader, topk
from harness.results.capture import Capture, CapturedScores, encoded
from harness.results.result import Result
from harness.testing.sample_rows import make_row, make_run


def capture(reference: list[float], candidate: list[float]) -> Capture:
    texts = [encoded(np.array(scores, np.float32)) for scores in (reference, candidate)]
    scores = CapturedScores(reference=texts[0], candidate=texts[1])
    return Capture(case={}, folder="/", reference_stack="tensorflow", scores=scores)


def points(path: str) -> set[tuple[int, int]]:
    return {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h0", path)}


def test_a_distribution_is_drawn_in_decades() -> None:
    found = scatter(capture([0.9, 0.0998, 1.01e-4, 0.0], [0.9, 0.0998, 1e-2, 0.0]))
    assert found
    assert found.logarithmic
    assert (found.low, found.high, found.classes, found.left_out) == (1e-4, 1, 4, 0)
    # 1.01e-4 lies at the left edge, 1e-2 half way up; a score of zero lies in the corner
    assert {(0, SIZE // 2), (0, SIZE)} <= points(found.path)


def test_other_scores_are_drawn_as_they_are_and_what_is_not_finite_is_counted() -> None:
    found = scatter(capture([-1, 3, np.nan, 1], [3, -1, 1, np.inf]))
    assert found
    assert not found.logarithmic
    assert (found.low, found.high, found.classes, found.left_out) == (-1, 3, 2, 2)
    assert points(found.path) == {(0, 0), (SIZE, SIZE)}


def test_equal_scores_lie_in_the_middle() -> None:
    found = scatter(capture([2, 2], [2, 2]))
    assert found
    assert points(found.path) == {(SIZE // 2, SIZE // 2)}


@pytest.mark.parametrize(
    ("reference", "candidate"), [([0.5, 0.5], [1.0]), ([np.nan, 1], [1, np.nan])]
)
def test_nothing_is_drawn_where_nothing_can_be(
    reference: list[float], candidate: list[float]
) -> None:
    assert scatter(capture(reference, candidate)) is None


def test_rows_without_scores_have_no_drawing() -> None:
    assert scatter(None) is None
    assert scatter(Capture(case={}, folder="/", reference_stack="tensorflow")) is None
    assert "<figure" not in render(make_run(), [Result(row=make_row())])


def test_scores_that_can_t_be_read_are_no_drawing_but_an_error() -> None:
    scores = CapturedScores(reference="float32:x", candidate="float32:x")
    damaged = Capture(case={}, folder="/", reference_stack="tensorflow", scores=scores)
    with pytest.raises(ReportError, match="what was kept of a row can't be read"):
        scatter(damaged)


def test_a_thousand_classes_take_a_few_kilobytes() -> None:
    scores = list(np.random.default_rng(0).dirichlet(np.full(1000, 0.1)))
    found = scatter(capture(scores, scores))
    assert found
    assert len(found.path) < 3000


def test_the_page_says_what_is_drawn() -> None:
    row = make_row(reference_program="TensorFlow", candidate_program="TVM")
    html = render(make_run(), [Result(row=row, capture=capture([0.9, 0.1], [0.8, 0.2]))])
    text = " ".join(Reader(html).text.split())
    assert "2 classes: TensorFlow’s score to the right, TVM’s upwards" in text
    assert "from 0.1 to 1, logarithmic" in text


def test_near_ties_are_bracketed_by_the_reference_s_scores() -> None:
    lines = [
        *topk("reference", (1, 0.5, 0.5), (2, 0.3, 0.3), (3, 0.29, 0.29)),
        *topk("candidate", (1, 0.5, 0.5), (3, 0.31, 0.29), (2, 0.3, 0.3)),
    ]
    assert [line.tied for line in side_by_side(lines, 0.02)] == [False, True, False]
    assert not any(line.tied for line in side_by_side(lines))
    html = render(make_run(), [Result(row=make_row(near_tie=0.02), topk=tuple(lines))])
    assert html.count('aria-label="near-tie with the next rank"') == 1

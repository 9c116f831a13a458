"""The order in which rows are read, and what belongs together."""

import math
from itertools import permutations

from harness.reports.order import SEVERITY, badness, siblings, worst_first
from harness.reports.tests.page_reading import order_in, render
from harness.results.result import Result
from harness.results.row import Row
from harness.results.status import Status
from harness.testing.sample_rows import make_row


def ordered(*rows: Row) -> list[Row]:
    return [rows[place] for place in worst_first(rows)]


def test_worst_first() -> None:
    rows = [
        make_row(max_abs=0.1),
        make_row(status=Status.NO_DEVICE),
        make_row(status=Status.MISMATCH, max_abs=0.2),
        make_row(status=Status.TIE, max_abs=0.3),
        make_row(status=Status.RUN_FAILED, known_failure="issue 41"),
        make_row(status=Status.MISMATCH, max_abs=math.inf),
        make_row(status=Status.CRASHED),
    ]
    found = [(row.status.value, row.max_abs) for row in ordered(*rows)]
    assert [status for status, _ in found] == [
        "mismatch",
        "mismatch",
        "crashed",
        "run_failed",
        "no_device",
        "tie",
        "match",
    ]
    assert found[0][1] == math.inf
    assert order_in(render(*(Result(row=row) for row in rows))) == [status for status, _ in found]


def test_a_mismatch_without_figures_comes_before_what_gave_no_scores() -> None:
    statuses = {"a": Status.CRASHED, "b": Status.MISMATCH, "c": Status.IMPORT_FAILED}
    rows = [make_row(case=name, status=status) for name, status in statuses.items()]
    assert [row.case for row in ordered(*rows)] == ["b", "a", "c"]


def test_every_status_has_one_place_in_the_order() -> None:
    assert sorted(SEVERITY) == sorted(Status)
    kinds = [status.kind for status in SEVERITY]
    assert kinds == sorted(kinds, key=("failing", "skipped", "passing").index)


def test_the_order_does_not_depend_on_arrival() -> None:
    rows = [
        make_row(max_abs=0.1),
        make_row(max_abs=0.1, image="j.jpg"),
        make_row(max_abs=0.1, model_sha256="0a"),
        make_row(max_abs=0.1, image_sha256="0b"),
    ]
    assert len({badness(row) for row in rows}) == len(rows)
    assert len({str(ordered(*each)) for each in permutations(rows)}) == 1


def test_rows_of_one_file_in_other_scopes_are_siblings() -> None:
    rows = [make_row(status=Status.MISMATCH, scope="end_to_end"), make_row(), make_row(image="j")]
    assert siblings(rows, 3) == [[1], [0], []]
    assert siblings(rows, 1) == [[1]]

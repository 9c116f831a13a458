"""Which known failure excuses a failing row, and what ends that."""

import math
from datetime import date
from typing import Any

import pytest

from harness.cases.asset_sections import Image, ModelSource
from harness.cases.case import Case
from harness.cases.expectation import KnownFailure
from harness.results.row import Row
from harness.results.status import Status
from harness.run.excuses import excused, excused_again
from harness.stacks.protocol import installed_version
from harness.testing.sample_rows import make_row

TODAY = date(2026, 11, 26)


def _excused(row: Row, *known: KnownFailure) -> Row:
    case = Case(
        model=ModelSource(path="m"), images=(Image(path="i.jpg"),), known_failures=tuple(known)
    )
    return excused(case, row, TODAY)


def _known(reason: str = "a shift", **keys: Any) -> KnownFailure:
    return KnownFailure.model_validate({"reason": reason, **keys})


def test_the_first_that_covers_a_failing_row_gives_its_reason() -> None:
    first = _known("first", scope="graph", status="mismatch")
    second = _known("second")
    assert _excused(make_row(status="mismatch"), first, second).known_failure == "first"
    assert _excused(make_row(status="crashed"), first, second).known_failure == "second"
    whole = make_row(status="mismatch", scope="end_to_end")
    assert _excused(whole, first, second).known_failure == "second"
    assert _excused(make_row(status="mismatch"), _known(image="b.jpg")).known_failure == ""


@pytest.mark.parametrize("status", [Status.MATCH, Status.MISSING_STACK])
def test_a_row_that_does_not_fail_needs_no_excuse(status: Status) -> None:
    row = make_row(status=status)
    assert _excused(row, _known(until="2020-01-01")) == row


def test_a_bound_excuses_up_to_it_and_says_by_how_much_it_was_passed() -> None:
    known = _known(max_abs=0.25)
    assert _excused(make_row(status="mismatch", max_abs=0.25), known).known_failure == "a shift"
    beyond = _excused(make_row(status="mismatch", max_abs=0.3, notes="a note"), known)
    assert beyond.known_failure == ""
    assert beyond.notes == (
        "a note; known failure no longer excused: it was excused up to |Δ| 0.25, and |Δ| is 0.3 "
        "(a shift)"
    )


def test_a_node_excuses_only_rows_that_are_put_down_to_it() -> None:
    known = _known(node="conv*", op="Conv2D")
    located = {"located_node": "conv1, conv7", "located_op": "Conv2D, Conv2D"}
    assert _excused(make_row(status="mismatch", **located), known).known_failure == "a shift"
    for other in ({"located_node": "conv1, pool"}, {"located_op": "Conv2D, Relu"}):
        assert not _excused(make_row(status="mismatch", **(located | other)), known).known_failure
    unlocated = _excused(make_row(status="mismatch"), known)
    assert "it excuses node conv*, and none is located; run with --parity-locate" in unlocated.notes


def test_once_located_a_row_is_judged_again_and_its_notes_hold_the_last_word() -> None:
    case = Case(
        model=ModelSource(path="m"),
        images=(Image(path="i.jpg"),),
        known_failures=(_known(node="conv*"), _known(max_abs=0.1)),
    )
    first = excused(case, make_row(status="mismatch", max_abs=0.3, notes="a note"))
    assert first.notes.count("known failure no longer excused") == 2
    again = excused_again(case, first, {"located_node": "conv1"}, "located: faulty")
    assert (again.known_failure, again.notes) == ("a shift", "a note; located: faulty")
    other = excused_again(case, first, {"located_node": "pool"}, "located: faulty")
    assert other.known_failure == ""
    assert other.notes.startswith("a note; located: faulty; known failure no longer excused: ")
    assert other.notes.count("known failure no longer excused") == 2


def test_where_nothing_was_compared_a_bound_excuses_nothing() -> None:
    found = _excused(make_row(status="crashed", max_abs=math.nan), _known(max_abs=0.25))
    assert found.known_failure == ""
    assert "and nothing was compared" in found.notes


@pytest.mark.parametrize(
    ("until", "excuses"),
    [
        ("2026-11-26", True),
        (date(2026, 11, 26), True),
        ("2026-11-25", False),
        ("numpy 0.1", False),
        ("numpy 99", True),
        ("no-such-package 1", True),
    ],
)
def test_an_end_by_day_or_by_version(until: object, excuses: bool) -> None:
    found = _excused(make_row(status="mismatch"), _known(until=until))
    assert (found.known_failure == "a shift") is excuses
    assert ("it was excused until" in found.notes) is not excuses


def test_the_version_that_ended_it_is_named() -> None:
    found = _excused(make_row(status="mismatch"), _known(until="numpy 0.1"))
    assert f"excused until numpy 0.1, and numpy is {installed_version('numpy')}" in found.notes


def test_after_one_that_has_ended_another_may_excuse() -> None:
    ended = _known("ended", until="2020-01-01")
    assert _excused(make_row(status="mismatch"), ended, _known("still")).known_failure == "still"


@pytest.mark.parametrize("until", ["soon", "2026-13-01", "apache-tvm x.y", "apache-tvm", ""])
def test_any_other_end_is_refused(until: str) -> None:
    with pytest.raises(ValueError, match="YYYY-MM-DD"):
        _known(until=until)

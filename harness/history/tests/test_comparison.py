"""What changed between two runs: each row once, the same seen from either side."""

import math
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.history.compared_row import compared_row
from harness.history.comparison import RunComparison, RunRows, compare_runs
from harness.results.identity import Identity
from harness.results.row import Row
from harness.results.status import Status
from harness.testing.sample_rows import make_row

LISTS = ("regressions", "improvements", "causes", "changed", "moved")
LONE = ("vanished", "appeared", "not_run_now", "not_run_before")
EVERY_CASE = frozenset({"c", "d"})


def side(*rows: Row, whole: frozenset[str] = EVERY_CASE) -> RunRows:
    return RunRows("run", tuple(map(compared_row, rows)), whole_cases=whole)


def file_row(number: int = 0, **fields: object) -> Row:
    """A row whose files and candidate are known, those of each number other ones."""
    known = {
        "model_sha256": "a" * 64,
        "candidate_model_sha256": "a" * 64,
        "image_sha256": f"{number:064d}",
        "stack": "relay",
        "target": "llvm",
        "image": f"{number}.jpg",
    }
    return make_row(**{**known, **fields})


def only(found: RunComparison, *names: str) -> None:
    """Nothing changed but what is in these lists."""
    filled = {name for name in (*LISTS, *LONE) if getattr(found, name)}
    assert filled == set(names)


row_lists = st.lists(
    st.builds(
        file_row,
        st.integers(0, 6),
        case=st.sampled_from(["c", "d"]),
        candidate=st.sampled_from(["relay", "relax"]),
        target=st.sampled_from(["llvm", "cuda"]),
        status=st.sampled_from(list(Status)),
        known_failure=st.sampled_from(["", "why"]),
        reason=st.sampled_from(["class 1 differs by 0.5; so", "it died"]),
        divergence=st.sampled_from([math.nan, 0.0, 1e-7, 0.5]),
        noise=st.sampled_from([math.nan, 1e-6]),
    ),
    max_size=12,
    unique_by=Identity.of,
)
"""Rows of one run: no two are about the same."""


@given(row_lists)
def test_a_run_compared_with_itself_gives_nothing(rows: list[Row]) -> None:
    found = compare_runs(side(*rows), side(*reversed(rows)))
    only(found)
    assert (found.unchanged, found.renamed, found.versions) == (len(rows), (), ())


@given(row_lists, row_lists, st.sets(st.sampled_from(["c", "d"])))
def test_swapping_the_runs_swaps_what_is_said(old: list[Row], new: list[Row], w: set[str]) -> None:
    before, after = side(*old, whole=frozenset(w)), side(*new)
    forth, back = compare_runs(before, after), compare_runs(after, before)
    assert swapped(forth.regressions) == pairs(back.improvements)
    assert swapped(forth.improvements) == pairs(back.regressions)
    assert swapped(forth.causes) == pairs(back.causes)
    assert swapped(forth.moved) == pairs(back.moved)
    assert sorted(map(str, forth.vanished)) == sorted(map(str, back.appeared))
    assert sorted(map(str, forth.not_run_now)) == sorted(map(str, back.not_run_before))


def pairs(found: Iterable[object]) -> list[str]:
    return sorted(f"{one.old} {one.new}" for one in found)  # type: ignore[attr-defined]


def swapped(found: Iterable[object]) -> list[str]:
    return sorted(f"{one.new} {one.old}" for one in found)  # type: ignore[attr-defined]


@given(row_lists, row_lists)
def test_every_row_is_counted_once(old: list[Row], new: list[Row]) -> None:
    found = compare_runs(side(*old), side(*new))
    matched = found.unchanged + sum(len(getattr(found, name)) for name in LISTS)
    assert matched + len(found.vanished) + len(found.not_run_now) == len(old)
    assert matched + len(found.appeared) + len(found.not_run_before) == len(new)


@pytest.mark.parametrize("what", ["image", "candidate", "case"])
def test_fifty_renames_are_neither_new_nor_gone(what: str) -> None:
    old = [file_row(n, candidate=f"relay-{n}", target=f"llvm {n}") for n in range(60)]
    new = [
        row.model_copy(update={what: f"renamed-{row.image}"}) if n < 50 else row
        for n, row in enumerate(old)
    ]
    whole = EVERY_CASE | {row.case for row in new}
    found = compare_runs(side(*old, whole=whole), side(*new, whole=whole))
    only(found)
    assert (len(found.renamed), found.unchanged) == (50, 60)
    assert found.renamed[0].renamed[what][1].startswith("renamed-")


def test_a_renamed_row_that_fails_now_is_one_regression() -> None:
    new = file_row(image="b.jpg", candidate="mine", status=Status.MISMATCH)
    found = compare_runs(side(file_row()), side(new))
    only(found, "regressions")
    assert set(found.regressions[0].renamed) == {"image", "candidate"}


def test_a_model_that_was_trained_again_is_the_same_row() -> None:
    new = file_row(model_sha256="b" * 64, candidate_model_sha256="b" * 64, status=Status.MISMATCH)
    found = compare_runs(side(file_row()), side(new))
    only(found, "regressions")
    assert found.replaced[0].replaced == ["model", "candidate's model"]


MISMATCH = {"status": Status.MISMATCH, "reason": "class 3 differs by 0.1; the odds move by 2 %"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({}, MISMATCH, "regressions"),
        (MISMATCH, {}, "improvements"),
        (MISMATCH, {**MISMATCH, "reason": "class 7 differs by 0.2; other words"}, None),
        (MISMATCH, {**MISMATCH, "reason": "NaN or Inf on one side alone: 0, 3"}, "causes"),
        (MISMATCH, {"status": Status.CRASHED, "reason": "it died"}, "causes"),
        ({}, {"status": Status.TIE}, "changed"),
        ({}, {"status": Status.MISSING_STACK}, "changed"),
        ({"status": Status.MISSING_STACK}, MISMATCH, "changed"),
        ({}, {**MISMATCH, "known_failure": "why"}, "changed"),
        ({"divergence": 1e-7}, {"divergence": 2e-7, "noise": 1e-6}, None),
        ({"divergence": 1e-7, "near_tie": 1e-6}, {"divergence": 1e-6, "noise": 1e-7}, "moved"),
        ({"divergence": 1e-7}, {"divergence": math.nan}, None),
        ({"top1_class": 1, "divergence": 0.1}, {"top1_class": 2, "divergence": 0.1}, "moved"),
    ],
)
def test_what_a_change_is(old: dict[str, Any], new: dict[str, Any], expected: str | None) -> None:
    found = compare_runs(side(file_row(**old)), side(file_row(**new)))
    only(found, *([expected] if expected else []))


def test_a_row_that_was_not_asked_for_has_not_vanished() -> None:
    old = side(file_row(0), file_row(1))
    only(compare_runs(old, side(file_row(0))), "vanished")
    only(compare_runs(old, side(file_row(0), whole=frozenset())), "not_run_now")
    only(compare_runs(side(file_row(0), whole=frozenset()), old), "not_run_before")


def test_versions_that_differ_are_named_where_both_are_known() -> None:
    old = RunRows("a", (), versions={"tvm": "0.19", "numpy": "2"})
    new = RunRows("b", (), versions={"tvm": "0.27", "numpy": "2", "onnx": "1"})
    assert compare_runs(old, new).versions == (("onnx", "", "1"), ("tvm", "0.19", "0.27"))
    assert compare_runs(old, RunRows("c", ())).versions == ()

"""What a run is expected to find: written small and sorted, accepted row by row, judged."""

import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from harness.errors import ReportError, UsageError
from harness.history import expectations
from harness.history.comparison import RunRows
from harness.history.judgement import judge_run
from harness.history.sources import rows_side
from harness.history.tests.test_comparison import file_row, only, row_lists
from harness.results.row import Row
from harness.results.status import NOT_RUN, Status

CASES = {"cases/a", "cases/b"}


def row(number: int = 0, **fields: object) -> Row:
    return file_row(number, **{"case": "cases/a", "divergence": 1e-8, "near_tie": 1e-6, **fields})


def run_of(*rows: Row) -> RunRows:
    return rows_side("run", rows, CASES)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project of two cases in one folder."""
    (tmp_path / "cases").mkdir()
    for name in CASES:
        (tmp_path / f"{name}.toml").touch()
    return tmp_path


BAD = {"status": Status.MISMATCH, "reason": "class 1 (=owl) differs by 0.1; so"}


def test_the_file_is_sorted_and_stays_as_it_is_while_only_rounding_moves(root: Path) -> None:
    rows = [row(2), row(0), row(1, **BAD), row(0, case="cases/b", divergence=1 / 3)]
    (file,) = expectations.accept(root, run_of(*rows))
    assert (file.rows, file.changed) == (4, True)
    text = file.path.read_text()
    header, *lines = text.splitlines()
    assert header.startswith("case,image,candidate,scope,status,known,divergence")
    assert lines == sorted(lines)
    assert lines[1].startswith("cases/a,1.jpg,relay,graph,mismatch,,1e-8,mismatch: class #")
    assert ",0.333333," in lines[3]
    again = [one.model_copy(update={"divergence": one.divergence + 1e-7}) for one in rows]
    (file,) = expectations.accept(root, run_of(*again))
    assert (file.changed, file.path.read_text()) == (False, text)


@settings(
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=row_lists)
def test_an_accepted_run_is_as_expected(root: Path, rows: list[Row]) -> None:
    found = rows_side("run", rows, {"c", "d"})
    for case in ("c", "d"):
        (root / f"{case}.toml").touch()
    (root / expectations.NAME).unlink(missing_ok=True)
    if not rows:
        with pytest.raises(UsageError, match="nothing to accept"):
            expectations.accept(root, found)
        return
    expectations.accept(root, found)
    judged = judge_run(expectations.baseline(root, {"c", "d"}), found, strict=True)
    only(judged.comparison)
    assert not judged.fails


def test_what_is_worse_fails_and_what_is_otherwise_only_where_it_is_strict(root: Path) -> None:
    expectations.accept(root, run_of(row(0), row(1, **BAD)))
    expected = expectations.baseline(root, CASES)
    cases = {
        "worse": [row(0, **BAD), row(1, **BAD)],
        "cause": [row(0), row(1, status=Status.CRASHED, reason="it died")],
        "better": [row(0), row(1)],
        "new": [row(0), row(1, **BAD), row(2)],
        "gone": [row(0)],
        "moved": [row(0, divergence=0.1), row(1, **BAD)],
        "same": [row(0), row(1, **BAD)],
    }
    judged = {n: judge_run(expected, run_of(*rows), strict=False) for n, rows in cases.items()}
    assert {name for name, one in judged.items() if one.fails} == {"worse", "cause"}
    strict = {
        n for n, rows in cases.items() if judge_run(expected, run_of(*rows), strict=True).fails
    }
    assert strict == set(cases) - {"same"}
    commands = {name for name, one in judged.items() if one.command("latest")}
    assert commands == {"better", "new", "gone", "moved"}
    assert judged["better"].command("latest") == "parity accept latest"


def test_what_is_worse_is_left_out_on_request(root: Path) -> None:
    expectations.accept(root, run_of(row(0), row(1, **BAD)))
    found = run_of(row(0, **BAD), row(1), row(2, **BAD), row(3))
    judged = judge_run(expectations.baseline(root, CASES), found, strict=False)
    assert judged.command("x", "..") == "parity accept x --root .. --leave-regressions"
    (file,) = expectations.accept(root, found, leave_worse=True)
    statuses = {one.image: str(one.status) for one in expectations.read(file.path)}
    assert statuses == {"0.jpg": "match", "1.jpg": "match", "3.jpg": "match"}


def test_rows_that_were_not_run_stay_expected_and_vanished_ones_go(root: Path) -> None:
    expectations.accept(root, run_of(row(0), row(1), row(2), row(0, case="cases/b")))
    not_run = row(1, status=Status.NO_EVIDENCE, reason=NOT_RUN)
    found = rows_side("run", [row(0), not_run], {"cases/a"})
    (file,) = expectations.accept(root, found)
    kept = [(one.case, one.image) for one in expectations.read(file.path)]
    assert kept == [("cases/a", "0.jpg"), ("cases/a", "1.jpg"), ("cases/b", "0.jpg")]


def test_a_renamed_image_keeps_its_expectation(root: Path) -> None:
    expectations.accept(root, run_of(row(0)))
    found = run_of(row(0, image="other.jpg", candidate="renamed"))
    judged = judge_run(expectations.baseline(root, CASES), found, strict=True)
    assert not judged.fails
    assert judged.command("latest")
    (file,) = expectations.accept(root, found)
    assert [one.image for one in expectations.read(file.path)] == ["other.jpg"]


def test_a_divergence_that_is_absent_stays_absent(root: Path) -> None:
    (file,) = expectations.accept(
        root, run_of(row(0, divergence=math.nan, known_failure="k", **BAD))
    )
    (read,) = expectations.read(file.path)
    assert math.isnan(read.divergence)
    assert read.kind == "known"


@pytest.mark.parametrize("text", ["", "case\nx\n", "\x00\xff", "case,status\na,b,c,d\n"])
def test_a_damaged_file_is_refused_with_what_to_do(root: Path, text: str) -> None:
    path = root / "cases" / expectations.NAME
    path.write_text(text, encoding="latin-1")
    if not text:
        assert expectations.read(path) == []
        return
    with pytest.raises(ReportError, match="restore the committed file"):
        expectations.read(path)


def test_rows_without_a_case_file_cant_be_accepted(root: Path) -> None:
    with pytest.raises(UsageError, match="no such case file"):
        expectations.accept(root, rows_side("run", [row(case="check")], ()))

"""What of a run is not under full check: counted once, with the reason."""

from pathlib import Path
from typing import Any

import pytest

from harness.results.census import Census
from harness.results.status import Status
from harness.run.census import census, planned_rows
from harness.run.known_failures import stale
from harness.run.plan import Task, plan_file
from harness.run.settings import Settings
from harness.run.strictness import breaches
from harness.testing.tiny import write_case

CALM, SHIFTED, ABSENT = (
    "stack = 'fake'\ntarget = 'calm'",
    "stack = 'fake'\ntarget = 'shifted'",
    "stack = 'absent'",
)
KNOWN = "[[known_failures]]\ncandidate = '{}'\nreason = \"a\\nshift\"\n{}"


def _tasks(folder: Path, *candidates: str, top: str = "") -> list[Task]:
    path = write_case(folder, candidates=candidates, top=top)
    return plan_file(path, Settings(reference="fake-reference", cache=folder / "cache"), folder)


def _counted(tasks: list[Task]) -> tuple[Census, list[tuple[Any, ...]]]:
    found = census(tasks, planned_rows(tasks))
    return found, [(one.kind, one.about, one.comparisons, one.reason) for one in found.entries]


def test_nothing_is_left_out_of_a_plain_case(fakes: Path, tmp_path: Path) -> None:
    found, entries = _counted(_tasks(tmp_path, CALM))
    assert (found.comparisons, found.checked, entries) == (2, 2, [])
    assert found.unchecked_percent == 0


def test_skips_known_failures_and_tolerances_count_once_each(fakes: Path, tmp_path: Path) -> None:
    top = "[tolerance.end_to_end]\nnear_tie = 0.01\n[tolerance.graph]\natol = 0.001\n"
    known = KNOWN.format("fake-shifted", "scope = 'graph'\nmax_abs = 0.5\nsince = 2026-11-01")
    tasks = _tasks(tmp_path, CALM, SHIFTED, ABSENT, top=top + known)
    found, entries = _counted(tasks)
    assert (found.comparisons, found.checked) == (6, 0)
    about = "image *, candidate fake-shifted, scope graph"
    assert entries[:3] == [
        ("known failure", about, 1, "a shift (up to |Δ| 0.5)"),
        ("tolerance", "scope graph", 1, "atol = 0.001"),
        ("tolerance", "scope end_to_end", 2, "near_tie = 0.01"),
    ]
    (skipped,) = entries[3:]
    assert skipped[:3] == ("skipped", "candidate absent-llvm", 2)
    assert skipped[3].startswith("missing_stack: ")
    assert found.entries[0].since == "2026-11-01"


@pytest.mark.parametrize("top", ["atol = 0.05", "atol = 0.01\nrtol = 0", "rtol = 0"])
def test_a_tolerance_no_wider_than_the_default_leaves_nothing_out(
    fakes: Path, tmp_path: Path, top: str
) -> None:
    found, _ = _counted(_tasks(tmp_path, CALM, top=f"[tolerance.end_to_end]\n{top}\n"))
    assert found.checked == found.comparisons


def test_a_scope_that_is_left_out_counts_for_every_image_and_candidate(
    fakes: Path, tmp_path: Path
) -> None:
    found, entries = _counted(_tasks(tmp_path, CALM, SHIFTED, top="scopes = ['graph']"))
    assert (found.comparisons, found.checked, found.unchecked_percent) == (4, 2, 50)
    assert entries == [("scope left out", "scope end_to_end", 2, "scopes = [graph]")]


def test_a_known_failure_that_excuses_nothing_counts_none(fakes: Path, tmp_path: Path) -> None:
    known = KNOWN.format("fake-calm", "until = '2020-01-01'")
    found, entries = _counted(_tasks(tmp_path, CALM, top=known))
    assert found.checked == found.comparisons
    assert [entry[2] for entry in entries] == [0]


def test_a_known_failure_is_stale_where_all_it_matches_passes(fakes: Path, tmp_path: Path) -> None:
    tasks = _tasks(tmp_path, CALM, top=KNOWN.format("fake-calm", ""))
    failing = planned_rows(tasks)
    assert stale(tasks, failing, ["tiny"]) == []
    passing = [row.model_copy(update={"status": Status.MATCH}) for row in failing]
    (sentence,) = stale(tasks, passing, [])
    assert sentence.startswith("stale known failure, all that it matches passes: ")
    assert sentence.endswith("candidate fake-calm, scope *: a shift; remove the entry")


def test_that_one_matches_nothing_is_known_of_whole_cases_alone(
    fakes: Path, tmp_path: Path
) -> None:
    tasks = _tasks(tmp_path, CALM, SHIFTED, top=KNOWN.format("fake-shifted", ""))
    name = tasks[0].name
    rows = [row for row in planned_rows(tasks) if row.candidate == "fake-calm"]
    assert stale(tasks, rows, []) == []
    (sentence,) = stale(tasks, rows, [name])
    assert "it matches nothing" in sentence


def test_a_bound_on_what_is_unchecked_fails_beyond_it_alone() -> None:
    found = Census(comparisons=8, checked=6)
    assert breaches(Settings(max_unchecked=25), found, [], []) == []
    (sentence,) = breaches(Settings(max_unchecked=24.9), found, [], [])
    assert sentence.startswith("25% of the comparisons are not under full check; at most 24.9%")
    assert "--parity-max-unchecked" in sentence


def test_strict_fails_on_skips_and_stale_entries(fakes: Path, tmp_path: Path) -> None:
    rows = planned_rows(_tasks(tmp_path, CALM, ABSENT))
    found = Census(comparisons=4, checked=2)
    assert breaches(Settings(), found, rows, ["a", "b"]) == []
    assert breaches(Settings(strict=True), found, rows, ["a", "b"]) == [
        "strict: 2 of 4 rows were skipped",
        "strict: 2 stale known failures",
    ]

"""The release that moved a row is named in few environments, and never a wrong one."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.cases.scope import SCOPES
from harness.reports.folder import RunFolder
from harness.results.result import Result
from harness.results.status import Status
from harness.run.environments.case_run import EnvironmentRun
from harness.run.environments.release_search import (
    ReleaseSearch,
    ReleaseVerdict,
    most_environments,
)
from harness.testing.sample_rows import make_result, make_run

Rows = Callable[[int], list[Result]]


def searched(tmp_path: Path, count: int, rows: Rows, scopes: tuple[str, ...] = SCOPES) -> "Search":
    """Search releases 0, 1, 2, …, which leave these rows."""

    def run(release: str) -> EnvironmentRun:
        folder = RunFolder.create(tmp_path, make_run())
        for result in rows(int(release)):
            folder.append(result)
        return EnvironmentRun(release, (folder.path,), 0)

    search = ReleaseSearch([str(place) for place in range(count)], run, scopes)
    return Search(search.search(), list(map(int, search.runs)))


@dataclass
class Search:
    found: ReleaseVerdict
    asked: list[int]


def moving_at(first: int, *, skipped: tuple[int, ...] = (), status: str = "mismatch") -> Rows:
    """Rows of which one has another status from a release on; some releases skip it."""

    def rows(release: int) -> list[Result]:
        if release in skipped:
            return [make_result(status=Status.MISSING_STACK, reason=f"no wheel of {release}")]
        moved = release >= first
        return [
            make_result(image="other", divergence=1e-6, noise=1e-5),
            make_result(status=Status(status) if moved else Status.MATCH, divergence=1e-6),
        ]

    return rows


@pytest.mark.parametrize("count", [2, 3, 6])
def test_the_first_release_is_named_in_few_environments(tmp_path: Path, count: int) -> None:
    for first in range(1, count):
        search = searched(tmp_path, count, moving_at(first))
        assert (search.found.status, search.found.first_moved) == ("found", str(first))
        assert search.found.last_same == str(first - 1)
        assert search.found.environments == len(search.asked) <= most_environments(count)
        assert search.found.reason == f"{first} moves 1 of 2 rows"


def test_nothing_that_moved_is_said(tmp_path: Path) -> None:
    search = searched(tmp_path, 6, moving_at(6))
    assert search.found.status == "unmoved"
    assert search.found.reason == "no row moves from 0 to 5"
    assert len(search.asked) <= most_environments(6)


def test_a_release_that_can_t_be_judged_is_gone_around(tmp_path: Path) -> None:
    search = searched(tmp_path, 8, moving_at(6, skipped=(4,)))
    assert (search.found.status, search.found.first_moved) == ("found", "6")


def test_a_release_whose_program_can_t_be_started_moved_nothing(tmp_path: Path) -> None:
    def rows(release: int) -> list[Result]:
        if release >= 2:
            return [make_result(status=Status.RUN_FAILED, reason="start: ImportError: no libLLVM")]
        return [make_result()]

    found = searched(tmp_path, 4, rows).found
    assert (found.status, found.last_same, found.first_moved) == ("inconclusive", "1", "")
    assert (
        "no row moves up to 1; 2 in between can't be judged: 2: run_failed: start" in found.reason
    )


def test_another_reason_of_the_same_failure_moves_nothing(tmp_path: Path) -> None:
    def rows(release: int) -> list[Result]:
        reason = f"import: the frontend needs TVM 0.26, found 0.25.{'post' * release}{release}"
        return [make_result(status=Status.IMPORT_FAILED, reason=reason)]

    assert searched(tmp_path, 4, rows).found.status == "unmoved"


def test_no_release_is_named_where_its_neighbour_can_t_be_judged(tmp_path: Path) -> None:
    found = searched(tmp_path, 8, moving_at(5, skipped=(3, 4))).found
    assert (found.status, found.last_same, found.first_moved) == ("inconclusive", "2", "5")
    assert "2 in between can't be judged: 4: missing_stack: no wheel of 4; 3: mis" in found.reason


def test_a_first_release_without_rows_is_no_ground_to_judge_by(tmp_path: Path) -> None:
    search = searched(tmp_path, 4, moving_at(2, skipped=(0,)))
    assert (search.found.status, search.asked) == ("failed", [0])
    assert search.found.reason == "missing_stack: no wheel of 0"


@pytest.mark.parametrize(("shift", "status"), [(3e-6, "unmoved"), (3e-4, "found")])
def test_scores_that_move_by_more_than_noise_count(
    tmp_path: Path, shift: float, status: str
) -> None:
    def rows(release: int) -> list[Result]:
        moved = shift if release >= 2 else 0.0
        return [make_result(status=Status.MISMATCH, divergence=0.1 + moved, noise=1e-5)]

    assert searched(tmp_path, 4, rows).found.status == status


def test_rows_of_other_scopes_do_not_count(tmp_path: Path) -> None:
    def rows(release: int) -> list[Result]:
        moved = Status.MISMATCH if release >= 2 else Status.MATCH
        return [make_result(scope="end_to_end", status=moved), make_result()]

    assert searched(tmp_path, 4, rows, ("graph",)).found.status == "unmoved"
    assert searched(tmp_path, 4, rows).found.first_moved == "2"

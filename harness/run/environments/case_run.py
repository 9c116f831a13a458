"""Case files run by pytest in an environment: a run folder with a row for every comparison."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.errors import UnusableEnvironmentError
from harness.reports.folder import RunFolder
from harness.reports.stored_run import read
from harness.results import journal
from harness.results.machine import MachineFacts
from harness.results.result import Result
from harness.results.row import Row
from harness.results.run_record import RunRecord
from harness.results.status import Status
from harness.run.environments.environment import EnvironmentMaker, pinned_version
from harness.run.environments.shown_process import EndedProcess, run_shown
from harness.run.plan import Task

PASSED, FAILED, NOTHING_COMPARED = 0, 1, 5
"""Exit codes with which pytest ends a session that it finished."""


@dataclass(frozen=True)
class SelectedCases:
    """What is run in each environment."""

    words: tuple[str, ...]
    """Case files or node ids, for pytest."""
    tasks: tuple[Task, ...]
    """The comparisons that they make."""
    root: Path
    """pytest's root folder, from which cases are named; also where it runs."""
    reports: Path
    """Run folders are written into a folder of the environment's name below it."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Environment variables of the settings."""


@dataclass(frozen=True)
class EnvironmentRun:
    """What came of the cases in one environment."""

    name: str
    """The environment's."""
    folders: tuple[Path, ...]
    """Run folders whose rows together are one for each comparison and scope."""
    exit_code: int
    """0 where pytest found nothing wrong; a skip is nothing wrong."""
    problem: str = ""
    """Why the environment could not be used, or not to the end; empty where it could."""

    def rows(self) -> list[Row]:
        """Every row."""
        return [result.row for folder in self.folders for result in read(folder)[1]]


def run_cases_in(maker: EnvironmentMaker, cases: SelectedCases) -> EnvironmentRun:
    """Make the environment and run the cases there; rows with the reason where that fails."""
    folder = cases.reports / maker.name
    try:
        environment = maker.make()
        variables = {**os.environ, **cases.variables, **environment.variables}
        return _ran(maker, cases, folder, str(environment.python), variables)
    except UnusableEnvironmentError as error:
        stand_in = _stand_in(maker, cases.tasks, Status.MISSING_STACK, str(error), folder)
        return EnvironmentRun(maker.name, (stand_in,), PASSED, str(error))


def _ran(
    maker: EnvironmentMaker,
    cases: SelectedCases,
    folder: Path,
    python: str,
    variables: Mapping[str, str],
) -> EnvironmentRun:
    before = set(_runs(folder))
    command = [python, "-m", "pytest", "-v", "-p", "harness.plugin", "--rootdir", str(cases.root)]
    command += ["--parity-report-dir", str(folder), *cases.words]
    try:
        ended = run_shown(command, variables, cases.root)
    except OSError as error:
        raise _unusable(maker, f"{python}: {error.strerror}") from error
    made = sorted(set(_runs(folder)) - before)
    if not made:
        raise _unusable(maker, ended.reason)
    return _completed(maker, cases, made, ended)


def _completed(
    maker: EnvironmentMaker, cases: SelectedCases, made: Sequence[Path], ended: EndedProcess
) -> EnvironmentRun:
    """The run, with rows for the comparisons that it did not come to."""
    run = EnvironmentRun(maker.name, tuple(made), 0)
    there = {(row.case, row.image, row.candidate) for row in run.rows()}
    left = [
        task for task in cases.tasks if (task.name, task.image.name, task.candidate.id) not in there
    ]
    code = PASSED if ended.code == NOTHING_COMPARED else ended.code
    if not left:
        return EnvironmentRun(maker.name, run.folders, code)
    problem = f"pytest in environment {maker.name} ended before this comparison, {ended.reason}"
    rest = _stand_in(maker, left, Status.CRASHED, problem, made[0].parent)
    return EnvironmentRun(maker.name, (*run.folders, rest), code or FAILED, problem)


def _runs(folder: Path) -> Iterator[Path]:
    """The run folders below a folder."""
    return (found.parent for found in folder.glob(f"*/{journal.NAME}") if _own(found.parent))


def _own(folder: Path) -> bool:
    """Whether a folder is a run's own, and not the link that leads to the latest."""
    return not folder.is_symlink()


def _unusable(maker: EnvironmentMaker, why: str) -> UnusableEnvironmentError:
    return UnusableEnvironmentError(
        f"pytest can't run the case in environment {maker.name}, {why}. Install there what it "
        "lacks (the extra pytest of the harness), or leave the environment out"
    )


def _stand_in(
    maker: EnvironmentMaker, tasks: Sequence[Task], status: Status, reason: str, root: Path
) -> Path:
    """A run folder with the rows of comparisons that did not take place."""
    run = RunRecord.begin(["pytest"]).model_copy(update={"environment": MachineFacts()})
    folder = RunFolder.create(root, run)
    results = [
        _of_version(result, maker, run) for task in tasks for result in task.ended(status, reason)
    ]
    folder.finish(run.end(FAILED), results)
    return folder.path


def _of_version(result: Result, maker: EnvironmentMaker, run: RunRecord) -> Result:
    """The result with the version that could not be had, so that no other one stands in for it."""
    version = pinned_version(result.row.stack, maker.pins)
    columns = {**run.columns(), "candidate_version": version}
    return result.model_copy(update={"row": result.row.model_copy(update=columns)})

"""One task of a run once more, from what its rows kept: whether the scores have the same bits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import UsageError, nearest
from harness.execution.candidate_build import StageObserver
from harness.results.capture import Capture, decoded
from harness.results.identity import task_name
from harness.results.result import Result
from harness.results.row import Row
from harness.run.capturing import task_of
from harness.run.pipeline import run
from harness.run.plan import Task
from harness.run.settings import Settings

FILES = {
    "model_sha256": "the reference's model",
    "candidate_model_sha256": "the candidate's model",
    "image_sha256": "the image",
}
"""Digests of a row → which file they are of."""
SIDES = ("reference", "candidate")


@dataclass(frozen=True)
class ScoreChange:
    """One program's scores, then and now."""

    side: str
    """`reference` or `candidate`."""
    classes: int
    """How many scores there were."""
    differing: int
    """How many of them have other bits now; all where there are more or fewer of them."""
    largest: float
    """Largest difference; NaN where the two can't be subtracted."""

    @property
    def same(self) -> bool:
        """Whether every bit is as it was."""
        return not self.differing


@dataclass(frozen=True)
class ReplayedRow:
    """One row of the task, then and now."""

    before: Row
    """As the run left it."""
    after: Row
    """As it is now."""
    changes: tuple[ScoreChange, ...]
    """One for each program; empty where one of the rows compared nothing."""

    @property
    def same(self) -> bool:
        """Whether the status is the same, and every score to the bit."""
        return self.before.status is self.after.status and all(one.same for one in self.changes)


def results_of(results: Sequence[Result], word: str) -> list[Result]:
    """The results of the task that a word names.

    A word is the number of a line of rows.csv, from 1 for the first below the header, or a task's
    name, or an end of it that no other task's name has. Raises UsageError for anything else.
    """
    if word.isdecimal() and word.isascii():
        if not 1 <= int(word[:9]) <= len(results):
            raise UsageError(f"there is no row {word:.20}: the run has {len(results)}, from 1 on")
        wanted = {task_name(results[int(word[:9]) - 1].row)}
    else:
        names = {task_name(result.row) for result in results}
        wanted = {name for name in names if name.endswith(word)} if word not in names else {word}
        if len(wanted) != 1:
            several = f"{len(wanted)} end so" if wanted else nearest(word, names)
            raise UsageError(
                f"no task is called '{word:.200}': {several}; expected the number of a row in "
                "rows.csv, or case::image[candidate]"
            )
    return [result for result in results if task_name(result.row) in wanted]


def task_again(results: Sequence[Result], settings: Settings) -> Task:
    """The task that results of a stored run are of.

    Raises UsageError where nothing was kept of them or a file is another one by now, ReportError
    where what was kept can't be read.
    """
    kept = [(result, result.capture) for result in results if result.capture]
    if not kept:
        raise UsageError(
            f"nothing was kept of {task_name(results[0].row)}, so it can't be run again; run its "
            "case with a larger --keep-scores (pytest: --parity-keep-scores)"
        )
    task = task_of(*kept[0], settings)
    for result, _ in kept:
        _require_same_files(result.row, task)
    return task


def replayed(
    results: Sequence[Result], settings: Settings, observe: StageObserver
) -> list[ReplayedRow]:
    """The rows of one task, run again; attribution is left out.

    Raises UsageError where nothing was kept of them or a file is another one by now, ReportError
    where what was kept can't be read.
    """
    kept = [(result, result.capture) for result in results if result.capture]
    task = task_again(results, settings)
    chosen = replace(settings, reference=task.reference)
    with chosen.session(observe, explains=False) as session:
        again = {result.row.scope: result for result in run(task, session)}
    return [_row(result, capture, again[result.row.scope]) for result, capture in kept]


def _require_same_files(row: Row, task: Task) -> None:
    """Raise UsageError unless every file has the digest that it had; nothing has read it yet."""
    for column, now in task.digests().items():
        then = getattr(row, column)
        if not then:
            raise UsageError(
                f"{task_name(row)}: the run could not read {FILES[column]} ({row.status}: "
                f"{row.reason:.200}), so there is nothing to compare with; run the case again"
            )
        if now != then:
            found = f"its SHA-256 is {now}" if now else "it is not there"
            raise UsageError(
                f"{task_name(row)}: {FILES[column]} is not the file that the run had: {found}; "
                f"expected {then}; put that file back, or run the case again"
            )


def _row(before: Result, kept: Capture, after: Result) -> ReplayedRow:
    then, now = kept.scores, after.capture and after.capture.scores
    changes: tuple[ScoreChange, ...] = ()
    if then and now:
        pairs = ((decoded(getattr(one, side)) for one in (then, now)) for side in SIDES)
        changes = tuple(score_change(side, *pair) for side, pair in zip(SIDES, pairs, strict=True))
    return ReplayedRow(before.row, after.row, changes)


def score_change(side: str, then: NDArray[Any], now: NDArray[Any]) -> ScoreChange:
    """How two score vectors `[N]` differ, bit by bit.

    >>> score_change("candidate", np.float32([0.0, 1]), np.float32([-0.0, 1])).differing
    1
    """
    if then.shape != now.shape or then.dtype != now.dtype:
        return ScoreChange(side, then.size, max(then.size, 1), float("nan"))
    bits = f"V{then.dtype.itemsize}"
    differing = int((then.view(bits) != now.view(bits)).sum())
    with np.errstate(invalid="ignore"):  # Inf − Inf
        largest = np.abs(now.astype(np.float64) - then.astype(np.float64)).max(initial=0.0)
    return ScoreChange(side, then.size, differing, float(largest))

"""`parity replay`: one comparison of a run once more, and whether its bits are the same."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console

from harness.cli.json_output import print_json
from harness.cli.progress import Stages
from harness.cli.terminal import console, indented, shown
from harness.history.history import History
from harness.history.sources import folder_named
from harness.reports import stored_run
from harness.reports.tables import ABOUT
from harness.results.identity import task_name
from harness.results.row import Row
from harness.run.replay import ReplayedRow, ScoreChange, replayed, results_of
from harness.run.settings import Settings

VERSIONS = ("reference_version", "candidate_version", "target")
"""Columns that say why bits may differ."""


def run(history: History, word: str, row: str, settings: Settings, *, as_json: bool) -> int:
    """Print what is the same and what is not; 0 where all is, else 1.

    Raises UsageError, ReportError as `replayed` does.
    """
    results = stored_run.read(folder_named(history, word))[1]
    with Stages() as stages:
        found = replayed(results_of(results, row), settings, stages)
    if as_json:
        print_json(map(_object, found))
    else:
        _show(found, console())
    return 0 if all(one.same for one in found) else 1


def _show(found: Sequence[ReplayedRow], terminal: Console) -> None:
    first = found[0].before
    terminal.print(shown(task_name(first), style="bold"))
    terminal.print(shown(f"as in run {first.run_id}, {first.run_started}"))
    for one in found:
        style = "bold green" if one.same else "bold red"
        verdict = "the same to the bit" if one.same and one.changes else ""
        verdict = verdict or ("the same status" if one.same else "not the same")
        terminal.print(shown(f"\n{one.before.scope}: {verdict}", style=style))
        for line in _lines(one):
            terminal.print(indented(line))


def _lines(one: ReplayedRow) -> Iterator[str]:
    before, after = one.before, one.after
    for change in one.changes:
        yield f"{change.side}: {_scores(change)}"
    if before.status is after.status:
        yield f"status: {before.status}, as before"
    else:
        yield f"status: {before.status} → {after.status}"
    if not one.changes or before.status is not after.status:
        yield f"reason then: {before.reason}"
        yield f"reason now: {after.reason}"
    for column in VERSIONS:
        then, now = getattr(before, column), getattr(after, column)
        if then != now:
            yield f"{column}: {then or 'unknown'} → {now or 'unknown'}"


def _scores(change: ScoreChange) -> str:
    if change.same:
        return f"all {change.classes} scores have the same bits"
    return (
        f"{change.differing} of {change.classes} scores have other bits, largest difference "
        f"{change.largest:.3g}"
    )


def _object(one: ReplayedRow) -> dict[str, Any]:
    row: Row = one.before
    names = {name: getattr(row, name) for name in ABOUT}
    bits = {
        f"{change.side}_{name}": value
        for change in one.changes
        for name, value in {
            "differing": change.differing,
            "largest_difference": None if math.isnan(change.largest) else change.largest,
        }.items()
    }
    statuses = {"old_status": str(row.status), "status": str(one.after.status)}
    return {**names, **statuses, "reason": one.after.reason, "same": one.same, **bits}

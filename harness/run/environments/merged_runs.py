"""The runs of several environments → one report, with what moved from each to the next."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from harness.history.compared_lines import changes
from harness.history.comparison import RunComparison, RunRows, compare_runs
from harness.history.kept_run import kept_run
from harness.history.sources import side_of
from harness.reports.folder import RunFolder, WrittenReports
from harness.reports.stored_run import merge, read
from harness.results.changes import Changes
from harness.run.environments.case_run import EnvironmentRun


@dataclass(frozen=True)
class MergedRuns:
    """One report of several environments."""

    folder: RunFolder
    """Its run folder."""
    written: WrittenReports
    """What that got."""
    changes: tuple[Changes, ...]
    """What moved from each environment to the next that answers one of the same comparisons."""


def merged_runs(
    runs: Sequence[EnvironmentRun], reports: Path, command: Sequence[str]
) -> MergedRuns:
    """Write the report of all runs below `reports`; raises ReportError."""
    found = tuple(environment_changes(map(environment_rows, runs)))
    folders = [folder for run in runs for folder in run.folders]
    folder, written = merge(folders, reports, command, found)
    return MergedRuns(folder, written, found)


def environment_rows(run: EnvironmentRun) -> RunRows:
    """One environment as a side of a comparison; skipped rows, which tell nothing, are left out."""
    sides = []
    for folder in run.folders:
        record, results = read(folder)
        rows = [result.row for result in results]
        sides.append(side_of(kept_run(record, rows, folder), rows))
    answered = [row for side in sides for row in side.rows if row.kind != "skipped"]
    return replace(sides[0], title=run.name, rows=tuple(answered))


def environment_changes(sides: Iterable[RunRows]) -> Iterator[Changes]:
    """What moved from each side that has rows to the next one, in the comparisons of both."""
    for old, new in pairwise(side for side in sides if side.rows):
        found = compared_environments(old, new)
        if found.compared:
            yield changes(found).model_copy(update={"of": new.title})


def compared_environments(old: RunRows, new: RunRows) -> RunComparison:
    """What moved in the comparisons that both sides answer."""
    shared = {row.names for row in old.rows} & {row.names for row in new.rows}
    old, new = (
        replace(side, rows=tuple(row for row in side.rows if row.names in shared))
        for side in (old, new)
    )
    return compare_runs(old, new)

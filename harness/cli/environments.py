"""`parity environments`: case files in several environments, one report."""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from harness.cli.census import case_files
from harness.cli.terminal import complain, say
from harness.errors import UsageError
from harness.reports.stored_run import read
from harness.results.row import Row
from harness.run.environments.case_run import SelectedCases, run_cases_in
from harness.run.environments.merged_runs import merged_runs
from harness.run.environments.tox_environment import ToxEnvironment
from harness.run.options import variables_for
from harness.run.own_candidates import require_trust
from harness.run.plan import plan_file
from harness.run.settings import DEFAULT_REPORT_DIR, OPTIONS, Settings

FOLDER = "environments"
"""Folder below the reports in which each environment has one for its own runs."""


def run(paths: Sequence[Path], names: Sequence[str], settings: Settings) -> int:
    """Run, and print what each environment gave and what moved.

    1 where anything fails or nothing is compared, else 0.

    Raises UsageError, CaseError, ReportError.
    """
    if len(set(names)) < len(names):
        raise UsageError(f"an environment was named twice: {', '.join(names)}; name each once")
    cases = selected_cases(case_files(paths), settings)
    makers = [ToxEnvironment.named(name) for name in names]
    runs = []
    for maker in makers:
        complain(f"environment {maker.name}:")
        runs.append(run_cases_in(maker, cases))
    merged = merged_runs(runs, cases.reports.parent, sys.argv)
    for one in runs:
        say(f"{_counts(one.name, one.rows())}{f'; {one.problem}' if one.problem else ''}")
    together = [result.row for result in read(merged.folder.path)[1]]
    say(_counts("together", together))
    for change in merged.changes:
        say(f"from {change.since} to {change.of}: {change.headline}")
    say(f"report: {merged.folder.path / 'report.html'}")
    for problem in (*merged.written.remarks, *merged.written.problems):
        complain(f"note: {problem}")
    compared = any(row.status.kind != "skipped" for row in together)
    return 0 if compared and not any(one.exit_code for one in runs) else 1


def selected_cases(
    files: Sequence[Path], settings: Settings, words: Sequence[str] = ()
) -> SelectedCases:
    """The cases planned as pytest plans them with this folder as its root; raises CaseError.

    `words` are node ids of one file, where only some of its comparisons are run.
    """
    root = Path.cwd()
    tasks = [task for file in files for task in plan_file(file, settings, root)]
    for task in tasks:
        require_trust(task.name, task.case, settings)
    if words:
        nodes = {word.partition("::")[2] for word in words}
        tasks = [task for task in tasks if task.id in nodes]
    reports = (settings.report_dir or root / DEFAULT_REPORT_DIR).resolve()
    return SelectedCases(
        words=tuple(words) or tuple(str(file) for file in files),
        tasks=tuple(tasks),
        root=root,
        reports=reports / FOLDER,
        variables=variables_for(OPTIONS, settings),
    )


def _counts(name: str, rows: Sequence[Row]) -> str:
    """How many rows have which status."""
    found = sorted(Counter(str(row.status) for row in rows).items())
    return f"{name}: {', '.join(f'{count} {status}' for status, count in found)}"

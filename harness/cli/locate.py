"""`parity locate`: which node of the graph the candidate computes wrong."""

from collections.abc import Sequence
from itertools import groupby

from rich.console import Console

from harness.cases.case import Case
from harness.cli.check import check_files
from harness.cli.json_output import print_json
from harness.cli.locate_table import coverage_lines, detail_lines, findings_table
from harness.cli.progress import Stages
from harness.cli.terminal import console, indented, shown
from harness.locate.located_task import located, require_observable
from harness.locate.payload import payload
from harness.locate.verdict import Localisation
from harness.run.plan import plan_command
from harness.run.settings import Settings

STYLES = {"clean": "bold green", "faulty": "bold red"}
"""How a status is shown; every other one is a warning."""


def run(case: Case, settings: Settings, *, as_json: bool) -> int:
    """Locate on every image and print; 0 where every candidate is clean, 1 otherwise.

    Raises UsageError, GraphError, AssetError.
    """
    tasks = plan_command("locate", case, settings)
    for task in tasks:
        require_observable(task.candidate.stack)
    with Stages() as stages, settings.session(stages) as session:
        session.start_reference()
        check_files(tasks, session)
        order = sorted(tasks, key=lambda task: task.candidate.id)
        groups = groupby(order, key=lambda task: task.candidate.id)
        found = [located(list(group), session) for _, group in groups]
    if as_json:
        print_json(map(payload, found))
    else:
        _show(found, console())
    return 0 if all(one.status == "clean" for one in found) else 1


def _show(found: Sequence[Localisation], terminal: Console) -> None:
    for one in found:
        terminal.rule(shown(one.candidate), align="left")
        style = STYLES.get(one.status, "bold yellow")
        terminal.print(shown(f"{one.status}: {one.reason}", style=style))
        if one.findings:
            terminal.print(findings_table(one.findings))
        for line in detail_lines(one.findings):
            terminal.print(indented(line))
        for line in coverage_lines(one.evidence):
            terminal.print(shown(line, style="dim"))
        terminal.print()

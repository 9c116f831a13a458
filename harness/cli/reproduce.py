"""`parity reproduce`: a fault as a folder that shows it with TVM and NumPy alone."""

import re
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from harness.cases.case import Case
from harness.cli.check import check_files
from harness.cli.history_commands import history_of
from harness.cli.json_output import print_json
from harness.cli.progress import Stages
from harness.cli.terminal import console, indented, shown
from harness.errors import UsageError
from harness.history.sources import folder_named
from harness.locate.reproducers.reproducer import Reproducer
from harness.locate.reproducers.reproducing import reproduced
from harness.reports import stored_run
from harness.run.own_candidates import require_stacks_own_build
from harness.run.plan import Task, plan_command
from harness.run.replay import results_of, task_again
from harness.run.settings import Settings


def run_case(
    case: Case, into: Path | None, node: str | None, settings: Settings, *, as_json: bool
) -> int:
    """Write the folder of a case's one comparison; see `run`. Raises CaseError, too."""
    tasks = plan_command("reproduce", case, settings)
    if len(tasks) != 1:
        raise UsageError(
            f"a reproducer is made of one image and one candidate; found {len(tasks)} comparisons"
        )
    return run(tasks[0], into, node, settings, as_json=as_json)


def run_row(
    word: str, row: str, into: Path | None, node: str | None, settings: Settings, *, as_json: bool
) -> int:
    """Write the folder of a row of a stored run; see `run`. Raises ReportError, too."""
    folder = folder_named(history_of(settings), word)
    task = task_again(results_of(stored_run.read(folder)[1], row), settings)
    chosen = replace(settings, reference=task.reference)
    return run(task, into, node, chosen, as_json=as_json)


def run(
    task: Task, into: Path | None, node: str | None, settings: Settings, *, as_json: bool
) -> int:
    """Write the folder and print; 0 where every run of its script showed the fault, else 1.

    Raises UsageError, GraphError, AssetError.
    """
    require_stacks_own_build(task)
    folder = into or Path(f"reproduce-{re.sub('[^A-Za-z0-9._-]+', '-', task.candidate.id)}")
    with Stages() as stages, settings.session(stages) as session:
        session.start_reference()
        check_files([task], session)
        found = reproduced(task, session, folder.resolve(), node)
    if as_json:
        print_json([found.payload()])
    else:
        _show(found, console())
    return 0 if found.reproduces else 1


def _show(found: Reproducer, terminal: Console) -> None:
    terminal.rule(shown(found.candidate), align="left")
    if found.folder is None:
        terminal.print(shown(f"no reproducer: {found.reason}", style="bold yellow"))
        return
    style = "bold green" if found.reproduces else "bold red"
    terminal.print(shown(found.sentence, style=style))
    terminal.print(indented(str(found.folder)))
    count = f"{len(found.operations)} operation{'s' * (len(found.operations) != 1)}"
    size = f"{count} ({', '.join(found.operations)}), {found.bytes} bytes, {found.trials} trials"
    for line in (size, *(f"made smaller: {one}" for one in found.cut)):
        terminal.print(indented(line))

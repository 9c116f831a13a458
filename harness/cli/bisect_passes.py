"""`parity bisect-passes`: which application of a pass makes the scores wrong."""

from rich.console import Console

from harness.cases.case import Case
from harness.cli.check import check_files
from harness.cli.json_output import print_json
from harness.cli.progress import Stages
from harness.cli.terminal import console, indented, shown
from harness.errors import UsageError
from harness.locate.passes.bisecting import bisected, limited_steps
from harness.locate.passes.verdict import PassApplication, PassVerdict
from harness.run.own_candidates import require_stacks_own_build
from harness.run.plan import plan_command
from harness.run.settings import Settings

MAX_NAMES = 5
"""Functions that a line names."""


def run(case: Case, settings: Settings, *, as_json: bool) -> int:
    """Bisect and print; 0 where an application is named, 1 otherwise.

    Raises UsageError, GraphError, AssetError.
    """
    tasks = plan_command("bisect-passes", case, settings)
    if len(tasks) != 1:
        raise UsageError(
            f"passes are bisected on one image with one candidate; found {len(tasks)} comparisons"
        )
    (task,) = tasks
    require_stacks_own_build(task)
    limited_steps(task.candidate.stack)
    with Stages() as stages, settings.session(stages) as session:
        session.start_reference()
        check_files(tasks, session)
        found = bisected(task, session)
    if as_json:
        print_json([found.payload()])
    else:
        _show(found, console())
    return 0 if found.status == "found" else 1


def _show(found: PassVerdict, terminal: Console) -> None:
    terminal.rule(shown(found.candidate), align="left")
    style = "bold red" if found.status == "found" else "bold yellow"
    terminal.print(shown(f"{found.status}: {found.reason}", style=style))
    if found.first and found.status in ("found", "inconclusive"):
        terminal.print(indented(f"wrong with {_words(found.first)}"))
        right = _words(found.last_right) if found.last_right else "no optional pass"
        terminal.print(indented(f"right with {right}"))
    if found.changed:
        more = len(found.changed) - MAX_NAMES
        names = ", ".join(found.changed[:MAX_NAMES]) + (f" and {more} more" if more > 0 else "")
        terminal.print(indented(f"it changed {names}"))
    terminal.print(shown(f"{found.count} applications, {found.builds} builds", style="dim"))
    for line in found.difference:
        terminal.print(shown(line), soft_wrap=True)


def _words(one: PassApplication) -> str:
    of = f" of {one.function}" if one.function else ""
    return f"application {one.number}: {one.name}{of}, in step {one.step}"

"""`parity candidates`: which candidates would run here, and why the others would not."""

from collections.abc import Sequence
from pathlib import Path

from rich.padding import Padding
from rich.table import Table

from harness.cases.candidate import Candidate
from harness.cases.case_file import load
from harness.cli.census import case_files
from harness.cli.json_output import print_json
from harness.cli.progress import Stages
from harness.cli.terminal import console, indented, shown
from harness.errors import StackError
from harness.execution.outcome import NoAnswer
from harness.execution.session import START
from harness.execution.stack_descriptions import StackDescriptions
from harness.execution.target import resolve_target
from harness.execution.worker_pool import WorkerPool
from harness.run.case_checks import require_supported
from harness.stacks.registry import all_stacks, broken_stacks, stack_named

USUAL_TARGETS = ("host", "llvm", "cuda")
"""Targets that are tried of each stack where no case file is named."""


def run(cases: Sequence[Path], *, as_json: bool) -> int:
    """Print a line for each candidate; 0 where one at least would run.

    Raises CaseError, UsageError.
    """
    found = _of_cases(cases) if cases else _usual()
    workers = WorkerPool()
    descriptions = StackDescriptions(workers)
    try:
        with Stages() as stages, stages("starting the stacks"):
            lines = [
                {"candidate": name, "runs": not why, "target": target, "reason": why}
                for name, candidate in found.items()
                for target, why in [_examined(candidate, descriptions)]
            ]
    finally:
        workers.close()
    if as_json:
        print_json(lines)
    else:
        _show(lines)
    return 0 if any(line["runs"] for line in lines) else 1


def _of_cases(paths: Sequence[Path]) -> dict[str, Candidate]:
    return {
        candidate.id: candidate for path in case_files(paths) for candidate in load(path).candidates
    }


def _usual() -> dict[str, Candidate]:
    """Every stack with every pipeline for the usual targets, and in every format for the host."""
    stacks = all_stacks().values()
    tables: list[dict[str, str]] = [
        {"stack": stack.name, "target": target, "pipeline": pipeline}
        for stack in stacks
        if stack.compiles
        for target in USUAL_TARGETS
        for pipeline in stack.pipelines
    ]
    tables += [
        {"stack": stack.name, "precision": precision}
        | ({"target": "host"} if stack.compiles else {})
        for stack in stacks
        for precision in stack.precisions
    ]
    tables += [{"stack": name} for name in broken_stacks()]
    found = map(Candidate.model_validate, tables)
    return {candidate.id: candidate for candidate in found}


def _examined(candidate: Candidate, descriptions: StackDescriptions) -> tuple[str, str]:
    """The target as it is here, and why the candidate would not run; one of them is empty."""
    try:
        require_supported(candidate)
        stack = stack_named(candidate.stack)
        return resolve_target(candidate, stack, descriptions.get(stack, START)), ""
    except (StackError, NoAnswer) as error:
        return "", str(error)


def _show(lines: Sequence[dict[str, object]]) -> None:
    """Those that run with their targets, then each reason with those that do not run for it."""
    terminal = console()
    table = Table.grid("", "", padding=(0, 2))
    why: dict[str, list[str]] = {}
    for line in lines:
        if line["runs"]:
            table.add_row(shown(str(line["candidate"])), shown(str(line["target"])))
        else:
            why.setdefault(str(line["reason"]), []).append(str(line["candidate"]))
    if table.row_count:
        terminal.print("These run here:")
        terminal.print(Padding.indent(table, 2))
    for reason, names in why.items():
        terminal.print(shown(f"Not here: {', '.join(names)}"))
        terminal.print(indented(reason))

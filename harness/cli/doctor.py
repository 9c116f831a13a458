"""`parity doctor`: what is installed, what works here, what to install for the rest."""

from typing import Any

from rich.table import Table

from harness.cli.progress import Stages
from harness.cli.terminal import console, shown
from harness.errors import StackError
from harness.execution.worker_call import CallLimits, WorkerError
from harness.execution.worker_pool import WorkerPool
from harness.results import machine
from harness.run.settings import Settings, option_of
from harness.stacks.protocol import Stack, function_path
from harness.stacks.registry import DEFAULT_REFERENCE, all_stacks, broken_stacks

START = CallLimits(timeout_s=300, memory_gib=16)
"""Limits on starting one stack's worker process."""


def run(settings: Settings) -> int:
    """Print the findings; 0 where the reference and at least one candidate stack work."""
    terminal = console()
    table = Table(title="This environment", title_justify="left", show_header=False)
    for name, value in _environment(settings):
        table.add_row(name, shown(value))
    terminal.print(table)
    found = _examine()
    table = Table("stack", "works", "what was found", title="Stacks", title_justify="left")
    for name, (works, text) in found.items():
        mark = shown("yes", style="green") if works else shown("no", style="red")
        table.add_row(shown(name), mark, shown(text))
    terminal.print(table)
    references = (settings.reference, DEFAULT_REFERENCE)
    candidates = [works for name, (works, _) in found.items() if name not in references]
    return 0 if found[settings.reference][0] and any(candidates) else 1


def _environment(settings: Settings) -> list[tuple[str, str]]:
    facts = machine.describe()
    versions = ", ".join(f"{n} {v}" for n, v in facts.versions.items() if v)
    return [
        ("versions", versions),
        ("CPU", f"{facts.cpu.model}, {facts.cpu.cores} cores"),
        ("cache", str(settings.cache)),
        ("mirror", str(settings.mirror or f"none ({option_of('mirror').variable})")),
    ]


def _examine() -> dict[str, tuple[bool, str]]:
    """By stack: whether its worker starts, and what it says of itself or why it does not."""
    workers, found = WorkerPool(), {}
    try:
        with Stages() as stages:
            for name, stack in all_stacks().items():
                with stages(f"starting {name}"):
                    found[name] = _examine_one(stack, workers)
    finally:
        workers.close()
    return found | {name: (False, reason) for name, reason in broken_stacks().items()}


def _examine_one(stack: Stack, workers: WorkerPool) -> tuple[bool, str]:
    try:
        installed = stack.versions()
        payload = {"describe": function_path(stack.describe)}
        function = "harness.execution.program_calls:describe"
        described = workers.once(stack.name, stack.environment, function, payload, START).payload
    except StackError as error:
        return False, str(error)
    except WorkerError as error:
        return False, f"installed, but does not start: {error.message}"
    packages = ", ".join(f"{name} {version}" for name, version in installed.items())
    lines = [f"{name}: {_plain(value)}" for name, value in described.items()]
    return True, "\n".join([packages, *lines])


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k}: {'yes' if v else 'no'}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value)

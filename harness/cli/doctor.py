"""`parity doctor`: what is installed, what works here, what to install for the rest."""

from typing import Any

from rich.console import Console
from rich.table import Table

from harness.cli.progress import Stages
from harness.errors import StackError
from harness.execution.worker import CallLimits, WorkerError
from harness.execution.worker_pool import WorkerPool
from harness.results import run_record as environment
from harness.run.settings import Settings
from harness.stacks.protocol import Stack, function_path
from harness.stacks.registry import DEFAULT_REFERENCE, all_stacks, broken_stacks

START = CallLimits(timeout_s=300, memory_gib=16)


def run() -> int:
    """Print the findings; 0 where the reference and at least one candidate stack work."""
    console, settings = Console(highlight=False), Settings()
    facts = environment.describe()
    table = Table(title="This environment", title_justify="left", show_header=False)
    for name, value in _environment(facts, settings):
        table.add_row(name, value)
    console.print(table)
    found = _examine()
    table = Table("stack", "works", "what was found", title="Stacks", title_justify="left")
    for name, (works, text) in found.items():
        table.add_row(name, "[green]yes[/]" if works else "[red]no[/]", text)
    console.print(table)
    candidates = [works for name, (works, _) in found.items() if name != DEFAULT_REFERENCE]
    return 0 if found[DEFAULT_REFERENCE][0] and any(candidates) else 1


def _environment(facts: dict[str, Any], settings: Settings) -> list[tuple[str, str]]:
    cpu = facts["cpu"]
    versions = ", ".join(f"{n} {v}" for n, v in facts["versions"].items() if v)
    return [
        ("versions", versions),
        ("CPU", f"{cpu['model']}, {cpu['cores']} cores"),
        ("cache", str(settings.cache)),
        ("mirror", str(settings.mirror or "none (PARITY_MIRROR)")),
    ]


def _examine() -> dict[str, tuple[bool, str]]:
    workers, found = WorkerPool(), {}
    try:
        with Stages() as stages:
            for name, stack in all_stacks().items():
                with stages(f"starting {name}"):
                    found[name] = _one(stack, workers)
    finally:
        workers.close()
    return found | {name: (False, reason) for name, reason in broken_stacks().items()}


def _one(stack: Stack, workers: WorkerPool) -> tuple[bool, str]:
    try:
        installed = stack.versions()
        payload = {"describe": function_path(stack.describe)}
        function = "harness.execution.program_calls:describe"
        said = workers.once(stack.name, stack, function, payload, START).payload
    except StackError as error:
        return False, str(error)
    except WorkerError as error:
        return False, f"installed, but does not start: {error.message}"
    packages = ", ".join(f"{name} {version}" for name, version in installed.items())
    return True, f"{packages}\n" + "\n".join(_said(said))


def _said(said: dict[str, Any]) -> list[str]:
    lines = []
    for name, value in said.items():
        lines.append(f"{name}: {_plain(value)}")
    return lines


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k}: {'yes' if v else 'no'}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value)

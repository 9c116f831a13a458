"""What `parity history drift` prints: steps of figures, and flaky rows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console

from harness.cli.terminal import shown
from harness.history.drift import TIMES, DriftStep, FlakyRow


def objects(steps: Iterable[DriftStep], rows: Iterable[FlakyRow]) -> Iterator[dict[str, Any]]:
    """One object a step and a flaky row; `change` says which."""
    for step in steps:
        yield {"change": "step", **asdict(step)}
    for row in rows:
        yield {"change": "flaky", **asdict(row)}


def show(steps: Sequence[DriftStep], rows: Sequence[FlakyRow], console: Console) -> None:
    """Steps by the run with which they came, the newest last; then flaky rows."""
    if not steps and not rows:
        console.print(shown("no step and no flaky row"))
    ordered = sorted(steps, key=lambda step: (step.run_started, step.run_id))
    last = ""
    for step in ordered:
        if step.run_id != last:
            console.print(shown(_run(step), style="bold"))
            last = step.run_id
        console.print(shown(f"  {_subject(step)}: {_sizes(step)}"))
    for row in rows:
        statuses = ", ".join(row.statuses)
        console.print(shown("flaky", style="bold"))
        text = f"{statuses}; {row.changes} changes at the same versions and files"
        console.print(shown(f"  {_subject(row)}: {text}"))


def _run(step: DriftStep) -> str:
    changed = f": {', '.join(step.changed)}" if step.changed else ": no version or file changed"
    return f"{step.run_id}{changed}"


def _subject(found: DriftStep | FlakyRow) -> str:
    return f"{found.case} {found.image} {found.candidate} {found.scope}"


def _sizes(step: DriftStep) -> str:
    size = f"{step.before:.3g} → {step.after:.3g}"
    if step.column in TIMES and step.before > 0:
        size += f", a factor of {step.after / step.before:.2f}"
    recovered = f"; back with {step.recovered}" if step.recovered else ""
    return f"{step.column} {size}{recovered}"

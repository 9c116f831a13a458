"""`parity census`: what case files leave out of full check, why, and since when."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table

from harness.cases.shared_defaults import DEFAULTS
from harness.cli.json_output import print_json
from harness.cli.terminal import console, say, shown
from harness.errors import UsageError
from harness.reports.census_text import age, check_line
from harness.results.census import Census
from harness.run.census import census, planned_rows
from harness.run.plan import Task, plan_file
from harness.run.settings import Settings

CASES = "cases"
"""Name of the folders in which pytest collects case files."""


def run(paths: Sequence[Path], settings: Settings, *, as_json: bool) -> int:
    """Print the census of case files, and of those in folders; 0.

    Nothing is run: a candidate whose stack is not installed here counts as skipped, every known
    failure as occurring. Raises UsageError where there is no case file, CaseError for a wrong one.
    """
    tasks: list[Task] = []
    for path in case_files(paths):
        tasks += plan_file(path, settings, Path.cwd())
    found = census(tasks, planned_rows(tasks))
    if as_json:
        print_json([entry.model_dump() for entry in found.entries])
    else:
        _show(found)
    return 0


def case_files(paths: Sequence[Path]) -> list[Path]:
    """The files, and of folders what pytest collects there: the TOML files in folders `cases`."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(path.resolve().rglob("*.toml"))
            inside = [file for file in inside if file.name != DEFAULTS]
            found += [file for file in inside if file.parent.name == CASES]
        elif path.is_file():
            found.append(path)
        else:
            raise UsageError(f"{path} is neither a case file nor a folder")
    if not found:
        names = ", ".join(map(str, paths))
        raise UsageError(f"no case file in {names}; they are TOML files in folders called {CASES}")
    return list(dict.fromkeys(found))


def _show(found: Census) -> None:
    say(check_line(found))
    today = datetime.now(UTC).date()
    table = Table.grid("", "", padding=(0, 2))
    table.columns[0].justify = "right"
    for entry in found.entries:
        old = age(entry, today)
        parts = (
            f"{entry.kind}: {entry.case}, {entry.about}",
            old and f"age {old}",
            entry.until and f"until {entry.until}",
        )
        text = f"{'; '.join(part for part in parts if part)}\n{entry.reason}"
        table.add_row(str(entry.comparisons), shown(text))
    console().print(table)

"""`parity compare`: what changed between two runs, as text, Markdown, JSON or a page."""

from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console

from harness.cli.compare_format import CompareFormat
from harness.cli.terminal import console, shown
from harness.errors import UsageError
from harness.history import compared_lines
from harness.history.compared_documents import as_markdown, as_page
from harness.history.comparison import RunComparison, compare_runs
from harness.history.expectations import BASELINE, baseline
from harness.history.history import History
from harness.history.sources import run_named, side_of
from harness.results.json_array import as_json

STYLES = {"regressions": "bold red", "causes": "bold red", "improvements": "bold green"}


_DOCUMENTS: Mapping[CompareFormat, Callable[[RunComparison], str]] = {
    CompareFormat.MARKDOWN: as_markdown,
    CompareFormat.JSON: lambda found: as_json(compared_lines.objects(found)),
    CompareFormat.HTML: as_page,
}


def run(history: History, old: str, new: str, form: CompareFormat) -> int:
    """Print what changed; 1 where a row regressed or none could be compared, else 0."""
    sides = [side_of(*run_named(history, word)) for word in (old, new) if word != BASELINE]
    if not sides:
        raise UsageError("the baseline can't be compared with itself; name a run, such as latest")
    cases = {row.case for side in sides for row in side.rows}
    expected = baseline(Path(), cases) if BASELINE in (old, new) else None
    before = expected if expected and old == BASELINE else sides[0]
    after = expected if expected and new == BASELINE else sides[-1]
    found = compare_runs(before, after)
    if form is CompareFormat.TEXT:
        show(found, console())
    else:
        print(_DOCUMENTS[form](found))  # noqa: T201 - escaped by the format
    return 1 if found.regressions or not found.compared else 0


def show(found: RunComparison, terminal: Console) -> None:
    """Print the sections, and the outcome first."""
    terminal.print(shown(compared_lines.headline(found), style="bold"))
    for section in compared_lines.sections(found):
        heading = f"{section.heading} ({len(section.lines)})"
        terminal.print()
        terminal.print(shown(heading, style=STYLES.get(section.name, "bold")))
        for about, text in section.lines:
            terminal.print(shown(f"  {about}: {text}"))

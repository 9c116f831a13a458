"""A pytest run against the committed expectations, and the block that accepts what is better."""

import shlex
from pathlib import Path

import pytest

from harness.history import expectations
from harness.history.compared_lines import sections
from harness.history.judgement import OTHERWISE, Judgement, judge_run
from harness.history.sources import rows_side
from harness.results.printable import printable
from harness.run.completeness import ExpectedRows

MAX_LINES = 20
"""Lines of each list that are shown."""
SHOWN = (*expectations.WORSE, *OTHERWISE)


def judge_rows(root: Path, expected: ExpectedRows, *, strict: bool) -> Judgement | None:
    """The judgement; None where no case has expectations and none are asked for.

    Raises ReportError where a file of expectations can't be read.
    """
    rows = [result.row for result in expected.results]
    run = rows_side("this run", rows, expected.whole_cases())
    before = expectations.baseline(root, {row.case for row in rows})
    if not before.rows and not strict:
        return None
    return judge_run(before, run, strict=strict)


def write_judgement(terminal: pytest.TerminalReporter, judgement: Judgement) -> None:
    """The lists of rows that are not as expected."""
    for section in sections(judgement.comparison):
        if section.name in SHOWN:
            worse = section.name in expectations.WORSE
            fails = worse or judgement.strict
            heading = f"expected otherwise: {section.heading} ({len(section.lines)})"
            terminal.line(heading, red=fails, yellow=not fails)
            for about, text in section.lines[:MAX_LINES]:
                terminal.line(printable(f"  {about}: {text}"))
            if len(section.lines) > MAX_LINES:
                terminal.line(f"  … and {len(section.lines) - MAX_LINES} more")


def write_block(
    terminal: pytest.TerminalReporter, judgement: Judgement, run: Path, root: Path, here: Path
) -> None:
    """The lines to paste, as the last of the output; nothing where there is nothing to accept."""
    elsewhere = "" if root == here else shlex.quote(str(root))
    command = judgement.command(shlex.quote(_short(run, here)), elsewhere)
    if command:
        left_out = ", what is worse left out" if judgement.worse else ""
        terminal.line("")
        terminal.line(f"To expect what this run found{left_out}:")
        terminal.line(printable(f"    {command}"))


def _short(run: Path, here: Path) -> str:
    return str(run.relative_to(here)) if run.is_relative_to(here) else str(run)

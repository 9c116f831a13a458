"""What pytest prints of a parity run."""

from collections.abc import Sequence

import pytest

from harness.reports.census_text import check_line
from harness.reports.headline import count
from harness.reports.program_names import program_titles
from harness.reports.ranks import RankedClass, side_by_side
from harness.results.kinds import KINDS, kind_of
from harness.results.printable import printable
from harness.results.result import Result
from harness.results.row import Row
from harness.run.completeness import ExpectedRows

MAX_LINES = 40
"""Rows that are listed at most."""
LABEL_WIDTH, CELL_WIDTH = 26, 38
"""Characters of a class's name, and of one program's half of the top-k table."""


def failure_text(results: Sequence[Result]) -> str:
    """The verdict and both top-k lists of every scope of one item, failing ones first.

    pytest's short summary shows the first line alone, which so is the reason of the failure.
    """
    ordered = sorted(results, key=lambda result: KINDS.index(kind_of(result.row)))
    return printable("\n\n".join("\n".join(_lines(result)) for result in ordered))


def _lines(result: Result) -> list[str]:
    row = result.row
    lines = [f"scope {row.scope}: {row.status}: {row.reason}"]
    if result.topk:
        reference, candidate = program_titles(row)
        lines.append(f"  {reference:<{CELL_WIDTH}}{candidate}")
    for line in side_by_side(result.topk):
        both = f"{_cell(line.reference):<{CELL_WIDTH}}{_cell(line.candidate)}"
        outside = "" if line.rank else f"  (outside the top {row.k})"
        lines.append(f"  {both}{outside}")
    if row.rule:
        lines.append(f"  rule: {row.rule}; atol needed {row.atol_needed:.3g}")
    return lines


def _cell(ranked: RankedClass | None) -> str:
    return f"{ranked.label[:LABEL_WIDTH]:<{LABEL_WIDTH + 1}}{ranked.score:.5f}" if ranked else ""


def write_summary(
    terminal: pytest.TerminalReporter,
    expected: ExpectedRows,
    stale: Sequence[str],
    breaches: Sequence[str],
) -> None:
    """Counts, the rows that do not pass, and the path of the report, last."""
    rows = [result.row for result in expected.results]
    counts = count(rows)
    terminal.section("parity")
    terminal.line(", ".join(f"{number} {status}" for status, number in counts.statuses.items()))
    if expected.recorder.census:
        terminal.line(check_line(expected.recorder.census))
    shown = [row for row in rows if kind_of(row) != "passing"]
    for row in shown[:MAX_LINES]:
        terminal.line(printable(_line(row)), red=kind_of(row) == "failing")
    if len(shown) > MAX_LINES:
        terminal.line(f"… and {len(shown) - MAX_LINES} more; see the report")
    for sentence in stale:
        terminal.line(printable(sentence), yellow=True)
    for sentence in breaches:
        terminal.line(printable(sentence), red=True)
    if not expected.anything_compared():
        terminal.line("nothing was compared, which is never a pass", red=True)
    for problem in expected.recorder.problems:
        terminal.line(printable(f"report: {problem}"), red=True)
    if expected.recorder.path:
        terminal.line(printable(f"report: {expected.recorder.path / 'report.html'}"))


def _line(row: Row) -> str:
    known = f" (known: {row.known_failure})" if row.known_failure else ""
    reason = row.reason.splitlines()[0] if row.reason else ""
    return f"{row.status} {row.case} {row.image} {row.candidate} {row.scope}: {reason}{known}"

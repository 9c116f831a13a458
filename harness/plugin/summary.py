"""What pytest prints of a parity run."""

from collections.abc import Sequence

import pytest

from harness.reports.headline import count
from harness.results.kinds import kind_of
from harness.results.result import Result
from harness.results.row import Row
from harness.run.completeness import ExpectedRows

MAX_LINES = 40


def failure_text(results: Sequence[Result]) -> str:
    """Both top-k lists and the verdict of every scope of one item."""
    return "\n\n".join("\n".join(_lines(result)) for result in results)


def _lines(result: Result) -> list[str]:
    row = result.row
    lines = [f"scope {row.scope}: {row.status}: {row.reason}"]
    sides = [[t for t in result.topk if t.side == s] for s in ("reference", "candidate")]
    if result.topk:
        lines.append(f"  {'TensorFlow':<38}{'TVM':<38}")
    for left, right in zip(*sides, strict=True):
        lines.append(f"  {_entry(left.label, left.score)}{_entry(right.label, right.score)}")
    if row.rule:
        lines.append(f"  rule: {row.rule}; atol needed {row.atol_needed:.3g}")
    return lines


def _entry(label: str, score: float) -> str:
    return f"{label[:26]:<27}{score:.5f}    "


def write_summary(terminal: pytest.TerminalReporter, expected: ExpectedRows) -> None:
    """Counts, the rows that need a look, and the path of the report, last."""
    rows = [result.row for result in expected.results]
    counts = count(rows)
    terminal.section("parity")
    terminal.line(", ".join(f"{number} {status}" for status, number in counts.statuses.items()))
    shown = [row for row in rows if kind_of(row) != "passing"]
    for row in shown[:MAX_LINES]:
        terminal.line(_line(row), red=kind_of(row) == "failing")
    if len(shown) > MAX_LINES:
        terminal.line(f"… and {len(shown) - MAX_LINES} more; see the report")
    if not expected.anything_compared():
        terminal.line("nothing was compared, which is never a pass", red=True)
    for problem in expected.recorder.problems:
        terminal.line(f"report: {problem}", red=True)
    if expected.recorder.path:
        terminal.line(f"report: {expected.recorder.path / 'report.html'}")


def _line(row: Row) -> str:
    known = f" (known: {row.known_failure})" if row.known_failure else ""
    reason = row.reason.splitlines()[0] if row.reason else ""
    return f"{row.status} {row.case} {row.image} {row.candidate} {row.scope}: {reason}{known}"

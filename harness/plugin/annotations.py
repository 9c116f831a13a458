"""Failing rows as annotations of GitHub Actions, which shows them beside the case file's line.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions has their form.
"""

import os
from collections.abc import Iterable, Sequence

from harness.reports.order import worst_first
from harness.results.kinds import kind_of
from harness.results.printable import printable
from harness.results.row import Row

MOST = 10
"""GitHub shows so many of each step."""
REASON_LENGTH = 400
"""Characters of a reason."""


def wanted() -> bool:
    """Whether this runs in GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def annotations(rows: Sequence[Row], warnings: Iterable[str]) -> list[str]:
    """A line for each of the worst failing rows, and for each warning."""
    ordered = (rows[place] for place in worst_first(rows))
    failing = [row for row in ordered if kind_of(row) == "failing"][:MOST]
    lines = [_error(row) for row in failing]
    return lines + [f"::warning::{_text(warning)}" for warning in list(warnings)[:MOST]]


def _error(row: Row) -> str:
    r"""The line of a row.

    >>> _error(Row(case="cases/a", image="b.jpg", candidate="c", scope="graph",
    ...            status="mismatch", reason="50% off"))
    '::error file=cases/a.toml,title=mismatch%3A b.jpg%2C c%2C graph::50%25 off'
    """
    title = f"{row.status}: {row.image}, {row.candidate}, {row.scope}"
    file = _property(f"{row.case}.toml")
    return f"::error file={file},title={_property(title)}::{_text(row.reason[:REASON_LENGTH])}"


def _text(text: str) -> str:
    """A message, in which line ends and percent signs are written out."""
    return printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _text(text).replace(":", "%3A").replace(",", "%2C")

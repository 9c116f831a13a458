"""Whether a row passes, fails, fails as expected, or was skipped."""

from typing import Literal

from harness.results.row import Row
from harness.results.status import Status

Kind = Literal["failing", "known", "skipped", "passing"]

KINDS: tuple[Kind, ...] = ("failing", "known", "skipped", "passing")
"""Worst first. A known failure fails as its case file says it would."""


def kind_of(row: Row) -> Kind:
    """The row's kind; a failing row with a known failure is `known`."""
    kind = kind_of_status(row.status)
    return "known" if kind == "failing" and row.known_failure else kind


def kind_of_status(status: Status) -> Kind:
    """The kind of a row of that status which no case file expects to fail."""
    if status.passing:
        return "passing"
    return "skipped" if status.kind == "skipped" else "failing"

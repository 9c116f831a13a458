"""Whether a row passes, fails, fails as expected, or was skipped."""

from typing import Literal

from harness.results.row import Row

Kind = Literal["failing", "known", "skipped", "passing"]

KINDS: tuple[Kind, ...] = ("failing", "known", "skipped", "passing")
"""Worst first. A known failure fails as its case file says it would."""


def kind_of(row: Row) -> Kind:
    """The row's kind; a failing row with a known failure is `known`."""
    kind = row.status.kind
    if kind == "failing":
        return "known" if row.known_failure else "failing"
    return "passing" if kind == "passing" else "skipped"

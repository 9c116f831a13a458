"""Whether a row passes, fails, fails as expected, or was skipped."""

from typing import Literal

from harness.results.row import Row
from harness.results.status import StatusKind

Kind = Literal["known"] | StatusKind

KINDS: tuple[Kind, ...] = ("failing", "known", "skipped", "passing")
"""Worst first. A known failure fails as its case file says it would."""


def kind_of(row: Row) -> Kind:
    """The row's kind; a failing row with a known failure is `known`."""
    kind = row.status.kind
    return "known" if kind == "failing" and row.known_failure else kind

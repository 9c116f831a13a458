"""Which known failure of its case file, if any, excuses a failing row."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from harness.cases.case import Case
from harness.results.row import Row
from harness.stacks.protocol import installed_version


def excused(case: Case, row: Row, today: date | None = None) -> Row:
    """The row with the reason of the first known failure that excuses it.

    The notes name those that would but for their `until`, `max_abs`, `node` or `op`. A row that
    does not fail is returned as it is. `today` is by default the day it is, UTC.
    """
    if row.status.kind != "failing":
        return row
    reason, refusals = _judged(case, row, today)
    if reason:
        return row.model_copy(update={"known_failure": reason})
    notes = "; ".join(note for note in (row.notes, *refusals) if note)
    return row.model_copy(update={"notes": notes}) if refusals else row


def excused_again(case: Case, row: Row, columns: Mapping[str, Any], note: str) -> Row:
    """A row that went through `excused`, with more columns and a note, through it once more."""
    notes = row.notes
    for refusal in reversed(_judged(case, row, None)[1]):
        notes = notes.removesuffix(refusal).removesuffix("; ")
    notes = "; ".join(text for text in (notes, note) if text)
    known = {"known_failure": "", "notes": notes}
    return excused(case, row.model_copy(update={**columns, **known}))


def _judged(case: Case, row: Row, today: date | None) -> tuple[str, list[str]]:
    """The reason that excuses a row, empty where none does, and why others do not."""
    day, refusals = today or datetime.now(UTC).date(), list[str]()
    about = row.image, row.candidate, row.scope
    for known in (one for one in case.known_failures if one.covers(*about, row.status)):
        refusal = (
            known.lapsed(day, installed_version)
            or known.exceeded(row.max_abs)
            or known.elsewhere(row.located_node, row.located_op)
        )
        if not refusal:
            return known.reason, []
        refusals.append(f"known failure no longer excused: {refusal} ({one_line(known.reason)})")
    return "", refusals


def one_line(text: str) -> str:
    """A reason of several lines in one."""
    return " ".join(text.split())

"""Which known failure of its case file, if any, excuses a failing row."""

from datetime import UTC, date, datetime

from harness.cases.case import Case
from harness.results.row import Row
from harness.stacks.protocol import installed_version


def excused(case: Case, row: Row, today: date | None = None) -> Row:
    """The row with the reason of the first known failure that excuses it.

    The notes name those that would but for their `until` or `max_abs`. A row that does not fail is
    returned as it is. `today` is by default the day it is, UTC.
    """
    if row.status.kind != "failing":
        return row
    day, refusals = today or datetime.now(UTC).date(), []
    about = row.image, row.candidate, row.scope
    for known in (one for one in case.known_failures if one.covers(*about, row.status)):
        refusal = known.lapsed(day, installed_version) or known.exceeded(row.max_abs)
        if not refusal:
            return row.model_copy(update={"known_failure": known.reason})
        refusals.append(f"known failure no longer excused: {refusal} ({one_line(known.reason)})")
    notes = "; ".join(note for note in (row.notes, *refusals) if note)
    return row.model_copy(update={"notes": notes}) if refusals else row


def one_line(text: str) -> str:
    """A reason of several lines in one."""
    return " ".join(text.split())

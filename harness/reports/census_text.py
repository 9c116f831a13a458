"""A census in words: the share under full check, and what exempts the rest."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime

from harness.reports.headline import percent
from harness.results.census import Census, Exemption, Unchecked

NAMES: dict[Exemption, str] = {
    "known failure": "excused as known failures",
    "skipped": "skipped",
    "tolerance": "under a typed tolerance",
    "scope left out": "in a scope left out",
}
"""How a number of comparisons of each kind is named."""


def check_line(census: Census) -> str:
    """The share and the counts in one line.

    >>> entry = Unchecked(kind="skipped", case="a", about="", comparisons=2, reason="no stack")
    >>> check_line(Census(comparisons=8, checked=6, entries=(entry,)))
    '6 of 8 comparisons under full check (75.0%); 2 skipped'
    """
    share = percent(census.checked, census.comparisons)
    line = f"{census.checked} of {census.comparisons} comparisons under full check ({share})"
    counts: Counter[Exemption] = Counter()
    for entry in census.entries:
        counts[entry.kind] += entry.comparisons
    parts = [f"{counts[kind]} {name}" for kind, name in NAMES.items() if counts[kind]]
    return "; ".join([line, ", ".join(parts)]) if parts else line


@dataclass(frozen=True)
class CensusText:
    """A census as a page shows it."""

    line: str
    """`check_line`."""
    entries: list[tuple[Unchecked, str]]
    """Entries that count most first, and their ages."""


def census_text(census: Census, started: datetime | None) -> CensusText:
    """Line and entries; ages are those at the start of the run."""
    today = (started or datetime.now(UTC)).astimezone(UTC).date()
    ordered = sorted(census.entries, key=lambda entry: -entry.comparisons)
    return CensusText(check_line(census), [(entry, age(entry, today)) for entry in ordered])


def age(entry: Unchecked, today: date) -> str:
    """How long an entry has stood in its case file; `unknown` where it does not say.

    >>> entry = Unchecked(kind="known failure", case="a", about="", comparisons=2, reason="x")
    >>> age(entry, date(2026, 11, 26))
    'unknown'
    >>> age(entry.model_copy(update={"since": "2026-11-25"}), date(2026, 11, 26))
    '1 day'
    """
    if entry.kind != "known failure":
        return ""
    if not entry.since:
        return "unknown"
    days = (today - date.fromisoformat(entry.since)).days
    return f"{days} day{'' if days == 1 else 's'}"

"""What fails a run although no row does: too little under full check, or anything not in order."""

from collections.abc import Sequence

from harness.results.census import Census
from harness.results.kinds import kind_of
from harness.results.row import Row
from harness.run.settings import Settings, option_of


def breaches(
    settings: Settings, found: Census, rows: Sequence[Row], stale: Sequence[str]
) -> list[str]:
    """A sentence for each reason to fail the run; empty where there is none.

    Strict, skipped rows and stale known failures are reasons.
    """
    reasons = []
    most, percent = settings.max_unchecked, found.unchecked_percent
    if most is not None and percent > most:
        reasons.append(
            f"{percent:.4g}% of the comparisons are not under full check; at most {most:g}% may be "
            f"({option_of('max_unchecked').spellings}). See what they are: parity census"
        )
    skipped = sum(kind_of(row) == "skipped" for row in rows)
    if settings.strict and skipped:
        reasons.append(f"strict: {skipped} of {len(rows)} rows were skipped")
    if settings.strict and stale:
        count = len(stale)
        reasons.append(f"strict: {count} stale known failure{'s' if count > 1 else ''}")
    return reasons

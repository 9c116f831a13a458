"""Rows → counts, and the verdict over a whole run in one line."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from harness.results.kinds import KINDS, Kind, kind_of
from harness.results.row import Row
from harness.results.run_record import RunRecord


@dataclass(frozen=True)
class Counts:
    """How many rows ended how."""

    rows: int
    """All of them."""
    kinds: dict[Kind, int]
    """By kind; all four are there."""
    statuses: dict[str, int]
    """By status, sorted by name; only those that occur."""

    @property
    def failing(self) -> int:
        """Rows that fail, known failures left out."""
        return self.kinds["failing"]

    def plain(self) -> dict[str, Any]:
        """JSON values, for run.json."""
        kinds: dict[str, Any] = {str(kind): number for kind, number in self.kinds.items()}
        return {"rows": self.rows} | kinds | {"status": self.statuses}


@dataclass(frozen=True)
class Headline:
    """The verdict over a whole run."""

    tone: Literal["passing", "attention", "failing"]
    """`attention`: nothing fails, but something was skipped, or the run itself is not sound."""
    title: str
    """A few words, for example `2 of 7 rows fail`."""
    sentence: str
    """The counts in words."""
    warnings: tuple[str, ...] = ()
    """What a reader must know of the run, a sentence each."""


class Tally:
    """Counts rows as they come."""

    def __init__(self) -> None:
        self._found: Counter[tuple[Kind, str]] = Counter()

    def add(self, rows: Iterable[Row]) -> None:
        """Count some more."""
        self._found.update((kind_of(row), row.status.value) for row in rows)

    def counts(self) -> Counts:
        """What was counted so far."""
        kinds, statuses = dict.fromkeys(KINDS, 0), Counter[str]()
        for (kind, status), number in self._found.items():
            kinds[kind] += number
            statuses[status] += number
        return Counts(self._found.total(), kinds, dict(sorted(statuses.items())))


def count(rows: Iterable[Row]) -> Counts:
    """Count by kind (all four, zeros too) and by status (those that occur, by name)."""
    tally = Tally()
    tally.add(rows)
    return tally.counts()


def percent(part: int, whole: int) -> str:
    """A share in percent, cut to a tenth: 100 only when it is 100, 0 only when it is 0.

    >>> percent(9999, 10000), percent(1, 10000), percent(3, 3), percent(0, 0)
    ('99.9%', 'under 0.1%', '100%', '0%')
    """
    if not part:
        return "0%"
    if part == whole:
        return "100%"
    tenths = part * 1000 // whole
    return f"{tenths / 10:.1f}%" if tenths else "under 0.1%"


def headline(run: RunRecord, rows: Sequence[Row]) -> Headline:
    """The verdict; an empty, skipped or unfinished run is never shown as passing."""
    counts = count(rows)
    warnings = (*run.remarks, *_ending(run, counts))
    if not rows:
        sentence = "The run left no rows. Nothing was compared, and that is never a pass."
        return Headline("failing", "No data to report", sentence, warnings)
    return Headline(_tone(counts, warnings), _title(counts), _sentence(counts), warnings)


def _tone(counts: Counts, warnings: Sequence[str]) -> Literal["passing", "attention", "failing"]:
    if counts.failing:
        return "failing"
    sound = counts.kinds["passing"] and not counts.kinds["skipped"] and not warnings
    return "passing" if sound else "attention"


def _title(counts: Counts) -> str:
    kinds, rows = counts.kinds, counts.rows
    if kinds["failing"]:
        verb = "fails" if kinds["failing"] == 1 else "fail"
        return f"{kinds['failing']:,} of {_rows(rows)} {verb}"
    if kinds["passing"] == rows:
        return "The only row passes" if rows == 1 else f"All {rows:,} rows pass"
    if not kinds["passing"]:
        return "Nothing passed"
    if kinds["skipped"]:
        return f"No row fails, but {kinds['skipped']:,} of {rows:,} did not run"
    return "No row fails unexpectedly"


def _sentence(counts: Counts) -> str:
    kinds = counts.kinds
    known = f"{kinds['known']:,} known failure{'' if kinds['known'] == 1 else 's'}"
    share = percent(kinds["passing"], counts.rows)
    return (
        f"{_rows(counts.rows)}: {kinds['passing']:,} passing ({share}), "
        f"{kinds['failing']:,} failing, {kinds['skipped']:,} skipped, {known}."
    )


def _rows(number: int) -> str:
    return f"{number:,} row{'' if number == 1 else 's'}"


def _ending(run: RunRecord, counts: Counts) -> list[str]:
    """Warnings of a run that did not end as its rows let expect."""
    if run.merged_from:
        found = [(part, _ending(part, counts)) for part in run.merged_from]
        return [f"{part.id}: {text}" for part, texts in found for text in (*part.remarks, *texts)]
    if run.finished is None or run.exit_status is None:
        return ["This run did not finish. What follows are the rows that had arrived."]
    if run.exit_status and not counts.rows:
        return [f"The run ended with exit status {run.exit_status}."]
    if run.exit_status not in (0, 1):
        what = "it was interrupted or broke off, and rows may be missing"
        return [f"This run ended with exit status {run.exit_status}: {what}."]
    if run.exit_status == 1 and not counts.failing and not counts.kinds["skipped"]:
        what = "something else went wrong; see its output"
        return [f"The run ended with exit status 1 although no row fails: {what}."]
    return []

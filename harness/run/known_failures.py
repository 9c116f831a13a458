"""Known failures of case files that fail no longer."""

from collections.abc import Iterable, Sequence

from harness.cases.case import Case
from harness.cases.expectation import KnownFailure
from harness.results.row import Row
from harness.run.plan import Task


def passing(tasks: Iterable[Task], rows: Sequence[Row]) -> list[str]:
    """A sentence for each known failure of which there are rows and all of them pass."""
    cases = {task.name: task.case for task in tasks}
    return [sentence for name, case in cases.items() for sentence in _passing(name, case, rows)]


def _passing(name: str, case: Case, rows: Sequence[Row]) -> Iterable[str]:
    own = [row for row in rows if row.case == name]
    for known in case.known_failures:
        covered = [row for row in own if known.is_about(row.image, row.candidate, row.scope)]
        if covered and all(row.status.passing for row in covered):
            yield f"known failure passes: {_described(name, known)}; remove the entry"


def _described(name: str, known: KnownFailure) -> str:
    place = f"{name}, image {known.image}, candidate {known.candidate}, scope {known.scope}"
    return f"{place}: {' '.join(known.reason.split())}"

"""Known failures of case files that are stale: nothing fails for them to excuse."""

from collections.abc import Collection, Iterable, Sequence

from harness.cases.expectation import KnownFailure
from harness.results.row import Row
from harness.run.excuses import one_line
from harness.run.plan import Task


def stale(tasks: Iterable[Task], rows: Sequence[Row], whole_cases: Collection[str]) -> list[str]:
    """A sentence for each stale known failure: all of its rows pass, or it has none.

    Whether it has none can be told only of the cases of which every comparison was selected.
    """
    cases = {task.name: task.case for task in tasks}
    return [
        f"stale known failure, {what}: {_described(name, known)}; remove the entry"
        for name, case in cases.items()
        for known in case.known_failures
        if (what := _stale(known, name, rows, whole=name in whole_cases))
    ]


def _stale(known: KnownFailure, name: str, rows: Sequence[Row], *, whole: bool) -> str:
    about = [
        row
        for row in rows
        if row.case == name and known.is_about(row.image, row.candidate, row.scope)
    ]
    if not about:
        return "it matches nothing" if whole else ""
    return "all that it matches passes" if all(row.status.passing for row in about) else ""


def _described(name: str, known: KnownFailure) -> str:
    return f"{name}, {known.subject}: {one_line(known.reason)}"

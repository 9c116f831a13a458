"""Tasks and their rows → the census of what is not under full check."""

from collections import Counter
from collections.abc import Iterable, Sequence

from harness.cases.case import Case
from harness.cases.expectation import KnownFailure
from harness.cases.scope import SCOPES, Scope
from harness.cases.tolerance import EndToEndTolerance
from harness.errors import StackError
from harness.judge.applied_tolerance import END_TO_END_ATOL
from harness.results.census import Census, Unchecked
from harness.results.kinds import kind_of
from harness.results.row import Row
from harness.results.status import Status
from harness.run.excuses import excused, one_line
from harness.run.plan import Task
from harness.stacks.registry import stack_named


def census(tasks: Iterable[Task], rows: Sequence[Row]) -> Census:
    """What of the tasks is not under full check, given their rows.

    A row counts once: as skipped, else as a known failure, else by its tolerance. A comparison in a
    scope that the case leaves out has no row, and counts too.
    """
    cases: dict[str, Case] = {}
    found: Counter[Unchecked] = Counter()
    for task in tasks:
        if task.name not in cases:
            cases[task.name] = task.case
            found.update(
                {_known_failure(task.name, known): 0 for known in task.case.known_failures}
            )
        found.update(_left_out(task, scope) for scope in SCOPES if scope not in task.case.scopes)
    left_out = found.total()
    exemptions = [_exemption(row, cases[row.case]) for row in rows]
    found.update(one for one in exemptions if one)
    return Census(
        comparisons=len(rows) + left_out,
        checked=exemptions.count(None),
        entries=tuple(one.model_copy(update={"comparisons": n}) for one, n in found.items()),
    )


def planned_rows(tasks: Iterable[Task]) -> list[Row]:
    """Rows as a run would leave them were every known failure to occur and nothing else to fail.

    A row on a stack that is not installed here is skipped. Known failures keep within their bounds.
    """
    return [_planned(task, scope) for task in tasks for scope in task.case.scopes]


def _planned(task: Task, scope: Scope) -> Row:
    try:
        stack_named(task.candidate.stack).versions()
    except StackError as error:
        return task.row(scope, Status.MISSING_STACK, str(error))
    row = task.row(scope, Status.MATCH, "")
    for known in task.case.known_failures:
        failing = {"status": known.status or Status.MISMATCH, "max_abs": known.max_abs or 0.0}
        failed = excused(task.case, row.model_copy(update=failing))
        if failed.known_failure:
            return failed
    return row


def _exemption(row: Row, case: Case) -> Unchecked | None:
    """What exempts a row, counted as none."""
    kind = kind_of(row)
    if kind == "skipped":
        return _unchecked(
            kind="skipped",
            case=row.case,
            about=f"candidate {row.candidate}",
            reason=f"{row.status}: {one_line(row.reason)}",
        )
    if kind == "known":
        known = next(one for one in case.known_failures if one.reason == row.known_failure)
        return _known_failure(row.case, known)
    typed = _typed(case, row.scope)
    about = f"scope {row.scope}"
    return _unchecked(kind="tolerance", case=row.case, about=about, reason=typed) if typed else None


def _known_failure(case: str, known: KnownFailure) -> Unchecked:
    bound = "" if known.max_abs is None else f" (up to |Δ| {known.max_abs:g})"
    return _unchecked(
        kind="known failure",
        case=case,
        about=known.subject,
        reason=f"{one_line(known.reason)}{bound}",
        since=known.since or "",
        until=known.until or "",
    )


def _left_out(task: Task, scope: Scope) -> Unchecked:
    reason = f"scopes = [{', '.join(task.case.scopes)}]"
    return _unchecked(kind="scope left out", case=task.name, about=f"scope {scope}", reason=reason)


def _unchecked(**facts: str) -> Unchecked:
    return Unchecked.model_validate({**facts, "comparisons": 0})


def _typed(case: Case, scope: str) -> str:
    """What of a scope's tolerance is typed and wider than the default, or replaces the rule."""
    given: EndToEndTolerance = getattr(case.tolerance, scope)
    atol = given.atol if isinstance(given.atol, float | int) else None
    default = END_TO_END_ATOL if scope == "end_to_end" else 0.0
    wider = {
        "atol": atol if atol is not None and atol > default else None,
        "rtol": given.rtol or None,
        "near_tie": given.near_tie or None,
    }
    return ", ".join(f"{name} = {value:g}" for name, value in wider.items() if value is not None)

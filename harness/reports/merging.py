"""Rows of several environments, for example one a compiler version, become one table."""

from collections.abc import Sequence

from harness.results.journal import encode
from harness.results.kinds import kind_of
from harness.results.machine import MachineFacts
from harness.results.result import Result
from harness.results.row import Row
from harness.results.run_record import RunRecord

ComparisonKey = tuple[str, str, str, str]


def merged_results(runs: Sequence[Sequence[Result]]) -> list[Result]:
    """All rows of several runs, in their order, but those that add nothing.

    A row that an earlier run has already counts once. A skipped row is left out where another run
    has made the same comparison. Two outcomes of one comparison both stay, whatever they are:
    leaving one out would be choosing the result.
    """
    kept: list[Result] = []
    for position, results in enumerate(runs):
        earlier, others = runs[:position], [*runs[:position], *runs[position + 1 :]]
        known = {encode(result) for other in earlier for result in other}
        covered = _comparisons(others, skipped=False) | _comparisons(earlier, skipped=True)
        kept += [
            result
            for result in results
            if encode(result) not in known
            and not (_skipped(result) and _comparison(result.row) in covered)
        ]
    return kept


def merged_record(runs: Sequence[RunRecord], command: Sequence[str]) -> RunRecord:
    """One record for several runs: ended only if all have, with the worst exit status."""
    begun = RunRecord.begin(command)
    statuses = [one.exit_status for one in runs if one.finished is not None]
    known = [status for status in statuses if status is not None]
    ended = begun.end(max(known, default=0)) if len(known) == len(runs) else begun
    merged = {"merged_from": tuple(runs), "environment": MachineFacts()}
    return ended.model_copy(update=merged)


def _comparisons(runs: Sequence[Sequence[Result]], *, skipped: bool) -> set[ComparisonKey]:
    return {_comparison(r.row) for results in runs for r in results if _skipped(r) is skipped}


def _comparison(row: Row) -> ComparisonKey:
    return row.case, row.image, row.candidate, row.scope


def _skipped(result: Result) -> bool:
    return kind_of(result.row) == "skipped"

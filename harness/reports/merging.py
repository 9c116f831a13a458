"""Rows of several environments, for example one a compiler version, become one table."""

from collections.abc import Sequence

from harness.results.journal import encode
from harness.results.kinds import kind_of
from harness.results.machine import MachineFacts
from harness.results.result import Result
from harness.results.row import Row
from harness.results.run_record import RunRecord

Question = tuple[str, str, str, str]


def results(runs: Sequence[Sequence[Result]]) -> list[Result]:
    """All rows of several runs; only what says nothing new is left out.

    A row that another run brought already counts once, and a skipped one gives way to an answer
    to the same question from another run. Two answers to one question both stay, whatever they
    say: hiding one would be choosing the result.
    """
    kept: list[Result] = []
    for position, rows in enumerate(runs):
        earlier, others = runs[:position], [*runs[:position], *runs[position + 1 :]]
        known = {encode(result) for other in earlier for result in other}
        answered = _questions(others, skipped=False)
        spoken_for = answered | _questions(earlier, skipped=True)
        kept += [
            result
            for result in rows
            if encode(result) not in known
            and not (_skipped(result) and _question(result.row) in spoken_for)
        ]
    return kept


def run(runs: Sequence[RunRecord], command: Sequence[str]) -> RunRecord:
    """One run that stands for several; it has ended only if all have, as badly as the worst."""
    begun = RunRecord.begin(command)
    ends = [one.exit_status for one in runs if one.finished is not None]
    known = [end for end in ends if end is not None]
    ended = begun.end(max(known, default=0)) if len(known) == len(runs) else begun
    return ended.model_copy(update={"merged_from": tuple(runs), "environment": MachineFacts()})


def _questions(runs: Sequence[Sequence[Result]], *, skipped: bool) -> set[Question]:
    return {_question(r.row) for results in runs for r in results if _skipped(r) is skipped}


def _question(row: Row) -> Question:
    return row.case, row.image, row.candidate, row.scope


def _skipped(result: Result) -> bool:
    return kind_of(result.row) == "skipped"

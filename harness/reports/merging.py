"""Rows of several environments, for example one a compiler version, become one table."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from harness.results.changes import Changes
from harness.results.identity import Identity
from harness.results.journal import encode, line_digest
from harness.results.kinds import kind_of
from harness.results.machine import MachineFacts
from harness.results.result import Result
from harness.results.row import Row
from harness.results.run_record import RunRecord

NOTHING_COMPARED = 5
"""pytest's exit status where no test was collected: that of a run whose rows are all skipped."""
SEVERAL = -1
"""Stands for a run where more than one have answered."""


def merged_results(runs: Sequence[Iterable[Result]]) -> Iterator[Result]:
    """All rows of several runs, in their order, but those that add nothing.

    A row that an earlier run has already counts once. A skipped row is left out where another run
    has a row of the same identity that is not skipped, or an earlier run has a skipped one; not
    where it names the version that it lacks, since another version's answer is none for it. Two
    outcomes of one identity both stay, whatever they are: leaving one out would be choosing the
    result. Reads each run three times and keeps a few bytes for each row.
    """
    skips = _first_skips(runs)
    answers = _answers(runs, skips)
    seen: dict[bytes, int] = {}
    for position, results in enumerate(runs):
        for result in results:
            if seen.setdefault(line_digest(encode(result)), position) != position:
                continue
            if replaceable(result.row):
                identity = Identity.of(result.row)
                elsewhere = answers.get(identity, position) != position
                if elsewhere or skips[identity] < position:
                    continue
            yield result


def _first_skips(runs: Sequence[Iterable[Result]]) -> dict[Identity, int]:
    """The first run in which each identity is skipped."""
    found: dict[Identity, int] = {}
    for position, results in enumerate(runs):
        for result in results:
            if replaceable(result.row):
                found.setdefault(Identity.of(result.row), position)
    return found


def _answers(
    runs: Sequence[Iterable[Result]], skips: Mapping[Identity, int]
) -> dict[Identity, int]:
    """The run in which each of these identities is not skipped, or SEVERAL."""
    found: dict[Identity, int] = {}
    if not skips:
        return found
    for position, results in enumerate(runs):
        for result in results:
            identity = Identity.of(result.row)
            if identity in skips and not replaceable(result.row):
                known = found.setdefault(identity, position)
                found[identity] = position if known == position else SEVERAL
    return found


def merged_record(
    runs: Sequence[RunRecord], command: Sequence[str], changes: Sequence[Changes] = ()
) -> RunRecord:
    """One record for several runs: ended only if all have, with the worst exit status.

    A run in which everything was skipped fails by that alone, and not beside one that answered.
    """
    begun = RunRecord.begin(command)
    statuses = [one.exit_status for one in runs if one.finished is not None]
    known = [status for status in statuses if status is not None]
    worst = max((one for one in known if one != NOTHING_COMPARED), default=max(known, default=0))
    ended = begun.end(worst) if len(known) == len(runs) else begun
    cases = {name: text for run in runs for name, text in run.cases.items()}
    merged = {
        "merged_from": tuple(runs),
        "environment": MachineFacts(),
        "cases": cases,
        "changes": tuple(changes),
    }
    return ended.model_copy(update=merged)


def replaceable(row: Row) -> bool:
    """Whether a row is a skip that an answer of another environment makes superfluous."""
    return kind_of(row) == "skipped" and not row.candidate_version

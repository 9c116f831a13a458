"""The first of several releases with which a row is otherwise, by running few of them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from harness.execution.stack_descriptions import NOT_STARTED
from harness.history.compared_row import ComparedRow
from harness.history.comparison import RunComparison, RunRows, moved
from harness.history.matching import Pair, matched
from harness.run.bisection import Bisection, Probe
from harness.run.environments.case_run import EnvironmentRun
from harness.run.environments.merged_runs import compared_environments, environment_rows

RunRelease = Callable[[str], EnvironmentRun]
"""Runs the case with one release."""
SearchStatus = Literal["found", "unmoved", "inconclusive", "failed"]
"""`found`: one release is named. `unmoved`: the last release gives the same rows as the first.
`inconclusive`: some releases in between can't be judged. `failed`: the first can't."""
MAX_REASONS = 2
"""Releases that can't be judged, of which the reason is said."""


@dataclass
class ReleaseSearch:
    """Runs of releases, and what each says; the first one is what the others are held against.

    A release has moved the rows where one of them has another status, or a divergence that differs
    by more than the noise of both runs allows. It can't be judged where one that the first release
    answers is skipped or missing, or its program can't be started, and none has moved.
    """

    releases: Sequence[str]
    """In the order of the search: the first is good."""
    run: RunRelease
    """Runs one."""
    scopes: Sequence[str]
    """Scopes whose rows count."""
    runs: dict[str, EnvironmentRun] = field(default_factory=dict)
    """What was run, by release, in that order."""

    def search(self) -> "ReleaseVerdict":
        """Run the first release, then halve what is left; see `most_environments`."""
        if not self._rows(0).rows:
            return ReleaseVerdict("failed", self._why_not_judged(0), len(self.releases), 1)
        bisection = Bisection(
            self._probe,
            wrong=len(self.releases),
            most=len(self.releases),
            right=0,
        )
        bisection.run()
        return self._verdict(bisection)

    def _probe(self, place: int) -> Probe:
        first, rows = self._rows(0), self._rows(place)
        if moved_pairs(first, rows):
            return Probe("wrong")
        missing = {row.names for row in first.rows} - {row.names for row in rows.rows}
        return Probe("unknown", self._why_not_judged(place)) if missing else Probe("right")

    def _rows(self, place: int) -> RunRows:
        release = self.releases[place]
        if release not in self.runs:
            self.runs[release] = self.run(release)
        side = environment_rows(self.runs[release])
        rows = tuple(
            row
            for row in side.rows
            if row.scope in self.scopes and not row.reason.startswith(NOT_STARTED)
        )
        return replace(side, title=release, rows=rows)

    def _why_not_judged(self, place: int) -> str:
        run = self.runs[self.releases[place]]
        others = (r for r in run.rows() if r.scope in self.scopes and not r.status.passing)
        why = next((f"{row.status}: {row.reason}" for row in others), "it left no row of them")
        return run.problem or why

    def _verdict(self, bisection: Bisection) -> "ReleaseVerdict":
        count, made = len(self.releases), len(self.runs)
        last_same = self.releases[bisection.right or 0]
        if bisection.wrong == count:
            if not bisection.between:
                reason = f"no row moves from {self.releases[0]} to {self.releases[-1]}"
                return ReleaseVerdict("unmoved", reason, count, made, last_same=last_same)
            reason = f"no row moves up to {last_same}; {self._unjudged(bisection)}"
            return ReleaseVerdict("inconclusive", reason, count, made, last_same=last_same)
        first_moved = self.releases[bisection.wrong]
        sides = self._rows(0), self._rows(bisection.wrong)
        pairs = moved_pairs(*sides)
        reason = f"{first_moved} moves {len(pairs)} of {len(sides[0].rows)} rows"
        if not bisection.found:
            reason = (
                f"the rows are the same with {last_same} and moved with {first_moved}; "
                f"{self._unjudged(bisection)}"
            )
        return ReleaseVerdict(
            "found" if bisection.found else "inconclusive",
            reason,
            count,
            made,
            last_same,
            first_moved,
            compared_environments(*sides),
        )

    def _unjudged(self, bisection: Bisection) -> str:
        between = list(bisection.between.items())
        said = "; ".join(f"{self.releases[n]}: {why}" for n, why in between[:MAX_REASONS])
        return f"{len(between)} in between can't be judged: {said}"


@dataclass(frozen=True)
class ReleaseVerdict:
    """What a search found."""

    status: SearchStatus
    """What was found."""
    reason: str
    """One sentence."""
    releases: int
    """How many there were."""
    environments: int
    """How many were run."""
    last_same: str = ""
    """The last release known to give the rows of the first one; empty where there is none."""
    first_moved: str = ""
    """The first one known not to; empty where there is none."""
    comparison: RunComparison | None = None
    """What moved from the first release to it."""


def moved_pairs(old: RunRows, new: RunRows) -> list[Pair]:
    """Rows whose status is another, or whose divergence differs by more than noise allows.

    The reason of a failure does not count: messages name versions and paths.
    """
    pairs = matched(old.rows, new.rows).pairs
    return [pair for pair in pairs if _outcome(pair.old) != _outcome(pair.new) or moved(pair)]


def _outcome(row: ComparedRow) -> tuple[str, str]:
    return row.status, row.kind


def most_environments(count: int) -> int:
    """How many of `count` releases are run where each can be judged: ⌈log₂(count)⌉ + 1.

    >>> [most_environments(count) for count in (2, 4, 6, 8, 9)]
    [2, 3, 4, 4, 5]
    """
    return math.ceil(math.log2(count)) + 1

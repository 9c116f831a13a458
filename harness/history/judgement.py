"""A run held against what is expected of it; pure."""

from dataclasses import dataclass

from harness.history.comparison import RunComparison, RunRows, compare_runs
from harness.history.expectations import WORSE

OTHERWISE = ("improvements", "changed", "moved", "appeared", "vanished")
"""Lists of `RunComparison` that are reported, and fail a run only where it is strict."""


@dataclass(frozen=True)
class Judgement:
    """What of a run is not as expected."""

    comparison: RunComparison
    """From the expectations to the run."""
    strict: bool = False
    """Whether anything else than expected fails the run."""

    @property
    def worse(self) -> int:
        """Rows that regressed, or fail otherwise than expected."""
        return sum(len(getattr(self.comparison, name)) for name in WORSE)

    @property
    def otherwise(self) -> int:
        """Rows that are better than expected, or otherwise, or have no expectation."""
        return sum(len(getattr(self.comparison, name)) for name in OTHERWISE)

    @property
    def fails(self) -> bool:
        """Whether the run fails by it."""
        return bool(self.worse or (self.strict and self.otherwise))

    def command(self, run: str, root: str = "") -> str:
        """The command that accepts what is not worse; empty where there is nothing to accept."""
        if not self.otherwise and not self.comparison.renamed:
            return ""
        where = f" --root {root}" if root else ""
        return f"parity accept {run}{where}{' --leave-regressions' if self.worse else ''}"


def judge_run(expected: RunRows, run: RunRows, *, strict: bool) -> Judgement:
    """Hold a run against expectations; strict, every row without one counts."""
    if strict:
        every = expected.whole_cases | {row.case for row in run.rows}
        expected = RunRows(expected.title, expected.rows, whole_cases=every)
    return Judgement(compare_runs(expected, run), strict)

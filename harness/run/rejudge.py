"""Other limits on the scores that a run kept: which verdicts they change, without any inference."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from harness.cases.case import Case
from harness.cases.scope import SCOPES, Scope
from harness.cases.tolerance import EndToEndTolerance, GraphTolerance, Tolerances
from harness.errors import UsageError
from harness.judge.applied_tolerance import score_limits
from harness.judge.measured_scores import MeasuredScores
from harness.results.capture import Capture
from harness.results.kinds import Kind, kind_of
from harness.results.result import Result
from harness.results.row import Row
from harness.results.status import Status
from harness.results.validation_words import problems
from harness.run.capturing import judging_case, scores_of
from harness.run.excuses import excused

Limits = tuple[float, float] | None
AGAIN = "truth and noise were not measured for this row; run it with --full-evidence to decide"


@dataclass(frozen=True)
class OtherRule:
    """What replaces the limits that a row was judged by; None leaves them."""

    atol: float | str | None = None
    """Absolute tolerance, or `auto`."""
    rtol: float | None = None
    """Relative tolerance."""
    near_tie: float | None = None
    """Gap of reference scores up to which two classes may change places."""
    k: int | None = None
    """Top classes that are compared in order."""
    scopes: tuple[Scope, ...] = SCOPES
    """The scopes whose rows are judged again."""
    cases: Mapping[str, Case] = field(default_factory=dict)
    """By name: cases whose tolerance, k and known failures replace those that the rows had."""

    def __post_init__(self) -> None:
        """Raise UsageError for limits that no case file could have."""
        if self.k is not None and self.k < 1:
            raise UsageError(f"k is a number of classes, at least 1; found {self.k}")
        if len(self.scopes) > 1 and self._given():
            names = ", ".join(self._given())
            raise UsageError(
                f"the scopes have different tolerances; name the one that {names} is for: "
                "--scope graph or --scope end_to_end"
            )
        for scope in self.scopes:
            self.tolerance(scope, getattr(Tolerances(), scope))

    def tolerance(
        self, scope: Scope, own: GraphTolerance | EndToEndTolerance
    ) -> GraphTolerance | EndToEndTolerance:
        """The row's own tolerance with what is given in its place; raises UsageError."""
        try:
            return type(own).model_validate(own.model_dump() | self._given())
        except ValidationError as error:
            raise UsageError(f"the tolerance of scope {scope}: {problems(error)}") from error

    def _given(self) -> dict[str, float | str]:
        """The parts of a tolerance that are given."""
        values = {"atol": self.atol, "rtol": self.rtol, "near_tie": self.near_tie}
        return {name: value for name, value in values.items() if value is not None}

    def case(self, name: str, own: Case) -> Case:
        """The case that a row of that case is judged by."""
        return self.cases.get(name, own)


@dataclass(frozen=True)
class JudgedAgain:
    """A row, and what the other rule makes of its scores."""

    before: Row
    """As the run left it."""
    after: Row
    """With the status, the reason and the rule of the other limits, and their known failure."""
    undecided: bool
    """Whether rounding, which was not measured, might explain what now fails."""

    @property
    def kinds(self) -> tuple[Kind, Kind]:
        """What the row was, and what it is."""
        return kind_of(self.before), kind_of(self.after)

    @property
    def changed(self) -> bool:
        """Whether the verdict is another."""
        before, after = self.kinds
        return self.before.status is not self.after.status or before != after

    @property
    def worse(self) -> bool:
        """Whether a row that did not fail does now."""
        return self.kinds[0] != "failing" and self.kinds[1] == "failing"


def judged_again(results: Iterable[Result], rule: OtherRule) -> Iterator[JudgedAgain | Row]:
    """Each result of the rule's scopes: judged again, or the row whose scores were not kept.

    Raises ReportError where what was kept can't be read.
    """
    limits = _LimitsOfRows(rule)
    for result in results:
        if result.row.scope in rule.scopes:
            yield _judged(result, limits) or result.row


@dataclass(frozen=True)
class _RowLimits:
    """What one row was judged by, and is now."""

    case: Case
    scope: Scope
    tolerance: GraphTolerance | EndToEndTolerance
    k: int
    before: Limits
    now: Limits


class _LimitsOfRows:
    """The limits of rows; of rows of one case that follow each other they are worked out once."""

    def __init__(self, rule: OtherRule) -> None:
        self._rule = rule
        self._last: dict[str, tuple[Any, _RowLimits]] = {}

    def of(self, row: Row, capture: Capture) -> _RowLimits:
        """Raises ReportError."""
        about = row.case, {**capture.case, "images": None}
        if row.scope not in self._last or self._last[row.scope][0] != about:
            self._last[row.scope] = about, self._worked_out(row, capture)
        return self._last[row.scope][1]

    def _worked_out(self, row: Row, capture: Capture) -> _RowLimits:
        own = judging_case(capture)
        case = self._rule.case(row.case, own)
        scope: Any = row.scope
        before, given = (getattr(one.tolerance, scope) for one in (own, case))
        tolerance = self._rule.tolerance(scope, given)
        limits = [score_limits(scope, one) for one in (before, tolerance)]
        return _RowLimits(case, scope, tolerance, self._rule.k or case.k, *limits)


def _judged(result: Result, limits: _LimitsOfRows) -> JudgedAgain | None:
    capture, row = result.capture, result.row
    if not capture or not capture.scores:
        return None
    found = limits.of(row, capture)
    if stays_a_match(row, found.before, found.now, found.k):
        return JudgedAgain(row, row, undecided=False)
    scores = scores_of(capture)
    return _from_scores(row, scores, found) if scores else None


def stays_a_match(row: Row, before: Limits, limits: Limits, k: int) -> bool:
    """Whether the row's own figures show that it is a match under other limits too.

    `before` and `limits` are the absolute and relative tolerance, None for the rule `auto`. This
    spares the score vectors of most rows of most runs: in a match without an inversion in the top
    k no near-tie matters.
    """
    if row.status is not Status.MATCH or row.inversions != 0 or not row.classes:
        return False
    if row.k != min(k, row.classes):
        return False
    if limits is None:
        return before is None
    return row.rtol <= limits[1] and row.atol_needed <= limits[0]


def _from_scores(row: Row, scores: MeasuredScores, limits: _RowLimits) -> JudgedAgain:
    how = limits.scope, limits.tolerance, limits.k
    verdict = scores.judged(*how)
    undecided = scores.evidence is None and verdict.in_doubt
    if undecided and not verdict.limits.auto:  # a tolerance that is typed asks noise for ties alone
        undecided = replace(scores, noise=math.inf).judged(*how).status.passing
    columns = {
        "status": verdict.status,
        "reason": f"{verdict.reason}; {AGAIN}" if undecided else verdict.reason,
        "rule": verdict.rule,
        "atol": verdict.limits.atol,
        "rtol": verdict.limits.rtol,
        "near_tie": verdict.limits.near_tie,
        "known_failure": "",
    }
    return JudgedAgain(row, excused(limits.case, row.model_copy(update=columns)), undecided)

"""Kept scores under other limits."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cases.case import Case
from harness.errors import ReportError, UsageError
from harness.judge.applied_tolerance import score_limits
from harness.judge.measured_scores import MeasuredScores
from harness.judge.noise import TruthAndNoise
from harness.results.capture import Capture
from harness.results.result import Result
from harness.results.row import Row
from harness.results.status import Status
from harness.run.capturing import captured, scores_of
from harness.run.plan import Task
from harness.run.rejudge import JudgedAgain, OtherRule, judged_again, stays_a_match
from harness.run.replay import SIDES
from harness.run.settings import settings_from
from harness.run.tests.conftest import RunCase

CASE = {"model": {"path": "m.pb"}, "images": [{"path": "a.jpg", "name": "a.jpg"}]}


def again(results: list[Result], **limits: Any) -> list[JudgedAgain]:
    found = [one for one in judged_again(results, OtherRule(**limits)) if not isinstance(one, Row)]
    assert len(found) == len(
        [one for one in results if one.row.scope in OtherRule(**limits).scopes]
    )
    return found


@pytest.mark.parametrize("target", ["calm", "louder", "shifted", "nan", "all-nan", "zeros"])
def test_the_same_limits_give_the_same_verdict(run_case: RunCase, target: str) -> None:
    for one in again(run_case(target)):
        assert not one.changed
        assert one.after.rule == one.before.rule
        assert one.before.reason == one.after.reason
        assert not one.undecided


def test_scores_and_measurements_come_back(run_case: RunCase) -> None:
    for result in run_case("louder"):
        assert result.capture
        kept = Result.model_validate_json(result.model_dump_json()).capture
        found = kept and scores_of(kept)
        assert found
        assert float(np.abs(np.subtract(found.candidate, found.reference)).max()) == pytest.approx(
            result.row.max_abs
        )
        if found.evidence:
            assert found.evidence.error_ratio == result.row.error_ratio


def test_a_wide_tolerance_lets_a_mismatch_pass(run_case: RunCase) -> None:
    (graph,) = again(run_case("louder"), scopes=("graph",), atol=0.02)
    assert (graph.before.status, graph.after.status) == ("mismatch", "match")
    assert graph.changed
    assert not graph.worse


def test_a_narrow_one_fails_what_passed(run_case: RunCase) -> None:
    (graph,) = again(run_case("calm"), scopes=("graph",), atol=0.0, rtol=0.0)
    assert (graph.before.status, graph.after.status) == ("match", "mismatch")
    assert graph.worse
    assert not graph.undecided  # noise does not widen a tolerance that is typed
    assert "atol 0 allows less" in graph.after.reason


def test_what_rounding_might_excuse_is_undecided_where_it_was_not_measured(
    run_case: RunCase,
) -> None:
    result = run_case("calm")[1]  # end to end, within 0.05: nothing had to be measured
    assert result.row.status == "match"
    assert result.capture
    assert result.capture.scores
    assert result.capture.scores.evidence is None
    typed = {**result.capture.case, "tolerance": {"graph": {"atol": 0.05}}}
    graph = result.model_copy(
        update={
            "row": result.row.model_copy(update={"scope": "graph"}),
            "capture": result.capture.model_copy(update={"case": typed}),
        }
    )
    (found,) = again([graph], scopes=("graph",), atol="auto")
    assert found.after.status == "mismatch"
    assert found.undecided
    assert "--full-evidence" in found.after.reason


def test_a_known_failure_of_the_case_excuses(run_case: RunCase) -> None:
    results = run_case("louder")
    assert results[0].capture
    keys = {**results[0].capture.case, "known_failures": [{"reason": "issue 7"}]}
    name = results[0].row.case
    (graph,) = again(results, scopes=("graph",), cases={name: Case.model_validate(keys)})
    assert (graph.kinds, graph.after.known_failure) == (("failing", "known"), "issue 7")
    assert graph.changed
    assert not graph.worse


def test_rows_that_compared_nothing_are_told_apart(run_case: RunCase) -> None:
    results = run_case("abort-run")
    assert [type(one) for one in judged_again(results, OtherRule())] == [Row, Row]
    assert all(result.capture and result.capture.scores is None for result in results)


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({"atol": 1.0}, "--scope graph or --scope end_to_end"),
        ({"atol": -1.0, "scopes": ("graph",)}, "atol"),
        ({"atol": "auto", "scopes": ("end_to_end",)}, "expected a number"),
        ({"atol": "auto", "rtol": 1e-3, "scopes": ("graph",)}, "'auto' has no rtol"),
        ({"k": 0}, "at least 1"),
    ],
)
def test_limits_that_no_case_could_have_are_wrong_use(limits: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        OtherRule(**limits)


@pytest.mark.parametrize(
    "change",
    [
        {"case": {"model": 7}},
        {"scores": {"reference": "float32:AACAPw==", "candidate": "pickle:AAAA"}},
        {"scores": dict.fromkeys(SIDES, "float32:AACAPw==") | {"evidence": {"noise": 1.0}}},
    ],
)
def test_a_foreign_capture_is_refused(run_case: RunCase, change: dict[str, Any]) -> None:
    result = run_case("calm")[0]
    assert result.capture
    capture = Capture.model_validate(result.capture.model_dump() | change)
    with pytest.raises(ReportError, match="what was kept of a row can't be read"):
        list(judged_again([result.model_copy(update={"capture": capture})], OtherRule(k=3)))


@given(
    seed=st.integers(0, 10**6),
    size=st.floats(1e-9, 1e-2),
    atol=st.floats(0, 1e-2),
    near_tie=st.floats(0, 1e-2),
    k=st.integers(1, 8),
)
def test_limits_decide_as_they_would_have_in_the_run(
    seed: int, size: float, atol: float, near_tie: float, k: int
) -> None:
    """What a case with these limits says of the same scores, the kept ones say too."""
    rng = np.random.default_rng(seed)
    reference = rng.dirichlet(np.ones(8)).astype(np.float32)
    candidate = (reference + rng.normal(0, size, 8)).astype(np.float32)
    measured = TruthAndNoise(reference.astype(np.float64), reference[None].astype(np.float64))
    scores = MeasuredScores.of((reference, candidate), measured, reference, float("nan"))
    limits = {"tolerance": {"graph": {"atol": atol, "near_tie": near_tie}}, "k": k}
    wanted = scores.judged("graph", Case.model_validate(CASE | limits).tolerance.graph, k)
    row = Row(case="c", image="a.jpg", candidate="x", scope="graph", status=Status.MATCH)
    result = keeping(row, Case.model_validate(CASE), scores)
    (found,) = again([result], scopes=("graph",), atol=atol, near_tie=near_tie, k=k)
    assert (found.after.status, found.after.reason) == (wanted.status, wanted.reason)


@given(
    seed=st.integers(0, 10**6),
    size=st.sampled_from([0.0, 1e-8, 1e-6, 1e-4]),
    own=st.sampled_from([{}, {"atol": 1e-5}, {"rtol": 1e-3}, {"atol": 1e-2, "near_tie": 0.1}]),
    other=st.sampled_from([{}, {"atol": 1e-7}, {"atol": 1e-2}, {"rtol": 0.1}, {"near_tie": 0.0}]),
    k=st.integers(1, 5),
    scope=st.sampled_from(["graph", "end_to_end"]),
)
def test_figures_never_decide_otherwise_than_the_scores(
    seed: int, size: float, own: Any, other: Any, k: int, scope: Any
) -> None:
    """Where the row's figures spare the score vectors, these say `match` too."""
    rng = np.random.default_rng(seed)
    reference = rng.dirichlet(np.ones(4)).astype(np.float32)
    candidate = (reference * (1 + rng.normal(0, size, 4))).astype(np.float32)
    scores = MeasuredScores(reference, candidate)
    before, after = (
        Case.model_validate(CASE | {"tolerance": {scope: part}}).tolerance
        for part in (own, own | other)
    )
    found = scores.judged(scope, getattr(before, scope), 3)
    assert found.comparison
    row = Row(
        case="c", image="a.jpg", candidate="x", scope=scope, status=found.status, classes=4, k=3,
        inversions=found.comparison.inversions, atol_needed=found.comparison.atol_needed,
        rtol=found.limits.rtol,
    )  # fmt: skip
    old, new = (score_limits(scope, getattr(one, scope)) for one in (before, after))
    if stays_a_match(row, old, new, k):
        assert scores.judged(scope, getattr(after, scope), k).status is Status.MATCH


def keeping(row: Row, case: Case, scores: MeasuredScores) -> Result:
    """A result that keeps these scores."""
    assets = settings_from().assets(Path())
    task = Task("c", case, case.images[0], case.candidates[0], assets, "fake-reference")
    return captured(Result(row=row), task, scores)

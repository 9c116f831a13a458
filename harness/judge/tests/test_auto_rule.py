"""The measured tolerance: what rounding explains passes, what it does not fails."""

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from harness.cases.tolerance import GraphTolerance
from harness.judge.applied_tolerance import applied_tolerance
from harness.judge.auto_rule import evidence, near_tie, normalisation_limit, score_noise
from harness.judge.deviation import EPS
from harness.judge.noise import TruthAndNoise, unstable
from harness.judge.verdict import Verdict, judge
from harness.testing.fixtures import RunCommand

LOGITS = np.array([6.0, 2.5, 1.0, -1.0, -4.0])
BY_LOGIT = np.array([0.0, -1.0, 0.5, 0.0, 0.8])
"""How rounding may move each logit, in units of the noise."""
NOISE = 2e-5


def softmax(logits: Any) -> NDArray[np.float64]:
    powers = np.exp(np.asarray(logits, np.float64) - np.max(logits))
    scores: NDArray[np.float64] = powers / powers.sum()
    return scores


def measured(logits: Any = LOGITS, noise: float = NOISE, form: Any = softmax) -> TruthAndNoise:
    samples = [form(logits + noise * sign * BY_LOGIT) for sign in (1, -1)]
    return TruthAndNoise(truth=form(logits), samples=np.array(samples))


def verdict(
    candidate: Any, rounding: TruthAndNoise | None = None, reference: Any = None, k: int = 5
) -> Verdict:
    reference = softmax(LOGITS) if reference is None else reference
    rounding = measured() if rounding is None else rounding
    noise = score_noise(rounding, reference)
    limits = applied_tolerance("graph", GraphTolerance(), reference, noise)
    found = evidence(rounding, reference, candidate)
    return judge(reference, candidate, k=k, limits=limits, evidence=found)


@pytest.mark.parametrize("scale", [1.0, 4.0, 16.0])
@pytest.mark.parametrize(
    ("moved", "status"),
    [(1e-6, "match"), (NOISE, "within_noise"), (2.5 * NOISE, "within_noise"),
     (5 * NOISE, "mismatch"), (1e-3, "mismatch")],
)  # fmt: skip
def test_the_same_move_of_a_logit_has_the_same_status_however_saturated_the_scores_are(
    moved: float, status: str, scale: float
) -> None:
    """Rounding errors of logits grow with the logits."""
    logits = scale * LOGITS
    candidate = softmax(logits + scale * moved * np.array([0, 1, 0, 0, 0]))
    found = verdict(candidate, measured(logits, scale * NOISE), softmax(logits))
    assert found.status == status, found.reason


def test_a_mismatch_says_by_how_much_odds_move_and_what_rounding_explains() -> None:
    found = verdict(softmax(LOGITS + np.array([0, 0.01, 0, 0, 0])))
    assert re.search(r"odds of class 1 against class \d move by 1 %", found.reason), found.reason
    assert re.search(r"[\d.]+ times what rounding may do to it", found.reason), found.reason
    assert re.search(r"over what rounding may do .*: \d+ > 3", found.rule), found.rule


def test_another_precision_is_named_and_passes_what_it_rounds() -> None:
    moved = softmax(LOGITS + np.array([0, 0.01, 0, 0, 0]))
    wide = TruthAndNoise(softmax(LOGITS), measured(noise=0.01).samples, precision="float16")
    found = verdict(moved, wide)
    assert found.status == "within_noise"
    assert "times what rounding to float16 may do to it" in found.reason
    assert "over what rounding to float16 may do (0.0097)" in found.rule
    assert found.evidence is not None
    assert found.evidence.precision == "float16"


def test_within_noise_gives_the_numbers_that_decided() -> None:
    found = verdict(softmax(LOGITS + NOISE * BY_LOGIT))
    assert found.status == "within_noise"
    assert found.evidence
    assert found.evidence.error_ratio == pytest.approx(1, rel=0.1)
    assert "≤ 3" in found.rule


@pytest.mark.parametrize(
    ("factor", "classes", "status"),
    [(1 + 1e-7, 1000, "match"), (1 + 8e-6, 1000, "unnormalised"), (1 + 8e-6, 5, "mismatch"),
     (1 - 8e-6, 1000, "unnormalised"), (1 + 1e-3, 1000, "mismatch")],
)  # fmt: skip
def test_scores_that_sum_to_more_are_named_as_what_they_are(
    factor: float, classes: int, status: str
) -> None:
    logits = np.sin(np.arange(classes) * 1.7) * 3
    found = verdict(softmax(logits) * factor, TruthAndNoise(softmax(logits)), softmax(logits))
    assert found.status == status, found.reason
    assert ("sum of the scores" in found.reason) == (status != "match")


def test_the_limit_of_normalisation_is_the_bound_of_one_chain() -> None:
    assert normalisation_limit(1000) == pytest.approx(16 * 2**-23 + 1000 * 2**-24)


@pytest.mark.parametrize("lost", [0.0, 1e-7])
def test_a_class_that_one_side_alone_has_lost_is_a_mismatch(lost: float) -> None:
    logits = np.array([20.0, 5.0, 0.0, -1.0, -2.0])
    candidate = softmax(logits)
    candidate[4] = lost
    assert verdict(candidate, measured(logits), softmax(logits)).status == "mismatch"


def test_classes_below_what_float32_holds_do_not_decide() -> None:
    logits = np.array([100.0, 5.0, 0.0, -1.0, -2.0])
    flushed = np.where(softmax(logits) < 1e-38, 0.0, softmax(logits))
    assert verdict(flushed, measured(logits), softmax(logits)).status == "match"


def plain(logits: Any) -> NDArray[np.float64]:
    return np.asarray(logits, np.float64)


@given(st.floats(-50, 50), st.sampled_from([1e-6, 1e-5, NOISE, 2 * NOISE, 1e-4, 1e-2]))
def test_a_common_offset_of_all_logits_changes_no_verdict(offset: float, moved: float) -> None:
    def status(shift: float, form: Any) -> str:
        base = LOGITS + shift
        candidate = form(base + moved * np.array([0, 1, 0, -1, 0]))
        return verdict(candidate, measured(base, form=form), form(base)).status

    assert status(offset, softmax) == status(0.0, softmax)
    assert status(offset, plain) == status(0.0, plain)


@given(st.permutations(range(5)), st.sampled_from([1e-6, 1e-5, NOISE, 2 * NOISE, 1e-4, 1e-2]))
def test_the_verdict_does_not_depend_on_the_order_of_the_classes(
    order: list[int], moved: float
) -> None:
    for form in (softmax, plain):
        reference, candidate = form(LOGITS), form(LOGITS + moved * np.array([0, 1, 0, -1, 0]))
        known = measured(form=form)
        assert known.truth is not None
        assert known.samples is not None
        permuted = TruthAndNoise(known.truth[order], known.samples[:, order])
        before = verdict(candidate, known, reference)
        after = verdict(candidate[order], permuted, reference[order])
        assert before.status == after.status


def test_logits_are_judged_in_units_of_their_spread() -> None:
    reference = np.array([1000.0, 1001.0, 1003.0])
    assert verdict(reference + 2e-6, TruthAndNoise(), reference, 3).status == "match"
    assert verdict(reference + 2e-3, TruthAndNoise(), reference, 3).status == "mismatch"


def test_without_truth_nothing_beyond_the_first_step_passes() -> None:
    rounding = TruthAndNoise(samples=measured().samples)
    found = verdict(softmax(LOGITS + NOISE * BY_LOGIT), rounding)
    assert found.status == "mismatch"
    assert "no float64 truth" in found.rule


def test_nan_explains_nothing() -> None:
    broken = TruthAndNoise(truth=np.full(5, math.nan))
    assert verdict(softmax(LOGITS + NOISE * BY_LOGIT), broken).status == "mismatch"


def test_a_reference_of_nothing_but_nan_is_judged_without_dividing_by_its_error() -> None:
    nothing = np.full(5, math.nan)
    found = verdict(softmax(LOGITS), TruthAndNoise(truth=nothing), nothing)
    assert found.status == "mismatch"
    assert "NaN or Inf on one side alone" in found.reason


def test_an_order_that_noise_can_swap_is_no_mismatch() -> None:
    close = np.array([1.0, 1.0 - 4e-5, 0, -1, -2])
    swapped = softmax(close)[[1, 0, 2, 3, 4]]
    assert verdict(swapped, measured(close), softmax(close)).status == "within_noise"
    assert verdict(swapped, measured(close, 1e-7), softmax(close)).status == "mismatch"


def test_classes_that_two_equal_programs_may_swap_are_a_tie() -> None:
    close = np.array([1.0, 1.0 - 4e-7, 0, -1, -2])
    assert verdict(softmax(close)[[1, 0, 2, 3, 4]], measured(close), softmax(close)).status == "tie"


def test_near_tie_is_the_larger_of_step_one_and_three_times_the_noise_for_both_classes() -> None:
    assert near_tie([0.5, 0.1]) == pytest.approx(2 * 8 * EPS * 0.4)
    assert near_tie([0.8, 0.2]) == pytest.approx(2 * 8 * EPS * 0.8 * math.log(4))
    noise = score_noise(TruthAndNoise(samples=np.array([[0.5, 0.101]])), [0.5, 0.1])
    assert near_tie([0.5, 0.1], noise) == pytest.approx(6e-3)


def test_two_vectors_that_settle_it_need_no_evidence() -> None:
    reference = softmax(LOGITS)
    limits = applied_tolerance("graph", GraphTolerance(), reference)
    assert not judge(reference, reference.copy(), k=5, limits=limits).in_doubt
    moved = softmax(LOGITS + NOISE * BY_LOGIT)
    assert judge(reference, moved, k=5, limits=limits).in_doubt


@pytest.mark.parametrize(
    ("spread", "noise", "repeatable"),
    [(0.0, 0.0, True), (1e-7, 0.0, True), (1e-3, 1e-2, True), (1e-3, 0.0, False),
     (math.nan, 0.0, True), (1e-3, math.nan, False)],
)  # fmt: skip
def test_a_reference_must_repeat_itself(spread: float, noise: float, repeatable: bool) -> None:
    assert (unstable(spread, noise, softmax(LOGITS)) == "") == repeatable


def test_scores_that_are_not_finite_are_no_sign_of_instability() -> None:
    """The verdict reports them."""
    assert unstable(0.0, math.nan, [math.nan, math.inf]) == ""


@pytest.mark.parametrize(("in_float64", "why"), [(0.0, ""), (math.nan, ""), (0.02, "in float64")])
def test_what_moves_in_float64_too_is_no_rounding(in_float64: float, why: str) -> None:
    """The noise of a reference that does not repeat itself holds those differences as well."""
    found = unstable(0.02, 0.05, softmax(LOGITS), in_float64)
    assert why in found
    assert bool(found) == bool(why)


def test_nothing_is_judged_against_an_unstable_reference(
    tmp_path: Path, fakes: Path, run_pytest: RunCommand
) -> None:
    import pandas as pd

    from harness.testing.tiny import decoder_graph, write_case, write_graph

    write_case(tmp_path, candidates=("stack = 'fake'\ntarget = 'calm'",))
    write_graph(tmp_path / "cases" / "model.pb", decoder_graph(name="unstable-reference"))
    (tmp_path / "conftest.py").write_text("pytest_plugins = ['harness.plugin']\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\nparity_reference = fake-reference\n")
    done = run_pytest("cases", cwd=tmp_path)
    assert done.returncode == 1
    rows = pd.read_csv(tmp_path / "reports" / "latest" / "rows.csv")
    assert set(rows.status) == {"reference_unstable"}
    assert rows.reason.str.contains("two identical runs").all()

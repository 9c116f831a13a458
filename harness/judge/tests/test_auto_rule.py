"""The measured tolerance: what rounding explains passes, what it does not fails."""

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.cases.tolerance import Tolerance
from harness.judge.auto_rule import EPS, evidence, near_tie
from harness.judge.noise import TruthAndNoise, unstable
from harness.judge.verdict import applied_tolerance, judge
from harness.testing.fixtures import RunCommand

TRUTH = np.array([0.6, 0.25, 0.1, 0.04, 0.01])
REFERENCE = (TRUTH + np.array([2e-7, -1e-7, 1e-7, 0, -1e-7])).astype(np.float32)
ROUNDING = TruthAndNoise(truth=TRUTH, noise=3e-7, noise_rmse=2e-7)


def verdict(candidate: Any, rounding: TruthAndNoise = ROUNDING, reference: Any = REFERENCE) -> Any:
    candidate = np.asarray(candidate, np.float32)
    limits = applied_tolerance("graph", Tolerance(), reference, rounding)
    found = evidence(rounding, reference, candidate)
    return judge(reference, candidate, k=5, limits=limits, evidence=found)


def test_what_lies_within_a_few_ulp_matches() -> None:
    assert verdict(REFERENCE + np.float32(1e-7)).status == "match"


def test_what_is_as_near_to_the_truth_as_the_reference_is_within_noise() -> None:
    reference = (TRUTH + np.array([2e-6, -2e-6, 1e-6, 0, -1e-6])).astype(np.float32)
    candidate = TRUTH - np.array([2e-6, -2e-6, 1e-6, 0, -1e-6])
    found = verdict(candidate, reference=reference)
    assert found.status == "within_noise"
    assert "RMSE ratio" in found.reason
    assert "RMSE ratio 1 ≤ 3, max ratio 1 ≤ 5" in found.rule


def test_what_rounding_does_not_explain_is_a_mismatch_and_the_rule_says_by_how_much() -> None:
    found = verdict(TRUTH + np.array([1e-5, -1e-5, 0, 0, 0]))
    assert found.status == "mismatch"
    assert re.search(r"RMSE ratio [\d.]+ > 3, max ratio [\d.]+ > 5", found.rule), found.rule
    assert "≤ 3" not in found.rule


def test_one_class_far_off_is_a_mismatch_though_the_mean_is_small() -> None:
    truth = np.full(1000, 1e-3)
    truth[0] = 0.001001
    reference = (truth + 1e-7 * np.sin(np.arange(1000))).astype(np.float32)
    rounding = TruthAndNoise(truth=truth, noise=1e-7, noise_rmse=1e-7)
    candidate = reference.copy()
    candidate[5] += np.float32(3e-6)
    found = verdict(candidate, rounding, reference)
    assert found.evidence.error_ratio < 3
    assert found.status == "mismatch"
    assert re.search(r"RMSE ratio [\d.]+ ≤ 3, max ratio [\d.]+ > 5", found.rule), found.rule


def test_without_truth_nothing_beyond_the_dtype_tolerance_passes() -> None:
    rounding = TruthAndNoise(noise=3e-7, noise_rmse=2e-7)
    found = verdict(REFERENCE + np.float32(3e-6), rounding)
    assert found.status == "mismatch"
    assert "no float64 truth" in found.rule


def test_nan_explains_nothing() -> None:
    broken = np.full(5, math.nan)
    found = verdict(REFERENCE + np.float32(3e-6), TruthAndNoise(truth=broken, noise=3e-7))
    assert found.status == "mismatch"


def test_a_reference_of_nothing_but_nan_is_judged_without_dividing_by_its_error() -> None:
    nothing = np.full(5, math.nan, np.float32)
    found = verdict(REFERENCE, TruthAndNoise(truth=nothing.astype(float)), nothing)
    assert found.status == "mismatch"
    assert "NaN or Inf on one side alone" in found.reason


def test_an_order_that_noise_can_swap_is_a_tie_and_a_wider_one_a_flip() -> None:
    close = np.array([0.4, 0.4 - 4e-7, 0.2], np.float32)
    swapped = close[[1, 0, 2]]
    quiet = TruthAndNoise(truth=close.astype(float), noise=0.0, noise_rmse=0.0)
    noisy = TruthAndNoise(truth=close.astype(float), noise=3e-7, noise_rmse=2e-7)
    assert verdict(swapped, noisy, close).status == "tie"
    found = verdict(swapped, quiet, close)
    assert found.status == "mismatch"
    assert "changed places" in found.reason


def test_near_tie_is_the_larger_of_ulp_and_twice_the_noise() -> None:
    assert near_tie([0.5, 0.1], None) == 4 * EPS * 0.5
    assert near_tie([0.5, 0.1], TruthAndNoise(noise=1e-3)) == 2e-3


@pytest.mark.parametrize(
    ("spread", "noise", "repeatable"),
    [(0.0, 0.0, True), (1e-7, 0.0, True), (1e-3, 1e-2, True), (1e-3, 0.0, False),
     (math.nan, 0.0, True), (1e-3, math.nan, False)],
)  # fmt: skip
def test_a_reference_must_repeat_itself(spread: float, noise: float, repeatable: bool) -> None:
    assert (unstable(spread, noise, REFERENCE) == "") == repeatable


def test_scores_that_are_not_finite_are_no_sign_of_instability() -> None:
    """The verdict reports them."""
    assert unstable(0.0, math.nan, [math.nan, math.inf]) == ""


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

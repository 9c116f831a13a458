"""A sweep that stops once its agreement is decided errs as seldom as one that sees every image."""

import numpy as np
import pytest

from harness.cases.gates import Gates
from harness.sweep.decisions import GateOutcome, agreement_decision
from harness.sweep.gates import decide
from harness.sweep.sequential import agreement_so_far, log_evidence
from harness.sweep.shares import exact_bounds
from harness.sweep.statistics import summarise
from harness.sweep.tests.sample_tables import compared

DATASETS, LOOKS = 10_000, 1500


def first_looks(rate: float, bound: float) -> tuple[float, float]:
    """Shares of datasets that ever pass, and ever fail, at 95 % with a look after each image."""
    images = np.arange(1, LOOKS + 1)
    differing = np.arange(int(LOOKS * max(rate, 1 - bound) * 2) + 40)
    below, above = log_evidence(differing[:, None], images[None, :], 1 - bound)
    limit = np.log(20)
    most_for_pass = (below >= limit).sum(axis=0) - 1  # counts are in order: fewest pass
    fewest_for_fail = len(differing) - (above >= limit).sum(axis=0)
    passed = failed = 0
    random = np.random.default_rng(21)
    for _ in range(10):
        seen = np.cumsum(random.random((DATASETS // 10, LOOKS)) < rate, axis=1)
        passed += int((seen <= most_for_pass).any(axis=1).sum())
        failed += int((seen >= fewest_for_fail).any(axis=1).sum())
    return passed / DATASETS, failed / DATASETS


@pytest.mark.parametrize("bound", [0.9, 0.98, 0.99])
def test_a_program_at_the_bound_is_rarely_decided_however_often_one_looks(bound: float) -> None:
    passed, failed = first_looks(1 - bound, bound)
    assert passed <= 0.05
    assert failed <= 0.05


def test_one_that_is_worse_hardly_ever_passes_and_one_that_is_better_hardly_ever_fails() -> None:
    assert first_looks(0.03, 0.98)[0] <= 0.05
    assert first_looks(0.01, 0.98)[1] <= 0.05


def test_programs_far_from_the_bound_are_decided() -> None:
    assert first_looks(0.001, 0.98)[0] > 0.99
    assert first_looks(0.06, 0.98)[1] > 0.99


def test_looking_again_and_again_with_the_bounds_of_one_look_would_err_more_often() -> None:
    """Why there is evidence for it: bounds of one look fail a program at its bound too often."""
    random = np.random.default_rng(22)
    seen = np.cumsum(random.random((500, LOOKS)) < 0.02, axis=1)[:, 99::50]
    images = np.broadcast_to(np.arange(1, LOOKS + 1)[99::50], seen.shape)
    high = exact_bounds(images - seen, images, 0.95)[1]
    assert (high < 0.98).any(axis=1).mean() > 0.15


@pytest.mark.parametrize(
    ("equal", "compared", "missing", "outcome"),
    [
        (0, 0, 0, GateOutcome.INCONCLUSIVE),
        (600, 600, 0, GateOutcome.PASSED),
        (90, 100, 0, GateOutcome.FAILED),
        (600, 600, 20, GateOutcome.INCONCLUSIVE),
        (0, 0, 20, GateOutcome.INCONCLUSIVE),
    ],
)
def test_outcomes_so_far(equal: int, compared: int, missing: int, outcome: GateOutcome) -> None:
    assert agreement_so_far(equal, compared, missing, 0.99, 0.95).outcome is outcome


def test_how_many_more_images_would_decide() -> None:
    found = agreement_so_far(299, 299, 0, 0.99, 0.95)
    assert found.outcome is GateOutcome.INCONCLUSIVE
    assert found.reason.endswith("holds at 95% for any number of looks decides nothing yet")
    assert found.more_images is not None
    images = 299 + found.more_images
    assert agreement_so_far(images, images, 0, 0.99, 0.95).outcome is GateOutcome.PASSED


def test_looking_any_time_needs_more_images_than_looking_once() -> None:
    """299 agreeing images pass 99 % in one look."""
    assert agreement_decision(299, 299, 0, 0.99, 0.95).outcome is GateOutcome.PASSED
    assert agreement_so_far(350, 350, 0, 0.99, 0.95).outcome is GateOutcome.INCONCLUSIVE
    assert agreement_so_far(550, 550, 0, 0.99, 0.95).outcome is GateOutcome.PASSED


def test_a_stopped_sweep_can_pass_its_agreement_gate() -> None:
    statistics = summarise(compared(600))
    gates = Gates(min_top1_agreement=0.99, max_mismatches=5)
    found = decide(gates, statistics, 50_000, at_any_time=True)
    assert [one.outcome for one in found] == [GateOutcome.PASSED, GateOutcome.INCONCLUSIVE]
    assert found[1].decision.reason.startswith("only 600 of 50,000 selected images finished")

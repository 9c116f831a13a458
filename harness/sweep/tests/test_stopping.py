"""A sweep stops once its gates are decided, by images in their order, however they arrive."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from harness.cases.gates import Gates
from harness.sweep.decisions import GateOutcome
from harness.sweep.sequential import log_drop_evidence
from harness.sweep.stopping import EVERY, Stopping
from harness.sweep.sweep_group import SweepGroup

GROUP = SweepGroup("case", "candidate", "graph")
NAMES = [f"{number}.jpg" for number in range(2000)]


def stopping(**bounds: float) -> Stopping:
    return Stopping(Gates.model_validate(bounds), iter(NAMES), len(NAMES), [GROUP])


def row(
    *, equal: bool | None = True, true: int | None = None, answers: tuple[int, int] = (1, 1)
) -> dict[str, Any]:
    return {
        "case": "case",
        "candidate": "candidate",
        "scope": "graph",
        "status": "match" if equal else "mismatch",
        "known_failure": "",
        "top1_equal": equal,
        "true_class": true,
        "top1_class": answers[0],
        "candidate_top1_class": answers[1],
    }


def arrive(found: Stopping, names: Sequence[str], line: dict[str, Any]) -> None:
    for name in names:
        found.count(name, [line])


def test_agreement_is_decided_by_enough_images() -> None:
    found = stopping(min_top1_agreement=0.98)
    arrive(found, NAMES[:64], row())
    assert not found.decided
    arrive(found, NAMES[64:], row())
    assert found.decided
    assert [one.outcome for one in found.results] == [GateOutcome.PASSED]
    assert 149 < found.images < 700
    assert found.images % EVERY == 0


def test_an_image_that_is_not_there_yet_holds_the_count_up() -> None:
    found = stopping(min_top1_agreement=0.98)
    arrive(found, NAMES[1:], row())
    assert found.images == 0
    arrive(found, NAMES[:1], row())
    assert found.decided


@pytest.mark.parametrize("seed", range(3))
def test_what_decides_does_not_depend_on_the_order_of_arrival(seed: int) -> None:
    random = np.random.default_rng(seed)
    lines = {name: row(equal=bool(random.random() > 0.05)) for name in NAMES}
    found = [stopping(min_top1_agreement=0.98) for _ in range(2)]
    orders: list[list[int]] = [list(range(2000)), random.permutation(2000).tolist()]
    for one, places in zip(found, orders, strict=True):
        for place in places:
            one.count(NAMES[place], [lines[NAMES[place]]])
    assert found[0].results == found[1].results
    assert found[0].images == found[1].images < len(NAMES)
    assert found[0].results[0].outcome is GateOutcome.FAILED


def test_one_gate_that_failed_is_enough_and_all_must_have_passed() -> None:
    both = {"min_top1_agreement": 0.5, "max_mismatches": 3}
    found = stopping(**both)
    arrive(found, NAMES[:-1], row())
    assert not found.decided, "a count of all images can't pass before the last"
    arrive(found, NAMES[-1:], row())
    assert found.decided
    failing = stopping(**both)
    arrive(failing, NAMES[:EVERY], row(equal=False))
    assert failing.decided
    assert {one.gate: one.outcome.value for one in failing.results}["max_mismatches"] == "fail"


def test_images_that_were_not_compared_never_help_to_pass() -> None:
    found = stopping(min_top1_agreement=0.9)
    arrive(found, NAMES[::2], row())
    arrive(found, NAMES[1::2], row(equal=None))
    assert [one.outcome for one in found.results] == [GateOutcome.INCONCLUSIVE]


@pytest.mark.parametrize(
    ("answers", "outcome"), [((1, 1), GateOutcome.PASSED), ((1, 2), GateOutcome.FAILED)]
)
def test_a_drop_is_decided_by_true_classes(answers: tuple[int, int], outcome: GateOutcome) -> None:
    found = stopping(max_accuracy_drop=0.02)
    arrive(found, NAMES, row(true=1, answers=answers))
    assert [one.outcome for one in found.results] == [outcome]
    assert found.images < 700
    assert "any number of looks" in found.results[0].decision.reason


def test_without_true_classes_no_drop_is_decided() -> None:
    found = stopping(max_accuracy_drop=0.02)
    arrive(found, NAMES, row())
    assert not found.decided


DATASETS, LOOKS, STEP = 10_000, 40, 25


@pytest.mark.parametrize(
    ("bound", "lost", "gained"),
    [
        (0.02, 0.02, 0.0),
        (0.02, 0.06, 0.04),
        (0.0, 0.01, 0.01),
        (0.1, 0.1, 0.0),
        (0.005, 0.01, 0.005),
    ],
)
def test_a_program_at_its_bound_is_rarely_decided_however_often_one_looks(
    bound: float, lost: float, gained: float
) -> None:
    assert lost - gained == pytest.approx(bound)
    random = np.random.default_rng(23)
    steps = random.multinomial(STEP, [lost, gained, 1 - lost - gained], (DATASETS, LOOKS))
    seen = np.cumsum(steps, axis=1)
    images = np.broadcast_to(np.arange(1, LOOKS + 1) * STEP, seen.shape[:2])
    passed, failed = log_drop_evidence(seen[..., 0], seen[..., 1], images, bound)
    assert (passed >= np.log(20)).any(axis=1).mean() <= 0.05
    assert (failed >= np.log(20)).any(axis=1).mean() <= 0.05


def test_a_drop_far_from_its_bound_is_decided() -> None:
    below, _ = log_drop_evidence(2, 1, 1000, 0.02)
    _, above = log_drop_evidence(50, 5, 1000, 0.02)
    assert below > np.log(20)
    assert above > np.log(20)

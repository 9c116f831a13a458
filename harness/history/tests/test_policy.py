"""What a policy keeps."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.history.kept_run import KeptRun
from harness.history.policy import Policy, dropped
from harness.testing.sample_history import FIRST, night


def run(number: int, **fields: str) -> KeptRun:
    run_id, started = night(number)
    time = started.isoformat()
    return KeptRun(**{"run_id": run_id, "run_started": time, "run_finished": time, **fields})


RUNS = [run(number) for number in range(70)]
NOW = FIRST + timedelta(days=70)


def kept(policy: Policy, runs: list[KeptRun] = RUNS) -> list[int]:
    gone = {one.run_id for one in dropped(runs, policy, NOW)}
    return [number for number, one in enumerate(runs) if one.run_id not in gone]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy(last=3), [67, 68, 69]),
        (Policy(days=2), [68, 69]),
        (Policy(daily=2), [68, 69]),
        (Policy(monthly=2), [58, 69]),
        (Policy(weekly=2), [66, 69]),
        (Policy(last=1, monthly=3), [30, 58, 69]),
    ],
)
def test_each_part_keeps_its_runs(policy: Policy, expected: list[int]) -> None:
    assert kept(policy) == expected


def test_the_newest_run_of_each_set_of_versions_is_kept() -> None:
    runs = [run(n, versions=f'{{"tvm": "0.{n // 4}"}}') for n in range(12)]
    assert kept(Policy(versions=2), runs) == [7, 11]


def test_an_incomplete_run_does_not_stand_for_a_day_that_has_a_whole_one() -> None:
    early, late = (run(0), run(0, run_id="z-died", run_finished="", state="incomplete"))
    assert kept(Policy(daily=1), [early, late]) == [0]
    assert kept(Policy(daily=1), [late]) == [0]


def test_a_run_without_a_time_is_kept() -> None:
    assert kept(Policy(last=1), [run(0, run_started=""), run(1), run(2)]) == [0, 2]


@given(st.builds(Policy, *[st.integers(0, 80)] * 6), st.sets(st.integers(0, 69)))
def test_more_is_never_kept_less(policy: Policy, numbers: set[int]) -> None:
    runs = [RUNS[number] for number in sorted(numbers)]
    more = Policy(policy.last + 1, policy.days + 1, *[80] * 4)
    assert set(kept(policy, runs)) <= set(kept(more, runs))
    assert len(kept(policy, runs)) >= min(policy.last, len(runs))

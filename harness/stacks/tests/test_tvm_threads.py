"""TVM's processes take as many threads as they are told to, or as there are cores."""

import os
import subprocess
import sys

import pytest

SHOWN = (
    "from harness.stacks.registry import all_stacks\n"
    "print({s.environment['TVM_NUM_THREADS'] for s in all_stacks().values() if s.program == 'TVM'})"
)


@pytest.mark.parametrize("asked", ["1", ""])
def test_the_users_number_of_threads_goes_before_that_of_the_cores(asked: str) -> None:
    """A sweep's workers set it to 1: TVM's threads spin while they wait, beside the reference's."""
    environment = {**os.environ, "TVM_NUM_THREADS": asked}
    done = subprocess.run(
        [sys.executable, "-c", SHOWN], env=environment, capture_output=True, text=True, check=True
    )
    expected = asked or str(len(os.sched_getaffinity(0)))
    assert done.stdout.strip() == str({expected})

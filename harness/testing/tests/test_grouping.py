"""Tests that share one expensive fixture run in one process: the suite's time depends on it."""

import pytest

GROUPED = """
import os
import pytest

@pytest.mark.xdist_group("one")
@pytest.mark.parametrize("number", range(8))
def test_grouped(number):
    print("ran in", os.environ["PYTEST_XDIST_WORKER"])
"""


def test_the_installed_pytest_and_xdist_keep_a_group_together(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(GROUPED)
    done = pytester.runpytest_subprocess("-n", "2", "--dist", "loadgroup", "-rP")
    done.assert_outcomes(passed=8)
    assert len({line for line in done.outlines if line.startswith("ran in")}) == 1

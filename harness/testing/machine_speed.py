"""How much slower than an idle one this machine is now, for tests that bound processor time.

Processor time is no property of a program alone: on a busy core it grows, as the caches and the
other thread of the core are shared, and another machine has another clock.
"""

import time

IDLE_S = 0.075
"""Seconds that `_work` takes on an idle core (AMD EPYC at 2.4 GHz, CPython 3.11); the least of
forty runs."""
RUNS = 5


def slowdown() -> float:
    """The factor, at least 1: the slowest of a few runs of the same work over IDLE_S."""
    return max(1.0, *(_work() / IDLE_S for _ in range(RUNS)))


def _work() -> float:
    start, total = time.process_time(), 0
    for number in range(1_000_000):
        total += number * number % 7
    return time.process_time() - start


def within(cpu_s: float, bound_s: float) -> bool:
    """Whether a run's processor time is below a bound that holds on an idle machine, seconds."""
    return cpu_s < bound_s or cpu_s < bound_s * slowdown()

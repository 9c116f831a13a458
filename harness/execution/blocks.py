"""Outcomes of several images from one call of a worker process.

A process that dies, hangs or runs out of memory costs the whole call. Then the block is tried once
more, and then its images one by one, so that the image which does it is found, and it alone.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from numpy.typing import NDArray

from harness.execution.outcome import Answer, Outcome
from harness.execution.worker_call import Reply, WorkerError
from harness.stacks.protocol import Arrays

CALL_BYTES = 64 << 20
"""Bytes of images in one call: both processes hold them at the same time."""
TRIES = 2
"""Calls with the whole block before its images are run one by one."""


def block_outcomes(
    values: Sequence[NDArray[Any]],
    call: Callable[[Arrays], Reply],
    answer: Callable[[NDArray[Any]], Answer],
    alone: Callable[[int], Outcome],
) -> list[Outcome]:
    """An outcome for each value.

    `call` calls `program_calls.run_block` and raises WorkerError, `answer` makes the answer of
    scores, `alone` runs the value of a place by itself, where the block did not answer for it.
    """
    found: dict[str, NDArray[Any]] = {}
    for arrays in _calls(values):
        found.update(_scores(arrays, call))
    return [
        answer(found[str(place)]) if str(place) in found else alone(place)
        for place in range(len(values))
    ]


def _calls(values: Sequence[NDArray[Any]]) -> Iterator[dict[str, NDArray[Any]]]:
    """The values by their places, in calls of at most CALL_BYTES, or of one value."""
    arrays: dict[str, NDArray[Any]] = {}
    size = 0
    for place, value in enumerate(values):
        if arrays and size + value.nbytes > CALL_BYTES:
            yield arrays
            arrays, size = {}, 0
        arrays[str(place)] = value
        size += value.nbytes
    if arrays:
        yield arrays


def _scores(arrays: Arrays, call: Callable[[Arrays], Reply]) -> Arrays:
    for _ in range(TRIES if len(arrays) > 1 else 0):
        with suppress(WorkerError):
            return call(arrays).arrays
    return {}

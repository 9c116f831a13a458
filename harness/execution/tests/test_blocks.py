"""Outcomes of blocks: which values are sent in one call, and what is tried again."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.execution import blocks
from harness.execution.blocks import block_outcomes
from harness.execution.outcome import Answer, NoAnswer, Outcome, ReferenceFacts, untimed
from harness.execution.worker_call import Reply, WorkerError
from harness.results.status import Status
from harness.stacks.protocol import Arrays

FACTS = ReferenceFacts(reference_version="1")


class DoublingProgram:
    """Answers with twice its input; dies of a negative one, and leaves an odd one out."""

    def __init__(self) -> None:
        self.calls: list[list[float]] = []
        self.alone: list[int] = []

    def __call__(self, arrays: Arrays) -> Reply:
        self.calls.append([float(value[0]) for value in arrays.values()])
        if any(value[0] < 0 for value in arrays.values()):
            raise WorkerError(Status.CRASHED, "it died")
        return Reply({}, {name: 2 * value for name, value in arrays.items() if value[0] % 2 == 0})

    def run(self, *values: float) -> list[Outcome]:
        given = [np.array([value]) for value in values]

        def alone(place: int) -> Outcome:
            self.alone.append(place)
            return NoAnswer(Status.CRASHED, f"alone {values[place]}")

        return block_outcomes(given, self, lambda scores: untimed(scores, FACTS), alone)


def scores(outcomes: list[Outcome]) -> list[Any]:
    return [one.scores[0] if isinstance(one, Answer) else one.reason for one in outcomes]


def test_what_the_block_leaves_out_is_run_alone() -> None:
    program = DoublingProgram()
    assert scores(program.run(2, 3, 4)) == [4, "alone 3", 8]
    assert (program.calls, program.alone) == ([[2, 3, 4]], [1])


def test_a_block_that_dies_is_tried_again_and_then_divided() -> None:
    program = DoublingProgram()
    assert scores(program.run(2, -1)) == ["alone 2", "alone -1"]
    assert (program.calls, program.alone) == ([[2, -1], [2, -1]], [0, 1])


def test_one_value_is_run_alone_at_once() -> None:
    program = DoublingProgram()
    assert scores(program.run(2)) == ["alone 2"]
    assert program.calls == []


def test_a_call_holds_a_bounded_number_of_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    value: NDArray[np.float64] = np.array([2.0])
    monkeypatch.setattr(blocks, "CALL_BYTES", 2 * value.nbytes)
    program = DoublingProgram()
    assert scores(program.run(2, 4, 6, 8, 10, 12)) == [4, 8, 12, 16, 20, 24]
    assert program.calls == [[2, 4], [6, 8], [10, 12]]

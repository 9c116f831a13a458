"""A part of a graph built as the candidate is, and whether it still shows the fault."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.cases.candidate import Candidate
from harness.cases.case import ResourceLimits
from harness.errors import GraphError
from harness.execution.graphdef_reference import GraphDefReference
from harness.execution.outcome import NoAnswer
from harness.execution.reference import Question
from harness.execution.session import RunSession
from harness.graphdef.access import node_of
from harness.locate.expected_output import ExpectedOutput, expected_output
from harness.locate.reference_tensors import ReferenceTensors
from harness.locate.reproducers.graph_part import GraphPart
from harness.locate.reproducers.reduction import FedParts
from harness.locate.rule import TensorError
from harness.run.plan import Task
from harness.run.prepared_image import bounds

TRIAL_S = 60.0
"""Seconds of one build step and of one run of a trial."""
_TIMES = ("build_timeout_s", "run_timeout_s")


@dataclass(frozen=True)
class WrongOutput:
    """An output that rounding does not explain."""

    found: NDArray[Any]
    """What the candidate's program gave, in the shape of `expected.truth`."""
    expected: ExpectedOutput
    """What it should be."""
    error: TensorError
    """Its error."""


@dataclass(frozen=True)
class Trials:
    """Builds parts of one task's models in a session whose cache goes at the end."""

    task: Task
    """The task; its candidate is how parts are built unless another one is named."""
    session: RunSession
    """Processes and the temporary cache."""
    reference: GraphDefReference
    """The reference, with the same cache."""

    @property
    def limits(self) -> ResourceLimits:
        """Limits of one trial: a part that builds for ever is no reason to wait for the whole."""
        given = self.task.case.limits
        times = {name: min(getattr(given, name), TRIAL_S) for name in _TIMES}
        return given.model_copy(update=times)

    def wrong(
        self,
        reference: GraphPart,
        candidate: GraphPart,
        value: NDArray[Any],
        how: Candidate | None = None,
    ) -> WrongOutput | None:
        """The candidate's output where rounding does not explain its error; None otherwise.

        None, too, where either program gives no answer or the two have different sizes.
        """
        try:
            expected = self.expected(reference, value)
            found = self._run(candidate, value, how)
        except (NoAnswer, GraphError):
            return None
        if found.size != expected.truth.size:
            return None
        found = found.reshape(expected.truth.shape)
        wrong = expected.excess(found) > 1
        return WrongOutput(found, expected, expected.error(found)) if wrong else None

    def failure(
        self, part: GraphPart, value: NDArray[Any], how: Candidate | None = None
    ) -> NoAnswer | None:
        """How building or running it fails; None where it does not, or the part is no graph."""
        try:
            self._run(part, value, how)
        except NoAnswer as failure:
            return failure
        except GraphError:
            pass
        return None

    def expected(self, part: GraphPart, value: NDArray[Any]) -> ExpectedOutput:
        """What the reference and float64 make of a part; raises NoAnswer, GraphError."""
        model = part.model(value)
        how = self.task.case.preprocess, self.task.case.reference
        question = Question.on_tensor(model, *how, value)
        tensors = ReferenceTensors(self.reference, question, bounds(self.task))
        return expected_output(tensors, part.end, {node.op for node in part.operations})

    def truth(self, parts: FedParts) -> NDArray[np.float64] | None:
        """The expected output of parts; None where the reference gives none."""
        try:
            return self.expected(parts.reference, parts.value).truth
        except (NoAnswer, GraphError):
            return None

    def output_bytes(self, parts: FedParts) -> int:
        """Bytes of the expected output of parts; 0 where the reference gives none."""
        found = self.truth(parts)
        return 0 if found is None else found.nbytes

    def _run(self, part: GraphPart, value: NDArray[Any], how: Candidate | None) -> NDArray[Any]:
        model, candidate = part.model(value), how or self.task.candidate
        with self.session.observe(f"try {len(part.operations)} operations to {node_of(part.end)}"):
            limits = self.limits
            return self.session.candidates.run(candidate, model, value, limits, 0).scores


@contextmanager
def trials(task: Task, session: RunSession, reference: GraphDefReference) -> Iterator[Trials]:
    """Trials whose builds go at the end."""
    with tempfile.TemporaryDirectory(prefix="parity-trials-") as folder:
        own = session.with_cache(Path(folder))
        if not isinstance(own.reference, type(reference)):
            raise TypeError(type(own.reference).__name__)
        yield Trials(task, own, own.reference)

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
from harness.errors import GraphError
from harness.execution.graphdef_reference import GraphDefReference
from harness.execution.outcome import NoAnswer
from harness.execution.reference import Question
from harness.execution.session import RunSession
from harness.graphdef.access import node_of
from harness.locate.reference_tensors import ReferenceTensors
from harness.locate.reproducers.graph_part import GraphPart
from harness.locate.rule import (
    TensorError,
    chained_terms,
    excess,
    limit_of,
    rounding,
    tensor_error,
)
from harness.locate.tensor_files import TensorFiles
from harness.run.plan import Task
from harness.run.prepared_image import bounds


@dataclass(frozen=True)
class ExpectedOutput:
    """What the reference's nodes make of an input."""

    truth: NDArray[np.float64]
    """In float64."""
    reference: TensorError
    """The reference's own error."""
    explained: TensorError
    """L of both errors."""
    terms: int
    """`rule.chained_terms` of its operations."""


@dataclass(frozen=True)
class WrongOutput:
    """An output that rounding does not explain."""

    found: NDArray[Any]
    """What the candidate's program gave, in the shape of `expected.truth`."""
    expected: ExpectedOutput
    """What it should be."""
    error: TensorError
    """Its error."""

    @property
    def limit(self) -> TensorError:
        """The largest errors that rounding explains."""
        return limit_of(self.expected.explained, self.expected.terms)


@dataclass(frozen=True)
class Trials:
    """Builds parts of one task's models in a session whose cache goes at the end."""

    task: Task
    """The task; its candidate is how parts are built unless another one is named."""
    session: RunSession
    """Processes and the temporary cache."""
    reference: GraphDefReference
    """The reference, with the same cache."""

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
        error = tensor_error(found, expected.truth)
        beyond = excess(error, expected.explained, expected.terms) > 1
        return WrongOutput(found, expected, error) if beyond else None

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
        model, name = part.model(value), part.end
        how = self.task.case.preprocess, self.task.case.reference
        question = Question.on_tensor(model, *how, value)
        tensors = ReferenceTensors(self.reference, question, bounds(self.task))
        with tempfile.TemporaryDirectory(prefix="parity-part-") as root:
            own, truth = (TensorFiles(Path(root) / word) for word in ("own", "truth"))
            for files in (own, truth):
                files.folder.mkdir()
            tensors.values([name], own)
            error = tensors.truth([name], own, truth).get(name)
            if error is None:
                raise GraphError(f"'{name}' holds no floating point numbers")
            noise = tensors.local_noise({name: ()}, own, truth)
            values = np.array(truth.load(name), np.float64)
        explained = rounding([error, *(sample[name] for sample in noise)])
        ops = {node.op for node in part.operations}
        return ExpectedOutput(values, error, explained, chained_terms(ops, values.shape))

    def _run(self, part: GraphPart, value: NDArray[Any], how: Candidate | None) -> NDArray[Any]:
        model, candidate = part.model(value), how or self.task.candidate
        with self.session.observe(f"try {len(part.operations)} operations to {node_of(part.end)}"):
            limits = self.task.case.limits
            return self.session.candidates.run(candidate, model, value, limits, 0).scores


@contextmanager
def trials(task: Task, session: RunSession, reference: GraphDefReference) -> Iterator[Trials]:
    """Trials whose builds go at the end."""
    with tempfile.TemporaryDirectory(prefix="parity-trials-") as folder:
        own = session.with_cache(Path(folder))
        if not isinstance(own.reference, type(reference)):
            raise TypeError(type(own.reference).__name__)
        yield Trials(task, own, own.reference)

"""A reference whose stack runs GraphDefs: TensorFlow, or another that is declared like it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from harness.execution.asked_runs import AskedRuns
from harness.execution.graph_runs import GraphRun, GraphRuns
from harness.execution.kept_scores import ReferenceCache
from harness.execution.outcome import Answer, NoAnswer, Outcome, RunCosts, answered
from harness.execution.reference import Float64Scores, Question
from harness.execution.worker_call import CallLimits, Reply
from harness.execution.worker_pool import WorkerPool
from harness.graphdef.precisions import SINGLE, Precision
from harness.graphdef.traversal import float_sources
from harness.results.status import Status
from harness.stacks.protocol import Arrays, Stack, StackDescription


class GraphDefReference:
    """Answers by GraphDef files, which the stack's worker processes run."""

    def __init__(self, stack: Stack, workers: WorkerPool, cache: ReferenceCache) -> None:
        self.stack = stack
        self._asked = AskedRuns(stack, workers, cache)
        self.runs = GraphRuns(cache.builds)
        """The graph files that answer questions."""

    @property
    def description(self) -> StackDescription | None:
        """What `describe` found; None before it was called."""
        return self._asked.description

    def describe(self, limits: CallLimits) -> StackDescription:
        """Versions and devices, asked once a session; raises WorkerError."""
        return self._asked.describe(limits)

    def answer(self, question: Question, limits: CallLimits) -> Answer:
        """The answer to a question, which runs once a session; raises NoAnswer, GraphError."""
        try:
            return self._asked.answer(self.runs.of(question), limits)
        except NoAnswer as failure:
            if failure.status is not Status.NO_EVIDENCE:
                raise
            model = question.model
            instead = ", ".join(float_sources(model.graph, model.output))
            hint = f"; name one with --output (in a case file: model.output): {instead}"
            reason = failure.reason + (hint if instead else "")
            raise NoAnswer(failure.status, reason, log=failure.log) from failure

    def answers(self, questions: Sequence[Question], limits: CallLimits) -> list[Outcome]:
        """The outcomes of questions about one model in one form, each run once at most.

        Raises GraphError.
        """
        runs = [replace(self.runs.of(question), repeats=0) for question in questions]
        return self._asked.answers(runs, limits)

    def time(self, question: Question, limits: CallLimits) -> RunCosts:
        """What the question's repeats take, measured anew; raises NoAnswer."""
        return answered(self._asked.anew(self.runs.of(question), limits)).costs

    def float64_scores(self, question: Question, limits: CallLimits) -> Float64Scores:
        """The scores of the model's float64 form; raises GraphError, NoAnswer, OSError."""
        run, kept = self.runs.in_float64(question)
        return self._asked.in_float64(replace(run, repeats=question.repeats), kept, limits)

    def rounding_samples(
        self, question: Question, limits: CallLimits, precision: Precision = SINGLE
    ) -> NDArray[np.float64]:
        """Scores `[K, N]` of the model with its sums rounded at random, as a format rounds.

        Raises GraphError, NoAnswer, OSError.
        """
        runs = list(self.runs.rounded_at_random(question, precision))
        return self._asked.kept_scores(runs, limits)

    def call_on(
        self,
        run: GraphRun,
        function: str,
        request: Mapping[str, object],
        arrays: Arrays,
        limits: CallLimits,
    ) -> Reply:
        """As `AskedRuns.call_on`."""
        return self._asked.call_on(run, function, request, arrays, limits)

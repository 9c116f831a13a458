"""A reference whose stack runs GraphDefs: TensorFlow, or another that is declared like it."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from harness.cases.case import ReferenceSettings
from harness.execution.blocks import block_outcomes
from harness.execution.build_cache import key_of
from harness.execution.graph_runs import GraphRun, GraphRuns
from harness.execution.kept_answers import KeptAnswers, machine_key
from harness.execution.kept_scores import ReferenceCache
from harness.execution.outcome import (
    Answer,
    NoAnswer,
    Outcome,
    ReferenceFacts,
    RunCosts,
    answer_from,
    answered,
    untimed,
)
from harness.execution.program_calls import (
    DESCRIBE,
    RUN,
    RUN_BLOCK,
    BlockRequest,
    DescribeRequest,
    OpenRequest,
    RunRequest,
)
from harness.execution.recent import Recent
from harness.execution.reference import Float64Scores, Question
from harness.execution.worker_call import CallLimits, Reply, WorkerError
from harness.execution.worker_pool import WorkerPool
from harness.graphdef.precisions import SINGLE, Precision
from harness.graphdef.traversal import float_sources
from harness.results.status import Status
from harness.stacks.protocol import Arrays, Stack, StackDescription, function_path

KEPT = 1024
"""Answers of one session that are in memory, for further candidates on the same images."""
Ask = Callable[[Sequence[GraphRun], CallLimits], list[Outcome]]
"""Runs that are made → their outcomes."""


class GraphDefReference:
    """Asks the stack's worker processes, one a oneDNN setting, and keeps their answers."""

    def __init__(self, stack: Stack, workers: WorkerPool, cache: ReferenceCache) -> None:
        self.stack = stack
        self.description: StackDescription | None = None
        self._workers, self._scores = workers, cache.scores
        self._answers = KeptAnswers(cache.scores, stack.program) if cache.keeps_answers else None
        self.runs = GraphRuns(cache.builds)
        """The graph files that answer questions."""
        self._outcomes: Recent[str, Outcome] = Recent(KEPT)
        self._locks: Recent[str, threading.Lock] = Recent(KEPT)
        self._guard = threading.Lock()

    def describe(self, limits: CallLimits) -> StackDescription:
        """Versions and devices, asked once a session; raises WorkerError."""
        if self.description is None:
            request = DescribeRequest(describe=function_path(self.stack.describe))
            reply = self._call(DESCRIBE, request, {}, ReferenceSettings(), limits)
            self.description = cast("StackDescription", reply.payload)
        return self.description

    def answer(self, question: Question, limits: CallLimits) -> Answer:
        """The answer to a question, which runs once a session; raises NoAnswer, GraphError."""
        try:
            return self._answer(self.runs.of(question), limits)
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
        return self._asked(runs, self._block, limits)

    def time(self, question: Question, limits: CallLimits) -> RunCosts:
        """What the question's repeats take, measured anew; raises NoAnswer."""
        return answered(self._run(self.runs.of(question), limits)).costs

    def float64_scores(self, question: Question, limits: CallLimits) -> Float64Scores:
        """The scores of the model's float64 form; raises GraphError, NoAnswer, OSError."""
        run, kept = self.runs.in_float64(question)
        return Float64Scores(self._kept_scores([run], limits)[0], kept)

    def rounding_samples(
        self, question: Question, limits: CallLimits, precision: Precision = SINGLE
    ) -> NDArray[np.float64]:
        """Scores `[K, N]` of the model with its sums rounded at random, as a format rounds.

        Raises GraphError, NoAnswer, OSError.
        """
        return self._kept_scores(list(self.runs.rounded_at_random(question, precision)), limits)

    def call_on(
        self,
        run: GraphRun,
        function: str,
        request: Mapping[str, object],
        arrays: Arrays,
        limits: CallLimits,
    ) -> Reply:
        """A function in the worker that runs a graph, its `program` added to the request.

        Raises NoAnswer.
        """
        whole = {**request, "program": self._program(run)}
        try:
            return self._call(function, whole, arrays, run.settings, limits)
        except WorkerError as error:
            raise _no_answer(self.stack, error) from error

    def _kept_scores(self, runs: Sequence[GraphRun], limits: CallLimits) -> NDArray[np.float64]:
        """Scores `[K, N]` of runs, kept together for any session on such a machine."""
        key = key_of(runs=[self._kept_key(run, limits) for run in runs])
        scores = self._scores.get(key)
        if scores is None:
            scores = np.array([self._answer(run, limits).scores.ravel() for run in runs])
            self._scores.put(key, scores)
        return scores.astype(np.float64)

    def _kept_key(self, run: GraphRun, limits: CallLimits) -> str:
        """Key of a run's scores in any session; raises NoAnswer."""
        return machine_key(run.key, self.stack, self._described(limits))

    def _described(self, limits: CallLimits) -> StackDescription:
        """What `describe` finds; raises NoAnswer."""
        try:
            return self.describe(limits)
        except WorkerError as error:
            raise _no_answer(self.stack, error) from error

    def _answer(self, run: GraphRun, limits: CallLimits) -> Answer:
        key = f"{run.key} {run.repeats}"
        with self._lock(key):  # two threads run it once
            found = self._outcomes.get(key) or self._asked([run], self._each, limits)[0]
            self._outcomes[key] = found
        return answered(found)

    def _lock(self, key: str) -> threading.Lock:
        with self._guard:
            if key not in self._locks:
                self._locks[key] = threading.Lock()
            return self._locks[key]

    def _asked(self, runs: Sequence[GraphRun], ask: Ask, limits: CallLimits) -> list[Outcome]:
        """What `ask` gives for the runs, or for those whose answers are not kept."""
        if self._answers is None or runs[0].kind == "pixels":
            return ask(runs, limits)
        try:
            keys, facts = [self._kept_key(run, limits) for run in runs], self._facts(limits)
        except (NoAnswer, WorkerError):  # each run says why
            return ask(runs, limits)
        return self._answers.through(
            keys, lambda places: ask([runs[place] for place in places], limits), facts
        )

    def _each(self, runs: Sequence[GraphRun], limits: CallLimits) -> list[Outcome]:
        return [self._run(run, limits) for run in runs]

    def _block(self, runs: Sequence[GraphRun], limits: CallLimits) -> list[Outcome]:
        try:
            facts = self._facts(limits)
        except WorkerError:  # each run says why
            return self._each(runs, limits)
        request: BlockRequest = {
            "program": self._program(runs[0]),
            "feed": f"{runs[0].feed}:0",
            "encoded": runs[0].encoded,
            "output": runs[0].output,
        }
        return block_outcomes(
            [run.value for run in runs],
            lambda arrays: self._call(RUN_BLOCK, request, arrays, runs[0].settings, limits),
            lambda scores: untimed(scores, facts),
            lambda place: self._run(runs[place], limits),
        )

    def _run(self, run: GraphRun, limits: CallLimits) -> Outcome:
        try:
            return self._run_in_worker(run, limits)
        except WorkerError as error:
            if error.status is Status.NO_EVIDENCE:
                reason = f"nothing was compared: {error.message}"
                return NoAnswer(error.status, reason, log=error.log)
            return _no_answer(self.stack, error)

    def _run_in_worker(self, run: GraphRun, limits: CallLimits) -> Answer:
        name = f"{run.feed}:0"
        request: RunRequest = {
            "program": self._program(run),
            "outputs": [run.output],
            "encoded": [name] if run.encoded else [],
            "kind": run.kind,
            "repeats": run.repeats,
        }
        feeds = {name: run.value, **run.scalars}
        reply = self._call(RUN, request, feeds, run.settings, limits)
        return answer_from(reply, run.output, self._facts(limits))

    def _facts(self, limits: CallLimits) -> ReferenceFacts:
        """Raises WorkerError."""
        return ReferenceFacts(reference_version=self.describe(limits)["version"])

    def _program(self, run: GraphRun) -> OpenRequest:
        key = f"{run.graph.sha256} {run.options}"
        return {"key": key, "open": function_path(self.stack.open), "options": run.options}

    def _call(
        self,
        function: str,
        request: Mapping[str, object],
        arrays: Arrays,
        settings: ReferenceSettings,
        limits: CallLimits,
    ) -> Reply:
        """oneDNN is chosen before the framework loads, so each choice has a worker of its own."""
        name, environment = self.stack.name, dict(self.stack.environment)
        if settings.onednn is not None:
            name += "-onednn" if settings.onednn else "-plain"
            environment["TF_ENABLE_ONEDNN_OPTS"] = str(int(settings.onednn))
        return self._workers.call(name, environment, function, request, arrays, limits)


def _no_answer(stack: Stack, error: WorkerError) -> NoAnswer:
    how = f" ({error.status})" if error.status else ""
    reason = f"{stack.program} gave no answer{how}: {error.message}"
    return NoAnswer(Status.REFERENCE_FAILED, reason, log=error.log)

"""A reference whose stack runs GraphDefs: TensorFlow, or another that is declared like it."""

import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from harness.cases.case import ReferenceSettings
from harness.execution.blocks import block_outcomes
from harness.execution.build_cache import BuildCache, key_of
from harness.execution.graph_runs import GraphRun, GraphRuns
from harness.execution.outcome import (
    Answer,
    NoAnswer,
    Outcome,
    ReferenceFacts,
    answer_from,
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
from harness.execution.rounding_switches import switches
from harness.execution.worker_call import CallLimits, Reply, WorkerError
from harness.execution.worker_pool import WorkerPool
from harness.graphdef.traversal import float_sources
from harness.results.machine import cpu
from harness.results.status import Status
from harness.stacks.protocol import Arrays, Stack, StackDescription, function_path

SCORES_FILE = "scores.npy"
"""Name of the scores in a cache entry."""
KEPT = 1024
"""Answers of one session that are in memory, for further candidates on the same images."""


class GraphDefReference:
    """Asks the stack's worker processes, one a oneDNN setting, and keeps their answers."""

    def __init__(self, stack: Stack, workers: WorkerPool, cache: BuildCache) -> None:
        self.stack = stack
        self.description: StackDescription | None = None
        self._workers, self._cache = workers, cache
        self.runs = GraphRuns(cache)
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
        """The outcomes of questions about one model in one form, each run once and not kept.

        Raises GraphError.
        """
        runs = [replace(self.runs.of(question), repeats=0) for question in questions]
        try:
            facts = self._facts(limits)
        except WorkerError:  # each run says why
            return [self._run(run, limits) for run in runs]
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

    def time(self, question: Question, limits: CallLimits) -> float:
        """Median milliseconds of the question's repeats, measured anew; raises NoAnswer."""
        return _answered(self._run(self.runs.of(question), limits)).ms

    def float64_scores(self, question: Question, limits: CallLimits) -> Float64Scores:
        """The scores of the model's float64 form; raises GraphError, NoAnswer, OSError."""
        run, kept = self.runs.in_float64(question)
        scores = np.asarray(self._cached_scores(run, limits), np.float64).reshape(-1)
        return Float64Scores(scores, kept)

    def rounding_samples(self, question: Question, limits: CallLimits) -> NDArray[np.float64]:
        """Scores `[K, N]` of the model with its sums rounded at random.

        Raises GraphError, NoAnswer, OSError.
        """
        runs = self.runs.rounded_at_random(question)
        return np.array([self._cached_scores(run, limits).ravel() for run in runs], np.float64)

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

    def _cached_scores(self, run: GraphRun, limits: CallLimits) -> NDArray[Any]:
        """Scores that are kept in the cache, for any session on such a machine; raises OSError too.

        They are the same as long as the stack's versions, the processor, its usable cores and the
        switches of `ROUNDING_SWITCHES` are: how a sum is split and which kernels are chosen depends
        on them.
        """

        def make(folder: Path) -> dict[str, Any]:
            np.save(folder / SCORES_FILE, self._answer(run, limits).scores, allow_pickle=False)
            return {}

        key = key_of(
            question=run.key,
            versions=self.stack.versions(),
            program=self._described(limits),
            cpu=cpu().model_dump(mode="json"),
            switches=switches({**os.environ, **self.stack.environment}),
        )
        entry = self._cache.obtain(key, make, self._workers.stopped)
        scores: NDArray[Any] = np.load(entry.path / SCORES_FILE, allow_pickle=False)
        return scores

    def _described(self, limits: CallLimits) -> StackDescription:
        """What `describe` finds; raises NoAnswer."""
        try:
            return self.describe(limits)
        except WorkerError as error:
            raise _no_answer(self.stack, error) from error

    def _answer(self, run: GraphRun, limits: CallLimits) -> Answer:
        key = f"{run.key} {run.repeats}"
        with self._lock(key):  # two threads run it once
            found = self._outcomes.get(key) or self._run(run, limits)
            self._outcomes[key] = found
        return _answered(found)

    def _lock(self, key: str) -> threading.Lock:
        with self._guard:
            if key not in self._locks:
                self._locks[key] = threading.Lock()
            return self._locks[key]

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


def _answered(outcome: Outcome) -> Answer:
    """The answer; raises NoAnswer where there is none."""
    if isinstance(outcome, NoAnswer):
        raise outcome
    return outcome

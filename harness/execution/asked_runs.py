"""Runs of files that a stack opens as they are, in its worker processes; answers are kept."""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from harness.cases.case import ReferenceSettings
from harness.execution.blocks import block_outcomes
from harness.execution.build_cache import key_of
from harness.execution.graph_runs import GraphRun
from harness.execution.kept_answers import KeptAnswers, machine_key
from harness.execution.kept_descriptions import kept_description
from harness.execution.kept_scores import ReferenceCache
from harness.execution.outcome import (
    Answer,
    NoAnswer,
    Outcome,
    ReferenceFacts,
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
from harness.execution.recent import KeyLocks, Recent
from harness.execution.reference import Float64Scores
from harness.execution.worker_call import CallLimits, Reply, WorkerError
from harness.execution.worker_pool import WorkerPool
from harness.results.status import Status
from harness.stacks.protocol import Arrays, Stack, StackDescription, function_path

BLOCKS = 2
"""Processes that run blocks of images at a time. A reference runs an image twice and more, on the
tensor, on the file and on another decoder's pixels, while a candidate runs it once."""
KEPT = 1024
"""Answers of one session that are in memory, for further candidates on the same images."""
Ask = Callable[[Sequence[GraphRun], CallLimits], list[Outcome]]
"""Runs that are made → their outcomes."""


class AskedRuns:
    """Asks the stack's worker processes, one a oneDNN setting, and keeps their answers."""

    def __init__(self, stack: Stack, workers: WorkerPool, cache: ReferenceCache) -> None:
        self.stack = stack
        self.description: StackDescription | None = None
        self._workers, self._scores = workers, cache.scores
        self._answers = KeptAnswers(cache.scores, stack.program) if cache.keeps_answers else None
        self._outcomes: Recent[str, Outcome] = Recent(KEPT)
        self._locks = KeyLocks(KEPT)

    def describe(self, limits: CallLimits, processes: int = 1) -> StackDescription:
        """Versions and devices, asked once a session where they are not kept; raises WorkerError.

        Threads that ask for the first time start up to so many processes, one each.
        """

        def ask() -> StackDescription:
            request = DescribeRequest(describe=function_path(self.stack.describe))
            reply = self._call(DESCRIBE, request, {}, ReferenceSettings(), limits, processes)
            return cast("StackDescription", reply.payload)

        if self.description is None:
            keeps = self._answers is not None
            self.description = kept_description(self._scores, self.stack, ask) if keeps else ask()
        return self.description

    def answer(self, run: GraphRun, limits: CallLimits) -> Answer:
        """The answer of a run that is made once a session; raises NoAnswer."""
        key = f"{run.key} {run.repeats}"
        with self._locks.of(key):  # two threads run it once
            found = self._outcomes.get(key) or self._asked([run], self._each, limits)[0]
            self._outcomes[key] = found
        return answered(found)

    def answers(self, runs: Sequence[GraphRun], limits: CallLimits) -> list[Outcome]:
        """The outcomes of runs of one file, not timed."""
        return self._asked(runs, self._block, limits)

    def anew(self, run: GraphRun, limits: CallLimits) -> Outcome:
        """The outcome of a run that is made now."""
        try:
            return self._run_in_worker(run, limits)
        except WorkerError as error:
            if error.status is Status.NO_EVIDENCE:
                reason = f"nothing was compared: {error.message}"
                return NoAnswer(error.status, reason, log=error.log)
            return _no_answer(self.stack, error)

    def kept_scores(self, runs: Sequence[GraphRun], limits: CallLimits) -> NDArray[np.float64]:
        """Scores `[K, N]` of runs, kept together for any session on such a machine."""
        key = key_of(runs=[self._kept_key(run, limits) for run in runs])
        scores = self._scores.get(key)
        if scores is None:
            scores = np.array([self.answer(run, limits).scores.ravel() for run in runs])
            self._scores.put(key, scores)
        return scores.astype(np.float64)

    def in_float64(self, run: GraphRun, kept: tuple[str, ...], limits: CallLimits) -> Float64Scores:
        """The scores of a run in float64, from the cache where it has no repeats.

        `kept` is what stays float32. Raises NoAnswer.
        """
        if not run.repeats:
            return Float64Scores(self.kept_scores([run], limits)[0], kept)
        found = answered(self.anew(run, limits))
        return Float64Scores(found.scores.ravel().astype(np.float64), kept, found.spread)

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

    def _kept_key(self, run: GraphRun, limits: CallLimits) -> str:
        """Key of a run's scores in any session; raises NoAnswer."""
        return machine_key(run.key, self.stack, self._described(limits))

    def _described(self, limits: CallLimits) -> StackDescription:
        """What `describe` finds; raises NoAnswer."""
        try:
            return self.describe(limits)
        except WorkerError as error:
            raise _no_answer(self.stack, error) from error

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
        return [self.anew(run, limits) for run in runs]

    def _block(self, runs: Sequence[GraphRun], limits: CallLimits) -> list[Outcome]:
        try:
            facts = self._facts(limits, BLOCKS)
        except WorkerError:  # each run says why
            return self._each(runs, limits)
        request: BlockRequest = {
            "program": self._program(runs[0]),
            "feed": runs[0].fed,
            "encoded": runs[0].encoded,
            "output": runs[0].output,
        }
        return block_outcomes(
            [run.value for run in runs],
            lambda arrays: self._call(RUN_BLOCK, request, arrays, runs[0].settings, limits, BLOCKS),
            lambda scores: untimed(scores, facts),
            lambda place: self.anew(runs[place], limits),
        )

    def _run_in_worker(self, run: GraphRun, limits: CallLimits) -> Answer:
        request: RunRequest = {
            "program": self._program(run),
            "outputs": [run.output],
            "encoded": [run.fed] if run.encoded else [],
            "kind": run.kind,
            "repeats": run.repeats,
        }
        feeds = {run.fed: run.value, **run.scalars}
        reply = self._call(RUN, request, feeds, run.settings, limits)
        return answer_from(reply, run.output, self._facts(limits))

    def _facts(self, limits: CallLimits, processes: int = 1) -> ReferenceFacts:
        """Raises WorkerError."""
        return ReferenceFacts(reference_version=self.describe(limits, processes)["version"])

    def _program(self, run: GraphRun) -> OpenRequest:
        opener = function_path(run.open or self.stack.open)
        key = f"{run.graph.sha256} {opener} {run.options}"
        return {"key": key, "open": opener, "options": run.options}

    def _call(
        self,
        function: str,
        request: Mapping[str, object],
        arrays: Arrays,
        settings: ReferenceSettings,
        limits: CallLimits,
        processes: int = 1,
    ) -> Reply:
        """oneDNN is chosen before the framework loads, so each choice has workers of its own."""
        name, environment = self.stack.name, dict(self.stack.environment)
        if settings.onednn is not None:
            name += "-onednn" if settings.onednn else "-plain"
            environment["TF_ENABLE_ONEDNN_OPTS"] = str(int(settings.onednn))
        return self._workers.call(name, environment, function, request, arrays, limits, processes)


def _no_answer(stack: Stack, error: WorkerError) -> NoAnswer:
    how = f" ({error.status})" if error.status else ""
    reason = f"{stack.program} gave no answer{how}: {error.message}"
    return NoAnswer(Status.REFERENCE_FAILED, reason, log=error.log)

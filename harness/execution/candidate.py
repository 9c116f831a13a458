"""A candidate's answers: built where it is not in the cache, then run in a worker process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from numpy.typing import NDArray

from harness.cases.candidate import Candidate
from harness.cases.case import ResourceLimits
from harness.execution.blocks import block_outcomes
from harness.execution.build_cache import BuildCache
from harness.execution.built_once import BuiltOnce
from harness.execution.candidate_build import (
    BuiltCandidate,
    CandidateBuilder,
    StageObserver,
    run_limits,
)
from harness.execution.candidate_program import input_name, open_request
from harness.execution.candidate_source import CONVERT
from harness.execution.outcome import Answer, NoAnswer, Outcome, answer_from, untimed
from harness.execution.program_calls import RUN, RUN_BLOCK, BlockRequest, OpenRequest, RunRequest
from harness.execution.stack_descriptions import StackDescriptions
from harness.execution.wanted_build import WantedBuild
from harness.execution.worker_call import CallLimits, Reply, WorkerError
from harness.execution.worker_pool import WorkerPool
from harness.graphdef.model_file import ModelFile
from harness.results.status import Status
from harness.stacks.protocol import Arrays, Stack
from harness.stacks.registry import stack_named

CONVERTED_S = 120.0
"""Seconds that a converted model may run: ONNX's reference implementation is slow NumPy, and its
scores only tell two effects apart."""


@dataclass(frozen=True)
class PreparedCandidate:
    """A candidate that is built, for calls beyond its scores."""

    stack: Stack
    """Its stack."""
    program: OpenRequest
    """How a worker process opens it."""
    limits: CallLimits
    """Limits of one call."""


class CandidateRunner:
    """Builds and runs candidates."""

    def __init__(self, workers: WorkerPool, cache: BuildCache, observe: StageObserver) -> None:
        self._workers, self._observe = workers, observe
        self.descriptions = StackDescriptions(workers)
        self._unseen: dict[str, NoAnswer] = {}
        builder = CandidateBuilder(workers, cache, self.descriptions, observe)
        self._builder = BuiltOnce(builder)

    def run(
        self,
        candidate: Candidate,
        model: ModelFile,
        tensor: NDArray[Any],
        limits: ResourceLimits,
        repeats: int,
        pass_limits: Mapping[str, int] | None = None,
    ) -> Answer:
        """Scores for a pixel tensor, timed in `repeats` runs; raises NoAnswer.

        `pass_limits` are the `pass_limit` of build steps by name.
        """
        stack = stack_named(candidate.stack)
        wanted = WantedBuild(stack, candidate, model, tensor.shape, limits, pass_limits or {})
        built = self._builder.build(wanted)
        opened = open_request(stack, built, candidate, model)
        with self._observe(f"run {candidate.id}"):
            feeds = {input_name(stack, candidate, model): tensor}
            within = run_limits(limits)
            reply = self._ask(stack.name, stack, opened, model, feeds, within, repeats)
        return answer_from(reply, model.output, built.facts, built.remarks)

    def run_block(
        self,
        candidate: Candidate,
        model: ModelFile,
        tensors: Sequence[NDArray[Any]],
        limits: ResourceLimits,
    ) -> list[Outcome]:
        """Scores for pixel tensors of one shape, each run once; raises NoAnswer for the build."""
        stack = stack_named(candidate.stack)
        built = self._builder.build(WantedBuild(stack, candidate, model, tensors[0].shape, limits))
        request: BlockRequest = {
            "program": open_request(stack, built, candidate, model),
            "feed": input_name(stack, candidate, model),
            "encoded": False,
            "output": model.output,
        }
        call = partial(self._workers.call, stack.name, stack.environment, RUN_BLOCK, request)
        return block_outcomes(
            tensors,
            lambda arrays: call(arrays, run_limits(limits)),
            lambda scores: untimed(scores, built.facts, built.remarks),
            lambda place: self._alone(candidate, model, tensors[place], limits),
        )

    def _alone(
        self,
        candidate: Candidate,
        model: ModelFile,
        tensor: NDArray[Any],
        limits: ResourceLimits,
    ) -> Outcome:
        try:
            return self.run(candidate, model, tensor, limits, repeats=0)
        except NoAnswer as failure:
            return failure

    def prepare(
        self,
        candidate: Candidate,
        model: ModelFile,
        shape: tuple[int, ...],
        limits: ResourceLimits,
    ) -> PreparedCandidate:
        """The candidate, built where it is not in the cache; raises NoAnswer."""
        stack = stack_named(candidate.stack)
        built = self._builder.build(WantedBuild(stack, candidate, model, shape, limits))
        opened = open_request(stack, built, candidate, model)
        return PreparedCandidate(stack, opened, run_limits(limits))

    def call(
        self,
        prepared: PreparedCandidate,
        function: str,
        request: Mapping[str, object],
        arrays: Arrays,
    ) -> Reply:
        """A function in the worker of a candidate's stack, its `program` added to the request.

        Raises NoAnswer.
        """
        stack, whole = prepared.stack, {**request, "program": prepared.program}
        try:
            return self._workers.call(
                stack.name, stack.environment, function, whole, arrays, prepared.limits
            )
        except WorkerError as error:
            status, reason = error.status or Status.RUN_FAILED, f"run: {error.message}"
            raise NoAnswer(status, reason, "run", log=error.log) from error

    def made_by(
        self,
        candidate: Candidate,
        model: ModelFile,
        shape: tuple[int, ...],
        limits: ResourceLimits,
        step: str,
        pass_limits: Mapping[str, int] | None = None,
    ) -> BuiltCandidate:
        """What a build step of the candidate wrote, made where it is not in the cache.

        An empty step is the cut GraphDef that the first one reads. Raises NoAnswer.
        """
        stack = stack_named(candidate.stack)
        names = ["", *(one.name for one in stack.steps)]
        route = replace(stack, steps=stack.steps[: names.index(step)])
        return self._builder.build(
            WantedBuild(route, candidate, model, shape, limits, pass_limits or {})
        )

    def run_converted(
        self,
        candidate: Candidate,
        model: ModelFile,
        tensor: NDArray[Any],
        limits: ResourceLimits,
    ) -> NDArray[Any]:
        """Scores of what the stack's step `convert` wrote, which `Stack.converted` runs.

        Raises NoAnswer; once it has failed for a model, at once in the rest of the session.
        """
        stack = stack_named(candidate.stack)
        if stack.converted is None:
            reason = f"nothing runs the models that '{stack.name}' converts"
            raise NoAnswer(Status.RUN_FAILED, reason)
        names = [step.name for step in stack.steps]
        route = replace(stack, steps=stack.steps[: names.index(CONVERT) + 1])
        built = self._builder.build(WantedBuild(route, candidate, model, tensor.shape, limits))
        if built.key in self._unseen:
            raise self._unseen[built.key]
        opened = open_request(stack, built, candidate, model, stack.converted)
        within = CallLimits(min(limits.run_timeout_s, CONVERTED_S), limits.memory_gib)
        try:
            with self._observe(f"run the converted model ({stack.name})"):
                name = f"{stack.name}-converted"
                feeds = {model.entry.pixels: tensor}
                reply = self._ask(name, stack, opened, model, feeds, within, repeats=0)
        except NoAnswer as failure:
            self._unseen[built.key] = failure
            raise
        return reply.arrays[model.output]

    def _ask(
        self,
        worker: str,
        stack: Stack,
        opened: OpenRequest,
        model: ModelFile,
        feeds: Arrays,
        within: CallLimits,
        repeats: int,
    ) -> Reply:
        request = RunRequest(
            program=opened, outputs=[model.output], encoded=[], kind="scores", repeats=repeats
        )
        try:
            return self._workers.call(worker, stack.environment, RUN, request, feeds, within)
        except WorkerError as error:
            status, reason = error.status or Status.RUN_FAILED, f"run: {error.message}"
            raise NoAnswer(status, reason, "run", log=error.log) from error

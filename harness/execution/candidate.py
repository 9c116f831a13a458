"""A candidate's answers: built where it is not in the cache, then run in a worker process."""

from typing import Any

from numpy.typing import NDArray

from harness.cases.candidate import Candidate
from harness.cases.case import ResourceLimits
from harness.execution.build_cache import BuildCache
from harness.execution.candidate_build import (
    BuiltCandidate,
    CandidateBuilder,
    StageObserver,
    run_limits,
)
from harness.execution.outcome import Answer, NoAnswer, answer_from
from harness.execution.program_calls import RUN, OpenRequest, RunRequest
from harness.execution.stack_descriptions import StackDescriptions
from harness.execution.worker_call import WorkerError
from harness.execution.worker_pool import WorkerPool
from harness.graphdef.model_file import ModelFile
from harness.results.status import Status
from harness.stacks.protocol import Stack, function_path
from harness.stacks.registry import stack_named


class CandidateRunner:
    """Builds and runs candidates."""

    def __init__(self, workers: WorkerPool, cache: BuildCache, observe: StageObserver) -> None:
        self._workers, self._observe = workers, observe
        self.descriptions = StackDescriptions(workers)
        self._builder = CandidateBuilder(workers, cache, self.descriptions, observe)

    def run(
        self,
        candidate: Candidate,
        model: ModelFile,
        tensor: NDArray[Any],
        limits: ResourceLimits,
        repeats: int,
    ) -> Answer:
        """Scores for a pixel tensor, timed in `repeats` runs; raises NoAnswer."""
        stack = stack_named(candidate.stack)
        built = self._builder.build(stack, candidate, model, tensor.shape, limits)
        request = RunRequest(
            program=_open_request(stack, built, model),
            outputs=[model.output],
            encoded=[],
            kind="scores",
            repeats=repeats,
        )
        feeds = {model.entry.pixels: tensor}
        try:
            with self._observe(f"run {candidate.id}"):
                reply = self._workers.call(
                    stack.name, stack.environment, RUN, request, feeds, run_limits(limits)
                )
        except WorkerError as error:
            status, reason = error.status or Status.RUN_FAILED, f"run: {error.message}"
            raise NoAnswer(status, reason, "run", log=error.log) from error
        return answer_from(reply, model.output, built.facts, built.remarks)


def _open_request(stack: Stack, built: BuiltCandidate, model: ModelFile) -> OpenRequest:
    return {
        "key": built.key,
        "open": function_path(stack.open),
        "options": {
            "artefacts": str(built.folder),
            "target": built.facts.target,
            "input": model.entry.pixels,
        },
    }

"""What the worker process of each stack finds on this machine: versions, devices, the CPU."""

from typing import cast

from harness.execution.outcome import NoAnswer
from harness.execution.program_calls import DESCRIBE, DescribeRequest
from harness.execution.worker_call import CallLimits, WorkerError
from harness.execution.worker_pool import WorkerPool
from harness.results.status import Status
from harness.stacks.protocol import Stack, StackDescription, function_path

NOT_STARTED = "start: "
"""How the reason of a row begins whose program can't even say its version."""


class StackDescriptions:
    """Asks each stack once a session, in the worker process that also runs its programs."""

    def __init__(self, workers: WorkerPool) -> None:
        self._workers = workers
        self.known: dict[str, StackDescription] = {}
        """By stack, those that have answered."""

    def get(self, stack: Stack, limits: CallLimits) -> StackDescription:
        """A stack's description; raises NoAnswer where its process gives none."""
        if stack.name not in self.known:
            request = DescribeRequest(describe=function_path(stack.describe))
            try:
                reply = self._workers.call(
                    stack.name, stack.environment, DESCRIBE, request, {}, limits
                )
            except WorkerError as error:
                status = error.status or Status.RUN_FAILED
                raise NoAnswer(status, f"{NOT_STARTED}{error.message}", log=error.log) from error
            self.known[stack.name] = cast("StackDescription", reply.payload)
        return self.known[stack.name]

"""A resize of the deployed program that TensorFlow computes, in its worker process."""

from typing import Any

from numpy.typing import NDArray

from harness.cases.resampling import Resampling
from harness.execution.outcome import NoAnswer
from harness.execution.session import RunSession
from harness.execution.worker_call import CallLimits, WorkerError
from harness.inputs.preprocessing import ResizeFunction
from harness.results.status import Status
from harness.stacks.registry import stack_named
from harness.stacks.tensorflow_resize import PICTURE, RESIZE, ResizeRequest

STACK = "tensorflow"
"""The stack whose worker resizes: the reference's own process, where that is TensorFlow."""


def tensorflow_resizer(session: RunSession, limits: CallLimits) -> ResizeFunction:
    """What resizes by TensorFlow; it raises StackError where that is not installed, NoAnswer."""

    def resize(picture: NDArray[Any], size: tuple[int, int], how: Resampling) -> NDArray[Any]:
        stack = stack_named(STACK)
        stack.versions()
        request = ResizeRequest(
            size=list(size), filter=how.filter, antialias=how.antialias, legacy=how.legacy
        )
        try:
            reply = session.workers.call(
                stack.name, stack.environment, RESIZE, request, {PICTURE: picture}, limits
            )
        except WorkerError as error:
            reason = f"nothing was compared: {stack.program}'s resize failed: {error.message}"
            raise NoAnswer(error.status or Status.NO_EVIDENCE, reason, log=error.log) from error
        return reply.arrays[PICTURE]

    return resize

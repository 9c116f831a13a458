"""One call of a function in a worker process: its limits, its reply, and the error of a failure."""

from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from harness.results.status import Status


@dataclass(frozen=True)
class CallLimits:
    """Limits of one call; a worker process that exceeds one is ended."""

    timeout_s: float
    """Seconds until the reply must be there."""
    memory_gib: float
    """Resident memory of the process and its children, in GiB."""


@dataclass(frozen=True)
class Reply:
    """What a call returned."""

    payload: dict[str, Any]
    """Plain JSON values."""
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    """Tensors by name."""


class WorkerError(Exception):
    """A call that gave no reply.

    `status` is crashed, timed_out, out_of_memory or no_evidence (a full disk, a tensor without
    scores), or None where the function raised another exception: the caller knows which status that
    is. `log` is the last of what the process printed
    (at most LOG_BYTES), followed by the traceback where the function raised.
    """

    def __init__(self, status: Status | None, message: str, log: str = "") -> None:
        super().__init__(message)
        self.status, self.message, self.log = status, message, log

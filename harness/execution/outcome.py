"""What a program gave for one image: scores, or the status and reason that stand in for them."""

import math
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from harness.execution.program_calls import RunTimes
from harness.execution.worker_call import Reply
from harness.results.status import Status


@dataclass(frozen=True, kw_only=True)
class ReferenceFacts:
    """Columns of `Row` that only the reference knows; each field is the column of its name."""

    reference_version: str
    """Version of the framework that gave the scores."""


@dataclass(frozen=True, kw_only=True)
class BuildSeconds:
    """How long each build step took when it was made; each field is the column of its name."""

    convert_s: float = math.nan
    """Seconds of the step `convert`; NaN where the stack has no such step or it did not end."""
    import_s: float = math.nan
    """Seconds of the step `import`."""
    optimize_s: float = math.nan
    """Seconds of the step `optimize`."""
    build_s: float = math.nan
    """Seconds of the step `build`."""


@dataclass(frozen=True, kw_only=True)
class CandidateFacts(BuildSeconds):
    """Columns of `Row` that only the candidate knows; each field is the column of its name."""

    target: str
    """Target string that it was built for, with `host` resolved."""
    cache: str
    """`hit` where every build step was found in the cache, else `built`."""
    candidate_version: str
    """Version of the framework that built and ran it."""


@dataclass(frozen=True)
class Answer:
    """The scores that a program gave for one image."""

    scores: NDArray[Any]
    """`[N]` or `[1, N]`, as the program returned it."""
    ms: float
    """Median time of a run after the warm-up, milliseconds; NaN where none was timed."""
    facts: ReferenceFacts | CandidateFacts
    """What the row says of this program."""
    spread: float = math.nan
    """Largest |score − score| between two identical runs; NaN where there was one."""
    remarks: tuple[str, ...] = ()
    """Sentences of the build steps for the notes of the row."""


def untimed(
    scores: NDArray[Any],
    facts: ReferenceFacts | CandidateFacts,
    remarks: tuple[str, ...] = (),
) -> Answer:
    """The answer of a single run."""
    return Answer(scores, math.nan, facts, remarks=remarks)


def answer_from(
    reply: Reply,
    output: str,
    facts: ReferenceFacts | CandidateFacts,
    remarks: tuple[str, ...] = (),
) -> Answer:
    """The answer in a reply of `program_calls.run` that returned the tensor `output`."""
    times = RunTimes(ms=reply.payload["ms"], spread=reply.payload["spread"])
    ms = math.nan if times["ms"] is None else times["ms"]
    spread = math.nan if times["spread"] is None else times["spread"]
    return Answer(reply.arrays[output], ms, facts, spread, remarks)


class NoAnswer(Exception):  # noqa: N818  not always an error: a missing device is none
    """A program gave no scores; carries the status and reason of the row."""

    def __init__(
        self,
        status: Status,
        reason: str,
        stage: str = "",
        *,
        log: str = "",
        seconds: BuildSeconds | None = None,
    ) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason
        self.stage = stage
        """One of STAGES or `run`, where the program failed in one of them."""
        self.log = log
        """The last of what its worker process printed; empty where none was involved."""
        self.seconds = seconds or BuildSeconds()
        """Seconds of the build steps before the one that failed."""


Outcome = Answer | NoAnswer


def answered(outcome: Outcome) -> Answer:
    """The answer; raises NoAnswer where there is none."""
    if isinstance(outcome, NoAnswer):
        raise outcome
    return outcome

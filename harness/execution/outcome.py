"""What a program gave for one image: scores, or the status and reason that stand in for them."""

import math
import statistics
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

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
class RunCosts:
    """What runs of a program took."""

    times_ms: tuple[float, ...] = ()
    """Milliseconds of each timed run, after the warm-up."""
    peak_mib: float = math.nan
    """The largest resident memory of its process until then, MiB; NaN where it is not known."""

    @property
    def ms(self) -> float:
        """Median time of a run; NaN where none was timed."""
        return statistics.median(self.times_ms) if self.times_ms else math.nan


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
    costs: RunCosts = RunCosts()
    """Every timed run, and the memory."""


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
    given = reply.payload
    peak, spread = (math.nan if given[k] is None else given[k] for k in ("peak_mib", "spread"))
    costs = RunCosts(tuple(given["times_ms"]), peak)
    return Answer(reply.arrays[output], costs.ms, facts, spread, remarks, costs)


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

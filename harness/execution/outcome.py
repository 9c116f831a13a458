"""What a program gave for one image: scores, or the status and reason that stand in for them."""

import math
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from harness.results.status import Status


@dataclass(frozen=True)
class Answer:
    """One answer."""

    scores: NDArray[Any]
    """`[N]` or `[1, N]`, as the program returned it."""
    ms: float
    """Median time of a run after the warm-up, milliseconds."""
    facts: dict[str, Any] = field(default_factory=dict)
    """Row fields that this side knows: versions, seconds of import and build, …"""
    spread: float = math.nan
    """Largest |score − score| between two identical runs; NaN where there was one."""
    remarks: tuple[str, ...] = ()
    """What this side says of itself that a reader should know."""


class NoAnswer(Exception):  # noqa: N818  an end, not always an error: a missing device is none
    """The road to an answer ended early, with a status that a row can carry."""

    def __init__(self, status: Status, reason: str, stage: str = "") -> None:
        super().__init__(reason)
        self.status, self.reason, self.stage = status, reason, stage
        self.facts: dict[str, Any] = {}
        """Row fields that were known before the end: seconds of the stages that it survived."""


Outcome = Answer | NoAnswer

"""`Status`: how a row can end."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

StatusKind = Literal["failing", "skipped", "passing"]


class Status(StrEnum):
    """The outcome of one (case, image, candidate, scope)."""

    __hash__ = str.__hash__  # Enum's is a Python function, and a page asks for 400 000

    MATCH = "match"
    """Scores lie within the tolerance and the top-k order is the same."""
    TIE = "tie"
    """Scores lie within the tolerance; the order differs only among near-ties."""
    WITHIN_NOISE = "within_noise"
    """Beyond the tolerance, yet no further from float64 truth than rounding may move a program."""

    UNNORMALISED = "unnormalised"
    """The ratios of the scores agree to rounding, but they do not sum to what the reference's do,
    as where a softmax sums in one chain: a defect too small to fail a run."""

    MISMATCH = "mismatch"
    """Beyond the tolerance, or a top-k order that near-ties do not explain."""
    NO_EVIDENCE = "no_evidence"
    """Nothing was compared, which is never a pass."""
    REFERENCE_FAILED = "reference_failed"
    """The reference gave no scores, or its model can't be used."""
    REFERENCE_UNSTABLE = "reference_unstable"
    """The reference does not repeat its own scores."""
    CONVERT_FAILED = "convert_failed"
    """The conversion to the format that the stack imports failed."""
    IMPORT_FAILED = "import_failed"
    """The compiler could not import the model."""
    OPTIMIZE_FAILED = "optimize_failed"
    """The passes over the imported model failed."""
    COMPILE_FAILED = "compile_failed"
    """The build failed."""
    RUN_FAILED = "run_failed"
    """The candidate was built, but gave no scores."""
    CRASHED = "crashed"
    """A worker process died."""
    TIMED_OUT = "timed_out"
    """A worker process was ended because it exceeded its time limit."""
    OUT_OF_MEMORY = "out_of_memory"
    """A worker process exceeded its memory limit."""

    MISSING_ASSET = "missing_asset"
    """A model, image or label file can't be obtained."""
    NO_DEVICE = "no_device"
    """The target's device is not in this machine."""
    MISSING_STACK = "missing_stack"
    """The candidate's stack is not installed here."""

    @property
    def kind(self) -> StatusKind:
        """Of a row that no case file expects to fail."""
        return _KINDS[self]

    @property
    def passing(self) -> bool:
        """Whether the status passes; a skip does not."""
        return self.kind == "passing"


NOT_RUN = "it was never run: the session ended first"
"""Reason of a `no_evidence` row that stands in for a task that was selected and not started."""
_KINDS: Mapping[Status, StatusKind] = {
    **dict.fromkeys(Status, "failing"),
    **dict.fromkeys(
        (Status.MATCH, Status.TIE, Status.WITHIN_NOISE, Status.UNNORMALISED), "passing"
    ),
    **dict.fromkeys((Status.MISSING_ASSET, Status.NO_DEVICE, Status.MISSING_STACK), "skipped"),
}

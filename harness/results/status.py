"""How a row can end."""

from enum import StrEnum


class Status(StrEnum):
    """One word for what became of a (case, image, candidate, scope)."""

    MATCH = "match"
    """Scores lie within the tolerance and the top-k order is the same."""
    TIE = "tie"
    """Scores lie within the tolerance; the order differs only among near-ties."""
    WITHIN_NOISE = "within_noise"
    """Beyond the tolerance, yet as near to the float64 truth as the reference itself."""

    MISMATCH = "mismatch"
    NO_EVIDENCE = "no_evidence"
    """Nothing was compared, which is never a pass."""
    REFERENCE_FAILED = "reference_failed"
    REFERENCE_UNSTABLE = "reference_unstable"
    CONVERT_FAILED = "convert_failed"
    IMPORT_FAILED = "import_failed"
    OPTIMIZE_FAILED = "optimize_failed"
    COMPILE_FAILED = "compile_failed"
    RUN_FAILED = "run_failed"
    CRASHED = "crashed"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"

    MISSING_ASSET = "missing_asset"
    NO_DEVICE = "no_device"
    MISSING_STACK = "missing_stack"

    @property
    def kind(self) -> str:
        """`passing`, `failing` or `skipped`."""
        if self.passing:
            return "passing"
        return "skipped" if self in _SKIPPED else "failing"

    @property
    def passing(self) -> bool:
        """Whether the status passes; a skip does not."""
        return self in _PASSING


_PASSING = frozenset({Status.MATCH, Status.TIE, Status.WITHIN_NOISE})
_SKIPPED = frozenset({Status.MISSING_ASSET, Status.NO_DEVICE, Status.MISSING_STACK})

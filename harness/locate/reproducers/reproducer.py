"""A fault that is ready to be written down, and what became of the folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.cases.candidate import Candidate
from harness.execution.outcome import NoAnswer
from harness.graphdef.wire import NodeDef
from harness.locate.reproducers.reduction import FedParts
from harness.locate.reproducers.trials import WrongOutput
from harness.stacks.protocol import Stack
from harness.stacks.standalone import StandaloneForm

RUNS = 3
"""Runs of a script that must all show the fault."""


@dataclass(frozen=True)
class ReducedFault:
    """A fault in the fewest operations."""

    parts: FedParts
    """The graph and what it is fed."""
    fault: WrongOutput | NoAnswer
    """What the harness saw of it."""
    how: Candidate
    """How the candidate is built."""
    expected: NDArray[np.float64] | None
    """Its output in float64; None where the reference gives none."""
    trials: int
    """Builds that the reduction took."""
    found: str
    """One sentence on how it was found."""
    reference: str
    """Name of the reference's program."""

    @property
    def operations(self) -> tuple[NodeDef, ...]:
        """Operations of the candidate's graph."""
        return self.parts.candidate.operations

    @property
    def shows(self) -> str:
        """`wrong`, or the way in which the build or run ends: `error`, `crashed`, `timed_out`."""
        if isinstance(self.fault, WrongOutput):
            return "wrong"
        status = str(self.fault.status)
        return status if status in ("crashed", "timed_out") else "error"


@dataclass(frozen=True)
class ChosenForm:
    """How a reduced fault is built without the harness."""

    stack: Stack
    """The candidate's stack."""
    form: StandaloneForm
    """The form."""
    files: Path
    """Folder of the files, or the only one."""
    target: str
    """Target string, with `host` resolved."""


@dataclass(frozen=True)
class Reproducer:
    """What `parity reproduce` made for one candidate."""

    candidate: str
    """Id of the candidate."""
    reason: str
    """Why there is no folder, in one sentence; empty where there is one."""
    folder: Path | None = None
    """The folder; None where none was written."""
    codes: tuple[int | None, ...] = ()
    """Exit code of each run of the script; None where it did not end."""
    operations: tuple[str, ...] = ()
    """Operations of its graph."""
    bytes: int = 0
    """Bytes of its files."""
    trials: int = 0
    """Builds that the reduction took."""
    cut: tuple[str, ...] = ()
    """What was made smaller."""

    @property
    def reproduces(self) -> bool:
        """Whether each run of the script showed the fault."""
        return len(self.codes) == RUNS and set(self.codes) == {1}

    @property
    def sentence(self) -> str:
        """Whether the folder shows the fault."""
        if self.folder is None:
            return self.reason
        codes = ", ".join("none" if code is None else str(code) for code in self.codes)
        if self.reproduces:
            return f"reproduces: each of {RUNS} runs of its script showed the fault"
        return f"does not reproduce: exit codes {codes} of its script, where each should be 1"

    def payload(self) -> dict[str, Any]:
        """Plain values, for `--json`."""
        return {
            "candidate": self.candidate,
            "reproduces": self.reproduces,
            "reason": self.sentence,
            "folder": str(self.folder) if self.folder else None,
            "exit_codes": list(self.codes),
            "operations": list(self.operations),
            "bytes": self.bytes,
            "trials": self.trials,
            "cut": list(self.cut),
        }

"""Which application of a pass makes the difference, or why none can be named."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

MAX_DIFF_LINES = 200
"""Lines of the difference that are kept."""
MAX_DIFF_CHARS = 2000
"""Characters of each."""
CONTEXT = 3
"""Lines around each change."""
PassStatus = Literal["found", "before", "clean", "inconclusive", "failed"]
"""`found`: one application is named. `before`: the scores are wrong without any optional
application. `clean`: rounding explains the scores of the whole build. `inconclusive`: no build
inside the interval gives scores. `failed`: the whole build gives none, or its passes can't be
limited."""


@dataclass(frozen=True)
class PassApplication:
    """One application of an optional pass."""

    number: int
    """Its place among all of them, from 1."""
    name: str
    """Name of the pass."""
    step: str
    """Build step in which it runs."""
    function: str
    """The one function of its module; empty where there are more."""


@dataclass(frozen=True)
class PassVerdict:
    """What the bisection of one candidate found."""

    candidate: str
    """Id of the candidate."""
    status: PassStatus
    """What was found."""
    reason: str
    """One sentence."""
    count: int = 0
    """Applications of optional passes in the whole build."""
    builds: int = 0
    """Builds, those found in the cache among them."""
    first: PassApplication | None = None
    """The first application with which the scores are known to be wrong."""
    last_right: PassApplication | None = None
    """The last one with which they are known to be right; None where that is with none."""
    excess: float = 0.0
    """The whole build's error over its limit."""
    changed: tuple[str, ...] = ()
    """Functions that the named application changed, the first ones."""
    difference: tuple[str, ...] = ()
    """Lines of a unified difference of their code."""

    def payload(self) -> dict[str, Any]:
        """Plain values, for `--json`."""
        return {
            "candidate": self.candidate,
            "status": self.status,
            "reason": self.reason,
            "applications": self.count,
            "builds": self.builds,
            "excess": self.excess,
            "first_wrong": vars(self.first) if self.first else None,
            "last_right": vars(self.last_right) if self.last_right else None,
            "changed": list(self.changed),
            "difference": list(self.difference),
        }


def difference(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    r"""A unified difference of functions' texts by name; what is beyond the bound is counted.

    >>> difference({"f": "a\nb"}, {"f": "a\nc"})[2:]
    ('@@ -1,2 +1,2 @@', ' a', '-b', '+c')
    """
    lines: list[str] = []
    for name in after:
        old, new = before.get(name, "").splitlines(), after[name].splitlines()
        words = f"{name} before", f"{name} after"
        lines += difflib.unified_diff(old, new, *words, n=CONTEXT, lineterm="")
    return _bounded(lines)


def _bounded(lines: Sequence[str]) -> tuple[str, ...]:
    kept = [line[:MAX_DIFF_CHARS] for line in lines[:MAX_DIFF_LINES]]
    left_out = len(lines) - len(kept)
    return (*kept, *([f"… {left_out} more lines"] if left_out else []))

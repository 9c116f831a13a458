"""The first of numbered things from which on something is wrong, with few probes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

ProbeVerdict = Literal["right", "wrong", "unknown"]
"""What a probe gives; `unknown` where it can't be judged."""


@dataclass(frozen=True)
class Probe:
    """One of the numbers, tried."""

    verdict: ProbeVerdict
    """What it gives."""
    reason: str = ""
    """Why it can't be judged."""


@dataclass
class Bisection:
    """Between which numbers something becomes wrong: right up to one, wrong from the next on.

    A number that can't be judged is gone around, as `git bisect skip` does.
    """

    probe: Callable[[int], Probe]
    """Tries one number, 0 ≤ n < `wrong`; never the same twice."""
    wrong: int
    """The smallest number known to be wrong; at first the end of the numbers."""
    most: int
    """How many probes may be made."""
    right: int | None = None
    """The largest number known to be right; where None, 0 is tried first."""
    unknown: dict[int, str] = field(default_factory=dict)
    """Numbers that can't be judged, and why."""
    probes: int = 0
    """Probes so far."""

    @property
    def found(self) -> bool:
        """Whether nothing lies between right and wrong."""
        return self.right is not None and self.wrong - self.right == 1

    @property
    def between(self) -> dict[int, str]:
        """Numbers inside the interval that can't be judged, and why."""
        lowest = -1 if self.right is None else self.right
        return {n: why for n, why in self.unknown.items() if lowest < n < self.wrong}

    def run(self) -> None:
        """Narrow the interval until nothing lies in it, or no probe helps any more."""
        if self.right is None and self.wrong:
            self._try(0)
        while self.right is not None and self.probes < self.most:
            left = [n for n in range(self.right + 1, self.wrong) if n not in self.unknown]
            if not left:
                return
            middle = (self.right + self.wrong) / 2
            self._try(min(left, key=lambda n: abs(n - middle)))

    def _try(self, n: int) -> None:
        found = self.probe(n)
        self.probes += 1
        if found.verdict == "wrong":
            self.wrong = n
        elif found.verdict == "right":
            self.right = n
        else:
            self.unknown[n] = found.reason

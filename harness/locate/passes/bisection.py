"""The first number of applications with which a program is wrong, with few builds."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

SPARE_BUILDS = 3
"""Builds beyond the binary logarithm of the number of applications."""
Verdict = Literal["right", "wrong", "unbuilt"]
"""What a build with some applications gives; `unbuilt` where it gives no scores."""


@dataclass(frozen=True)
class Probe:
    """One build."""

    verdict: Verdict
    """What it gives."""
    reason: str = ""
    """Why it gives no scores."""


@dataclass
class Bisection:
    """Between which numbers of applications a program becomes wrong.

    With all `count` it is wrong, which is one build; `probe` makes another with the first n.
    """

    count: int
    """Number of applications in a whole build."""
    probe: Callable[[int], Probe]
    """Builds with the first n applications, 0 ≤ n < count."""
    right: int | None = None
    """The largest number known to be right; None where none is."""
    wrong: int = 0
    """The smallest number known to be wrong."""
    unbuilt: dict[int, str] = field(default_factory=dict)
    """Numbers with which there are no scores, and why."""
    builds: int = 1
    """Builds so far."""

    @property
    def most_builds(self) -> int:
        """How many builds may be made."""
        return math.floor(math.log2(max(self.count, 1))) + SPARE_BUILDS

    @property
    def found(self) -> bool:
        """Whether one application makes the difference."""
        return self.right is not None and self.wrong - self.right == 1

    @property
    def between(self) -> dict[int, str]:
        """Numbers inside the interval with which there are no scores, and why."""
        lowest = -1 if self.right is None else self.right
        return {n: why for n, why in self.unbuilt.items() if lowest < n < self.wrong}

    def run(self) -> None:
        """Narrow the interval until one application is left, or no build helps any more."""
        self.wrong = self.count
        if self.count:
            self._try(0)
        while self.right is not None and self.builds < self.most_builds:
            left = [n for n in range(self.right + 1, self.wrong) if n not in self.unbuilt]
            if not left:
                return
            middle = (self.right + self.wrong) / 2
            self._try(min(left, key=lambda n: abs(n - middle)))

    def _try(self, n: int) -> None:
        found = self.probe(n)
        self.builds += 1
        if found.verdict == "wrong":
            self.wrong = n
        elif found.verdict == "right":
            self.right = n
        else:
            self.unbuilt[n] = found.reason

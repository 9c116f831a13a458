"""The fewest of some items that still show a fault: delta debugging.

Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE Transactions on
Software Engineering 28(2), 2002: the algorithm ddmin.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

MAX_TRIALS = 120
"""Trials of one reduction; a trial is a build and a run."""
MAX_SECONDS = 240.0
"""Seconds after which a reduction begins no further trial."""


@dataclass
class Budget:
    """What a reduction may still spend."""

    trials: int = MAX_TRIALS
    """Trials that are left."""
    seconds: float = MAX_SECONDS
    """Seconds from the first question on."""
    clock: Callable[[], float] = time.monotonic
    """Seconds of a clock that only goes forward."""
    spent: int = 0
    """Trials that were made."""
    over: bool = False
    """Whether a trial was refused."""
    _start: float | None = field(default=None, repr=False)

    def take(self) -> bool:
        """Whether one more trial may be made; counts it."""
        if self._start is None:
            self._start = self.clock()
        if self.spent >= self.trials or self.clock() - self._start > self.seconds:
            self.over = True
            return False
        self.spent += 1
        return True


def fewest(
    items: Sequence[str], shows: Callable[[Sequence[str]], bool], budget: Budget
) -> tuple[str, ...]:
    """Some of the items, in their order, that `shows` holds for, and for no less of them.

    `shows` holds for all of them, which is not tried again. Where the budget is spent, the fewest
    that were found until then.

    >>> fewest("abcdefgh", lambda some: {"c", "f"} <= set(some), Budget())
    ('c', 'f')
    """
    kept, parts = tuple(items), 2
    known: dict[tuple[str, ...], bool] = {}

    def tried(some: tuple[str, ...]) -> bool:
        if some not in known:
            known[some] = budget.take() and shows(some)
        return known[some]

    while len(kept) > 1 and not budget.over:
        chunks = _chunks(kept, parts)
        rests = [tuple(one for one in kept if one not in chunk) for chunk in chunks]
        smaller = next((chunk for chunk in chunks if tried(chunk)), None)
        without = None if smaller or parts == 2 else next(filter(tried, rests), None)  # noqa: PLR2004
        if smaller:
            kept, parts = smaller, 2
        elif without:
            kept, parts = without, max(parts - 1, 2)
        elif parts >= len(kept):
            break
        else:
            parts = min(2 * parts, len(kept))
    return kept


def _chunks(items: tuple[str, ...], parts: int) -> list[tuple[str, ...]]:
    """The items in so many parts, whose sizes differ by at most one."""
    edges = [len(items) * number // parts for number in range(parts + 1)]
    return [items[first:last] for first, last in pairwise(edges)]

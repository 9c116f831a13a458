"""A list of any length → what a page shows at once, what it folds away, how many it omits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Bounded(Generic[T]):
    """A list in three parts, in its own order; nothing is dropped without being counted."""

    shown: Sequence[T]
    """What is shown at once."""
    folded: Sequence[T]
    """What is shown on request."""
    left_out: int
    """How many more there are."""


def bounded(items: Sequence[T], shown: int, at_most: int) -> Bounded[T]:
    """The first `shown`, then the others up to `at_most` in all, then a count.

    A single one is not worth folding away.

    >>> bounded("abcdefg", 2, 5), bounded("abc", 2, 5).shown
    (Bounded(shown='ab', folded='cde', left_out=2), 'abc')
    """
    if len(items) == shown + 1 <= at_most:
        shown += 1
    return Bounded(items[:shown], items[shown:at_most], max(0, len(items) - at_most))
